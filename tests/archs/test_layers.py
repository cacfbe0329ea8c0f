"""Upsampling, padding and dropout: exact values."""
import numpy as np
import pytest

from archs import blocks, layers, resample
from utils.tf_compat import slim, tf


def _run(build, *arrays, tolerance=0):
    """The value of `build(tensors)`, with static sizes; checks that dynamic sizes give the same."""
    values = []
    for static in (True, False):
        with tf.Graph().as_default(), tf.Session() as session:
            shapes = [a.shape if static else (None, None, None) + a.shape[3:] for a in arrays]
            inputs = [tf.placeholder(tf.float32, shape) for shape in shapes]
            outputs = build(*inputs)
            session.run(tf.global_variables_initializer())
            values.append(session.run(outputs, dict(zip(inputs, arrays))))
            if static:
                assert outputs.shape.as_list()[1:] == list(values[0].shape[1:])
    np.testing.assert_allclose(values[0], values[1], rtol=tolerance, atol=tolerance)
    return values[0]


def _random(*shape):
    return np.random.RandomState(0).randn(*shape).astype(np.float32)


def _row(*values):
    return np.array(values, np.float32).reshape([1, 1, -1, 1])


# ---- fixed upsampling ----

def test_half_pixel_by_hand():
    up = _run(lambda x: resample.upsample_bilinear(x, 2, -.25), _row(0, 4, 8))
    np.testing.assert_array_equal(up[0, :, :, 0], [[0, 1, 3, 5, 7, 8]] * 2)


def test_offset_by_hand():
    up = _run(lambda x: resample.upsample_bilinear(x, 2, -.5), _row(0, 4, 8))
    np.testing.assert_array_equal(up[0, 0, :, 0], [0, 0, 2, 4, 6, 8])


def test_zero_edge_by_hand():
    up = _run(lambda x: resample.upsample_bilinear(x, 2, -.25, edge="zero"), _row(4, 4))
    np.testing.assert_array_equal(up[0, 0, :, 0], np.array([3, 4, 4, 3]) * .75)


@pytest.mark.parametrize("factor", [2, 4, 8, 16, 32])
def test_half_pixel_is_separable_interpolation(factor):
    features = _random(2, 3, 4, 2)
    offset = resample.sampling_offset("half_pixel", factor, 32, 0, 0)
    up = _run(lambda x: resample.upsample_bilinear(x, factor, offset), features)
    expected = features
    for axis in (1, 2):
        size = features.shape[axis]
        places = np.arange(size * factor) / factor + .5 / factor - .5
        expected = np.apply_along_axis(lambda line: np.interp(places, np.arange(size), line), axis,
                                       expected)
    np.testing.assert_allclose(up, expected, atol=1e-6)


@pytest.mark.parametrize("factor", [2, 16])
def test_transposed_is_the_transposed_convolution(factor):
    features = _random(2, 3, 5, 3)
    offset = resample.sampling_offset("transposed", factor, 32, 31, 15)
    kernel = resample.bilinear_kernel(factor, 3, factor - .5)

    def both(x):
        shape = tf.shape(x)
        size = tf.stack([shape[0], shape[1] * factor, shape[2] * factor, 3])
        there = tf.nn.conv2d_transpose(x, kernel, size, [1, factor, factor, 1])
        return tf.concat([resample.upsample_bilinear(x, factor, offset, "zero"), there], -1)
    with tf.Graph().as_default(), tf.Session() as session:
        ours, theirs = np.split(session.run(both(tf.constant(features))), 2, axis=-1)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("coarse,fine,offset_coarse,offset_fine", [
    (32, 16, 31, 15), (16, 1, 15, 0), (32, 16, 0, 0), (8, 1, 0, 0), (32, 16, 15.5, 7.5),
    (4, 1, 1.5, 0), (32, 16, 23, 15), (16, 1, 2, 0)])
def test_centers_put_a_ramp_where_it_belongs(coarse, fine, offset_coarse, offset_fine):
    """Features that hold their own place in the image still do so after upsampling."""
    places = coarse * np.arange(5) + offset_coarse
    factor = coarse // fine
    offset = resample.sampling_offset("centers", factor, coarse, offset_coarse, offset_fine)
    up = _run(lambda x: resample.upsample_bilinear(x, factor, offset), _row(*places))[0, 0, :, 0]
    expected = fine * np.arange(5 * factor) + offset_fine
    np.testing.assert_allclose(up, np.clip(expected, places[0], places[-1]), atol=1e-4)


# ---- trainable upsampling ----

@pytest.mark.parametrize("edge", ["clamp", "zero"])
@pytest.mark.parametrize("offset", [-.25, -.5, 0.0, -.3])
def test_trainable_starts_as_bilinear(offset, edge):
    features = _random(2, 3, 4, 3)
    fixed = _run(lambda x: resample.upsample_bilinear(x, 2, offset, edge), features)
    trained = _run(lambda x: resample.upsample_trainable(x, 2, offset, edge, "up"), features)
    np.testing.assert_allclose(trained, fixed, atol=1e-6)


def test_bilinear_kernel():
    kernel = resample.bilinear_kernel(2, 2, 1.5)
    np.testing.assert_array_equal(kernel[1, :, 0, 0], np.array([1, 3, 3, 1]) * 3 / 16)
    np.testing.assert_array_equal(kernel[..., 0, 1], 0)


@pytest.mark.parametrize("crop,expected", [(0, [0, 0, 1, 1, 1, 0]), (1, [0, 1, 1, 1, 0, 0])])
def test_crop_places_a_transposed_convolution(crop, expected):
    up = _run(lambda x: resample.conv2d_transpose_at(
        x, 1, 3, 2, crop, "up", activation_fn=None,
        weights_initializer=tf.ones_initializer()), _row(0, 1, 0))
    np.testing.assert_array_equal(up[0, 0, :, 0], expected)


