"""Labels as colours: exact values."""
import io

import numpy as np
from PIL import Image

from utils.drawing import colours

PALETTE = ((10, 20, 30), (200, 0, 0), (0, 0, 250))
NAMES = ("road", "car", "sky")
LABEL = np.array([[0, 1, 2], [2, 255, 3]], np.uint8)


def colours_of(picture):
    return {tuple(colour) for colour in picture.reshape(-1, 3)}


def test_colours_of_classes_and_hatching_of_the_rest():
    found = colours.colourise(np.kron(LABEL, np.ones([8, 8])).astype(np.uint8), PALETTE)
    assert found.dtype == np.uint8 and found.shape == (16, 24, 3)
    for row, column, index in ((0, 0, 0), (0, 1, 1), (0, 2, 2), (1, 0, 2)):
        block = found[8 * row:8 * row + 8, 8 * column:8 * column + 8]
        assert colours_of(block) == {PALETTE[index]}
    hatch = {(28, 30, 34), (96, 100, 108)}
    assert colours_of(found[8:, 8:16]) == colours_of(found[8:, 16:]) == hatch


def test_a_blend_leaves_ignored_pixels_alone():
    image = np.full([2, 3, 3], 100, np.uint8)
    found = colours.blend(image, LABEL, PALETTE, alpha=.5)
    assert tuple(found[0, 1]) == (150, 50, 50) and tuple(found[0, 2]) == (50, 50, 175)
    assert tuple(found[1, 1]) == tuple(found[1, 2]) == (100, 100, 100)


def test_a_blend_is_the_rounded_mean_for_every_value():
    values = np.arange(256, dtype=np.uint8)
    image = np.stack([values, values[::-1], np.roll(values, 99)], -1)[np.newaxis].repeat(4, 0)
    label = np.array([0, 1, 2, 255], np.uint8)[:, np.newaxis].repeat(256, 1)
    found = colours.blend(image, label, PALETTE)
    expected = np.rint((1 - .55) * image[:3] + .55 * np.array(PALETTE)[:, np.newaxis])
    np.testing.assert_array_equal(found[:3], expected)
    np.testing.assert_array_equal(found[3], image[3])
    assert found.dtype == np.uint8 and found.shape == image.shape


def test_palette_png_keeps_the_indices():
    data = colours.palette_png(LABEL[:1], PALETTE)
    picture = Image.open(io.BytesIO(data))
    assert picture.mode == "P"
    np.testing.assert_array_equal(np.asarray(picture), LABEL[:1])
    np.testing.assert_array_equal(np.asarray(picture.convert("RGB"))[0], PALETTE)


def test_errors_are_three_plain_colours_and_their_share_is_of_the_labelled_pixels():
    truth = np.array([[0, 1, 2, 255], [1, 1, 3, 2]], np.uint8)
    prediction = np.array([[0, 2, 2, 1], [1, 1, 0, 0]], np.uint8)
    found, share = colours.error_map(prediction, truth, 3)
    right, wrong, none = colours.RIGHT, colours.WRONG, colours.UNLABELLED
    expected = [[right, wrong, right, none], [right, right, none, wrong]]
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.uint8 and share == 2 / 6.
    nothing, share = colours.error_map(prediction, np.full_like(truth, 255), 3)
    assert (nothing == none).all() and np.isnan(share)


def test_the_colours_of_errors_differ_in_lightness_by_far():
    lightness = sorted(np.dot(colour, [.299, .587, .114])
                       for colour in (colours.RIGHT, colours.WRONG, colours.UNLABELLED))
    assert np.diff(lightness).min() > 50


def test_contact_sheet_places_pictures_in_rows():
    pictures = [np.full([4, 5, 3], value, np.uint8) for value in (10, 20, 30)]
    pictures[1] = pictures[1][:2]
    sheet = colours.contact_sheet(pictures, columns=2)
    assert sheet.shape == (8, 10, 3)
    assert (sheet[:4, :5] == 10).all() and (sheet[:2, 5:] == 20).all()
    assert (sheet[4:, :5] == 30).all()
    assert (sheet[2:4, 5:] == 255).all() and (sheet[4:, 5:] == 255).all()
