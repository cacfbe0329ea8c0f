"""Packed masks beside the same operations pixel by pixel, by scipy."""
import numpy as np
import pytest
from scipy import ndimage

from utils.measures import bit_planes

WIDTHS = (1, 7, 63, 64, 65, 130)


def some_masks(width, seed, height=23):
    random = np.random.RandomState(seed)
    return random.rand(3, height, width) < (.02, .5, .98)[seed % 3]


@pytest.mark.parametrize("width", WIDTHS)
def test_masks_come_back(width):
    masks = some_masks(width, 1)
    planes = bit_planes.pack(masks, 9)
    assert planes.dtype == np.uint64
    np.testing.assert_array_equal(bit_planes.unpack(planes, width), masks)
    assert bit_planes.count_rows(planes).tolist() == masks.sum(2).tolist()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("radius", [1, 2, 6, 23, 70])
def test_dilation_reaches_what_is_near(width, radius):
    """Near by scipy's distances: a rounded distance of at most the radius."""
    everywhere = bit_planes.pack(np.ones((3, 23, width), bool), radius)
    for seed in range(3):
        masks = some_masks(width, seed)
        grown = bit_planes.dilate(bit_planes.pack(masks, radius), radius, everywhere)
        expected = [mask.any() & (ndimage.distance_transform_edt(~mask) < radius + .5)
                    for mask in masks]
        np.testing.assert_array_equal(bit_planes.unpack(grown, width), expected)
        assert bit_planes.count_rows(grown).tolist() == np.sum(expected, axis=2).tolist()


def test_dilation_is_cut():
    masks = some_masks(70, 1)
    within = bit_planes.pack(~masks, 3)
    grown = bit_planes.dilate(bit_planes.pack(masks, 3), 3, within)
    assert not (grown & ~within).any()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("radius", [1, 4, 12, 40])
def test_erosion_by_a_square(width, radius):
    for seed in (0, 1, 2):
        masks = some_masks(width, seed)
        masks[0] = True
        eroded = bit_planes.erode_square(bit_planes.pack(masks, 2 * radius + 1), radius)
        expected = [ndimage.binary_erosion(mask, np.ones((3, 3)), radius) for mask in masks]
        np.testing.assert_array_equal(bit_planes.unpack(eroded, width), expected)
        assert bit_planes.count_rows(eroded).tolist() == np.sum(expected, axis=2).tolist()
