"""Regions from runs, beside those of scipy.ndimage and a count pixel by pixel."""
import collections

import numpy as np
import pytest
from scipy import ndimage

from utils.measures.regions import find_regions, holds_any, paint, shared_pixels

SIZES = [(1, 1), (1, 9), (9, 1), (2, 2), (20, 31)]


def some_classes(size, num_classes, seed):
    """Noise, or blocks of 2x3 pixels; one value more than there are classes, and 255."""
    rng = np.random.RandomState(seed)
    classes = rng.choice(list(range(num_classes + 1)) + [255], size).astype(np.uint8)
    if seed % 2:
        classes = np.kron(classes, np.ones([2, 3], np.uint8))
    return classes


def picture_of(regions, shape):
    """int [H, W], the region of each pixel, -1 for none."""
    lengths = np.diff(np.append(regions.starts, np.prod(shape)))
    return np.repeat(regions.region, lengths).reshape(shape)


def expected_picture(classes, num_classes):
    """The same by scipy, a class at a time; and the regions' classes."""
    picture, labels = np.full(classes.shape, -1), []
    for label in range(num_classes):
        found, count = ndimage.label(classes == label, np.ones((3, 3)))
        picture[found > 0] = found[found > 0] - 1 + len(labels)
        labels += [label] * count
    return picture, labels


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("num_classes", [1, 3])
def test_regions_are_those_of_scipy_and_in_its_order(size, num_classes):
    for seed in range(20):
        classes = some_classes(size, num_classes, seed)
        regions = find_regions(classes, num_classes)
        picture, labels = expected_picture(classes, num_classes)
        np.testing.assert_array_equal(picture_of(regions, classes.shape), picture)
        assert regions.label.tolist() == labels
        assert regions.area.tolist() == [(picture == i).sum() for i in range(len(labels))]


@pytest.mark.parametrize("size", SIZES)
def test_shared_pixels_are_those_of_one_class(size):
    for seed in range(20):
        one, other = (some_classes(size, 3, 2 * seed + half * 100) for half in (0, 1))
        first, second = find_regions(one, 3), find_regions(other, 3)
        i, j = picture_of(first, one.shape), picture_of(second, one.shape)
        both = (one == other) & (one < 3)
        expected = collections.Counter(zip(i[both].tolist(), j[both].tolist()))
        found = [part.tolist() for part in shared_pixels(first, second, one.size)]
        assert list(zip(*found)) == [pair + (expected[pair],) for pair in sorted(expected)]


def test_a_region_winds_through_many_rows():
    """A spiral of one class: its runs are joined by chains of merges."""
    spiral = np.array([[int(cell) for cell in row] for row in (
        "1111111", "0000001", "1111101", "1000101", "1011101", "1000001", "1111111")], np.uint8)
    regions = find_regions(spiral, 2)
    assert regions.label.tolist() == [0, 1] and regions.area.tolist() == [18, 31]


# ---- instances ----

def test_touching_instances_are_two_and_a_hidden_one_is_one():
    classes = np.array([[1, 1, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 2, 2]], np.uint8)
    instances = np.array([[5, 5, 7, 7, 0, 7], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 9]], np.uint16)
    regions = find_regions(classes, 3, instances)
    assert list(zip(regions.label.tolist(), regions.area.tolist())) == [
        (0, 9), (1, 2), (1, 3), (1, 2), (2, 1), (2, 1)]
    np.testing.assert_array_equal(picture_of(regions, classes.shape), [
        [1, 1, 2, 2, 0, 2], [0] * 6, [3, 3, 0, 0, 4, 5]])


def test_one_id_in_two_classes_is_two_regions():
    regions = find_regions(np.array([[0, 1, 0]], np.uint8), 2, np.full((1, 3), 65535, np.uint16))
    assert list(zip(regions.label.tolist(), regions.area.tolist())) == [(0, 2), (1, 1)]


def test_without_ids_instances_change_nothing():
    classes = some_classes((20, 31), 3, 4)
    plain, other = find_regions(classes, 3), find_regions(
        classes, 3, np.zeros(classes.shape, np.uint16))
    for one, two in zip(plain, other):
        np.testing.assert_array_equal(one, two)


# ---- values of regions ----

def test_values_are_painted_and_masks_are_found():
    classes = np.array([[0, 0, 255, 1], [1, 255, 255, 1]], np.uint8)
    regions = find_regions(classes, 2)  # by first pixels: the left 0s, the right 1s, the left 1
    np.testing.assert_array_equal(paint(regions, np.array([4, 5, 6], np.uint8), classes.shape),
                                  [[4, 4, 0, 5], [6, 0, 0, 5]])
    mask = np.array([[0, 1, 1, 0], [0, 1, 0, 0]], bool)
    assert holds_any(regions, mask).tolist() == [True, False, False]
