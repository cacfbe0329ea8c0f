"""Which pixels a map explains, and where its cells stand in the image."""
import numpy as np
import pytest

from utils.errors import UserError
from utils.evaluate.cam_target import Target, cells_within, in_image, in_view, parse_target

PREDICTION = np.array([[1, 1, 0, 1], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 1]], np.uint8)


@pytest.mark.parametrize("flags, pixels", [
    (("", ""), [(0, 0), (1, 0), (3, 0), (3, 1), (0, 2), (1, 3), (3, 3)]),
    (("", "3,1"), [(3, 0), (3, 1)]),
    (("", "0,2"), [(0, 2), (1, 3)]),  # corners touch
    (("", "2,2"), []),
    (("", "0,0,3,1"), [(0, 0), (1, 0), (3, 0), (3, 1)]),
    (("2,2", ""), [(2, 2)])])
def test_pixels_of_a_target(flags, pixels):
    mask = parse_target(*flags).mask(PREDICTION, 1)
    assert sorted((x, y) for y, x in zip(*np.nonzero(mask))) == sorted(pixels)


@pytest.mark.parametrize("pixel, at, message", [
    ("1,1", "2,2", "contradict"), ("1", "", "expected x,y"), ("", "1,2,3", "left,top,right"),
    ("", "3,0,1,1", "left up to right"), ("-1,2", "", "expected x,y")])
def test_places_that_are_none(pixel, at, message):
    with pytest.raises(UserError, match=message):
        parse_target(pixel, at)


def test_a_place_beyond_the_image():
    with pytest.raises(UserError, match="4 pixels wide and 4 high"):
        Target("pixel", (4, 0)).mask(PREDICTION, 1)


def test_a_mask_in_the_view_stays_within_the_box():
    mask = np.ones((10, 20), bool)
    view = in_view(mask, (4, 0, 8, 16), (16, 16))
    assert view[4:12].all() and not view[:4].any() and not view[12:].any()
    single = np.zeros((100, 200), bool)
    single[99, 199] = True
    assert np.argwhere(in_view(single, (4, 0, 8, 16), (16, 16))).tolist() == [[11, 15]]


@pytest.mark.parametrize("stride, offset", [(8, 3.5), (8, 7), (32, 31)])
def test_cells_stand_at_the_centres_of_their_receptive_fields(stride, offset):
    """A map that is the place itself comes back as the place, but for what lies beyond."""
    centres = stride * np.arange(4) + offset
    cells = np.add.outer(centres, 1000 * centres)
    box, size = (10, 4, 60, 120), (120, 240)  # half the image's size, between bars
    made = in_image(cells, stride, offset, box, size)
    rows = 10 + (np.arange(120) + .5) / 2 - .5
    columns = 4 + (np.arange(240) + .5) / 2 - .5
    expected = np.add.outer(np.clip(rows, centres[0], centres[-1]),
                            1000 * np.clip(columns, centres[0], centres[-1]))
    np.testing.assert_allclose(made, expected, rtol=1e-6)


def test_cells_on_the_bars_are_left_out():
    rows, columns = cells_within((8, 8), 8, 3.5, (16, 0, 32, 64))
    assert (rows, columns) == (slice(2, 6), slice(0, 8))
    assert cells_within((2, 2), 32, 31, (0, 0, 20, 20))[0] == slice(None)
