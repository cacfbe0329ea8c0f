#!/usr/bin/env python
"""Images per second of the whole training loop, beside the same graph fed from a constant batch.

    python benchmarks/train_speed.py --basenet=mobilenet_v1 --pixels=256 --batch_size=8 \\
        --from_scratch --datapath=data/camvid

Takes fcn_train.py's flags. The two graphs take turns, ROUNDS times --steps steps each (default 40),
in one process, so that both see the same machine; medians over the rounds are printed.
"""
import time

import common
from archs import build_arch
from utils.data import pipeline, records
from utils.errors import run_script
from utils.machine import usable_cpus
from utils.runs.flags import parse_flags, parse_size
from utils.runs.train_flags import TrainFlags, augmentation, settle
from utils.tf_compat import tf
from utils.train.graph import build_train_graph
from utils.train.losses import class_weights
from utils.train.session import session_config

ROUNDS = 5


def constant_batches(dataset):
    """An endless dataset that repeats the first batch of another, already decoded."""
    return dataset.take(1).cache().repeat()


class Side(object):
    """One training graph with its session."""

    def __init__(self, flags, info, from_constant):
        size, split = parse_size(flags.pixels), info.splits["training"]
        with tf.Graph().as_default() as graph:
            batches = pipeline.training_batches(
                records.split_files(flags.datapath, "training"), split.count, info.legacy, size,
                flags.batch_size, augmentation(flags), flags.seed_order,
                flags.threads or usable_cpus())
            if from_constant:
                batches = constant_batches(batches)
            weights = class_weights(flags.class_weights, info.class_frequencies())
            self._graph = build_train_graph(build_arch(flags, info.num_classes), batches, flags,
                                            weights, 10 ** 6)
            self._session = tf.Session(graph=graph, config=session_config(flags.repeatable))
            self._session.run(tf.global_variables_initializer())
        self._session.run(self._graph.iterator.initializer)

    def run(self, steps):
        """(seconds, seconds waited for data) of so many steps."""
        begin, waited = time.time(), 0.0
        for _ in range(steps):
            waited += self._session.run(self._graph.fetches)["wait"]
        return time.time() - begin, waited


def main(argv):
    flags, given = parse_flags(TrainFlags, argv, __doc__)
    flags = settle(flags, given)
    steps = flags.steps or 40
    info = records.open_dataset(flags.datapath, flags.dataset_family)
    sides = {"loop": Side(flags, info, False), "constant": Side(flags, info, True)}
    for side in sides.values():
        side.run(5)  # warm up
    speeds, waits = {"loop": [], "constant": []}, []
    for _ in range(ROUNDS):
        for name, side in sides.items():
            seconds, waited = side.run(steps)
            speeds[name].append(steps * flags.batch_size / seconds)
            if name == "loop":
                waits.append(waited / seconds)
    print("TensorFlow {}, {}, {} x {}, {} rounds of {} steps".format(
        tf.__version__, flags.basenet, flags.batch_size, flags.pixels, ROUNDS, steps))
    print("images/s, median (min - max):")
    print("loop from records    " + common.spread(speeds["loop"]))
    print("fed from a constant  " + common.spread(speeds["constant"]))
    print("ratio, round by round " + common.spread(
        [a / b for a, b in zip(speeds["loop"], speeds["constant"])], 3))
    print("data wait, share of a step " + common.spread(waits, 3))


if __name__ == "__main__":
    run_script(main)
