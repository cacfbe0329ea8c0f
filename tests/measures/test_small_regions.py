"""Small regions given to the class around them: by hand, and by what is to hold of any picture."""
import numpy as np
import pytest

from utils.measures.regions import find_regions
from utils.measures.small_regions import without_small_regions


def cleaned(rows, min_area, num_classes=3):
    found = without_small_regions(np.array([list(row) for row in rows], np.uint8), num_classes,
                                  min_area)
    assert found.dtype == np.uint8
    return ["".join(map(str, row)) for row in found]


def test_a_speck_gets_the_class_around_it():
    assert cleaned(["00000", "01000", "00000", "22222"], 2) == ["00000"] * 3 + ["22222"]
    assert cleaned(["00000", "01100", "00000"], 2) == ["00000", "01100", "00000"]


def test_the_class_that_is_touched_most_wins_and_the_first_of_equals():
    assert cleaned(["0000", "0212", "2222"], 2) == ["0000", "0222", "2222"]
    assert cleaned(["0001222", "0001222"], 3) == ["0000222", "0000222"]


def test_regions_touch_at_corners():
    diagonal = ["1000", "0100", "0010", "0000"]
    assert cleaned(diagonal, 3) == diagonal and cleaned(diagonal, 4) == ["0000"] * 4


def test_the_smallest_goes_first_and_grows_with_what_it_joins():
    """The 2 is of the 1s around it; together they are 9 pixels, and stay."""
    picture = ["00000", "01110", "01210", "01110", "00000"]
    assert cleaned(picture, 9) == ["00000", "01110", "01110", "01110", "00000"]
    assert cleaned(picture, 10) == ["00000"] * 5


def test_a_picture_of_one_region_stays():
    assert cleaned(["11", "11"], 100) == ["11", "11"]
    assert cleaned(["12"], 100) in (["11"], ["22"])


@pytest.mark.parametrize("seed", range(4))
def test_no_region_is_too_small_and_large_ones_keep_their_inner_pixels(seed):
    rng = np.random.RandomState(seed)
    picture = np.kron(rng.randint(0, 4, (5, 6)), np.ones([9, 9])).astype(np.uint8)
    noisy = np.where(rng.rand(*picture.shape) < .08, rng.randint(0, 4, picture.shape),
                     picture).astype(np.uint8)
    before = noisy.copy()
    found = without_small_regions(noisy, 4, 12)
    np.testing.assert_array_equal(noisy, before)
    assert find_regions(found, 4).area.min() >= 12
    regions = find_regions(noisy, 4)
    assert regions.area.min() < 12
    np.testing.assert_array_equal(without_small_regions(found, 4, 12), found)
    assert (found == picture).mean() > max((noisy == picture).mean(), .98)
