"""The embedded dataset: what it draws, and that it draws the same everywhere."""
import functools
import glob
import hashlib
import os

import numpy as np
import pytest
from PIL import Image

from utils.data import render_shapes
from utils.data.labels import IGNORE_LABEL
from utils.data.render_shapes import CLASS_NAMES, render, render_picture
from utils.errors import UserError

COUNTS = {"training": 3, "validation": 2}
DISK, RECTANGLE, TRIANGLE, STAR, POLE = range(1, 6)


@functools.lru_cache(maxsize=None)
def _pictures(count, seed=0):
    return [render_picture(np.random.RandomState([seed, index])) for index in range(count)]


def _digest(arrays):
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:16]


def _bytes_below(folder):
    """{path below the folder: bytes of the file}."""
    paths = [path for path in glob.glob(os.path.join(folder, "**"), recursive=True)
             if os.path.isfile(path)]
    found = {}
    for path in paths:
        with open(path, "rb") as file:
            found[os.path.relpath(path, folder)] = file.read()
    return found


def test_labels_are_the_same_on_every_stack():
    assert _digest(label for _, label in _pictures(8)) == "73f59878c4691cfc"


def test_pictures_differ_from_seed_to_seed():
    assert _digest(image for image, _ in _pictures(1, 0)) != _digest(
        image for image, _ in _pictures(1, 1))


def test_pictures_have_every_class_several_sizes_and_a_thin_border():
    labels = [label for _, label in _pictures(60)]
    counts = sum(np.bincount(label.ravel(), minlength=256) for label in labels)
    shares = counts / counts.sum()
    assert set(np.flatnonzero(counts)) == set(range(len(CLASS_NAMES))) | {IGNORE_LABEL}
    assert .5 < shares[0] < .75 and .005 < shares[POLE] < .04
    assert all(.02 < shares[index] < .2 for index in (DISK, RECTANGLE, TRIANGLE, STAR))
    assert .03 < shares[IGNORE_LABEL] < .08
    assert len({label.shape for label in labels}) >= 5


def test_a_border_stands_between_any_two_classes():
    for _, label in _pictures(8):
        for first, second in ((label[1:], label[:-1]), (label[:, 1:], label[:, :-1])):
            changed = (first != second) & (first != IGNORE_LABEL) & (second != IGNORE_LABEL)
            assert not changed.any()


def test_a_polygon_covers_the_pixels_inside_it():
    y, x = np.mgrid[:6, :6]
    corners = np.array([(1, 1), (5, 1), (5, 4), (1, 4)])
    expected = np.zeros((6, 6), bool)
    expected[1:4, 1:5] = True
    assert (render_shapes._inside(corners, x, y) == expected).all()
    assert (render_shapes._inside(corners[::-1], x, y) == expected).all()


def test_both_sides_of_an_edge_are_ignored():
    owners = np.zeros((6, 8), np.uint8)
    owners[:, 3:] = 1
    owners[4:, 7:] = 2
    label = render_shapes._label(owners, np.array([0, STAR, POLE], np.uint8))
    ignored = IGNORE_LABEL
    assert label.tolist() == [[0, ignored, STAR, STAR], [0, ignored, STAR, ignored],
                              [0, ignored, STAR, ignored]]


def test_colours_do_not_give_the_class_away():
    """Mean colours of the classes differ by far less than the colours within a class do."""
    colours = {index: [] for index in range(1, len(CLASS_NAMES))}
    for image, label in _pictures(60):
        for index in set(np.unique(label)) & set(colours):
            colours[index].append(image[label == index].mean(axis=0))
    means = np.array([np.mean(values, axis=0) for values in colours.values()])
    spread = np.mean([np.std(values, axis=0) for values in colours.values()])
    assert np.ptp(means, axis=0).max() < .6 * spread


def test_render_writes_the_layout_of_folder(tmp_path):
    render(str(tmp_path / "shapes"), 3, COUNTS)
    files = _bytes_below(str(tmp_path / "shapes"))
    names = [(split, f"{split}_{index:05d}")
             for split, count in COUNTS.items() for index in range(count)]
    assert sorted(files) == sorted(
        ["classes.txt"] + ["images/{}/{}.jpg".format(*name) for name in names]
        + ["masks/{}/{}.png".format(*name) for name in names])
    assert files["classes.txt"].decode().split() == list(CLASS_NAMES)
    for split, name in names:
        image = Image.open(str(tmp_path / "shapes" / "images" / split / (name + ".jpg")))
        mask = Image.open(str(tmp_path / "shapes" / "masks" / split / (name + ".png")))
        assert (image.format, image.mode, mask.format) == ("JPEG", "RGB", "PNG")
        assert image.size == mask.size
        assert set(np.unique(np.asarray(mask))) <= set(range(len(CLASS_NAMES))) | {IGNORE_LABEL}


def test_masks_on_disk_are_the_labels(tmp_path):
    render(str(tmp_path / "shapes"), 3, {"test": 1})
    _, label = render_picture(render_shapes._generator(3, "test", 0))
    mask = Image.open(str(tmp_path / "shapes" / "masks" / "test" / "test_00000.png"))
    assert (np.asarray(mask) == label).all()


def test_more_pictures_change_none(tmp_path):
    render(str(tmp_path / "few"), 3, {"training": 1})
    render(str(tmp_path / "many"), 3, COUNTS)
    few, many = (_bytes_below(str(tmp_path / name)) for name in ("few", "many"))
    assert all(many[name] == content for name, content in few.items())


def test_render_into_a_folder_that_is_empty(tmp_path):
    render(str(tmp_path), 0, {"training": 1})
    assert (tmp_path / "classes.txt").is_file()


def test_render_refuses_a_folder_with_files(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UserError, match="the folder is not empty"):
        render(str(tmp_path), 0, COUNTS)
    assert os.listdir(str(tmp_path)) == ["mine.txt"]


@pytest.mark.parametrize("seed", [-1, 2 ** 32])
def test_render_refuses_a_seed_out_of_range(tmp_path, seed):
    with pytest.raises(UserError, match="expected a whole number from 0"):
        render(str(tmp_path / "shapes"), seed, COUNTS)


def test_an_interrupted_render_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(rng):
        raise KeyboardInterrupt
    monkeypatch.setattr(render_shapes, "render_picture", interrupt)
    with pytest.raises(KeyboardInterrupt):
        render(str(tmp_path / "shapes"), 0, COUNTS)
    assert os.listdir(str(tmp_path)) == []
