"""Objects of rare classes of another image: which are chosen, where they land, what stays."""
import numpy as np
import pytest

from tests.data.helpers import message
from utils.data.augment import AUGMENTATIONS, Augmentation
from utils.data.augment.paste import paste, rare_in

WINDOW = (32, 48)
#: Pixels in two images: class 2 is rare, class 3 rarer, and the first image has too little of it.
PIXELS = np.array([[9000, 800, 190, 10], [9500, 300, 100, 100]])
FACTORS = rare_in(PIXELS, .02).max(axis=0)


def scene():
    """(image, label, other, its label): the label of the other has two objects of class 2, of 12
    and of 20 pixels, and one of class 3, of 6."""
    rng = np.random.RandomState(0)
    image, other = rng.randint(0, 256, (2,) + WINDOW + (3,)).astype(np.uint8)
    label, other_label = np.zeros((2,) + WINDOW, np.uint8)
    label[20:] = 255
    other_label[4:7, 4:8] = other_label[20:24, 30:35] = 2
    other_label[10:12, 40:43] = 3
    return image, label, other, other_label


def pasted(numbers, factors=FACTORS):
    image, label, other, other_label = scene()
    drawn = np.full(AUGMENTATIONS.get("paste").draws, .9, np.float32)
    drawn[:len(numbers)] = numbers
    return paste(image, label, other, other_label, factors, drawn, share=.02)


def assert_pasted(found, *boxes):
    """Exactly these boxes of the other image and label are in the first ones."""
    image, label, other, other_label = scene()
    for top, bottom, left, right in boxes:
        rows, columns = slice(top, bottom), slice(left, right)
        image[rows, columns], label[rows, columns] = other[rows, columns], other_label[rows,
                                                                                        columns]
    np.testing.assert_array_equal(found[0], image)
    np.testing.assert_array_equal(found[1], label)


SMALL, LARGE, RAREST = (4, 7, 4, 8), (20, 24, 30, 35), (10, 12, 40, 43)


@pytest.mark.parametrize("numbers, boxes", [
    ([0, .1, .1], [SMALL, LARGE]), ([0, .1, .9], [LARGE]), ([0, .9, .1], [SMALL]),
    ([0, .9, .9], [LARGE]),  # the largest where none is drawn
    ([.99, .9], [RAREST])])
def test_objects_of_one_class_land_with_their_labels(numbers, boxes):
    assert_pasted(pasted(numbers), *boxes)


def test_a_class_is_chosen_by_its_factor():
    """sqrt(share / p) of both classes; they part the numbers in that proportion."""
    shares = PIXELS.sum(axis=0) / PIXELS.sum()
    expected = np.sqrt(.02 / shares[2:])
    np.testing.assert_allclose(FACTORS, [0, 0, *expected])
    border = expected[0] / expected.sum()
    assert_pasted(pasted([border - .01, .9, .9]), LARGE)
    assert_pasted(pasted([border + .01, .9, .9]), RAREST)


def test_without_a_rare_class_nothing_changes():
    assert_pasted(pasted([.5, 0], np.array([1., 1, 0, 0]) * 0))
    assert_pasted(pasted([.5, 0], np.array([0, 1., 0, 0])))  # a class that is not there


def test_crumbs_are_not_pasted():
    image, label, other, other_label = (np.repeat(np.repeat(part, 8, 0), 8, 1) for part in scene())
    other_label[:] = 0
    other_label[::5, ::5] = 2  # a pixel is less than a 4096th of the window
    before = image.copy()
    drawn = np.zeros(AUGMENTATIONS.get("paste").draws, np.float32)
    seen, _ = paste(image, label, other, other_label, FACTORS, drawn, share=.02)
    np.testing.assert_array_equal(seen, before)


def test_images_are_partners_by_the_rarest_class_that_they_have():
    wanted = rare_in(PIXELS, .02)
    assert (wanted > 0).tolist() == [[False, False, True, False], [False, False, False, True]]
    partners = Augmentation.parse("paste", 0).among(PIXELS).partners
    np.testing.assert_array_equal(partners.sampling.weights, wanted.max(axis=1))
    np.testing.assert_array_equal(partners.factors["paste"], FACTORS)


def test_without_a_rare_class_in_the_images_paste_is_refused():
    assert "no class of the training images is as rare as that" in message(
        Augmentation.parse("flip,paste:share=0.0001", 0).among, PIXELS)


def test_a_partner_is_seen_by_its_own_geometry_and_colour_before_pixels_are_covered():
    """Mirrored and made brighter by its own numbers; cutout covers what was pasted."""
    image, label, other, other_label = scene()
    chosen = Augmentation.parse("flip,brightness:1,paste:probability=1,cutout:0.2", 0).among(PIXELS)
    kept = [part.copy() for part in scene()]

    def numbers(flip, brightness, centre=(0, 0)):
        rest = np.full(AUGMENTATIONS.get("paste").draws, .1)
        rest[0] = 0  # class 2
        return np.float32(np.concatenate([[flip, brightness], rest, centre]))
    own, its = numbers(.9, .5), numbers(.1, .75)
    assert chosen.takes_partner(own)
    seen, truth = chosen.view(image, label, own, WINDOW, (other, other_label, its))
    mirrored = other_label[:, ::-1]
    objects = mirrored == 2
    objects[:3, :3] = False  # below the square
    np.testing.assert_array_equal(truth[objects], 2)
    bright = np.minimum(other[:, ::-1][objects] * 1.5, 255)
    np.testing.assert_allclose(seen[objects], bright, atol=.51)
    rest = ~(mirrored == 2)
    rest[:4, :4] = False
    np.testing.assert_array_equal(seen[rest], image[rest])
    np.testing.assert_array_equal(truth[rest], label[rest])
    for part, before in zip((image, label, other, other_label), kept):
        np.testing.assert_array_equal(part, before)


def test_its_probability_decides_whether_a_partner_is_needed():
    chosen = Augmentation.parse("flip,paste:probability=0.25", 0)
    numbers = np.zeros(chosen.draws, np.float32)
    for last, takes in ((.24, True), (.25, False), (.9, False)):
        numbers[-1] = last
        assert chosen.takes_partner(numbers) == takes
    assert not Augmentation.parse("flip", 0).takes_partner(np.zeros(1, np.float32))
