"""Which reading of masks a data set as a whole allows: the right classes, or one line."""
import os

import numpy as np
import pytest
from PIL import Image

from tests.data.helpers import message
from tests.data.test_masks import palette_image
from utils.data.datasets.base import distinct_palette
from utils.data.masks.mask_set import MaskSet
from utils.data.masks.reading import COLOURS, INDICES, MaskClasses

NAMES, THREE = ("background", "road", "car"), ((0, 0, 0), (128, 64, 128), (0, 0, 142))
BLACK_WHITE = ((0, 0, 0), (255, 255, 255))
VOC = distinct_palette(256)
WEB = tuple((index * 7 % 256, index * 11 % 256, index * 13 % 256) for index in range(256))


def grey(*values):
    return Image.fromarray(np.array([values], np.uint8))


def rgb(*colours):
    return Image.fromarray(np.array([colours], np.uint8))


def bit(*values):
    return Image.fromarray(np.array([values], bool))


def palette(indices, colours):
    return palette_image([indices], colours)


@pytest.fixture
def read(tmp_path):
    """Reads masks as one set: ([labels of each], [(severity, text)])."""
    def call(images, names=NAMES, colours=THREE, ignore_colour=None, reading="", foreign="",
             **classes):
        paths = [str(tmp_path / f"{index}.png") for index in range(len(images))]
        for image, path in zip(images, paths):
            image.save(path)
        masks = MaskSet(MaskClasses(names, colours, ignore_colour, **classes), lambda: paths,
                        reading, foreign=foreign)
        found = [(one.severity, one.text.replace(str(tmp_path) + os.sep, ""))
                 for one in masks.findings()]
        assert not any("\n" in text for _, text in found)
        if any(severity == "error" for severity, _ in found):
            return None, found
        return [masks(path)[0].tolist() for path in paths], found
    return call


def the_error(found):
    """The single error's text."""
    errors = [text for severity, text in found if severity == "error"]
    assert len(errors) == 1, found
    return errors[0]


# ---- The class list has colours. ----

def test_palettes_that_differ_are_read_by_their_colours(read):
    permuted = (THREE[1], THREE[2], THREE[0])
    assert read([palette([0, 1, 2], THREE), palette([2, 0, 1], permuted)]) == (
        [[0, 1, 2], [0, 1, 2]], [("note", "2 masks: colours of the palette")])


def test_one_palette_in_another_order_is_told(read):
    labels, found = read([palette([1, 0, 2], (THREE[1], THREE[0], THREE[2]))])
    assert labels == [[0, 1, 2]]
    assert found[0] == ("warning", "0.png: the value 0 is 'background' as an index, and has the "
                        "colour of 'road'; colours are taken (--masks=indices takes the values for "
                        "classes)")


@pytest.mark.parametrize("shown", [VOC, WEB], ids=["voc", "web"])
def test_palettes_of_other_colours_hold_indices(read, shown):
    """PIL and labelme write such palettes whatever colours classes.txt gives for drawing."""
    assert read([palette([0, 1, 2, 255], shown), palette([2], shown)]) == (
        [[0, 1, 2, 255], [2]], [("note", "2 masks: indices of the palette")])


def test_grey_masks_hold_indices_where_colours_do_not_explain_them(read):
    assert read([grey(0, 1, 2, 255), grey(0, 0)]) == (
        [[0, 1, 2, 255], [0, 0]], [("note", "2 masks: indices")])


def test_an_outlier_does_not_change_the_reading(read):
    """Its value is then reported for its own file."""
    assert read([grey(0, 1, 2), grey(0, 7)])[0] == [[0, 1, 2], [0, 7]]


def test_greys_that_are_classes_speak_for_colours(read):
    """What is missing is then a colour, and the line says how to list it."""
    colours = ((0, 0, 0), (128, 128, 128))
    assert "1.png: the mask has the colour (255, 255, 255), which the class list does not have " \
        "(1 such colours); list it, as a class or as `ignore r g b`" in message(
            read, [grey(0, 128), grey(0, 128, 255)], ("background", "building"), colours)


def test_grey_is_a_colour_of_the_class_list(read):
    names = ("background", "building")
    expected = [("note", "1 mask: greys as colours")]
    assert read([grey(0, 255)], names, BLACK_WHITE) == ([[0, 1]], expected)
    assert read([bit(0, 1)], names, BLACK_WHITE) == ([[0, 1]], expected)
    assert read([grey(255, 0)], names, BLACK_WHITE[::-1]) == ([[0, 1]], expected)


def test_grey_masks_beside_coloured_ones(read):
    colours = BLACK_WHITE + ((128, 64, 128),)
    labels, found = read([rgb(*colours), grey(0, 255)], colours=colours)
    assert labels == [[0, 1, 2], [0, 1]]
    assert found == [("note", "1 mask: RGB colours; 1 mask: greys as colours")]
    assert read([rgb(*THREE), grey(0, 1, 2)])[0] == [[0, 1, 2], [0, 1, 2]]
    assert read([rgb(*THREE[::-1]), grey(0)], colours=THREE[::-1])[0] == [[0, 1, 2], [2]]


def test_palettes_that_agree_with_indices_beside_grey_indices(read):
    assert read([palette([0, 1, 2], THREE), grey(0, 1, 2, 255)])[0] == [[0, 1, 2], [0, 1, 2, 255]]


def test_ignore_colour(read):
    assert read([rgb(THREE[1], (9, 9, 9))], ignore_colour=(9, 9, 9))[0] == [[1, 255]]
    assert read([palette([0, 1], (THREE[1], (9, 9, 9)))], ignore_colour=(9, 9, 9))[0] == [[1, 255]]


