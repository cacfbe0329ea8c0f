#!/usr/bin/env python
r"""How far the weights of a batch in parts are from those of the whole batch, after some steps.

    python benchmarks/same_steps.py --basenet=vgg_16 --pixels=64 --batch_size=8 --steps=5 \\
        --from_scratch --datapath=data/camvid --ways=whole,again,accumulate,devices,processes

Takes fcn_train.py's flags. Each way has processes of its own: the whole batch, once more (what does
not repeat), two micro-batches, two devices, two processes (needs horovod: docs/parallel.md).
Without augmentation and dropout, a net without batch norm has to agree to rounding. Prints the
largest difference of a weight, beside how far the weights have moved at most.
"""
import dataclasses
import os
import subprocess
import sys
import tempfile

import common  # noqa: F401 (puts the project on the path)
import numpy as np

import fcn_train
from archs.extractors import vgg
from utils.errors import UserError, run_script
from utils.runs.flags import flag, parse_flags
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import tf
from utils.train.build import build, first_values
from utils.train.parallel.launch import join
from utils.train.session import session_config

#: {way: (flags, processes)}; the batch is halved where there are two parts beside the devices.
_WAYS = {"whole": ([], 1), "again": ([], 1), "accumulate": (["--accumulate=2"], 1),
         "devices": (["--devices=2"], 1), "processes": ([], 2)}
#: Tells a process that it is to train, and where to write its weights.
_TARGET = "SLIMSEG_SAME_STEPS_TARGET"


@dataclasses.dataclass(frozen=True)
class Flags(TrainFlags):
    """fcn_train.py's, and the ways."""

    ways: str = flag("whole,again,accumulate,devices", "of {}".format(", ".join(_WAYS)))


def train(argv):
    """What a training process does: writes the weights before and after --steps steps."""
    vgg.stateless_dropout = lambda net, keep_prob, is_training, scope: net
    world = join()
    prepared = fcn_train.prepare(argv, world)
    built = build(prepared, 0, world)
    config = session_config(devices=prepared.flags.devices)
    with tf.Session(graph=built.graph, config=config) as session:
        first_values(session, built, prepared)
        built.train_graph.begin(session)
        variables = {variable.op.name: variable for variable in tf.trainable_variables()}
        before = session.run(variables)
        for _ in range(prepared.flags.steps):
            built.train_graph.run_step(session)
        after = session.run(variables)
    if world.rank == 0:
        for name, values in (("before", before), ("after", after)):
            np.savez(os.path.join(os.environ[_TARGET], name + ".npz"), **values)


def weights_of(argv, processes, folder):
    """{name: {variable: values}} before and after, of a training in processes of its own."""
    words = [sys.executable, os.path.abspath(__file__)] + argv
    if processes > 1:
        words = [os.path.join(os.path.dirname(sys.executable), "horovodrun"), "--gloo", "-np",
                 str(processes), "-H", f"localhost:{processes}"] + words
    done = subprocess.run(words, env=dict(os.environ, **{_TARGET: folder}),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise UserError("{} failed: {}".format(" ".join(words), " | ".join(
            done.stdout.decode("utf-8", "replace").splitlines()[-5:])))
    return {name: dict(np.load(os.path.join(folder, name + ".npz")))
            for name in ("before", "after")}


def largest(one, other):
    """The largest difference of a value between two dicts of arrays."""
    return max(float(np.abs(one[name] - other[name]).max()) for name in one)


def main(argv):
    if _TARGET in os.environ:
        return train(argv)
    flags, _ = parse_flags(Flags, argv, __doc__)
    argv = [word for word in argv if not word.startswith("--ways")]
    argv += ["--random_scale=", "--no-flip", "--gpu=-1", "--seed=1"]
    reference = None
    for way in flags.ways.split(","):
        extra, processes = _WAYS[way]
        halves = 2 if way in ("accumulate", "processes") else 1
        size = f"--batch_size={flags.batch_size // halves}"
        with tempfile.TemporaryDirectory() as folder:
            found = weights_of(argv + extra + [size], processes, folder)
        reference = reference or found
        print("{:10} first weights {:.1e}, after {} steps {:.1e} from the whole's; moved by up to "
              "{:.1e}".format(way, largest(found["before"], reference["before"]), flags.steps,
                              largest(found["after"], reference["after"]),
                              largest(found["after"], found["before"])), flush=True)


if __name__ == "__main__":
    run_script(main)
