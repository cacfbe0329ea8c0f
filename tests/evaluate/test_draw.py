"""Pictures: exact colours, layout, and what the legend holds."""
import io

import numpy as np
import pytest
from PIL import Image

from utils.evaluate import draw

PALETTE = ((10, 20, 30), (200, 0, 0), (0, 0, 250))
NAMES = ("road", "car", "sky")
LABEL = np.array([[0, 1, 2], [2, 255, 3]], np.uint8)


def colours(picture):
    return {tuple(colour) for colour in picture.reshape(-1, 3)}


def test_colours_of_classes_and_hatching_of_the_rest():
    found = draw.colourise(np.kron(LABEL, np.ones([8, 8])).astype(np.uint8), PALETTE)
    assert found.dtype == np.uint8 and found.shape == (16, 24, 3)
    for row, column, index in ((0, 0, 0), (0, 1, 1), (0, 2, 2), (1, 0, 2)):
        block = found[8 * row:8 * row + 8, 8 * column:8 * column + 8]
        assert colours(block) == {PALETTE[index]}
    hatch = {(28, 30, 34), (96, 100, 108)}
    assert colours(found[8:, 8:16]) == colours(found[8:, 16:]) == hatch


def test_a_blend_leaves_ignored_pixels_alone():
    image = np.full([2, 3, 3], 100, np.uint8)
    found = draw.blend(image, LABEL, PALETTE, alpha=.5)
    assert tuple(found[0, 1]) == (150, 50, 50) and tuple(found[0, 2]) == (50, 50, 175)
    assert tuple(found[1, 1]) == tuple(found[1, 2]) == (100, 100, 100)


def test_palette_png_keeps_the_indices():
    data = draw.palette_png(LABEL[:1], PALETTE)
    picture = Image.open(io.BytesIO(data))
    assert picture.mode == "P"
    np.testing.assert_array_equal(np.asarray(picture), LABEL[:1])
    np.testing.assert_array_equal(np.asarray(picture.convert("RGB"))[0], PALETTE)


def test_a_panel_shows_image_prediction_and_truth_side_by_side():
    image = np.full([200, 300, 3], 77, np.uint8)
    prediction = np.full([200, 300], 1, np.uint8)
    truth = np.full([200, 300], 2, np.uint8)
    found = draw.panel(image, prediction, truth, NAMES, PALETTE, title="a title")
    assert found.dtype == np.uint8
    for colour in ((77, 77, 77), PALETTE[1], PALETTE[2]):
        rows, columns = np.nonzero((found == colour).all(-1))
        assert len(rows) >= 200 * 300
    centre = found[found.shape[0] // 2]
    edges = [np.nonzero((centre == colour).all(-1))[0] for colour in
             ((77, 77, 77), PALETTE[1], PALETTE[2])]
    assert [len(edge) for edge in edges] == [300, 300, 300]
    assert edges[0][-1] < edges[1][0] and edges[1][-1] < edges[2][0]


def legend_rows(found):
    """The part below the pictures: from the last row that is filled from side to side."""
    ink = (found != 255).any(-1)
    return found[np.nonzero(ink.mean(1) > .8)[0][-1] + 1:]


def test_the_legend_has_the_classes_that_occur():
    image = np.zeros([192, 192, 3], np.uint8)
    truth = np.zeros([192, 192], np.uint8)
    prediction = truth.copy()
    prediction[:96] = 2
    legend = colours(legend_rows(draw.panel(image, prediction, truth, NAMES, PALETTE)))
    assert PALETTE[0] in legend and PALETTE[2] in legend and PALETTE[1] not in legend
    assert (96, 100, 108) not in legend
    truth[:9] = 255
    legend = colours(legend_rows(draw.panel(image, prediction, truth, NAMES, PALETTE)))
    assert (96, 100, 108) in legend


def test_overlay_shows_the_image_through():
    image = np.full([192, 192, 3], 100, np.uint8)
    label = np.ones([192, 192], np.uint8)
    found = draw.panel(image, label, None, NAMES, PALETTE, overlay=True)
    assert colours(draw.blend(image, label, PALETTE)) <= colours(found)
    assert (found == PALETTE[1]).all(-1).sum() < 30 * 30  # only in the legend


@pytest.mark.parametrize("shape", [(1, 1), (20, 33), (33, 20), (3000, 40)])
def test_pictures_of_any_size_are_readable_and_of_bounded_size(shape):
    image, label = np.zeros(shape + (3,), np.uint8), np.zeros(shape, np.uint8)
    found = draw.panel(image, label, label, NAMES, PALETTE)
    assert 192 <= max(found.shape[:2]) <= 3 * 1024 + 300


def test_many_classes_break_the_legend_into_lines():
    names = tuple("a class named {}".format(index) for index in range(60))
    label = np.arange(60, dtype=np.uint8).reshape(6, 10).repeat(20, 0).repeat(20, 1)
    palette = tuple((4 * index, 255 - index, 7) for index in range(60))
    found = draw.panel(np.zeros(label.shape + (3,), np.uint8), label, None, names, palette)
    assert set(palette) <= colours(legend_rows(found))


def test_contact_sheet_places_pictures_in_rows():
    pictures = [np.full([4, 5, 3], value, np.uint8) for value in (10, 20, 30)]
    pictures[1] = pictures[1][:2]
    sheet = draw.contact_sheet(pictures, columns=2)
    assert sheet.shape == (8, 10, 3)
    assert (sheet[:4, :5] == 10).all() and (sheet[:2, 5:] == 20).all()
    assert (sheet[4:, :5] == 30).all()
    assert (sheet[2:4, 5:] == 255).all() and (sheet[4:, 5:] == 255).all()
