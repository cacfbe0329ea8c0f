"""DeepLab v3 and v3+: rates, the pyramid against NumPy, weights counted by hand."""
import numpy as np
import pytest

from archs import build_arch
from archs.deeplab import atrous_rates, spatial_pyramid
from archs.layers import decoder_arg_scope
from tests.archs.decoders import batch_norm, convolve, map_of, weights_of
from tests.archs.flags import arch_flags
from utils.tf_compat import slim, tf


@pytest.mark.parametrize("stride, expected", [(32, (3, 6, 9)), (16, (6, 12, 18)),
                                              (8, (12, 24, 36))])
def test_rates_by_stride(stride, expected):
    assert atrous_rates(stride) == expected


@pytest.mark.parametrize("separable", [False, True])
def test_the_pyramid_by_hand(separable):
    """Static and dynamic sizes; rates beyond the border meet zeros."""
    features = map_of(2, 5, 7, 3)
    with tf.Graph().as_default(), tf.Session() as session, \
            slim.arg_scope(decoder_arg_scope(False, 0.0, .9)):
        dynamic = tf.placeholder(tf.float32, [None, None, None, 3])
        with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
            nets = [spatial_pyramid(net, 4, (1, 3, 6), separable, "pyramid")
                    for net in (tf.constant(features), dynamic)]
        session.run(tf.global_variables_initializer())
        (static, found), weights = session.run(nets, {dynamic: features}), weights_of(session)

    def layer(net, name, rate=1):
        return np.maximum(batch_norm(convolve(net, weights[f"pyramid/{name}"], rate)), 0)

    def filtered(index, rate):
        if not separable:
            return layer(features, f"atrous_{index}/weights", rate)
        depthwise = weights[f"pyramid/atrous_{index}/depthwise/depthwise_weights"]
        net = np.concatenate([convolve(features[..., c:c + 1], depthwise[:, :, c:c + 1], rate)
                              for c in range(3)], axis=3)
        return layer(np.maximum(batch_norm(net), 0), f"atrous_{index}/pointwise/weights")
    mean = layer(features.mean((1, 2), keepdims=True), "image/weights")
    branches = [layer(features, "1x1/weights"), filtered(1, 1), filtered(2, 3), filtered(3, 6),
                np.tile(mean, [1, 5, 7, 1])]
    expected = layer(np.concatenate(branches, axis=3), "join/weights")
    assert expected.std() > .01
    np.testing.assert_allclose(static, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def _random_values():
    """Gives every variable random values, those of batch norm near what it starts with."""
    return tf.group([
        variable.assign(abs(noise) + .5 if variable.op.name.endswith(("gamma", "variance"))
                        else noise * .1 if variable.shape.ndims == 1 else noise * .3)
        for index, variable in enumerate(tf.global_variables())
        for noise in [tf.random.stateless_normal(variable.shape, seed=[index, 7])]])


@pytest.mark.parametrize("name", ["DeepLabV3:3", "DeepLabV3:3:separable"])
def test_trained_at_stride_16_it_is_the_same_at_stride_8(name):
    """Rates follow the stride: at the places that both maps have, the values are equal, but for
    the mean over the map, which is turned off here."""
    images = np.random.RandomState(0).randint(0, 256, [1, 96, 128, 3])
    with tf.Graph().as_default(), tf.Session() as session:
        archs = {stride: build_arch(arch_flags(extended_arch=name, output_stride=stride), 3)
                 for stride in (16, 8)}
        with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
            nets = {stride: arch.build(tf.constant(images, tf.uint8), False).penultimate
                    for stride, arch in archs.items()}
            names = [variable.op.name for variable in tf.global_variables()]
        session.run(_random_values())
        mean, = [v for v in tf.trainable_variables() if "pyramid/image/weights" in v.op.name]
        session.run(mean.assign(tf.zeros_like(mean)))
        values = session.run(nets)
    assert len(names) == len(set(names))
    first = int(archs[16].extractor.feature(32).offset - archs[8].extractor.feature(32).offset) // 8
    assert values[16].std() > .01
    np.testing.assert_allclose(values[8][:, first::2, first::2], values[16], rtol=1e-3,
                               atol=1e-4 * values[16].max())


# MobileNet V2: 320 channels at level 32, 24 at level 4; each batch norm has two numbers a channel.
_LOGITS = 256 * 11 + 11
_REFINED = sum(9 * c + 2 * c + c * 256 + 2 * 256 for c in (256 + 48, 256))


@pytest.mark.parametrize("name, expected", [
    ("DeepLabV3", (320 + 3 * 9 * 320 + 320 + 5 * 256) * 256 + 6 * 2 * 256 + _LOGITS),
    ("DeepLabV3:separable", (320 + 3 * 320 + 320 + 5 * 256) * 256 + 6 * 2 * 256
     + 3 * (9 + 2) * 320 + _LOGITS),
    ("DeepLabV3Plus", (320 + 3 * 320 + 320 + 5 * 256) * 256 + 6 * 2 * 256 + 3 * (9 + 2) * 320
     + 24 * 48 + 2 * 48 + _REFINED + _LOGITS)])
def test_weights_by_hand(name, expected):
    flags = arch_flags(basenet="mobilenet_v2", depth_multiplier=1.0, extended_arch=name)
    with tf.Graph().as_default():
        arch = build_arch(flags, 11)
        net = arch.build(tf.zeros([1, 64, 96, 3]), is_training=False)
        assert net.penultimate.shape.as_list() == ([1, 16, 24, 256] if "Plus" in name
                                                   else [1, 2, 3, 256])
        assert sum(v.shape.num_elements() for v in tf.trainable_variables()
                   if v in arch.decoder_variables()) == expected
        assert arch.extractor.feature(32).end_point == "layer_18"
        assert not [v for v in tf.global_variables() if "Conv_1" in v.op.name]


def test_dropout_in_training_alone():
    with tf.Graph().as_default(), tf.Session() as session:
        arch = build_arch(arch_flags(extended_arch="DeepLabV3:2", output_stride=8), 3)
        with slim.arg_scope(decoder_arg_scope(True, 0.0, .9)), \
                tf.variable_scope("decoder", reuse=tf.AUTO_REUSE):
            features = tf.constant(np.abs(map_of(2, 40, 40, 8)))
            tf.train.get_or_create_global_step()
            kept, dropped = (arch.context(features, is_training) for is_training in (False, True))
        session.run(tf.global_variables_initializer())
        kept, dropped = session.run([kept, dropped])
    gone = (dropped == 0) & (kept > 0)
    assert .05 < gone.sum() / (kept > 0).sum() < .15
    np.testing.assert_allclose(dropped[~gone], kept[~gone] / .9, rtol=1e-5)
