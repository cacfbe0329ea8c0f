"""The segmenter: exact predictions on tiny nets, padding, batches, bands, and its errors."""
import os

import numpy as np
import pytest

from tests.evaluate import nets
from utils.data.resize import letterbox, letterbox_box
from utils.errors import UserError
from utils.evaluate import native_size
from utils.evaluate.native_size import native_classes
from utils.evaluate.segmenter import Segmenter
from utils.tf_compat import tf

SIZES = [(32, 48), (40, 24), None]


def open_segmenter(folder, build_net, size):
    segmenter = Segmenter(build_net, 3, size, threads=1)
    segmenter.restore(nets.save_checkpoint(build_net, os.path.join(str(folder), "fcn.ckpt")))
    return segmenter


def lerp_axis(array, positions):
    """Linear interpolation along axis 0, in float64, clamped at the ends."""
    positions = np.clip(positions, 0, len(array) - 1)
    low = np.floor(positions).astype(int)
    high, part = np.minimum(low + 1, len(array) - 1), (positions - low)[:, None, None]
    return array[low] * (1 - part) + array[high] * part


def expected_classes(logits, size, window):
    """What `native_classes` is to compute, by numpy and from its definition."""
    scale = min(window[0] / size[0], window[1] / size[1])
    inner = [min(max(int(np.round(side * scale)), 1), most) for side, most in zip(size, window)]
    top, left = [(most - side) // 2 for most, side in zip(window, inner)]
    box = logits[top:top + inner[0], left:left + inner[1]].astype(np.float64)
    tall = lerp_axis(box, (np.arange(size[0]) + .5) * scale - .5)
    wide = lerp_axis(tall.transpose(1, 0, 2), (np.arange(size[1]) + .5) * scale - .5)
    return wide.transpose(1, 0, 2).argmax(-1)


@pytest.mark.parametrize("size", [(64, 96), (37, 61), (9, 100), (100, 9), (20, 30)])
@pytest.mark.parametrize("band", [4 * 2 ** 20, 700])
def test_logits_are_interpolated_at_the_images_own_pixels(monkeypatch, size, band):
    monkeypatch.setattr(native_size, "BAND_FLOATS", band)
    window = (32, 40)
    logits = np.random.RandomState(1).randn(window[0], window[1], 4).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(native_classes(tf.constant(logits), tf.constant(size), window, 4))
    assert found.dtype == np.uint8 and found.shape == size
    np.testing.assert_array_equal(found, expected_classes(logits, size, window))


def test_the_box_is_the_letterboxs(tmp_path):
    """The definition above and the one resize agree on where an image stands."""
    with tf.Graph().as_default(), tf.Session() as session:
        scale, box = session.run(letterbox_box(tf.constant([36, 64, 3]), 32, 40))
    assert scale == pytest.approx(.625) and list(box) == [5, 0, 22, 40]


@pytest.mark.parametrize("size", SIZES)
def test_predicts_what_is_painted_and_never_sees_the_bars(tmp_path, size):
    segmenter = open_segmenter(tmp_path, nets.red_net, size)
    label = np.kron([[0, 2], [2, 0]], np.ones([24, 36])).astype(np.uint8)
    images = [nets.paint(label), nets.paint(label[:, :30]), nets.paint(label[20:])]
    for image, found in zip(images, segmenter.predict(images)):
        truth = (image[..., 0] - 40) // nets.STEP
        assert found.dtype == np.uint8 and found.shape == truth.shape
        if size is None:
            np.testing.assert_array_equal(found, truth)
        # Between 0 and 2 a blend looks like 1, as the bars do: there is none at the rim's middle.
        for side in (found[0, 5:20], found[-1, 5:20], found[5:15, 0], found[5:15, -1]):
            assert 1 not in side
        assert (found == truth).mean() > .85


@pytest.mark.parametrize("size", SIZES)
def test_batches_change_nothing(tmp_path, size):
    segmenter = open_segmenter(tmp_path, nets.conv_net, size)
    split = nets.write_split(str(tmp_path), nets.some_labels(7))
    runs = [list(segmenter.predictions(split, batch)) for batch in (1, 3, 50)]
    for items in runs[1:]:
        assert [item.name for item in items] == [f"image{i}" for i in range(7)]
        for item, alone in zip(items, runs[0]):
            np.testing.assert_array_equal(item.prediction, alone.prediction)
            np.testing.assert_array_equal(item.label, alone.label)
            np.testing.assert_array_equal(item.image, alone.image)
    assert len({item.prediction.shape for item in runs[0]}) > 2
    assert len(np.unique(np.concatenate([item.prediction.ravel() for item in runs[0]]))) > 1


def test_records_and_arrays_give_the_same(tmp_path):
    segmenter = open_segmenter(tmp_path, nets.conv_net, (32, 48))
    split = nets.write_split(str(tmp_path), nets.some_labels(4))
    items = list(segmenter.predictions(split, 4))
    for item, found in zip(items, segmenter.predict([item.image for item in items])):
        np.testing.assert_array_equal(item.prediction, found)


def test_chosen_records_come_with_their_places(tmp_path):
    labels = nets.some_labels(6)
    segmenter = open_segmenter(tmp_path, nets.red_net, None)
    split = nets.write_split(str(tmp_path), labels)
    for chosen in ([1, 4], [0], [5]):  # one after the other: the session and the graph are kept
        items = list(segmenter.predictions(split, 2, chosen, images=False))
        assert [item.index for item in items] == chosen
        assert [item.name for item in items] == [f"image{index}" for index in chosen]
        for item in items:
            assert item.image is None
            np.testing.assert_array_equal(item.label, labels[item.index])
            seen = item.label < 3
            np.testing.assert_array_equal(item.prediction[seen], item.label[seen])


# ---- checkpoints ----

def test_restores_other_weights(tmp_path):
    segmenter = Segmenter(nets.conv_net, 3, (32, 48), threads=1)
    image = nets.paint(nets.some_labels(1)[0])
    found = []
    for seed in (0, 1, 0):
        path = str(tmp_path / f"fcn.ckpt_{seed}")
        segmenter.restore(nets.save_checkpoint(nets.conv_net, path, seed))
        found += segmenter.predict([image])
    np.testing.assert_array_equal(found[0], found[2])
    assert (found[0] != found[1]).any()


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(UserError, match="no checkpoint at .*fcn.ckpt_7"):
        Segmenter(nets.red_net, 3, None).restore(str(tmp_path / "fcn.ckpt_7"))


@pytest.mark.parametrize("damage", ["truncated", "gone", "index"])
def test_a_checkpoint_that_is_not_whole_is_named(tmp_path, damage):
    prefix = nets.save_checkpoint(nets.conv_net, str(tmp_path / "fcn.ckpt"))
    data, index = prefix + ".data-00000-of-00001", prefix + ".index"
    if damage == "gone":
        os.remove(data)
    else:
        with open(index if damage == "index" else data, "rb+") as file:
            file.truncate(20)
    with pytest.raises(UserError, match="fcn.ckpt.*(not whole|cannot be read)"):
        Segmenter(nets.conv_net, 3, None).restore(prefix)


def test_a_checkpoint_of_another_net_is_told_by_its_variables(tmp_path):
    prefix = nets.save_checkpoint(nets.conv_net, str(tmp_path / "fcn.ckpt"))
    with pytest.raises(UserError, match="another net: .*missing in the checkpoint: gain"):
        Segmenter(nets.red_net, 3, None).restore(prefix)


def test_a_record_that_cannot_be_read_is_told(tmp_path):
    segmenter = open_segmenter(tmp_path, nets.red_net, None)
    split = nets.write_split(str(tmp_path), nets.some_labels(3))
    with open(split.files[0], "rb+") as file:
        file.seek(os.path.getsize(split.files[0]) - 40)
        file.write(b"\0" * 20)
    with pytest.raises(UserError, match="cannot be read .* fcn_data.py check"):
        list(segmenter.predictions(split))


# ---- sizes ----

def test_images_of_one_size_go_through_the_net_together(tmp_path):
    """At their own sizes: labels of 33x52 and 44x39 by turns come in order, batches are of one."""
    labels = [np.full(size, index % 3, np.uint8)
              for index, size in enumerate([(33, 52), (44, 39)] * 4)]
    segmenter = open_segmenter(tmp_path, nets.red_net, None)
    split = nets.write_split(str(tmp_path), labels)
    seen, run = [], segmenter.predictor._run

    def watched(batch, fetched):
        seen.append([place for place, _ in batch])
        return run(batch, fetched)
    segmenter.predictor._run = watched
    items = list(segmenter.predictions(split, 8))
    assert sorted(seen) == [[0, 2, 4, 6], [1, 3, 5, 7]]
    for index, item in enumerate(items):
        assert item.index == index
        np.testing.assert_array_equal(item.prediction, labels[index])


def test_an_image_of_the_nets_size_is_seen_as_it_is(tmp_path):
    """And so does the letterbox show it, which is not asked then."""
    image = np.random.RandomState(0).randint(0, 256, (32, 48, 3)).astype(np.uint8)
    segmenter = open_segmenter(tmp_path, nets.red_net, (32, 48))
    np.testing.assert_array_equal(segmenter.predictor.view(image), image)
    with tf.Graph().as_default(), tf.Session() as session:
        np.testing.assert_allclose(session.run(letterbox(tf.constant(image), 32, 48)[0]), image,
                                   atol=1e-3)


def test_an_iteration_that_is_left_early_leaves_nothing_behind(tmp_path):
    segmenter = open_segmenter(tmp_path, nets.conv_net, (32, 48))
    split = nets.write_split(str(tmp_path), nets.some_labels(7))
    first = next(iter(segmenter.predictions(split, 2)))
    again = list(segmenter.predictions(split, 2))
    assert len(again) == 7
    np.testing.assert_array_equal(first.prediction, again[0].prediction)
