"""U-Net: what it joins, where its up-blocks stand, its two kinds of upsampling."""
import numpy as np
import pytest

from archs import build_arch, get_extractor
from archs.resample import conv2d_transpose_at, transposed_crop
from tests.archs import checks
from utils.errors import UserError
from utils.tf_compat import slim, tf

pytestmark = pytest.mark.usefixtures("tiny_net")


def test_expansions_at_every_output_stride():
    checks.require_one_set_of_variables("UNet:skips=expansions", "mobilenet_v2")


@pytest.mark.parametrize("extended_arch, basenet, changes", [
    ("UNet:8", "tiny", dict(output_stride=16)),
    ("UNet:8", "tiny", dict(output_stride=8, trainable_upsampling=True)),
    ("UNet:8", "tiny", dict(align="half_pixel")),
    ("UNet:8:expansions", "mobilenet_v2", dict(trainable_upsampling=True))])
def test_every_weight_trains(extended_arch, basenet, changes):
    checks.require_training(checks.flags_of(extended_arch, basenet, **changes))


def _parameters(channels, width, classes):
    """By hand: four 3x3 up-blocks with gamma and beta, without biases, and a 3x3 layer with them.

    Args:
      channels: of the maps at strides 2, 4, 8, 16 and 32.
    """
    total, before = 0, channels[-1]
    for times, skip in zip((8, 4, 2, 1), channels[-2::-1]):
        total += 9 * before * times * width + 2 * times * width
        before = times * width + skip
    return total + 9 * before * classes + classes


@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("skips, channels", [
    ("features", (16, 24, 32, 96, 1280)), ("expansions", (96, 144, 192, 576, 320))])
def test_parameters_by_hand(skips, channels, trainable):
    """The channels are those of TensorFlow's tutorial "Image segmentation", for expansions."""
    with tf.Graph().as_default():
        build_arch(checks.flags_of("UNet:skips=" + skips, "mobilenet_v2", depth_multiplier=1.0,
                                     trainable_upsampling=trainable), 11).build_net(
            tf.zeros([1, 32, 32, 3]), is_training=True)
        found = checks.decoder_sizes()
    assert sum(found.values()) == _parameters(channels, 64, 11)
    assert len(found) == 4 * 3 + 2


def test_expansions_are_the_tutorials():
    arch = build_arch(checks.flags_of("UNet:skips=expansions", "mobilenet_v2"), 3)
    assert arch.end_points() == {
        2: "layer_3/expansion", 4: "layer_5/expansion", 8: "layer_8/expansion",
        16: "layer_15/expansion", 32: "layer_18"}
    with tf.Graph().as_default():
        arch.build_net(tf.zeros([1, 32, 32, 3]), is_training=True)
        assert not tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, "MobilenetV2/Conv_1/")
    arch = build_arch(checks.flags_of("UNet", "mobilenet_v2"), 3)
    assert arch.end_points()[32] == "layer_19" and arch.end_points()[2] == "layer_2"


def test_expansions_of_others_are_refused():
    with pytest.raises(UserError) as caught:
        build_arch(checks.flags_of("UNet:skips=expansions", "resnet_v1_18"), 3)
    assert str(caught.value) == ("UNet does not work on resnet_v1_18: skips=expansions wants "
                                 "mobilenet_v2: choose it, or leave skips out")
    with pytest.raises(UserError, match="got 'all', expected one of features, expansions"):
        build_arch(checks.flags_of("UNet:skips=all", "mobilenet_v2"), 3)


@pytest.mark.parametrize("output_stride, size", [(32, [2, 3]), (16, [4, 6]), (8, [8, 12])])
@pytest.mark.parametrize("trainable", [False, True])
def test_skips_are_appended_at_their_strides(output_stride, size, trainable):
    """Zero weights leave of the last map what was appended: the features of stride 2."""
    with tf.Graph().as_default(), tf.Session() as session:
        arch = build_arch(checks.flags_of("UNet:2", "tiny", output_stride=output_stride,
                                          trainable_upsampling=trainable), 3)
        values = {2: 2, 4: 4, 8: 8, 16: 16, 32: 32}
        assert checks.features_of(arch, values)[32].shape.as_list()[1:3] == size
        decoded = checks.decode(arch, values)
        assert decoded.penultimate.shape.as_list() == [1, 32, 48, 2 + 8]
        assert decoded.logits.shape.as_list() == [1, 64, 96, 3]
        session.run(tf.global_variables_initializer())
        session.run([v.assign(tf.zeros_like(v)) for v in tf.trainable_variables()])
        found = session.run(decoded.penultimate)
    assert (found[..., :2] == 0).all() and (found[..., 2:] == 2).all()


# ---- where transposed convolutions stand ----

@pytest.mark.parametrize("align, factor, step, crop", [
    ("centers", 2, 0.0, 1), ("centers", 2, .5, 0), ("centers", 2, 1.0, 0), ("centers", 2, -.5, 1),
    ("centers", 1, 0.0, 1), ("centers", 1, .4, 1), ("centers", 1, .5, 0), ("centers", 1, -1.0, 2),
    ("half_pixel", 2, 0.0, 0), ("half_pixel", 1, 1.0, 1), ("transposed", 2, 0.0, 0)])
def test_the_nearest_place_of_a_kernel(align, factor, step, crop):
    assert transposed_crop(align, 3, factor, step) == crop


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("step", [0, 1])
def test_a_coarse_place_lands_on_its_step(factor, step):
    """A kernel of which the middle alone is not 0."""
    kernel = np.zeros([3, 3, 1, 1], np.float32)
    kernel[1, 1] = 1
    coarse = np.zeros([1, 4, 5, 1], np.float32)
    coarse[0, 2, 1] = 7
    with tf.Graph().as_default(), tf.Session() as session:
        net = conv2d_transpose_at(
            tf.constant(coarse), 1, 3, factor, transposed_crop("centers", 3, factor, step), "up",
            activation_fn=None, weights_initializer=tf.constant_initializer(kernel))
        session.run(tf.global_variables_initializer())
        found = session.run(net)
    assert found.shape == (1, 4 * factor, 5 * factor, 1)
    assert np.argwhere(found).tolist() == [[0, 2 * factor + step, factor + step, 0]]


@pytest.mark.parametrize("output_stride", [32, 16, 8])
def test_expansions_stand_where_the_features_stand(output_stride):
    """A 1x1 expansion at a place depends on the feature of its level at that place alone."""
    extractor = get_extractor("mobilenet_v2", .35, output_stride)
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.constant(np.random.RandomState(0).randn(1, 64, 96, 3).astype(np.float32))
        with slim.arg_scope(extractor.arg_scope(0.0, .99)):
            _, end_points = extractor.trunk().net(images, False)
        gradients = []
        for feature, expansion in zip(extractor.features, extractor.expansions):
            fine, wide = end_points[feature.end_point], end_points[expansion.end_point]
            assert (expansion.stride, expansion.offset, expansion.level) == (
                feature.stride, feature.offset, feature.level)
            assert wide.shape.as_list() == fine.shape.as_list()[:3] + [expansion.channels]
            gradients += tf.gradients(wide[:, 2, 3], fine)
        session.run(tf.global_variables_initializer())
        for gradient in session.run(gradients):
            assert {tuple(place) for place in np.argwhere(gradient)[:, 1:3]} == {(2, 3)}
