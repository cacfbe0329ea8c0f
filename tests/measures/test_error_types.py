"""Kinds of wrong pixels: by hand, beside distances and components of scipy, and beside the paper's
own program."""
import numpy as np
import pytest
from scipy import ndimage

from tests.measures.drawn import CLASSES, draw_case
from tests.shared import shared_data
from utils.measures.confusion import confusion_matrix
from utils.measures.error_types import (
    BOUNDARY,
    EXTENT,
    RIGHT,
    SEGMENT,
    TYPES,
    boundary_width,
    find_wrong_pixels,
)

EIGHT = np.ones((3, 3))


def dilated(mask, radius):
    """Pixels whose rounded distance to the mask is at most the radius."""
    return mask.any() & (ndimage.distance_transform_edt(~mask) < radius + .5)


def touching(components, count, mask):
    """bool [count + 1], components with a pixel at most one step from the mask."""
    near = ndimage.binary_dilation(mask, EIGHT)
    return np.isin(np.arange(count + 1), components[near])


def expected_kinds(own, other, width):
    """Kinds of one class's wrong pixels, own \\ other, a class at a time; 0 elsewhere."""
    hit, rest, wrong = own & other, ~(own | other), own & ~other
    between = dilated(hit, width) & ~hit & dilated(rest, width) & ~rest
    near = wrong & dilated(wrong & between, width)
    components, count = ndimage.label(near, EIGHT)
    near &= (touching(components, count, hit) & touching(components, count, rest))[components]
    regions, count = ndimage.label(own, EIGHT)
    has_hit = np.isin(np.arange(count + 1), regions[hit])
    kinds = np.where(wrong, np.where(has_hit[regions], EXTENT, SEGMENT), RIGHT)
    kinds[near] = BOUNDARY
    return kinds


@pytest.mark.parametrize("seed", range(12))
def test_kinds_are_those_of_the_definition(seed):
    shape = [(72, 100), (40, 64), (130, 63)][seed % 3]
    truth, prediction = draw_case(seed, shape)
    wrong = find_wrong_pixels(truth, prediction, CLASSES)
    labelled, width = truth < CLASSES, boundary_width(shape)
    for label in range(CLASSES):
        true, found = truth == label, prediction == label
        for picture, kinds, own, other in ((prediction, wrong.false, found, true),
                                           (truth, wrong.missed, true, found)):
            expected = expected_kinds(own, other, width)
            counted = labelled & (picture == label) & (truth != prediction)
            np.testing.assert_array_equal(kinds[counted], expected[counted])
    assert not wrong.false[~labelled].any() and not wrong.missed[~labelled].any()


@pytest.mark.parametrize("seed", range(12))
def test_counts_add_up_to_the_confusion_matrix(seed):
    truth, prediction = draw_case(seed)
    counts = find_wrong_pixels(truth, prediction, CLASSES).counts
    matrix = confusion_matrix(truth, prediction, CLASSES)
    hits = np.diag(matrix)
    assert counts.dtype == np.int64 and counts.shape == (CLASSES, len(TYPES))
    np.testing.assert_array_equal(counts[:, 0], hits)
    np.testing.assert_array_equal(counts[:, 1::2].sum(1), matrix.sum(0) - hits)
    np.testing.assert_array_equal(counts[:, 2::2].sum(1), matrix.sum(1) - hits)


def test_counts_are_those_of_the_papers_program():
    with np.load(shared_data("oracles", "error_types.npz")) as stored:
        cases = sorted(name[len("label_"):] for name in stored.files if name.startswith("label_"))
        assert len(cases) == 40
        for case in cases:
            counts = find_wrong_pixels(stored["label_" + case], stored["prediction_" + case],
                                       4).counts
            np.testing.assert_array_equal(counts, stored["counts_" + case], case)


# ---- by hand: pictures of 100 x 100 pixels, whose boundary is 1 pixel wide ----

def square(top=40, left=40, side=20, shape=(100, 100)):
    """A square of class 1 on class 0."""
    made = np.zeros(shape, np.uint8)
    made[top:top + side, left:left + side] = 1
    return made


