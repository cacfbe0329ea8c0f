"""Atrous versions of the feature extractors: the features of the strided net, computed densely."""
import dataclasses

import numpy as np
import pytest

from archs import EXTRACTORS, build_arch, get_extractor
from archs.extractors.atrous import AtrousStrides, max_pool
from archs.extractors.record import Feature, _atrous_features
from tests.archs.checks import flags_of
from tests.archs.flags import arch_flags
from utils.errors import UserError
from utils.tf_compat import slim, tf

pytestmark = pytest.mark.usefixtures("tiny_net")

NAMES = EXTRACTORS.names()
ATROUS = (16, 8)


def _shared_variables():
    return tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE)


def _maps(extractor, images):
    """{level: features} in test mode."""
    with slim.arg_scope(extractor.arg_scope(0.0, .99)):
        _, end_points = extractor.net(images, False)
    return {feature.level: end_points[feature.end_point] for feature in extractor.features}


def _random_weights():
    """The op that gives every variable values that about keep the size of the features."""
    def value(index, variable):
        shape = variable.shape.as_list()
        noise = tf.random.stateless_normal(shape, seed=[index, 1])
        if len(shape) == 4:
            inputs = np.prod(shape[:2 if "depthwise" in variable.op.name else 3])
            return noise * (1.5 / inputs) ** .5
        if variable.op.name.endswith(("gamma", "moving_variance")):
            return 1 + .3 * tf.tanh(noise)
        return .1 * noise
    return tf.group([variable.assign(value(index, variable))
                     for index, variable in enumerate(tf.global_variables())
                     if variable.dtype.base_dtype == tf.float32])


@pytest.mark.parametrize("name", NAMES)
def test_dense_features_equal_strided_ones(name):
    """At the places that both have, at the borders too; from the same variables."""
    random = np.random.RandomState(0)
    records = {stride: get_extractor(name, output_stride=stride) for stride in (32,) + ATROUS}
    with tf.Graph().as_default(), tf.Session() as session:
        image = records[32].normalize(tf.constant(
            random.randint(0, 256, [1, 96, 128, 3]).astype(np.float32)))
        maps, names = {}, {}
        for stride, record in records.items():
            with _shared_variables():
                maps[stride] = _maps(record, image)
            names[stride] = [v.op.name for v in tf.global_variables()]
        assert names[8] == names[16] == names[32]
        session.run(_random_weights())
        values = session.run(maps)
    for output_stride in ATROUS:
        for strided, dense in zip(records[32].features, records[output_stride].features):
            step = strided.stride // dense.stride
            first = (strided.offset - dense.offset) / dense.stride
            assert first == int(first) and 0 <= first < step
            expected = values[32][strided.level]
            found = values[output_stride][dense.level][:, int(first)::step, int(first)::step]
            assert found.shape == expected.shape and expected.std() > .01
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * expected.std())


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2"])
def test_width_and_output_stride_together(name):
    record, narrow, dense = (get_extractor(name).at(.5, 8), get_extractor(name, .5),
                             get_extractor(name, 1.0, 8))
    assert record.width == .5 and record.output_stride == 8
    for found, channels, place in zip(record.features, narrow.features, dense.features):
        assert found == dataclasses.replace(place, channels=channels.channels)
    with tf.Graph().as_default():
        maps = _maps(record, tf.zeros([1, 64, 64, 3]))
    assert maps[32].shape.as_list() == [1, 8, 8, narrow.features[-1].channels]


# ---- training ----

@pytest.mark.parametrize("name", [name for name in NAMES if name != "vgg_16"])
def test_gradients_reach_every_kernel(name):
    """At rates 1, 2 and 4; on a CPU too, where TF 1.15's `tf.nn.conv2d(dilations=)` has none."""
    flags = arch_flags(basenet=name, fcn8=True, output_stride=8,
                       depth_multiplier=.25 if name.startswith("mobilenet") else 1.0)
    images = np.random.RandomState(0).randint(0, 256, [2, 64, 64, 3]).astype(np.uint8)
    with tf.Graph().as_default(), tf.Session() as session:
        arch = build_arch(flags, 3)
        logits = arch.build_net(tf.constant(images), is_training=True)
        assert logits.shape.as_list() == [2, 64, 64, 3]
        kernels = [v for v in tf.trainable_variables() if "weights" in v.op.name]
        gradients = tf.gradients(logits[..., 0], kernels)
        session.run(tf.global_variables_initializer())
        session.run(_random_weights())
        for variable, gradient in zip(kernels, session.run(gradients)):
            assert np.isfinite(gradient).all() and gradient.any(), variable.op.name


