"""Outputs of a test: exact values on tiny nets, per pixel and per image."""
import os

import numpy as np
import pytest

from tests.evaluate import nets
from tests.evaluate.test_segmenter import lerp_axis
from utils.errors import UserError
from utils.evaluate.segmenter import Segmenter
from utils.net_output import Grid, NetOutput
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


def padded_means(values, side):
    """Means over cells of `side` pixels of values [h, w, ...], 0 up to multiples of 32."""
    far = [(0, -length % 32) for length in values.shape[:2]]
    whole = np.pad(values, far + [(0, 0)] * (values.ndim - 2), "constant")
    return whole.reshape((whole.shape[0] // side, side, whole.shape[1] // side, side)
                         + values.shape[2:]).mean((1, 3))


def found_of(folder, build_net, size, image, outputs, label=None):
    """The outputs of one image, {output: value}."""
    predictor = segmenter_of(folder, build_net, size).predictor
    element = {"view": predictor.view(image), "size": image.shape[:2], "label": label}
    (_, found), = predictor.predicted([element], 1, outputs)
    return found


def noise(shape, seed=0):
    return np.random.RandomState(seed).randint(30, 180, shape + (3,)).astype(np.uint8)


@pytest.mark.parametrize("size", SIZES)
def test_cells_weighted_by_their_cover_give_the_embedding(tmp_path, size):
    found = found_of(tmp_path, red_features, size, noise((40, 50)),
                     ("cells:8", "cover:8", "embeddings:8"))
    assert found["cells:8"].shape[:2] == found["cover:8"].shape
    np.testing.assert_allclose(found["cover:8"].sum(), 1, rtol=1e-5)
    np.testing.assert_allclose(np.einsum("hwd,hw->d", found["cells:8"], found["cover:8"]),
                               found["embeddings:8"], rtol=1e-4)


@pytest.mark.parametrize("offset, expected", [(7, .4375), (3.5, 0), (0, -.4375)])
def test_the_shift_is_that_of_the_nets_grid(tmp_path, offset, expected):
    def net(images, is_training):
        return red_features(images, is_training)._replace(grids={8: Grid(8, offset)})
    made = Segmenter(net, 3, (64, 64), threads=1)
    made.restore(nets.save_checkpoint(nets.red_net, os.path.join(str(tmp_path), "fcn.ckpt")))
    image = noise((40, 50))
    element = {"view": made.predictor.view(image), "size": image.shape[:2], "label": None}
    (_, found), = made.predictor.predicted([element], 1, ("shift:8", "shift:16"))
    assert (found["shift:8"], found["shift:16"]) == (expected, 0)


def test_features_of_classes_by_their_definition(tmp_path):
    image = noise((40, 50))
    found = found_of(tmp_path, red_features, None, image,
                     ("class_features:8", "cells:8", "probabilities"))
    weights = padded_means(found["probabilities"], 8)
    mass = weights.sum((0, 1))
    expected = np.einsum("hwc,hwd->cd", weights, found["cells:8"]) / mass[:, np.newaxis]
    np.testing.assert_allclose(found["class_features:8"][:, -1], mass, rtol=1e-4)
    np.testing.assert_allclose(found["class_features:8"][:, :-1], expected, rtol=1e-3)
    np.testing.assert_allclose(mass.sum(), 40 * 50 / 64, rtol=1e-5)


@pytest.mark.parametrize("size, cells", [((64, 64), 32.), ((32, 48), 20.)])
def test_the_mass_of_classes_leaves_bars_out(tmp_path, size, cells):
    """Bars are class 1 by far for this net; the image has nothing of it."""
    found = found_of(tmp_path, red_features, size, flat((40, 90, 90), (32, 64) if size[0] == 64
                                                        else (32, 40)), ("class_features:8",))
    np.testing.assert_allclose(found["class_features:8"][:, -1], [cells, 0, 0], atol=1e-3)


def test_blocks_average_what_is_there(tmp_path):
    image = noise((40, 50))
    found = found_of(tmp_path, nets.red_net, None, image, ("blocks", "boxes", "probabilities"))
    assert list(found["boxes"]) == [0, 0, 40, 50] and found["blocks"].shape == (3, 4, 3)
    for row, column in ((0, 0), (2, 1), (2, 3)):
        part = found["probabilities"][16 * row:16 * row + 16, 16 * column:16 * column + 16]
        np.testing.assert_allclose(found["blocks"][row, column], part.mean((0, 1)), atol=1e-5)


def test_blocks_begin_at_the_image_and_leave_bars_out(tmp_path):
    found = found_of(tmp_path, nets.red_net, (64, 64), flat((40, 90, 90), (20, 40)),
                     ("blocks", "boxes"))
    assert list(found["boxes"]) == [16, 0, 32, 64]
    np.testing.assert_allclose(found["blocks"][:2], np.broadcast_to([1, 0, 0], (2, 4, 3)),
                               atol=1e-3)
    assert (found["blocks"][2:] == 0).all()


@pytest.mark.parametrize("size", SIZES)
def test_the_fit_of_a_label_by_its_definition(tmp_path, size):
    """s is the softmax at the net's scale, interpolated; ignored pixels count nowhere."""
    image = noise((40, 50))
    label = np.random.RandomState(1).choice([0, 1, 2, 255], (40, 50)).astype(np.uint8)
    predictor = segmenter_of(tmp_path, nets.conv_net, size).predictor
    view = predictor.view(image)
    element = {"view": view, "size": (40, 50), "label": label}
    (_, whole), = predictor.predicted([{"view": view, "size": view.shape[:2]}], 1,
                                      ("probabilities",))
    if size is None or view.shape[:2] == (40, 50):
        softmax = whole["probabilities"]
    else:
        logits = predictor.session.run(predictor._seen.softmax, {
            predictor._views: view[np.newaxis]})[0]
        scale = min(size[0] / 40, size[1] / 50)
        inner = [int(round(side * scale)) for side in (40, 50)]
        top, left = [(most - side) // 2 for most, side in zip(size, inner)]
        box = logits[top:top + inner[0], left:left + inner[1]].astype(np.float64)
        tall = lerp_axis(box, (np.arange(40) + .5) * scale - .5).transpose(1, 0, 2)
        softmax = lerp_axis(tall, (np.arange(50) + .5) * scale - .5).transpose(1, 0, 2)
    (_, found), = predictor.predicted([element], 1, ("label_fit",))
    seen = label < 3
    s = np.take_along_axis(softmax, np.minimum(label, 2)[..., np.newaxis].astype(int), -1)[seen]
    loss, softmin, mean, low, _, *by_class = found["label_fit"]
    np.testing.assert_allclose([loss, mean, low], [
        -np.log(s).mean(), s.mean(), (s < .1).mean()], rtol=1e-3)
    weight = np.exp(-s[:, 0] / .1)
    np.testing.assert_allclose(softmin, (s[:, 0] * weight).sum() / weight.sum(), rtol=1e-3)
    np.testing.assert_allclose(sum(by_class), loss * seen.sum(), rtol=1e-4)


def test_entropy_leaves_bars_out(tmp_path):
    """Red 70 is between two classes: an entropy of log 2; bars are sure to be one."""
    found = found_of(tmp_path, nets.red_net, (64, 64), flat((70, 90, 90), (32, 64)), ("entropy",))
    np.testing.assert_allclose(found["entropy"], np.log(2), rtol=1e-3)


def test_optional_outputs_of_a_net_without_features_are_empty(tmp_path):
    names = [f"{output}:optional" for output in ("embeddings", "cells", "cover", "class_features")]
    found = found_of(tmp_path, nets.conv_net, (32, 48), noise((32, 48)), names)
    assert [found[name].shape for name in names] == [(0,), (0, 0, 0), (0, 0), (3, 1)]


def test_labels_that_are_not_there_are_told(tmp_path):
    with pytest.raises(UserError, match="label_fit reads labels, but these images have none"):
        found_of(tmp_path, nets.conv_net, (32, 48), noise((32, 48)), ("label_fit",))


def test_labels_of_several_sizes_go_with_their_images(tmp_path):
    """A letterbox puts images of several sizes into a batch; each gets its own label."""
    segmenter = segmenter_of(tmp_path, nets.conv_net, (32, 48))
    split = nets.write_split(str(tmp_path), nets.some_labels(6))
    runs = [[item.outputs["label_fit"] for item in segmenter.predictions(
        split, batch, images=False, outputs=("label_fit",))] for batch in (1, 6)]
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-4)
