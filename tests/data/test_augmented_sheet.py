"""The sheet of images before and after: the views are those of the training stream."""
import numpy as np
import pytest

from tests.tiny import write_records
from utils.data import augmented_sheet, pipeline, records
from utils.data.augment import Augmentation
from utils.data.augmented_sheet import operation_words
from utils.tf_compat import tf

OPERATIONS = "scale:0.5:2,crop,flip,rotate:20,hue,blur:probability=0.5"


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    datapath = write_records(str(tmp_path_factory.mktemp("sheet")))
    return records.open_split(datapath, "training", records.open_dataset(datapath))


@pytest.fixture
def drawn(monkeypatch):
    """Draws a sheet: the rows of cells that it was drawn of."""
    def draw(*args, **more):
        kept = []
        monkeypatch.setattr(augmented_sheet, "draw_rows", lambda rows, *_: kept.extend(rows))
        augmented_sheet.draw_augmented(*args, **more)
        return kept
    return draw


def assert_same(one, other):
    for cell, peer in zip(one, other):
        assert cell.caption == peer.caption
        np.testing.assert_array_equal(cell.image, peer.image)
        np.testing.assert_array_equal(cell.label, peer.label)


def test_views_are_those_of_a_training(split, drawn):
    """On all images, so that no subset is needed to say what a training sees."""
    rows = drawn(split, (32, 40), Augmentation.parse(OPERATIONS, 5), images=99, views=3)
    assert [len(row) for row in rows] == [4] * split.count
    with tf.Graph().as_default(), tf.Session() as session:
        iterator, batch, _ = pipeline.timed_next(pipeline.training_batches(
            split, (32, 40), split.count, Augmentation.parse(OPERATIONS, 5), 5, 1))
        session.run(iterator.initializer)
        for epoch in range(3):
            found = session.run(batch)
            for name, image, label in zip(found["name"], found["image"], found["label"]):
                (row,) = [row for row in rows if row[0].caption == name.decode()]
                np.testing.assert_array_equal(row[1 + epoch].image, image)
                np.testing.assert_array_equal(row[1 + epoch].label, label)


def test_the_seed_alone_decides(split, drawn):
    def rows(seed):
        return drawn(split, (24, 24), Augmentation.parse("flip,crop,rotate:20", seed), images=2,
                     views=2)
    one, again, other = rows(1), rows(1), rows(2)
    assert len(one) == 2
    for row, same, different in zip(one, again, other):
        assert_same(row, same)
        assert_same(row[:1], different[:1])
        assert any((a.image != b.image).any() for a, b in zip(row[1:], different[1:]))


def test_without_operations_views_are_the_image(split, drawn):
    (row,) = drawn(split, (24, 32), Augmentation((), 0), images=1, views=2)
    for cell in row[1:]:
        np.testing.assert_array_equal(cell.image, row[0].image)


def test_images_without_names_are_told_apart(split):
    """seg-mentor's records have none."""
    rng = np.random.RandomState(0)
    plain = rng.randint(0, 256, (2, 4, 6, 3)).astype(np.uint8)
    batches = [{"name": [b"", b""], "image": plain[order], "label": plain[order][..., 0]}
               for order in ([0, 1], [1, 0])]
    seen = [dict(batch, image=batch["image"] // 2) for batch in batches]
    rows = augmented_sheet._rows(batches, seen)
    assert [[cell.caption for cell in row] for row in rows] == [["image", "view 1", "view 2"]] * 2
    for row, image in zip(rows, plain):
        np.testing.assert_array_equal(row[0].image, image)
        for cell in row[1:]:
            np.testing.assert_array_equal(cell.image, image // 2)


@pytest.mark.parametrize("text, words", [
    ("", ["no augmentation: views are the images, fitted into the window"]),
    ("flip,scale:1:3", ["flip: Mirrors every other image, left and right",
                        "scale (low=1.0, high=3.0): Scales the image by a factor on what fits the "
                        "window, then crops or pads it at random"]),
    ("cutout:0.5:probability=0.3", ["cutout (side=0.5, ignore=False, probability=0.3): Covers a "
                                    "square with the image's mean colour"])])
def test_operations_are_told_with_their_values(text, words):
    assert operation_words(Augmentation.parse(text, 0).operations) == words
