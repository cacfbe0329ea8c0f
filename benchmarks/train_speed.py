#!/usr/bin/env python
r"""Images per second of the whole training loop, beside compute only; start-up and peak memory.

    python benchmarks/train_speed.py --basenet=mobilenet_v1 --pixels=256 --batch_size=8 \\
        --from_scratch --datapath=data/camvid

Takes fcn_train.py's flags; without --basenet or --recipe it measures every feature extractor.
--steps is the length of a round (default 30), --rounds their number, --skipped the steps at the
head of a round that do not count (the input has filled its buffer meanwhile). The loop is that of
fcn_train.py itself, in a run of its own that is thrown away; after each of its rounds the same
graph runs as many steps on a batch that lies in variables, without any input. Evaluation is no part
of the ratio and stands beside it; what saves and metrics cost is, at the rate of --eval_every.
"""
import contextlib
import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from unittest import mock

import common

import fcn_train
from archs import EXTRACTORS, build_arch
from utils.data import pipeline, records
from utils.errors import run_script
from utils.machine import usable_cpus
from utils.runs.flags import flag, parse_size
from utils.runs.metrics import MetricWriter
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import tf
from utils.train import checkpoints
from utils.train import graph as train_graph
from utils.train.data import class_counts
from utils.train.images import augmentation
from utils.train.losses.class_weights import class_weights
from utils.train.losses.total import input_maps
from utils.train.session import session_config
from utils.train.validation import Validation


@dataclasses.dataclass(frozen=True)
class Flags(TrainFlags):
    """fcn_train.py's, and how long to measure."""

    rounds: int = flag(9, "rounds, of the loop and of compute only in turns", at_least=1)
    skipped: int = flag(4, "steps at the head of a round that do not count", at_least=1)


class Done(Exception):
    """Ends the loop after the last round."""


# ---- compute only ----

def first_batch(flags, info):
    """One training batch, as numpy arrays."""
    split = records.open_split(flags.datapath, "training", info)
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = pipeline.training_batches(
            split, parse_size(flags.pixels), flags.batch_size, augmentation(flags, split), 0,
            usable_cpus(), maps=input_maps(flags, info.num_classes))
        iterator, batch, _ = pipeline.timed_next(dataset)
        session.run(iterator.initializer)
        return session.run(batch)


def on_board(batch):
    """`pipeline.timed_next` of a batch in variables, which no optimiser of graphs can fold."""
    tensors = {"name": tf.constant(batch["name"])}
    for key in sorted(set(batch) - {"name"}):
        tensors[key] = tf.get_variable("on_board_" + key, trainable=False,
                                       initializer=tf.constant(batch[key])).read_value()
    return None, tensors, tf.zeros([])


class ComputeOnly:
    """The training graph without input."""

    def __init__(self, flags, info):
        batch = first_batch(flags, info)
        weights = class_weights(flags.class_weights, class_counts(
            records.open_split(flags.datapath, "training", info)))
        with tf.Graph().as_default() as graph, \
                mock.patch.object(train_graph, "timed_next", on_board):
            tf.set_random_seed(0)
            built = train_graph.build_train_graph(
                build_arch(flags, info.num_classes), batch, flags, weights, 10 ** 6)
            self._session = tf.Session(graph=graph, config=session_config(
                flags.repeatable, precision=flags.precision))
            self._session.run(tf.global_variables_initializer())
        self._fetches = {name: built.fetches[name] for name in ("train_op", "loss")}
        self._skipped = flags.skipped
        self.run(2)

    def run(self, steps):
        """Seconds for so many steps, after some that do not count."""
        for _ in range(self._skipped):
            self._session.run(self._fetches)
        begin = time.time()
        for _ in range(steps):
            self._session.run(self._fetches)
        return time.time() - begin


# ---- the loop ----

