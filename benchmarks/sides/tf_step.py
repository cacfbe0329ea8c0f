#!/usr/bin/env python
"""The project's own training step, fed from the graph itself: a side of compute_speed.py.

Takes fcn_train.py's flags; reads numbers of steps from standard input and answers with seconds.
"""
import os
import sys

sys.path.insert(0, os.environ.get("SLIMSEG_TREE") or os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__)))))

import numpy as np
import speak

from archs import build_arch
from utils.runs.flags import parse_flags, parse_size
from utils.runs.train_flags import TrainFlags, settle
from utils.tf_compat import tf
from utils.train.graph import build_train_graph
from utils.train.session import session_config

CLASSES = 11


def constant_batches(flags):
    """An endless dataset of one batch of noise."""
    height, width = parse_size(flags.pixels)
    noise = np.random.RandomState(0)
    images = noise.uniform(0, 255, (flags.batch_size, height, width, 3))
    batch = {"image": images.astype(np.float32),
             "label": noise.randint(0, CLASSES, (flags.batch_size, height, width)).astype(np.uint8),
             "name": np.array([b""] * flags.batch_size)}
    return tf.data.Dataset.from_tensors(batch).repeat()


def main(argv):
    flags, given = parse_flags(TrainFlags, argv, __doc__)
    flags = settle(flags, given)
    with tf.Graph().as_default() as graph:
        batches = constant_batches(flags)
        tf.set_random_seed(1)
        train_graph = build_train_graph(build_arch(flags, CLASSES), batches, flags,
                                        np.ones(CLASSES, np.float32), 10 ** 6)
        session = tf.Session(graph=graph, config=session_config(
            flags.repeatable, precision=flags.precision))
        session.run(tf.global_variables_initializer())
        parameters = sum(weights.shape.num_elements() for weights in tf.trainable_variables())
    session.run(train_graph.iterator.initializer)
    speak.serve(lambda: session.run(train_graph.fetches["train_op"]),
                f"TensorFlow {tf.__version__}, {parameters / 1e6:.2f} M", flags.batch_size)


if __name__ == "__main__":
    main(sys.argv[1:])