# ---- sizes ----

@pytest.mark.parametrize("height,width", [(1, 33), (32, 64), (31, 65)])
def test_padding_is_zeros_at_bottom_and_right(height, width):
    image = _random(1, height, width, 3)
    padded = _run(layers.pad_to_multiple, image)
    assert padded.shape == (1, -(-height // 32) * 32, -(-width // 32) * 32, 3)
    np.testing.assert_array_equal(padded[:, :height, :width], image)
    assert not padded[:, height:].any() and not padded[:, :, width:].any()


# ---- dropout ----

def _drop(step=0, noise_seed=0, scope="dropout", is_training=True):
    with tf.Graph().as_default(), tf.Session() as session:
        with layers.dropout_noise(noise_seed):
            dropped = layers.stateless_dropout(tf.ones([1, 8, 8, 32]), .5, is_training, scope=scope)
        global_step = tf.train.get_or_create_global_step()
        session.run(global_step.assign(step))
        return session.run(dropped)


def test_dropout_is_a_function_of_seed_step_and_scope():
    first = _drop()
    np.testing.assert_array_equal(first, _drop())
    assert set(np.unique(first)) == {0, 2} and abs(first.mean() - 1) < .1
    for other in (_drop(step=1), _drop(noise_seed=1), _drop(scope="dropout7")):
        assert .4 < (first == other).mean() < .6


def test_no_dropout_in_test_mode():
    assert (_drop(is_training=False) == 1).all()


# ---- to any size ----

@pytest.mark.parametrize("align, expected", [
    ("half_pixel", [0, .8, 2, 3.2, 4]), ("corners", [0, 1, 2, 3, 4])])
def test_resize_by_hand(align, expected):
    """From 3 places to 5: place j stands at .6 (j + .5) - .5 by the edges, at j / 2 by the centres
    of the corners."""
    up = _run(lambda x: resample.resize(x, 3, 5, align), _row(0, 2, 4), tolerance=1e-6)
    np.testing.assert_allclose(up[0, :, :, 0], [expected] * 3, rtol=1e-6, atol=1e-6)


def test_half_pixel_resize_is_the_upsampling_by_a_factor():
    features = _random(2, 3, 4, 2)
    up = _run(lambda x: resample.resize(x, 12, 16), features, tolerance=1e-5)
    expected = _run(lambda x: resample.upsample_bilinear(x, 4, .125 - .5), features)
    np.testing.assert_allclose(up, expected, rtol=1e-5, atol=1e-6)


def test_resize_to_the_size_of_another_map():
    """Down with `resize_bilinear` of TensorFlow as the reference; from one place; to one place."""
    features, other = _random(1, 7, 9, 3), _random(1, 4, 5, 1)
    with tf.Graph().as_default(), tf.Session() as session:
        expected = session.run(tf.image.resize_bilinear(
            features, [4, 5], align_corners=True))

    def to_other(net, target):
        return resample.resize(net, *layers.spatial_size(target), align="corners")
    found = _run(to_other, features, other, tolerance=1e-5)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    one = features[:, :1, :1]
    for align in resample.RESIZES:
        spread = _run(lambda x, align=align: resample.resize(x, 4, 5, align), one, tolerance=1e-6)
        np.testing.assert_allclose(spread, np.broadcast_to(one, [1, 4, 5, 3]), rtol=1e-6)
    middle = _run(lambda x: resample.resize(x, 1, 1), features, tolerance=1e-6)
    np.testing.assert_allclose(middle[0, 0, 0], features[0, 3, 4], rtol=1e-6)
    with pytest.raises(ValueError, match="align: got 'edges', expected one of half_pixel, corners"):
        resample.resize(tf.zeros([1, 2, 2, 1]), 4, 4, "edges")


@pytest.mark.parametrize("rows, columns", [(1, 1), (2, 3), (6, 6), (8, 10)])
def test_average_pooling_over_a_grid(rows, columns):
    features = _random(2, 7, 9, 3)
    found = _run(lambda x: resample.adaptive_average_pool(x, rows, columns), features,
                 tolerance=1e-6)
    for i in range(rows):
        for j in range(columns):
            cell = features[:, i * 7 // rows:-(-(i + 1) * 7 // rows),
                            j * 9 // columns:-(-(j + 1) * 9 // columns)]
            np.testing.assert_allclose(found[:, i, j], cell.mean((1, 2)), rtol=1e-5, atol=1e-6)


def test_pooled_and_resized_maps_pass_gradients_on():
    with tf.Graph().as_default(), tf.Session() as session:
        features = tf.constant(_random(1, 4, 6, 2))
        net = resample.resize(resample.adaptive_average_pool(features, 2, 3), 8, 8)
        gradient = session.run(tf.gradients(net, features)[0])
    np.testing.assert_allclose(gradient.sum(), 8 * 8 * 2, rtol=1e-5)
    assert (gradient > 0).all()


# ---- blocks ----

def test_scores_for_deep_supervision():
    with tf.Graph().as_default():
        with slim.arg_scope(layers.decoder_arg_scope(True, 1e-4, .9)):
            scores = blocks.score_head(tf.zeros([2, 4, 6, 32]), 5, True, "head")
        assert scores.shape.as_list() == [2, 4, 6, 5]
        shapes = {v.op.name: v.shape.as_list() for v in tf.trainable_variables()}
        assert len(tf.losses.get_regularization_losses()) == 2
    assert shapes == {
        "head/filter/weights": [3, 3, 32, 8], "head/filter/BatchNorm/gamma": [8],
        "head/filter/BatchNorm/beta": [8], "head/logits/weights": [1, 1, 8, 5],
        "head/logits/biases": [5]}
