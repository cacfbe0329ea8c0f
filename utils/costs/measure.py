"""Measures the cost and the speed of a net; each function is called in a process of its own.

The speeds are of the graph that fcn_train.py trains and of the net that fcn_test.py tests, fed with
one batch in memory.
"""
import math
import time
from typing import Any, Callable, Dict

import numpy as np

from utils.costs import memory
from utils.costs.net import Net, Speed
from utils.machine import usable_cpus
from utils.tf_compat import data_options, tf
from utils.train.cost import net_cost
from utils.train.graph import build_train_graph
from utils.train.session import require_precision, session_config

#: Steps before the clock starts: the first ones optimise the graph and choose algorithms.
WARM_UP = 3
#: A round takes as many steps as fill this time.
ROUND_SECONDS = 1.0
#: (flags, num_classes) -> `BaseArch`
BuildArch = Callable[[Any, int], Any]


def cost(build_arch: BuildArch, net: Net) -> Dict[str, float]:
    """Counts the parameters and the operations of a net, as `utils.train.cost.net_cost`."""
    return net_cost(build_arch(net.flags, net.num_classes).build_net, net.size)


def forward(build_arch: BuildArch, net: Net, rounds: int) -> Speed:
    """Measures images -> logits, in batches, with the threads of fcn_test.py.

    Args:
      build_arch: builds the net.
      net: which net.
      rounds: number of measurements.

    Raises:
      MemoryError: TensorFlow had too little memory.
    """
    with tf.Graph().as_default(), tf.Session(config=session_config(repeatable=False)) as session:
        tf.set_random_seed(0)
        shape = (net.flags.batch_size,) + net.size + (3,)
        images = tf.placeholder(tf.float32, shape)
        logits = build_arch(net.flags, net.num_classes).build_net(images, is_training=False)
        noise = np.random.RandomState(0).uniform(0, 255, shape).astype(np.float32)
        return _measured(session, logits.op, {images: noise}, net.flags.batch_size, rounds)


def training(build_arch: BuildArch, net: Net, rounds: int) -> Speed:
    """Measures training steps; arguments and errors are those of `forward`.

    Raises:
      UserError: this machine or TensorFlow does not have the precision.
    """
    require_precision(net.flags.precision)
    with tf.Graph().as_default():
        tf.set_random_seed(0)
        graph = _train_graph(build_arch(net.flags, net.num_classes), net, _one_batch(net))
        with tf.Session(config=session_config(
                net.flags.repeatable, precision=net.flags.precision)) as session:
            session.run(graph.iterator.initializer)
            return _measured(session, graph.fetches, None, net.flags.batch_size, rounds)


def idle() -> int:
    """Measures the peak memory, in bytes, of a process that has only imported TensorFlow."""
    return memory.peak_bytes()


def _train_graph(arch, net, dataset):
    return build_train_graph(arch, dataset, net.flags, np.ones(net.num_classes, np.float32),
                             total_steps=10 ** 6)


def _one_batch(net):
    """Makes an endless dataset of one batch of noise, formed as `pipeline.training_batches`."""
    shape = (net.flags.batch_size,) + net.size

    def noise(_):
        labels = tf.random.stateless_uniform(shape, [0, 1], 0, net.num_classes, tf.int32)
        return {"image": tf.random.stateless_uniform(shape + (3,), [0, 0], 0.0, 255.0),
                "label": tf.cast(labels, tf.uint8), "name": tf.fill(shape[:1], "noise")}
    # The batch is drawn: as a constant it would be in the graph, which holds 2 GB at most.
    dataset = tf.data.Dataset.from_tensors(0).map(noise).cache().repeat()
    return dataset.with_options(data_options(usable_cpus()))


def _measured(session, fetches, feed, batch_size, rounds):
    """Initialises, warms up and measures; returns a `Speed`."""
    try:
        session.run(tf.global_variables_initializer())
        for _ in range(WARM_UP):
            seconds = _seconds(session, fetches, feed, steps=1)
        steps = max(1, math.ceil(ROUND_SECONDS / seconds))
        speeds = [steps * batch_size / _seconds(session, fetches, feed, steps)
                  for _ in range(rounds)]
    except tf.errors.ResourceExhaustedError:
        raise MemoryError from None
    return Speed(tuple(speeds), memory.peak_bytes())


def _seconds(session, fetches, feed, steps):
    begin = time.perf_counter()
    for _ in range(steps):
        session.run(fetches, feed)
    return time.perf_counter() - begin
