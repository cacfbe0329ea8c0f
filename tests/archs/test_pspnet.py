"""PSPNet: the pyramid against NumPy, weights counted by hand."""
import numpy as np
import pytest

from archs import build_arch
from archs.blocks import conv_bn_relu
from archs.layers import decoder_arg_scope
from archs.pspnet import pyramid
from tests.archs.decoders import batch_norm, convolve, interpolate, map_of, weights_of
from tests.archs.flags import arch_flags
from utils.tf_compat import slim, tf


def _means(net, bins):
    """The averages over a grid, cell by cell: from floor(i h / n) to ceil((i + 1) h / n)."""
    height, width = net.shape[1:3]
    found = np.zeros([len(net), bins, bins, net.shape[3]])
    for i in range(bins):
        for j in range(bins):
            found[:, i, j] = net[:, i * height // bins:-(-(i + 1) * height // bins),
                                 j * width // bins:-(-(j + 1) * width // bins)].mean((1, 2))
    return found


@pytest.mark.parametrize("height, width", [(12, 18), (7, 10), (2, 3)])
def test_the_pyramid_by_hand(height, width):
    """Cells that divide the map, that overlap, and that are smaller than its places."""
    features = map_of(2, height, width, 8)
    with tf.Graph().as_default(), tf.Session() as session, \
            slim.arg_scope(decoder_arg_scope(False, 0.0, .9)), conv_bn_relu():
        dynamic = tf.placeholder(tf.float32, [None, None, None, 8])
        with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
            nets = [pyramid(net) for net in (tf.constant(features), dynamic)]
        assert nets[0].shape.as_list() == [2, height, width, 16]
        session.run(tf.global_variables_initializer())
        values, weights = session.run(nets, {dynamic: features}), weights_of(session)
    levels = [features]
    for bins in (1, 2, 3, 6):
        scores = convolve(_means(features, bins), weights[f"pyramid/bins_{bins}/weights"])
        levels.append(interpolate(np.maximum(batch_norm(scores), 0), height, width))
    expected = np.concatenate(levels, axis=3)
    for found in values:
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name, width", [("PSPNet", 512), ("PSPNet:64", 64)])
def test_weights_by_hand(name, width):
    """MobileNet V2: 320 channels at level 32; each batch norm has two numbers a channel."""
    flags = arch_flags(basenet="mobilenet_v2", depth_multiplier=1.0, extended_arch=name,
                       output_stride=8)
    with tf.Graph().as_default():
        arch = build_arch(flags, 11)
        net = arch.build(tf.zeros([1, 64, 96, 3]), is_training=False)
        assert net.penultimate.shape.as_list() == [1, 8, 12, width]
        assert sum(v.shape.num_elements() for v in tf.trainable_variables()
                   if v in arch.decoder_variables()) == (
            4 * (320 + 2) * 80 + (9 * 640 + 2) * width + width * 11 + 11)
