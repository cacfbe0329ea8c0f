"""Connected components of truth and prediction, on pictures small enough to count by eye."""
import collections

import numpy as np
import pytest

from utils.errors import UserError
from utils.evaluate.observers.objects import ObjectCounter, load_objects
from utils.evaluate.results import write_arrays

Item = collections.namedtuple("Item", "label prediction")


def picture(text):
    """uint8 from rows of digits; "-" is ignored."""
    return np.array([[255 if cell == "-" else int(cell) for cell in row.strip()]
                     for row in text.strip().splitlines()], np.uint8)


def count(*pairs, num_classes=3):
    counter = ObjectCounter(num_classes)
    for label, prediction in pairs:
        counter.add(Item(picture(label), picture(prediction)))
    return counter.objects()


def rows(objects, *names):
    return sorted(zip(*[getattr(objects, name).tolist() for name in names]))


def test_one_object_in_two_pieces_and_one_that_was_invented():
    objects = count(("""0000000
                        0111110
                        0000000""", """0000001
                                       0110110
                                       0200000"""))
    of_class_1 = [row for row in rows(objects, "label", "area", "hit", "union", "pieces")
                  if row[0] == 1]
    # The right piece is 8-connected to the corner pixel: 3 pixels, of which 2 are right.
    assert of_class_1 == [(1, 5, 4, 6, 2)]
    predicted = rows(objects, "predicted_label", "predicted_area", "predicted_hit",
                     "predicted_wholes")
    assert [row for row in predicted if row[0]] == [(1, 2, 2, 1), (1, 3, 2, 1), (2, 1, 0, 0)]


def test_two_objects_under_one_prediction():
    objects = count(("1010", "1110"))
    assert [row for row in rows(objects, "label", "area", "hit", "union", "pieces") if row[0]] == [
        (1, 1, 1, 3, 1), (1, 1, 1, 3, 1)]
    assert (1, 3, 2, 2) in rows(objects, "predicted_label", "predicted_area", "predicted_hit",
                                "predicted_wholes")


def test_diagonal_neighbours_are_one_object():
    objects = count(("""10
                        01""", """00
                                  00"""))
    assert [row for row in rows(objects, "label", "area", "hit", "union", "pieces") if row[0]] == [
        (1, 2, 0, 2, 0)]


def test_what_is_ignored_is_neither_object_nor_piece():
    objects = count(("1-1", "111"))
    assert rows(objects, "label", "area", "hit", "union", "pieces") == [(1, 1, 1, 1, 1)] * 2
    assert rows(objects, "predicted_label", "predicted_area") == [(1, 1), (1, 1)]


def test_images_are_numbered_and_areas_add_up(tmp_path):
    rng = np.random.RandomState(0)
    counter, pixels = ObjectCounter(4), np.zeros(4, int)
    for _ in range(3):
        label, prediction = rng.randint(0, 5, (2, 20, 30)).astype(np.uint8)
        prediction[prediction > 3] = 0
        counter.add(Item(label, prediction))
        pixels += np.bincount(label.ravel(), minlength=5)[:4]
    objects = counter.objects()
    assert np.bincount(objects.label, objects.area, 4).tolist() == pixels.tolist()
    assert set(objects.image) == {0, 1, 2}
    assert (objects.hit <= objects.area).all() and (objects.union >= objects.area).all()
    assert objects.hit.sum() == objects.predicted_hit.sum()
    path = str(tmp_path / "test.objects.npz")
    write_arrays(path, counter.arrays())
    stored = load_objects(path)
    assert stored.pieces.dtype == np.int32
    np.testing.assert_array_equal(stored.union, objects.union)


def test_no_image_has_no_object():
    assert len(ObjectCounter(2).objects().area) == 0


def test_missing_and_damaged_files(tmp_path):
    with pytest.raises(UserError, match="no such objects"):
        load_objects(str(tmp_path / "a.objects.npz"))
    (tmp_path / "b.objects.npz").write_bytes(b"PK damaged")
    with pytest.raises(UserError, match="not the objects of a test"):
        load_objects(str(tmp_path / "b.objects.npz"))
