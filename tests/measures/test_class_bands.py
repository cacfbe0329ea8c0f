"""The bands of rows in which classes occur: what is in them, and what comes back."""
import numpy as np
import pytest

from tests.measures.drawn import CLASSES, draw_case
from utils.measures import bit_planes
from utils.measures.class_bands import ClassBands
from utils.measures.regions import find_regions


def bands_of(truth, prediction, margin=3):
    starts = [find_regions(one, CLASSES).starts for one in (truth, prediction)]
    return ClassBands([truth, prediction], starts, CLASSES, margin, 9)


def test_bands_are_the_rows_of_a_class_and_its_margin():
    truth = np.full((12, 70), 255, np.uint8)
    truth[5:7, 60:68] = 2
    prediction = np.full((12, 70), 1, np.uint8)
    bands = bands_of(truth, prediction)
    assert bands.classes.tolist() == [1, 2]
    assert bands.count(bands.inside).tolist() == [12 * 70, 8 * 70]
    planes = bands.planes(truth)
    assert len(planes) == (12 + 6) + (2 + 6)
    assert bands.count(planes).tolist() == [0, 16]
    found = bit_planes.unpack(planes, 70)
    assert found[18 + 3:18 + 5, 60:68].all() and found.sum() == 16


@pytest.mark.parametrize("seed", range(4))
def test_planes_and_masks_come_back(seed):
    truth, prediction = draw_case(seed)
    bands = bands_of(truth, prediction)
    for picture in (truth, prediction):
        planes = bands.planes(picture)
        np.testing.assert_array_equal(bands.joined(planes), picture < CLASSES)
        expected = np.bincount(picture.ravel(), minlength=256)[bands.classes]
        assert bands.count(planes).tolist() == expected.tolist()
    labelled = bands.planes(truth < CLASSES) & bands.planes(prediction)
    expected = np.bincount(prediction[truth < CLASSES], minlength=CLASSES)[bands.classes]
    assert bands.count(labelled).tolist() == expected.tolist()


def test_no_class_no_rows():
    nothing = np.full((4, 5), 255, np.uint8)
    bands = bands_of(nothing, nothing)
    planes = bands.planes(nothing)
    assert len(planes) == 0 and bands.count(planes).shape == (0,)
    assert not bands.joined(planes).any()