class Rounds:
    """Takes turns with the loop: called after each of its steps.

    Attributes:
      loop, compute: seconds of each round, without saves and evaluations.
      apart: {"saves" or "evaluation": seconds of each call}.
    """

    def __init__(self, compute, flags, steps):
        self._compute, self._steps, self._count = compute, steps, 0
        self._rounds, self._skipped = flags.rounds, flags.skipped
        self.loop, self.compute, self.waits = [], [], []
        self.apart = {"saves": [], "evaluation": []}

    def after_step(self, step, out):
        """In place of `require_finite`."""
        del step
        self._count += 1
        if self._count == self._skipped:
            self._begin, self._apart, self._waited = time.time(), self._seconds_apart(), 0.0
        elif self._count > self._skipped:
            self._waited += out["wait"]
        if self._count == self._skipped + self._steps:
            self._end_round(time.time() - self._begin - (self._seconds_apart() - self._apart))

    def _seconds_apart(self):
        return sum(sum(seconds) for seconds in self.apart.values())

    def _end_round(self, seconds):
        self.loop.append(seconds)
        self.waits.append(self._waited / seconds)
        self.compute.append(self._compute.run(self._steps))
        self._count = 0
        if len(self.loop) == self._rounds:
            raise Done()

    def timed(self, kind, function):
        """`function`, whose seconds go to `apart[kind]`; those of others within it do not."""
        def run(*args, **options):
            before, begin = self._seconds_apart(), time.time()
            try:
                return function(*args, **options)
            finally:
                within = self._seconds_apart() - before
                self.apart[kind].append(time.time() - begin - within)
        return run


@contextlib.contextmanager
def patched(rounds):
    """The loop reports to `rounds`."""
    saves = [(checkpoints, "save"), (checkpoints, "copy"), (checkpoints, "save_resume_state"),
             (MetricWriter, "flush")]
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(fcn_train, "require_finite", rounds.after_step))
        for owner, name in saves:
            stack.enter_context(mock.patch.object(
                owner, name, rounds.timed("saves", getattr(owner, name))))
        stack.enter_context(mock.patch.object(
            Validation, "report", rounds.timed("evaluation", Validation.report)))
        yield


def run_loop(rounds, argv, eval_every, steps):
    """fcn_train.py with these flags, in a folder that goes away."""
    with tempfile.TemporaryDirectory() as folder, patched(rounds):
        os.chdir(folder)
        with contextlib.suppress(Done):
            fcn_train.main(argv + [f"--eval_every={eval_every}",
                                   f"--steps={steps}"])
        os.chdir("/")


# ---- report ----

def measure(argv):
    argv = [common.absolute(word) for word in argv]
    flags = common.train_flags(Flags, argv, __doc__)
    argv = [word for word in argv if not word.startswith(("--rounds", "--skipped", "--steps"))]
    steps = flags.steps or 30
    info = records.open_dataset(flags.datapath, flags.dataset_family)
    probe = common.probe_run(argv, steps=8)
    rounds = Rounds(ComputeOnly(flags, info), flags, steps)
    total = flags.rounds * (steps + flags.skipped)
    run_loop(rounds, argv, total // 3, total + 1)
    saves = sum(rounds.apart["saves"]) / len(rounds.apart["evaluation"])
    per_step = saves / flags.eval_every
    loop = [seconds + per_step * steps for seconds in rounds.loop]
    images = steps * flags.batch_size
    print(f"TensorFlow {tf.__version__}, {flags.basenet}, batch {flags.batch_size}, {flags.pixels} "
          f"px, {flags.rounds} rounds of {steps} steps; median (min - max)")
    print("whole loop, images/s    " + common.spread([images / s for s in loop]))
    print("compute only, images/s  " + common.spread([images / s for s in rounds.compute]))
    print("ratio, round by round   " + common.spread(
        [b / a for a, b in zip(loop, rounds.compute)], 3))
    print(f"  of a step: waits for data {statistics.median(rounds.waits):.1%}, saves (every "
          f"{flags.eval_every} steps, {saves:.2f} s) "
          f"{per_step * steps / statistics.median(loop):.1%}")
    print("evaluation every {} steps: {:.1f} s more".format(
        flags.eval_every, rounds.apart["evaluation"][-1]))
    print(f"start-up to the first step {probe.first_step:.1f} s, peak memory {probe.peak:.0f} "
          "MB", flush=True)


def main(argv):
    if any(word.startswith(("--basenet", "--recipe")) for word in argv):
        return measure(argv)
    for name in EXTRACTORS.names():
        subprocess.check_call([sys.executable, os.path.abspath(__file__), "--basenet=" + name]
                              + argv)


if __name__ == "__main__":
    run_script(main)