# ---- decoders ----

@pytest.mark.parametrize("align", ["centers", "half_pixel", "transposed"])
@pytest.mark.parametrize("trainable", [False, True])
def test_upsampling_of_fcn_at_each_output_stride(align, trainable):
    """Maps of one stride that stand at the same places are not resampled."""
    for output_stride in (32, 16, 8):
        with tf.Graph().as_default():
            flags = flags_of("FCN", "tiny", fcn4=True, align=align, output_stride=output_stride,
                             trainable_upsampling=trainable)
            arch = build_arch(flags, 3)
            net = tf.zeros([1, 8, 8, 3])
            assert (arch.upsample(net, 32, 16, trainable, "a") is net) == (output_stride < 32)
            assert (arch.upsample(net, 16, 8, trainable, "b") is net) == (output_stride < 16)
            logits = arch.build_net(tf.zeros([1, 33, 64, 3]), is_training=False)
            assert logits.shape.as_list() == [1, 33, 64, 3]


def test_a_map_of_one_stride_is_moved_to_the_centres_of_the_other():
    """VGG's pool moves by half a place: at output stride 16 level 32 stands 8 pixels from 16."""
    ramp = (16 * np.arange(5, dtype=np.float32) + 15.5).reshape([1, 1, 5, 1])
    with tf.Graph().as_default(), tf.Session() as session:
        arch = build_arch(arch_flags(basenet="vgg_16", depth_multiplier=1.0,
                                     output_stride=16), 3)
        moved = session.run(arch.upsample(tf.constant(ramp), 32, 16))
    np.testing.assert_allclose(moved[0, 0, 1:, 0], 16 * np.arange(1, 5) + 7.5, rtol=1e-6)


def test_linknet_wants_levels_of_different_strides():
    with pytest.raises(UserError, match="LinkNet does not work on mobilenet_v1: it wants "
                                        "--output_stride=32, not 16"):
        build_arch(arch_flags(extended_arch="LinkNet", output_stride=16), 3)


# ---- records ----

def test_mistakes_and_the_way_back():
    strided = get_extractor("resnet_v1_18")
    dense = strided.at(output_stride=8)
    assert dense.at(output_stride=32) is strided
    assert dense.at(output_stride=16).features == strided.at(output_stride=16).features
    with pytest.raises(UserError, match="output stride 4: choose one of 8, 16, 32"):
        strided.at(output_stride=4)
    with pytest.raises(UserError, match="one width only"):
        dense.at(.5, 16)


@pytest.mark.parametrize("offsets,expected", [
    ((1, 3, 7, 15, 31), (1, 3, 7, 7, 7)), ((0, 2, 2, 2, 2), (0, 2, 2, 2, 2)),
    ((1, 3, 7, 15, 23), (1, 3, 7, 7, 15)), ((.5, 1.5, 3.5, 7.5, 15.5), (.5, 1.5, 3.5, 7.5, 15.5))])
def test_offsets_of_dense_maps_by_hand(offsets, expected):
    """SAME 3x3; symmetric padding; SAME, the last a 2x2 pool; 2x2 pools."""
    features = tuple(Feature(2 ** (index + 1), "", 1, offset)
                     for index, offset in enumerate(offsets))
    found = _atrous_features(features, 8)
    assert tuple(feature.offset for feature in found) == expected
    assert [feature.stride for feature in found] == [2, 4, 8, 8, 8]
    assert [feature.level for feature in found] == [2, 4, 8, 16, 32]


def test_strides_and_rates_by_hand():
    atrous = AtrousStrides(8)
    assert [atrous.next_layer(stride) for stride in (2, 2, 1, 2, 2, 1, 2, 1)] == [
        (2, 1), (2, 1), (1, 1), (2, 1), (1, 1), (1, 2), (1, 2), (1, 4)]


def test_dilated_pool_by_hand():
    row = np.array([3, 1, 0, 2, 1, 4], np.float32).reshape([1, 1, 6, 1])
    with tf.Graph().as_default(), tf.Session() as session:
        pools = [max_pool(tf.constant(row), size, 1, rate, "pool")
                 for size, rate in ((2, 1), (2, 2), (3, 1), (3, 2))]
        values = [value[0, 0, :, 0].tolist() for value in session.run(pools)]
    assert values == [[3, 1, 2, 2, 4, 4], [3, 2, 1, 4, 1, 4], [3, 3, 2, 2, 4, 4],
                      [3, 2, 3, 4, 1, 4]]
