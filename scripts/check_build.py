"""Checks that a build of TensorFlow computes what it should; scripts/environment runs it.

    python -m scripts.check_build

A small net's loss and gradients in float32 are compared with those in float64: optimised builds
bring kernels of their own for float32 only. Three repetitions have to give the same bits.
"""
from typing import Any, List, Sequence

import numpy as np

from utils.errors import UserError, run_script
from utils.tf_compat import tf
from utils.train.session import session_config

#: Largest difference of a gradient from float64's, relative to its norm. Float32 rounds to 6e-8;
#: sums of some thousand terms and several layers make some 1e-6 of that.
TOLERANCE = 1e-4
REPETITIONS = 3


def weights(random: np.random.RandomState) -> List[np.ndarray]:
    """Draws the net's weights, float64: 3x3, depthwise 3x3, 1x1, 3x3 with stride 2, classifier."""
    shapes = [(3, 3, 3, 16), (3, 3, 16, 1), (1, 1, 16, 32), (3, 3, 32, 32), (1, 1, 32, 5)]
    return [random.randn(*shape) * np.sqrt(2.0 / np.prod(shape[:3])) for shape in shapes]


def build_gradients(dtype: Any) -> List[Any]:
    """Builds the net in a floating-point type: [loss, gradient of each weight]."""
    random = np.random.RandomState(0)
    images = tf.constant(random.randn(2, 32, 32, 3), dtype)
    labels = tf.constant(random.randint(0, 5, (2, 8, 8)))
    full, depthwise, narrow, strided, last = kernels = [
        tf.Variable(value, dtype=dtype) for value in weights(random)]
    net = tf.nn.relu(tf.nn.conv2d(images, full, 1, "SAME"))
    net = tf.nn.relu6(tf.nn.depthwise_conv2d(net, depthwise, [1, 1, 1, 1], "SAME"))
    net = tf.nn.relu(tf.nn.conv2d(net, narrow, 1, "SAME"))
    net = tf.nn.max_pool2d(net, 2, 2, "SAME")
    net = tf.nn.relu(tf.nn.conv2d(net, strided, 2, "SAME"))
    net = tf.nn.avg_pool2d(net, 3, 1, "SAME") + net
    scores = tf.nn.conv2d(net, last, 1, "SAME")
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=labels, logits=scores))
    return [loss] + tf.gradients(loss, kernels)


def compute(dtype: Any, repetitions: int) -> List[List[np.ndarray]]:
    """Computes loss and gradients `repetitions` times: list of lists of float arrays."""
    with tf.Graph().as_default(), tf.Session(config=session_config()) as session:
        wanted = build_gradients(dtype)
        session.run(tf.global_variables_initializer())
        return [session.run(wanted) for _ in range(repetitions)]


def largest_difference(values: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """Computes the largest |value - expected| / |expected| over arrays (Euclidean norms)."""
    return max(np.linalg.norm(np.float64(a) - b) / np.linalg.norm(b)
               for a, b in zip(values, expected))


def main(argv: List[str]) -> None:
    """Raises a `UserError` where this TensorFlow computes or repeats wrongly."""
    repetitions = compute(tf.float32, REPETITIONS)
    difference = largest_difference(repetitions[0], compute(tf.float64, 1)[0])
    if not difference < TOLERANCE:
        raise UserError(f"TensorFlow {tf.__version__} computes gradients that are {difference:.1e} "
                        f"off float64's, expected less than {TOLERANCE:.0e}")
    for again in repetitions[1:]:
        if any(a.tobytes() != b.tobytes() for a, b in zip(repetitions[0], again)):
            raise UserError(f"TensorFlow {tf.__version__} does not repeat: the same step gave "
                            "other bits")
    print(f"TensorFlow {tf.__version__}: gradients within {difference:.1e} of float64's, "
          f"{REPETITIONS} repetitions with the same bits")


if __name__ == "__main__":
    run_script(main)
