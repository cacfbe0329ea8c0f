"""Suspicious regions, softmin and planted faults, on pictures drawn by hand."""
import math

import numpy as np
import pytest

from utils.measures.planted import KINDS, LEAST, MOST, faulty_images, has_room, plant
from utils.measures.suspicious import COLUMNS, softmin, suspicious_regions


def one_hot(seen, classes=3, sure=.9):
    rest = (1 - sure) / (classes - 1)
    return np.where(np.arange(classes) == seen[..., np.newaxis], sure, rest).astype(np.float32)


def test_a_block_is_a_region_and_its_border_is_eroded():
    label, seen = np.zeros((20, 20), np.uint8), np.zeros((20, 20), np.uint8)
    seen[4:12, 5:15] = 2
    rows, places = suspicious_regions(label, one_hot(seen))
    of = dict(zip(COLUMNS, rows[0]))
    assert len(rows) == 1 and (of["given"], of["seen"], of["pixels"]) == (0, 2, 6 * 8)
    assert [of[side] for side in ("top", "left", "bottom", "right")] == [5, 6, 11, 14]
    assert of["mass"] == pytest.approx(48 * .95) and of["given_probability"] == pytest.approx(.05)
    assert of["seen_probability"] == pytest.approx(.9)
    assert (places == 0).sum() == 48 and (places < 0).sum() == 400 - 48


def test_two_seen_classes_are_two_regions_and_the_larger_mass_comes_first():
    label, seen = np.zeros((20, 20), np.uint8), np.zeros((20, 20), np.uint8)
    seen[2:10, 2:8], seen[2:10, 8:18] = 1, 2
    rows, places = suspicious_regions(label, one_hot(seen))
    assert rows[:, COLUMNS.index("seen")].tolist() == [2, 1]
    assert places[5, 12] == 0 and places[5, 5] == 1


def test_what_is_unsure_ignored_or_a_speck_is_no_region():
    label, seen = np.zeros((20, 20), np.uint8), np.zeros((20, 20), np.uint8)
    seen[4:12, 5:15] = 2
    assert not len(suspicious_regions(label, one_hot(seen, sure=.45))[0])
    label[:, :] = 255
    rows, places = suspicious_regions(label, one_hot(seen))
    assert not len(rows) and (places == -1).all()
    speck = np.zeros((20, 20), np.uint8)
    speck[4:9, 4:9] = 1  # 9 pixels are left
    assert not len(suspicious_regions(np.zeros((20, 20), np.uint8), one_hot(speck))[0])


def test_softmin_is_the_formula_of_lad_and_mueller():
    label = np.array([[0, 1], [2, 0]], np.uint8)
    given = [.9, .2, .55, .99]
    probabilities = np.zeros((2, 2, 3))
    for place, s in enumerate(given):
        own = label.flat[place]
        probabilities.reshape(4, 3)[place] = (1 - s) / 2
        probabilities.reshape(4, 3)[place, own] = s
    weight = [math.exp((1 - s) / .1) for s in given]
    expected = sum(s * w for s, w in zip(given, weight)) / sum(weight)
    assert softmin(label, probabilities) == pytest.approx(expected, abs=1e-9)
    assert softmin(label, probabilities) == pytest.approx(.2111493, abs=1e-6)  # by decimals
    label[0, 1] = 255  # ignored: the worst pixel counts no more
    assert softmin(label, probabilities) == pytest.approx(.56, abs=.02)
    assert math.isnan(softmin(np.full((2, 2), 255, np.uint8), probabilities))


def street():
    label = np.zeros((60, 60), np.uint8)
    label[:20], label[10:24, 10:24], label[40:50, 30:44], label[:, :4] = 2, 1, 1, 255
    return label


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_plants_one_fault_of_a_fitting_size_and_keeps_ignored_pixels(kind):
    label = street()
    for seed in range(8):
        fault = plant(label, kind, [0, 1, 2], 3, np.random.RandomState(seed))
        again = plant(label, kind, [0, 1, 2], 3, np.random.RandomState(seed))
        assert (fault.label == again.label).all()
        assert (fault.changed == (fault.label != label)).all() and fault.changed.any()
        assert not fault.changed[:, :4].any() and (label[:, 4:] < 3).all()
        assert fault.changed.sum() <= 2 * MOST * label.size
        if KINDS[kind] != "shift":
            assert (label[fault.changed] == 1).all()  # road and tree are too large
            assert LEAST * label.size <= fault.changed.sum()
            assert len(set(fault.label[fault.changed])) <= (1 if KINDS[kind] == "swap" else 2)


def test_drop_gives_the_nearest_class_and_shift_moves_by_half_the_root_of_the_area():
    label = np.zeros((60, 60), np.uint8)
    label[30:40, 30:40] = 1
    dropped = plant(label, KINDS.index("drop"), [0, 1], 2, np.random.RandomState(0))
    assert not dropped.label.any() and dropped.changed.sum() == 100
    moved = plant(label, KINDS.index("shift"), [0, 1], 2, np.random.RandomState(0))
    rows, columns = np.nonzero(moved.label)
    step = abs(rows.min() - 30) + abs(columns.min() - 30)
    assert moved.label.sum() == 100 and step == 5 and moved.changed.sum() == 100


def test_a_fifth_of_the_images_is_drawn_and_where_nothing_fits_nothing_is_planted():
    chosen = faulty_images(100, 0, 1)
    assert chosen.sum() == 20 and (chosen == faulty_images(100, 0, 1)).all()
    assert (chosen != faulty_images(100, 0, 2)).any() and (chosen != faulty_images(100, 1, 1)).any()
    assert plant(np.zeros((60, 60), np.uint8), 0, [0, 1], 2, np.random.RandomState(0)) is None
    assert plant(np.full((60, 60), 255, np.uint8), 0, [0, 1], 2, np.random.RandomState(0)) is None
    label = np.zeros((60, 60), np.uint8)
    assert not has_room(label, 2)  # one region, of all pixels
    label[10:20, 10:20] = 1
    assert has_room(label, 2) and not has_room(label, 1)  # class 1 is ignored there
