"""Layers in plain NumPy, as expected values for tests of decoders."""
import numpy as np

from utils.tf_compat import tf


def map_of(*shape):
    """Random features."""
    return np.random.RandomState(0).randn(*shape).astype(np.float32)


def weights_of(session):
    """{name: value} of the variables of a session's graph."""
    return session.run({variable.op.name: variable for variable in tf.global_variables()})


def convolve(net, weights, rate=1):
    """A convolution of stride 1 with zeros around: [N, h, w, C] by [k, k, C, D]."""
    middle = weights.shape[0] // 2 * rate
    padded = np.pad(net.astype(np.float64), [(0, 0), (middle, middle), (middle, middle), (0, 0)],
                    mode="constant")
    height, width = net.shape[1:3]
    return sum(padded[:, i * rate:i * rate + height, j * rate:j * rate + width] @ weights[i, j]
               for i in range(weights.shape[0]) for j in range(weights.shape[1]))


def batch_norm(net):
    """Batch norm in test mode with the averages that it starts with."""
    return net / np.sqrt(1 + 1e-3)


def interpolate(net, height, width):
    """Bilinear, by the edges of the maps: half-pixel centres."""
    for axis, side in ((1, height), (2, width)):
        places = (np.arange(side) + .5) * net.shape[axis] / side - .5
        net = np.apply_along_axis(
            lambda line, places=places: np.interp(places, np.arange(len(line)), line), axis, net)
    return net
