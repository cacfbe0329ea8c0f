"""Tests from several views of an image: what has to equal the plain test, and what must not."""
import numpy as np
import pytest

from tests.evaluate import nets
from utils.data.resize import letterbox
from utils.errors import UserError
from utils.evaluate.refinement import Refinement
from utils.evaluate.segmenter import Segmenter
from utils.measures.small_regions import without_small_regions
from utils.tf_compat import tf

#: Odd sides: letterboxes have bars that differ by a pixel.
SHAPES = [(37, 60), (44, 29), (33, 33)]


def photos(seed=0):
    """Smooth pictures, and so smooth logits."""
    rng = np.random.RandomState(seed)
    return [np.clip(np.kron(rng.randint(0, 256, (shape[0] // 8 + 1, shape[1] // 8 + 1, 3)),
                            np.ones([8, 8, 1])), 0, 255
                    ).astype(np.uint8)[:shape[0], :shape[1]] for shape in SHAPES]


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """(size, **refinement) -> a `Segmenter` of `conv_net`, each built once."""
    prefix = nets.save_checkpoint(nets.conv_net, str(tmp_path_factory.mktemp("net") / "fcn.ckpt"))
    made = {}

    def segmenter(size, net=nets.conv_net, **refinement):
        key = size, net, tuple(sorted(refinement.items()))
        if key not in made:
            made[key] = Segmenter(net, 3, size, threads=1, refinement=Refinement(**refinement))
            if net is nets.conv_net:
                made[key].restore(prefix)
        return made[key]
    return segmenter


def by_hand(predictor_of, image, scales, flip, size):
    """The mean softmax at an image's own pixels, from the plain `probabilities` output of a
    segmenter of each size."""
    total = 0
    for scale in scales:
        scaled = tuple(int(round(side * scale)) for side in size)
        for one in [image, image[:, ::-1]][:1 + flip]:
            predictor = predictor_of(scaled).predictor
            (_, found), = predictor.predicted(
                [{"view": predictor.view(one), "size": one.shape[:2]}], 1, ("probabilities",))
            values = found["probabilities"]
            total = total + (values if one is image else values[:, ::-1])
    return total


@pytest.mark.parametrize("scales, flip", [((1.,), True), ((.75, 1.), False)])
def test_the_mean_is_of_the_plain_probabilities_of_each_view(opened, scales, flip):
    segmenter = opened((32, 48), scales=scales, flip=flip)
    for image, found in zip(photos(), segmenter.predict(photos())):
        expected = by_hand(opened, image, scales, flip, (32, 48))
        ordered = np.sort(expected, -1)
        sure = ordered[..., -1] - ordered[..., -2] > 1e-5
        assert found.shape == image.shape[:2] and found.dtype == np.uint8 and sure.mean() > .99
        np.testing.assert_array_equal(found[sure], expected.argmax(-1)[sure])
    plain = opened((32, 48)).predict(photos())
    assert any((one != other).any() for one, other in zip(plain, segmenter.predict(photos())))


@pytest.mark.parametrize("size", [(32, 48), None])
def test_scale_one_without_flip_is_the_plain_test(opened, size):
    assert not Refinement(scales=(1.,)).several_views
    for one, other in zip(opened(size).predict(photos()),
                          opened(size, scales=(1.,)).predict(photos())):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("size, refinement", [
    ((32, 48), dict(flip=True)), ((32, 48), dict(flip=True, scales=(.75, 1.))),
    (None, dict(flip=True, scales=(.8, 1.)))])
def test_the_prediction_of_a_mirror_image_is_mirrored_to_the_bit(opened, size, refinement):
    segmenter = opened(size, **refinement)
    mirrored = segmenter.predict([image[:, ::-1] for image in photos()])
    for one, other in zip(segmenter.predict(photos()), mirrored):
        np.testing.assert_array_equal(one, other[:, ::-1])
    plain = opened(size)
    assert any((one != other[:, ::-1]).any() for one, other in zip(
        plain.predict(photos()), plain.predict([image[:, ::-1] for image in photos()])))


# ---- windows ----

@pytest.mark.parametrize("size", [(32, 48), None])
def test_a_window_larger_than_the_image_is_the_whole_image_at_its_own_size(opened, size):
    segmenter = opened(size, window=(64, 60), overlap=(16, 16))
    for one, other in zip(opened(None).predict(photos()), segmenter.predict(photos())):
        np.testing.assert_array_equal(one, other)


def pointwise_net(images, is_training):
    """Logits that are a function of each pixel alone; no variables."""
    return tf.stack([tf.sin(images[..., 0]), tf.cos(images[..., 1] / 7),
                     images[..., 2] / 255], axis=-1)


@pytest.mark.parametrize("refinement", [
    dict(window=(16, 20), overlap=(4, 5)), dict(window=(20, 16), overlap=(0, 0)),
    dict(window=(32, 32), overlap=(28, 20))])
def test_windows_of_a_pointwise_net_are_the_whole_image(opened, refinement):
    image = np.random.RandomState(0).randint(0, 256, (53, 61, 3)).astype(np.uint8)
    found, = opened(None, pointwise_net, **refinement).predict([image], 5)
    np.testing.assert_array_equal(found, opened(None, pointwise_net).predict([image])[0])


def test_windows_scales_and_mirror_images_go_together(opened):
    """Of a pointwise net, windows of scaled images give what the scaled images give."""
    image = photos()[0]
    views = dict(scales=(.75, 1.5), flip=True)
    whole, = opened(None, pointwise_net, **views).predict([image])
    found, = opened(None, pointwise_net, window=(16, 20), overlap=(6, 6), **views).predict([image])
    assert (found != whole).mean() < .002  # equal up to rounding


# ---- how it fits in ----

def test_records_come_in_order_whatever_the_batch(opened, tmp_path):
    split = nets.write_split(str(tmp_path), nets.some_labels(5))
    segmenter = opened((32, 48), flip=True, scales=(.75, 1.))
    runs = [list(segmenter.predictions(split, batch)) for batch in (1, 8)]
    assert [item.index for item in runs[0]] == list(range(5))
    for one, other in zip(*runs):
        assert one.label.shape == one.prediction.shape
        np.testing.assert_array_equal(one.prediction, other.prediction)
        np.testing.assert_array_equal(one.prediction, segmenter.predict([one.image])[0])
    assert [item.index for item in segmenter.predictions(split, 2, [1, 4])] == [1, 4]


def test_observers_see_predictions_without_small_regions(opened, tmp_path):
    labels = nets.some_labels(3)
    for label in labels:
        label[5, 5:7] = 2 - label[4, 5] % 3
    split = nets.write_split(str(tmp_path), labels)
    changed = 0
    for plain, item in zip(opened((32, 48)).predictions(split),
                           opened((32, 48), min_area=40).predictions(split)):
        np.testing.assert_array_equal(item.prediction,
                                      without_small_regions(plain.prediction, 3, 40))
        changed += (item.prediction != plain.prediction).sum()
    assert changed


def test_other_outputs_of_several_views_are_refused(opened, tmp_path):
    split = nets.write_split(str(tmp_path), nets.some_labels(1))
    with pytest.raises(UserError, match="entropy is of one view of an image, but --scales"):
        list(opened((32, 48), flip=True).predictions(split, outputs=("entropy",)))
    assert list(opened((32, 48), min_area=9).predictions(split, outputs=("entropy",)))


def test_a_runs_own_letterbox_is_taken_at_each_scale():
    seen = []

    def watched(image, height, width):
        seen.append((height, width))
        return letterbox(image, height, width)
    Segmenter(nets.red_net, 3, (32, 48), 1, watched, Refinement(scales=(.75, 1.), flip=True))
    assert seen == [(24, 36)] * 2 + [(32, 48)] * 2
