"""Over- and under-segmentation beside a count mask by mask, and by hand."""
import collections
import math

import numpy as np
import pytest
from scipy import ndimage

from tests.measures.drawn import CLASSES, draw_case
from utils.evaluate.observers.objects import ObjectCounter
from utils.statistics.over_under import COUNTS, count_by_image, rom_rum, ror_rur

Item = collections.namedtuple("Item", "label prediction shared")


def objects_of(*pairs, num_classes=CLASSES):
    counter = ObjectCounter(num_classes)
    for label, prediction in pairs:
        counter.add(Item(np.array(label, np.uint8), np.array(prediction, np.uint8), {}))
    return counter.objects()


def row(text):
    return [[int(cell) for cell in text]]


def masks_of(picture, label):
    """Masks of the 8-connected regions of a class."""
    regions, count = ndimage.label(picture == label, np.ones((3, 3)))
    return [regions == number for number in range(1, count + 1)]


def ratio_and_measure(wholes, parts):
    """(ratio, measure) of regions that others cut, as Zhang et al. define them."""
    overlaps = [{place for place, part in enumerate(parts) if (part & whole).any()}
                for whole in wholes]
    if not wholes or not parts:
        return 0, 0
    cut = [own for own in overlaps if len(own) > 1]
    ratio = len(cut) * len(set().union(*cut)) / (len(wholes) * len(parts))
    return ratio, math.tanh(ratio * sum(max(len(own) - 1, 0) for own in overlaps))


@pytest.mark.parametrize("seed", range(6))
def test_measures_are_those_of_the_definition(seed):
    truth, prediction = draw_case(seed)
    counts = count_by_image(objects_of((truth, prediction)), 1, CLASSES)
    seen = np.where(truth < CLASSES, prediction, 255)
    for label in range(CLASSES):
        true, found = masks_of(truth, label), masks_of(seen, label)
        for index, (wholes, parts) in enumerate(((true, found), (found, true))):
            ratio, measure = ratio_and_measure(wholes, parts)
            assert ror_rur(counts)[index][0, label] == pytest.approx(ratio)
            assert rom_rum(counts)[index][0, label] == pytest.approx(measure)
            in_parts = [sum((whole & part).sum() / part.sum() > .8 for part in parts)
                        for whole in wholes]
            name = ("over", "under")[index]
            assert counts[0, label, COUNTS.index(name)] == sum(one > 1 for one in in_parts)
            assert counts[0, label, COUNTS.index(name + "_parts")] == sum(
                one for one in in_parts if one > 1)


def test_counts_by_hand():
    """Of class 1: one true region in three pieces, and one piece over two true regions."""
    counts = count_by_image(objects_of((row("0111111101101"), row("0110101101111"))), 1, 2)[0, 1]
    assert dict(zip(COUNTS, counts.tolist())) == dict(
        true=3, found=4, cut=1, cutting=3, cuts=2, joined=1, joining=2, joins=1, over=1,
        over_parts=3, under=1, under_parts=2)
    assert ror_rur(counts) == (pytest.approx(1 * 3 / 12), pytest.approx(1 * 2 / 12))
    assert rom_rum(counts) == (pytest.approx(math.tanh(.5)), pytest.approx(math.tanh(1 / 6)))


def test_specks_can_be_left_out():
    truth, prediction = row("1" * 30 + "0" + "1" * 5), row("1" * 12 + "0" * 3 + "1" * 20 + "0")
    objects = objects_of((truth, prediction))
    every, large = (count_by_image(objects, 1, 2, least)[0, 1] for least in (0, 10))
    assert every[COUNTS.index("true")] == 2 and large[COUNTS.index("true")] == 1
    assert every[COUNTS.index("joined")] == 1 and large[COUNTS.index("joined")] == 0
    assert every[COUNTS.index("cut")] == large[COUNTS.index("cut")] == 1


def test_images_and_classes_are_kept_apart_and_add_up():
    cases = [draw_case(seed) for seed in range(3)]
    together = count_by_image(objects_of(*cases), 3, CLASSES)
    alone = [count_by_image(objects_of(case), 1, CLASSES)[0] for case in cases]
    np.testing.assert_array_equal(together, alone)


def test_nothing_is_neither_over_nor_under():
    counts = count_by_image(objects_of((row("11"), row("00"))), 2, 2)
    assert not np.any(rom_rum(counts)) and not np.any(ror_rur(counts))
