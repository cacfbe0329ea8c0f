"""Panels: which parts they have, their layout, and what the legend holds."""
import numpy as np
import pytest

from utils.drawing import colours
from utils.drawing.panel import legend_strip, panel

PALETTE = ((10, 20, 30), (200, 0, 0), (0, 0, 250))
NAMES = ("road", "car", "sky")


def colours_of(picture):
    return {tuple(colour) for colour in picture.reshape(-1, 3)}


def boxes(found, *wanted):
    """(top, left) of each colour's area in the parts; a legend's squares are smaller."""
    places = []
    for colour in wanted:
        same = (found == colour).all(-1)
        top = int(np.nonzero(same.sum(1) >= 150)[0][0])
        places.append((top, int(np.nonzero(same[top])[0][0])))
    return places


IMAGE = (77, 99, 11)


def labelled(height, width):
    """An image of one colour, a prediction of class 1, and truth of class 2 and 1 below."""
    truth = np.full([height, width], 2, np.uint8)
    truth[height // 2:] = 1
    image = np.full([height, width, 3], IMAGE, np.uint8)
    return image, np.full([height, width], 1, np.uint8), truth


def test_image_prediction_truth_overlay_and_errors_stand_side_by_side():
    image, prediction, truth = labelled(200, 200)
    found = panel(image, prediction, truth, NAMES, PALETTE, title="a title")
    over = colours.blend(image, prediction, PALETTE)[0, 0]
    places = boxes(found, IMAGE, PALETTE[1], PALETTE[2], over, colours.WRONG)
    assert len({top for top, _ in places}) == 1
    lefts = [left for _, left in places]
    assert np.diff(lefts).min() >= 200 and np.ptp(np.diff(lefts)) == 0
    assert found.shape[1] >= 1000 and found.dtype == np.uint8
    for colour in (colours.WRONG, colours.RIGHT):
        assert (found == colour).all(-1).sum() >= 100 * 200


def test_wide_parts_stand_in_two_rows():
    image, prediction, truth = labelled(200, 300)
    found = panel(image, prediction, truth, NAMES, PALETTE)
    over = colours.blend(image, prediction, PALETTE)[0, 0]
    (top, left), _, _, (below, left_below), errors = boxes(
        found, IMAGE, PALETTE[1], PALETTE[2], over, colours.WRONG)
    assert below >= top + 200 and left == left_below and errors[0] == below
    assert found.shape[1] < 1000


def test_a_photo_without_truth_has_no_errors():
    image, prediction, _ = labelled(200, 500)
    found = panel(image, prediction, None, NAMES, PALETTE)
    assert colours_of(colours.blend(image, prediction, PALETTE)) <= colours_of(found)
    assert not {colours.WRONG, colours.RIGHT} & colours_of(found)
    assert 1500 < found.shape[1] < 1600  # three parts never wrap


def test_truth_alone_has_no_overlay():
    image, _, truth = labelled(200, 200)
    assert panel(image, None, truth, NAMES, PALETTE).shape[1] < 450


def legend_rows(found):
    """The part below the pictures: from the last row that is filled from side to side."""
    ink = (found != 255).any(-1)
    return found[np.nonzero(ink.mean(1) > .8)[0][-1] + 1:]


def test_the_legend_has_the_classes_that_occur():
    image = np.zeros([192, 192, 3], np.uint8)
    truth = np.zeros([192, 192], np.uint8)
    prediction = truth.copy()
    prediction[:96] = 2
    legend = colours_of(legend_rows(panel(image, prediction, truth, NAMES, PALETTE)))
    assert PALETTE[0] in legend and PALETTE[2] in legend and PALETTE[1] not in legend
    assert (96, 100, 108) not in legend
    truth[:9] = 255
    legend = colours_of(legend_rows(panel(image, prediction, truth, NAMES, PALETTE)))
    assert (96, 100, 108) in legend


def test_overlay_shows_the_image_through():
    image = np.full([192, 192, 3], 100, np.uint8)
    label = np.ones([192, 192], np.uint8)
    found = panel(image, label, None, NAMES, PALETTE, overlay=True)
    assert colours_of(colours.blend(image, label, PALETTE)) <= colours_of(found)
    assert (found == PALETTE[1]).all(-1).sum() < 30 * 30  # only in the legend


@pytest.mark.parametrize("shape", [(1, 1), (20, 33), (33, 20), (3000, 40)])
def test_pictures_of_any_size_are_readable_and_of_bounded_size(shape):
    image, label = np.zeros(shape + (3,), np.uint8), np.zeros(shape, np.uint8)
    found = panel(image, label, label, NAMES, PALETTE)
    assert 192 <= max(found.shape[:2]) <= 3 * 1024 + 300


def test_many_classes_break_the_legend_into_lines():
    names = tuple(f"a class named {index}" for index in range(60))
    label = np.arange(60, dtype=np.uint8).reshape(6, 10).repeat(20, 0).repeat(20, 1)
    palette = tuple((4 * index, 255 - index, 7) for index in range(60))
    found = panel(np.zeros(label.shape + (3,), np.uint8), label, None, names, palette)
    assert set(palette) <= colours_of(legend_rows(found))


def test_a_legend_strip_is_as_wide_as_asked_and_has_all_classes():
    for width in (64, 640):
        strip = legend_strip(NAMES, PALETTE, width)
        assert strip.shape[1:] == (width, 3) and set(PALETTE) <= colours_of(strip)
