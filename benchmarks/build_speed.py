#!/usr/bin/env python
"""Training speed and peak memory of builds of TensorFlow, or of settings of one, side by side.

    python benchmarks/build_speed.py --basenet=mobilenet_v1 --pixels=256 --batch_size=8 \\
        .venv/tf1/bin/python .venv/tf1-cpu/bin/python "KMP_BLOCKTIME=0 .venv/tf1-cpu/bin/python"

Each side is an interpreter, after the environment variables that it is to have. All of them build
the same graph on one random batch and take turns, ROUNDS times --steps steps each (default 5);
ratios are to the first side, round by round. Other flags are fcn_train.py's.
"""
import resource
import shlex
import statistics
import subprocess
import sys
import time

import common
from utils.errors import UserError, run_script
from utils.runs.flags import parse_flags, parse_size, split_words
from utils.runs.train_flags import TrainFlags, settle

ROUNDS = 5
NUM_CLASSES = 11


# ---- In each side's process ----

def build_step(flags):
    """A function that takes one training step of the graph that the flags ask for."""
    import numpy as np
    from archs import build_arch
    from utils.tf_compat import tf
    from utils.train.graph import build_train_graph
    from utils.train.session import session_config
    random, shape = np.random.RandomState(0), (flags.batch_size,) + parse_size(flags.pixels)
    batch = {"image": random.uniform(0, 255, shape + (3,)).astype(np.float32),
             "label": random.randint(0, NUM_CLASSES, shape).astype(np.uint8),
             "name": np.array([b"random"] * flags.batch_size)}
    tf.set_random_seed(1)
    graph = build_train_graph(
        build_arch(flags, NUM_CLASSES), tf.data.Dataset.from_tensors(batch).repeat(), flags,
        np.ones(NUM_CLASSES, np.float32), 10 ** 6)
    session = tf.Session(config=session_config(flags.repeatable))
    session.run(tf.global_variables_initializer())
    session.run(graph.iterator.initializer)
    return lambda: session.run(graph.fetches["train_op"])


def serve(flags):
    """Takes as many steps as each line of standard input says; prints their seconds and the peak
    memory so far in MB."""
    step = build_step(flags)
    for line in sys.stdin:
        begin = time.time()
        for _ in range(int(line)):
            step()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(time.time() - begin, peak, flush=True)


# ---- In the process that compares ----

class Side(object):
    """A process that waits for its turn."""

    def __init__(self, command, flag_words):
        self._process = subprocess.Popen(
            ["env"] + shlex.split(command) + [__file__, "serve"] + flag_words,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)
        self.times, self.peak = [], 0.0

    def run(self, steps):
        """Seconds for so many steps."""
        self._process.stdin.write("{}\n".format(steps))
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        if not answer:
            raise UserError("{} ended: see the lines above".format(self._process.args))
        self.peak = float(answer[1])
        return float(answer[0])

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def compare(commands, flag_words, steps):
    """The sides, with their seconds of a step in each round."""
    sides = [Side(command, flag_words) for command in commands]
    for side in sides:
        side.run(3)  # warm up
    for _ in range(ROUNDS):
        for side in sides:
            side.times.append(side.run(steps) / steps)
    for side in sides:
        side.close()
    return sides


def main(argv):
    commands, flag_words = split_words(TrainFlags, argv)
    flags = settle(*parse_flags(TrainFlags, flag_words, __doc__))
    if commands == ["serve"]:
        return serve(flags)
    if not commands:
        raise UserError("got no side to compare, expected interpreters: see --help")
    steps = flags.steps or 5
    sides = compare(commands, flag_words, steps)
    print("{} x {}, {}, {}repeatable, {} rounds of {} steps".format(
        flags.basenet, flags.batch_size, flags.pixels, "" if flags.repeatable else "not ", ROUNDS,
        steps))
    for command, side in zip(commands, sides):
        ratios = [first / own for first, own in zip(sides[0].times, side.times)]
        print("{:6.2f} images/s, ratio {}, {:5.0f} MB  {}".format(
            flags.batch_size / statistics.median(side.times), common.spread(ratios), side.peak,
            command))


if __name__ == "__main__":
    run_script(main)