def kinds_of_class_1(truth, prediction):
    """{type: pixels} of class 1, without zeros."""
    counts = find_wrong_pixels(truth, prediction, 2).counts[1]
    return {name: int(pixels) for name, pixels in zip(TYPES, counts) if pixels}


def test_a_shifted_square_is_wrong_at_its_boundary_alone():
    assert boundary_width((100, 100)) == 1
    assert kinds_of_class_1(square(), square(left=41)) == {
        "hit": 380, "false_boundary": 20, "missed_boundary": 20}


def test_a_far_blob_is_a_segment():
    prediction = square()
    prediction[5:10, 5:10] = 1
    assert kinds_of_class_1(square(), prediction) == {"hit": 400, "false_segment": 25}
    assert kinds_of_class_1(prediction, square()) == {"hit": 400, "missed_segment": 25}


def test_a_long_arm_is_of_extent_but_where_it_begins():
    prediction = square()
    prediction[45:55, 60:90] = 1
    found = kinds_of_class_1(square(), prediction)
    assert found["hit"] == 400 and set(found) == {"hit", "false_boundary", "false_extent"}
    assert found["false_boundary"] + found["false_extent"] == 300
    assert found["false_extent"] > 270  # the rest are its two corners at the square


def test_an_ignored_rim_is_not_counted_but_tells_what_is_at_a_boundary():
    truth = np.full((100, 100), 255, np.uint8)  # an object with an ignored rim, as VOC has them
    truth[40:60, 40:60] = 1
    prediction = square(41, 41, 18)
    assert kinds_of_class_1(truth, prediction) == {"hit": 324, "missed_boundary": 76}
    assert kinds_of_class_1(truth, square(20, 20, 60)) == {"hit": 400}


def test_a_prediction_on_ignored_pixels_joins_what_is_beyond_them():
    truth = square()
    truth[:, 60:63] = 255
    prediction = square()
    prediction[40:60, 60:70] = 1
    wrong = find_wrong_pixels(truth, prediction, 2)
    assert wrong.false[50, 66] == EXTENT and wrong.false[50, 61] == RIGHT
    prediction[:, 61] = 0
    wrong = find_wrong_pixels(truth, prediction, 2)
    assert wrong.false[50, 66] == SEGMENT


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (3, 200)])
def test_small_and_thin_images(shape):
    random = np.random.RandomState(0)
    truth, prediction = random.randint(0, 3, (2,) + shape).astype(np.uint8)
    counts = find_wrong_pixels(truth, prediction, 3).counts
    assert counts.sum() == (truth == prediction).sum() + 2 * (truth != prediction).sum()
    assert boundary_width(shape) == max(round(.01 * np.hypot(*shape)), 1)


def test_nothing_labelled_and_many_classes():
    nothing = find_wrong_pixels(np.full((9, 9), 255, np.uint8), np.zeros((9, 9), np.uint8), 2)
    assert not nothing.counts.any() and not nothing.rims.any() and not nothing.false.any()
    truth = np.repeat(np.arange(254, dtype=np.uint8), 4).reshape(-1, 8)
    assert find_wrong_pixels(truth, truth, 254).counts[:, 0].tolist() == [4] * 254


# ---- rims ----

def test_rims_are_what_erosion_takes_away():
    for seed in range(6):
        truth, prediction = draw_case(seed)
        width = int(round(.02 * np.hypot(*truth.shape)))
        rims = find_wrong_pixels(truth, prediction, CLASSES).rims
        for label in range(CLASSES):
            masks = [picture == label for picture in (truth, prediction)]
            one, other = (mask & ~ndimage.binary_erosion(mask, EIGHT, width)
                          & (truth < CLASSES) for mask in masks)
            assert rims[label].tolist() == [(one & other).sum(), (one | other).sum()]


def test_the_image_rim_is_a_boundary():
    everywhere = np.ones((50, 50), np.uint8)
    rims = find_wrong_pixels(everywhere, everywhere, 2).rims
    assert rims.tolist() == [[0, 0], [4 * 49, 4 * 49]]
