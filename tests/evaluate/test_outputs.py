"""Outputs of a test: exact values on tiny nets, per pixel and per image."""
import os

import numpy as np
import pytest

from tests.evaluate import nets
from tests.evaluate.test_segmenter import lerp_axis
from utils.errors import UserError
from utils.evaluate.segmenter import Segmenter
from utils.net_output import NetOutput
from utils.tf_compat import tf

SIZES = [(32, 48), (64, 64), None]


def padded(images):
    """The views with zeros up to multiples of 32, as feature extractors see them."""
    height, width = tf.shape(images)[1], tf.shape(images)[2]
    return tf.pad(images, [[0, 0], [0, -height % 32], [0, -width % 32], [0, 0]])


def red_features(images, is_training):
    """`red_net`, whose features of level 8 are mean colours of 8 x 8 cells."""
    cells = tf.nn.avg_pool2d(padded(images), 8, 8, "VALID")
    return NetOutput(nets.red_net(images, is_training), {8: cells}, cells[..., :1], {})


def segmenter_of(folder, build_net, size):
    made = Segmenter(build_net, 3, size, threads=1)
    prefix = os.path.join(str(folder), "fcn.ckpt")
    made.restore(nets.save_checkpoint(nets.red_net, prefix) if build_net is red_features
                 else nets.save_checkpoint(build_net, prefix))
    return made


def flat(colour, size):
    """An image of one colour."""
    return np.broadcast_to(np.array(colour, np.uint8), size + (3,))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", [(32, 48), (40, 50), (64, 20)])
def test_an_embedding_is_the_mean_over_the_image_alone(tmp_path, size, shape):
    """Bars of a letterbox and what fills up to 32 do not count: a flat image gives its colour."""
    predictor = segmenter_of(tmp_path, red_features, size).predictor
    image = flat((200, 100, 50), shape)
    elements = [{"view": predictor.view(image), "size": shape}] * 3
    # At its own size the last row and column of cells are filled up with zeros.
    whole = size is not None or all(side % 8 == 0 for side in shape)
    for _, found in predictor.predicted(elements, 2, ("embeddings:8", "embeddings:0")):
        value = found["embeddings:8"]
        assert value.shape == (3,) and found["embeddings:0"].shape == (1,)
        np.testing.assert_allclose(found["embeddings:0"], value[:1], rtol=1e-5)
        np.testing.assert_allclose(value[1:] / value[:1], [.5, .25], rtol=1e-4)
        if whole and _is_exact(size, shape):
            np.testing.assert_allclose(value, [200, 100, 50], rtol=1e-4)


def _is_exact(size, shape):
    """Whether no cell shows both image and bar."""
    if size is None:
        return True
    scale = min(size[0] / shape[0], size[1] / shape[1])
    inner = [int(round(side * scale)) for side in shape]
    starts = [(most - side) // 2 for most, side in zip(size, inner)]
    return all(side % 8 == 0 and start % 8 == 0 for side, start in zip(inner, starts))


def test_some_shapes_are_exact():
    assert _is_exact((32, 48), (32, 48)) and _is_exact((64, 64), (32, 48)) is False
    assert _is_exact(None, (64, 20))


@pytest.mark.parametrize("size", SIZES)
def test_probabilities_are_those_of_the_interpolated_logits(tmp_path, size):
    segmenter = segmenter_of(tmp_path, nets.conv_net, size)
    split = nets.write_split(str(tmp_path), nets.some_labels(5))
    for item in segmenter.predictions(split, 3, outputs=("probabilities",)):
        found = item.outputs["probabilities"]
        assert found.shape == item.label.shape + (3,) and found.dtype == np.float32
        np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)
        best = found.max(-1) - np.take_along_axis(
            found, item.prediction[..., np.newaxis].astype(int), -1)[..., 0]
        assert best.max() < 1e-5  # equal up to rounding


def test_probabilities_by_hand(tmp_path):
    """A letterbox twice as large: the logits between two pixels are their weighted mean."""
    predictor = segmenter_of(tmp_path, nets.red_net, (32, 48)).predictor
    image = np.zeros((16, 24, 3), np.uint8)
    image[..., 0] = 40 + np.arange(24) * 4
    view = predictor.view(image)
    (_, found), = predictor.predicted([{"view": view, "size": (16, 24)}], 1, ("probabilities",))
    logits = -np.abs(view[..., :1].astype(np.float64) - np.array([40., 100., 160.]))
    tall = lerp_axis(logits, (np.arange(16) + .5) * 2 - .5)
    wide = lerp_axis(tall.transpose(1, 0, 2), (np.arange(24) + .5) * 2 - .5).transpose(1, 0, 2)
    expected = np.exp(wide - wide.max(-1, keepdims=True))
    np.testing.assert_allclose(found["probabilities"], expected / expected.sum(-1, keepdims=True),
                               atol=1e-4)


def test_only_what_is_asked_for_is_built(tmp_path):
    segmenter = segmenter_of(tmp_path, nets.conv_net, (32, 48))
    segmenter.predict([flat((9, 9, 9), (20, 20))])
    before = len(segmenter.predictor.graph.get_operations())
    segmenter.predict([flat((9, 9, 9), (20, 20))])
    assert len(segmenter.predictor.graph.get_operations()) == before


@pytest.mark.parametrize("output, words", [
    ("embeddings", "got level 32, expected one of none: the net returns no features"),
    ("embeddings:-1", "expected at least 0"), ("nonsense", "unknown output")])
def test_an_output_that_the_net_has_not_is_told(tmp_path, output, words):
    segmenter = segmenter_of(tmp_path, nets.conv_net, (32, 48))
    split = nets.write_split(str(tmp_path), nets.some_labels(1))
    with pytest.raises(UserError, match=words):
        list(segmenter.predictions(split, outputs=(output,)))
