"""Connected components of truth and prediction, on pictures small enough to count by eye."""
import collections

import numpy as np
import pytest

from utils.errors import UserError
from utils.evaluate.observers.objects import ObjectCounter, load_objects
from utils.evaluate.results import write_arrays

Item = collections.namedtuple("Item", "label prediction instances shared")


def picture(text):
    """uint8 from rows of digits; "-" is ignored."""
    return np.array([[255 if cell == "-" else int(cell) for cell in row.strip()]
                     for row in text.strip().splitlines()], np.uint8)


def count(*pairs, num_classes=3):
    counter = ObjectCounter(num_classes)
    for label, prediction in pairs:
        counter.add(Item(picture(label), picture(prediction), None, {}))
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
        counter.add(Item(label, prediction, None, {}))
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


# ---- pairs ----

def drawn(images=3):
    """A counter of drawn images, ignored pixels among them."""
    random, counter = np.random.RandomState(1), ObjectCounter(4)
    for _ in range(images):
        label, prediction = np.kron(random.randint(0, 5, (2, 10, 12)), np.ones((2, 3)))
        prediction[prediction > 3] = 0
        counter.add(Item(label.astype(np.uint8), prediction.astype(np.uint8), None, {}))
    return counter


def test_pairs_add_up_to_what_objects_have():
    objects = drawn().objects()
    i, j, pixels = objects.pair_object, objects.pair_predicted, objects.pair_pixels
    assert objects.has_pairs and pixels.dtype == i.dtype == j.dtype == np.int32
    true, found = len(objects.area), len(objects.predicted_area)
    assert np.bincount(i, minlength=true).tolist() == objects.pieces.tolist()
    assert np.bincount(j, minlength=found).tolist() == objects.predicted_wholes.tolist()
    assert np.bincount(i, pixels, true).tolist() == objects.hit.tolist()
    assert np.bincount(j, pixels, found).tolist() == objects.predicted_hit.tolist()
    assert (objects.image[i] == objects.predicted_image[j]).all()
    assert (objects.label[i] == objects.predicted_label[j]).all()


def write_without(path, counter, *names, **changed):
    arrays = dict(counter.arrays(), **changed)
    write_arrays(str(path), {name: array for name, array in arrays.items() if name not in names})
    return str(path)


def test_older_files_have_no_pairs(tmp_path):
    path = write_without(tmp_path / "a.npz", drawn(), "pair_object", "pair_predicted",
                         "pair_pixels", "instances")
    objects = load_objects(path)
    assert not objects.has_pairs and len(objects.pair_pixels) == 0 and not objects.instances
    np.testing.assert_array_equal(objects.pieces, drawn().objects().pieces)


@pytest.mark.parametrize("changed", [
    dict(pair_object=np.array([0], np.int32)), dict(pair_pixels=np.ones((2, 2), np.int32)),
    dict(instances=np.array(3))])
def test_pairs_that_do_not_fit_are_told(tmp_path, changed):
    path = write_without(tmp_path / "a.npz", drawn(), **changed)
    with pytest.raises(UserError, match="not the objects of a test"):
        load_objects(path)


def test_a_pair_of_no_object_is_told(tmp_path):
    counter = drawn()
    pairs = counter.arrays()["pair_object"].copy()
    pairs[-1] = len(counter.objects().area)
    path = write_without(tmp_path / "a.npz", counter, pair_object=pairs)
    with pytest.raises(UserError, match="pair_object: . to"):
        load_objects(path)


# ---- instances ----

def test_touching_instances_are_two_objects_under_one_prediction():
    label, instances = picture("0111100"), np.array([[0, 1, 1, 2, 2, 0, 0]], np.uint16)
    counter = ObjectCounter(2)
    counter.add(Item(label, label, instances, {}))
    objects = counter.objects()
    assert objects.instances and objects.has_pairs
    assert [row for row in rows(objects, "label", "area", "pieces") if row[0]] == [(1, 2, 1)] * 2
    assert (1, 4, 2) in rows(objects, "predicted_label", "predicted_area", "predicted_wholes")


def test_records_without_instances_give_the_same_objects():
    label = picture("""0110
                       1001""")
    plain, other = ObjectCounter(2), ObjectCounter(2)
    plain.add(Item(label, label, None, {}))
    other.add(Item(label, label, np.zeros(label.shape, np.uint16), {}))
    for name, values in plain.arrays().items():
        if name != "instances":
            np.testing.assert_array_equal(values, other.arrays()[name])
