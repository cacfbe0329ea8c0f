"""What is measured of photographs and labels, on pictures whose values are known."""
import numpy as np
import pytest

from utils.measures.photographs import (
    label_measures,
    photograph_measures,
    size_measures,
    table_lines,
)


def plain(colour, shape=(20, 30)):
    return np.broadcast_to(np.array(colour, np.uint8), shape + (3,)).copy()


def test_a_grey_picture():
    picture = plain((100, 100, 100))
    picture[:, :15] = 200
    found = photograph_measures(picture)
    assert found["colour"] == "grey" and found["saturation"] == 0
    assert found["brightness"] == pytest.approx(150 / 255, rel=1e-5)
    assert found["contrast"] == pytest.approx(50 / 255, rel=1e-5)
    assert np.isnan(found["hue variation"])


def test_hue_varies_from_one_to_many():
    one = photograph_measures(plain((200, 40, 40)))
    assert one["colour"] == "colour" and one["hue variation"] == pytest.approx(0, abs=1e-5)
    assert one["saturation"] == pytest.approx(.8, rel=1e-5)
    many = plain((200, 40, 40))
    many[:, 10:20], many[:, 20:] = (40, 200, 40), (40, 40, 200)
    assert photograph_measures(many)["hue variation"] == pytest.approx(1, abs=1e-5)


def test_sharpness_by_hand():
    """A checkerboard of 0 and 1 levels: the Laplacian is 4 and -4."""
    board = (np.indices((22, 22)).sum(0) % 2).astype(np.uint8)
    found = photograph_measures(np.stack([board] * 3, -1))
    assert found["sharpness"] == pytest.approx(16, rel=1e-4)
    assert photograph_measures(plain((9, 9, 9)))["sharpness"] == 0
    assert photograph_measures(plain((9, 9, 9), (2, 2)))["sharpness"] == 0


def test_objects_and_areas_of_classes():
    label = np.zeros((10, 20), np.uint8)
    label[1:5, 1:5] = 1            # 16 pixels
    label[5:8, 5:9] = 1            # 12, touches it at a corner: one object
    label[1:4, 15:19] = 1          # 12
    label[9, 0:3] = 1              # a speck of 3
    label[0, :] = 255
    found = label_measures(label, ("road", "car", "sky"))
    assert found["unlabelled"] == pytest.approx(.1) and found["classes"] == 2
    assert found["area of car"] == pytest.approx(43 / 200)
    assert found["objects of car"] == 2 and found["object size of car"] == pytest.approx(20)
    assert found["objects of sky"] == 0 and np.isnan(found["object size of sky"])


def test_a_label_without_classes():
    found = label_measures(np.full((3, 3), 255, np.uint8), ("road",))
    assert found["unlabelled"] == 1 and found["classes"] == 0


def test_a_table_of_text():
    rows = [dict(size_measures(100, 200), light=float("nan"))]
    assert table_lines(rows) == [["height", "width", "megapixels", "light"],
                                 ["100", "200", "0.02", ""]]