@pytest.mark.parametrize("images,words", [
    ([palette([0, 1, 2], (THREE[1], THREE[0], (9, 9, 9)))],
     "0.png: the value 0 is 'background' as an index, and has the colour of 'road'; nor do colours "
     "explain all masks: (9, 9, 9) is not in classes.txt; list it, or save all masks alike"),
    ([palette([0, 1, 2], WEB), palette([0, 1], (WEB[1], WEB[2]))],
     "1.png: its palette shows the index 0 as (7, 11, 13), that of 0.png as (0, 0, 0); nor do"),
    ([palette([1, 0, 2], (THREE[1], THREE[0], THREE[2])), grey(0, 1, 2)], "(1, 1, 1) is not in"),
    ([rgb(*THREE), rgb(THREE[0], (2, 2, 2))], "1.png: the mask is grey, others of this set are in "
     "colours; nor do colours explain all masks: (2, 2, 2) is not in classes.txt"),
])
def test_sets_that_neither_reading_explains(read, images, words):
    assert words in the_error(read(images)[1])


def test_grey_sets_that_neither_reading_explains(read):
    names = ("background", "building")
    assert "0.png: the value 255 is ignored as an index, and has the colour of 'building'" in (
        the_error(read([grey(0, 255), grey(0, 1)], names, BLACK_WHITE)[1]))
    colours = ((1, 2, 3),) + THREE[1:]
    assert "(0, 0, 0) is not in classes.txt" in the_error(
        read([rgb(*colours), grey(0, 0)], colours=colours)[1])


def test_the_user_may_choose_indices(read):
    permuted = (THREE[1], THREE[0], THREE[2])
    assert read([palette([1, 0, 2], permuted)], reading=INDICES) == (
        [[1, 0, 2]], [("note", "1 mask: indices of the palette")])


def test_flags_on_values_ask_for_indices(read):
    assert read([palette([0, 1, 2], THREE)], ignore=(0,))[0] == [[255, 1, 2]]
    assert "--ignore: the masks are read by their colours; name the colour of ignored pixels in " \
        "classes.txt, as `ignore r g b`" in the_error(read([rgb(*THREE)], ignore=(0,))[1])
    permuted = palette([0, 1, 2], (THREE[1], THREE[2], THREE[0]))
    assert "write `ignore r g b`" in the_error(read([permuted], ignore=(7,))[1])


# ---- The class list has no colours. ----

def test_palettes_that_agree_hold_indices(read):
    """Palettes may be cut after the last index, and differ in what no pixel uses."""
    assert read([palette([0, 1, 2], VOC), palette([0, 1], VOC[:2])], colours=()) == (
        [[0, 1, 2], [0, 1]], [("note", "2 masks: indices of the palette")])
    assert read([palette([0, 1], VOC), palette([0, 1], VOC[:2] + ((9, 9, 9),))],
                colours=())[0] == [[0, 1], [0, 1]]


def test_palettes_that_differ_are_refused(read):
    images = [palette([0, 1, 2], VOC), palette([0, 1], (VOC[1], VOC[0]))]
    assert the_error(read(images, colours=())[1]) == (
        "1.png: its palette shows the index 0 as (128, 0, 0), that of 0.png as (0, 0, 0); give "
        "each class its colour in classes.txt, or save all masks alike (--masks=indices takes the "
        "values for classes)")
    assert read(images, colours=(), reading=INDICES)[0] == [[0, 1, 2], [0, 1]]


def test_white_that_means_two_things_is_refused(read):
    assert "0.png: its white is an index below 255, that of 1.png is 255, which means ignore" in (
        the_error(read([bit(0, 1), grey(0, 255)], ("a", "b"), ())[1]))
    assert read([bit(0, 1), grey(0, 1)], ("a", "b"), ())[0] == [[0, 1], [0, 1]]


def test_rgb_of_equal_channels_holds_indices(read):
    assert read([rgb((0,) * 3, (2,) * 3, (255,) * 3)], colours=()) == (
        [[0, 2, 255]], [("note", "1 mask: indices, as RGB of equal channels")])


def test_plain_indices_need_no_note(read):
    assert read([grey(0, 1, 255)], colours=()) == ([[0, 1, 255]], [])


def test_colours_cannot_be_chosen_without_any(read):
    assert "--masks=colours: classes.txt gives the classes no colours" in message(
        read, [grey(0, 1)], colours=(), reading=COLOURS)


# ---- A family whose colours are given. ----

def voc(read, *images):
    return read(images, tuple(f"c{index}" for index in range(21)), VOC[:21], VOC[255],
                foreign="list your own")


def test_palettes_of_a_family_with_given_colours(read):
    assert voc(read, palette([0, 5, 255], VOC), grey(0, 20, 255))[0] == [[0, 5, 255], [0, 20, 255]]
    assert voc(read, rgb(VOC[0], VOC[5], VOC[255]))[0] == [[0, 5, 255]]
    assert "0.png: its palette shows the index 1 as (128, 64, 128), the colour of no class; list " \
        "your own" in the_error(voc(read, palette([0, 1], THREE))[1])
    assert "0.png: its colours are not those of the classes; list your own" == the_error(
        voc(read, rgb(*THREE))[1])


def test_greys_of_a_family_with_given_colours_are_values(read):
    """(128, 128, 128) is VOC's car; a mask of visible greys holds none."""
    assert voc(read, grey(0, 128))[0] == [[0, 128]]
