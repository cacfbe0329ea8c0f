#!/usr/bin/env python
"""What each loss costs: seconds of a training step beside those of cross entropy.

    python benchmarks/loss_speed.py --from_scratch --datapath=data/camvid

Takes fcn_train.py's flags; without others it is FCN16 on MobileNet V1, 256 px, batches of 8. Each
loss of --losses (several with commas between them) takes turns with cross entropy in one process,
--rounds times so many --steps: by compute alone, on a batch that lies in variables, and with the
input, which makes the distance maps that some losses need. The figures are ratios of rounds that
follow each other, less 1, in percent: the median (least - most) of seconds, and the median of the
process's seconds on processors, which work beside it disturbs less.
"""
import contextlib
import dataclasses
import statistics
import time
from unittest import mock

import common
import train_speed

from archs import build_arch
from utils.data import pipeline, records
from utils.errors import run_script
from utils.machine import usable_cpus
from utils.registry import Spelling
from utils.runs.flags import flag, parse_size
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import tf
from utils.train import graph as train_graph
from utils.train.data import class_counts
from utils.train.images import augmentation
from utils.train.losses import LOSSES
from utils.train.losses.class_weights import class_weights
from utils.train.losses.total import input_maps
from utils.train.session import session_config

ALL = ("cross_entropy:0.1,focal,ohem,dice,jaccard,tversky,lovasz,lovasz:full,boundary,"
       "boundary:full,hausdorff,hausdorff:full,hausdorff:distances,cross_entropy+lovasz,"
       "cross_entropy+dice")


@dataclasses.dataclass(frozen=True)
class Flags(TrainFlags):
    """fcn_train.py's, and what to measure for how long."""

    basenet: str = flag("mobilenet_v1", "the feature extractor")
    pixels: str = flag("256", "size that the net sees")
    batch_size: int = flag(8, "images in a step", at_least=1)
    losses: str = flag(ALL, "the losses, with commas between them")
    rounds: int = flag(5, "rounds of each side", at_least=1)


class Steps:
    """Training steps of one loss, in a graph and a session of their own.

    Args:
      flags: `Flags`.
      info: `DatasetInfo` of the records.
      batch: one batch in memory, for compute alone; None to read the records.
    """

    def __init__(self, flags, info, batch):
        weights = class_weights(flags.class_weights, class_counts(
            records.open_split(flags.datapath, "training", info)))
        with contextlib.ExitStack() as stack:
            graph = stack.enter_context(tf.Graph().as_default())
            if batch is None:
                batch = _batches(flags, info)
            else:
                stack.enter_context(mock.patch.object(train_graph, "timed_next",
                                                      train_speed.on_board))
            tf.set_random_seed(0)
            built = train_graph.build_train_graph(build_arch(flags, info.num_classes), batch, flags,
                                                  weights, 10 ** 6)
            self.session = tf.Session(graph=graph, config=session_config(
                flags.repeatable, precision=flags.precision))
            self.session.run(tf.global_variables_initializer())
            if built.iterator is not None:
                self.session.run(built.iterator.initializer)
        self._fetches = {name: built.fetches[name] for name in ("train_op", "loss")}
        self.seconds(2)

    def seconds(self, steps):
        """(seconds, seconds on processors) of so many steps, after one that does not count."""
        self.session.run(self._fetches)
        begin, begin_cpu = time.time(), time.process_time()
        for _ in range(steps):
            self.session.run(self._fetches)
        return time.time() - begin, time.process_time() - begin_cpu


def _batches(flags, info):
    split = records.open_split(flags.datapath, "training", info)
    return pipeline.training_batches(
        split, parse_size(flags.pixels), flags.batch_size, augmentation(flags, split), 0,
        usable_cpus(),
        maps=input_maps(flags, info.num_classes))


def costs(loss, plain, flags, info, alone):
    """Percent that a round by the loss takes more than one by cross entropy: [(of seconds, of
    seconds on processors)].

    Args:
      loss: as --loss.
      plain: `Steps` of cross entropy.
      flags, info: as `Steps`.
      alone: whether by compute alone.
    """
    flags = dataclasses.replace(flags, loss=loss)
    side = Steps(flags, info, train_speed.first_batch(flags, info) if alone else None)
    found = []
    for number in range(flags.rounds):
        sides = (plain, side) if number % 2 else (side, plain)
        taken = {one: one.seconds(flags.steps) for one in sides}
        found.append([100 * (more / less - 1) for more, less in zip(taken[side], taken[plain])])
    side.session.close()
    return found


def columns(found):
    """What is printed of `costs`."""
    seconds, on_processors = zip(*found)
    return f"{common.spread(seconds, 1):24s}{statistics.median(on_processors):8.1f}       "


def main(argv):
    flags = common.train_flags(Flags, [common.absolute(word) for word in argv], __doc__)
    flags = dataclasses.replace(flags, loss="cross_entropy", steps=flags.steps or 4)
    losses = [Spelling(LOSSES, "+").spelled(text) for text in flags.losses.split(",")]
    info = records.open_dataset(flags.datapath, flags.dataset_family)
    alone, fed = (Steps(flags, info, batch)
                  for batch in (train_speed.first_batch(flags, info), None))
    seconds, on_processors = (value / flags.steps for value in alone.seconds(flags.steps))
    print(f"TensorFlow {tf.__version__}, {flags.basenet}, batch {flags.batch_size}, {flags.pixels} "
          f"px, {flags.rounds} rounds of {flags.steps} steps; a step with cross entropy takes "
          f"{1000 * seconds:.0f} ms of compute, {1000 * on_processors:.0f} on processors")
    print(f"{'':24s}{'by compute alone':39s}with the input\n{'loss':24s}"
          + 2 * f"{'seconds, %':24s}{'on processors':15s}")
    for loss in losses:
        print(f"{loss:24s}" + "".join(columns(costs(loss, plain, flags, info, plain is alone))
                                      for plain in (alone, fed)), flush=True)


if __name__ == "__main__":
    run_script(main)
