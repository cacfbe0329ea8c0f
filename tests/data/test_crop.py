"""The place of a view: not where one class fills it, against every candidate looked at in full."""
import hashlib

import numpy as np
import pytest

from utils.data.augment import AUGMENTATIONS, Augmentation
from utils.data.augment.colour import Colour
from utils.data.augment.crop import crop, largest_share
from utils.data.augment.geometry import letterboxed
from utils.data.augment.views import view

WINDOW = (40, 56)
CROP = AUGMENTATIONS.get("crop")


def blocks(seed, classes=4, ignored=.2):
    """A label of blocks, some of them ignored: uint8 [60, 84]."""
    rng = np.random.RandomState(seed)
    coarse = rng.choice(classes, (5, 7), p=[.8] + [.2 / (classes - 1)] * (classes - 1))
    coarse[rng.rand(5, 7) < ignored] = 255
    return np.kron(coarse, np.ones((12, 12), int)).astype(np.uint8)


def geometry_of(label, scale, places=(.5, .5), **changes):
    fitted = letterboxed(WINDOW, label)
    placed = fitted.placed(fitted.scale * np.float32(scale), np.float32(places))
    return placed.replace(**changes) if changes else placed


def seen_label(geometry):
    image = np.zeros(geometry.label.shape + (3,), np.uint8)
    return view(image, geometry, Colour())[1]


def share_in_view(geometry):
    """The largest class's share of what a view really shows, at the places that crop looks at."""
    shown = seen_label(geometry)[2::4, 2::4]
    counts = [np.sum(shown == index) for index in range(255)]
    return max(counts) / float(sum(counts)) if sum(counts) else 2


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("changes", [{}, {"mirrored": True}, {"degrees": 25., "mirrored": True}])
def test_shares_are_those_of_the_view(seed, changes):
    """Up to a point or two: a turned label's Pillow rounds coordinates."""
    rng = np.random.RandomState(seed)
    geometry = geometry_of(blocks(seed), rng.uniform(.7, 3), rng.rand(2), **changes)
    found, expected = largest_share(geometry), share_in_view(geometry)
    assert abs(found - expected) < (.04 if changes.get("degrees") else 1e-9)


def test_the_first_place_that_serves_is_taken_else_the_best():
    """Against a search through all ten, on labels of which some have no such place."""
    taken = []
    for seed in range(60):
        rng = np.random.RandomState(seed)
        geometry = geometry_of(blocks(seed), rng.uniform(1.2, 4), rng.rand(2))
        numbers = rng.rand(18).astype(np.float32)
        candidates = [geometry] + [geometry.placed(geometry.scale, numbers[2 * k:2 * k + 2])
                                   for k in range(9)]
        shares = [share_in_view(candidate) for candidate in candidates]
        serving = [place for place, share in enumerate(shares) if share < .75]
        expected = serving[0] if serving else int(np.argmin(shares))
        made = crop(geometry, numbers, share=.75, candidates=10)
        assert made.start == candidates[expected].start and made.size == geometry.size
        taken.append((bool(serving), expected))
    assert {(True, 0), (True, 1), (True, 2)} < set(taken)
    assert any(not serving and place for serving, place in taken)


def test_a_view_of_one_class_or_of_none_is_left_for_any_other():
    label = np.full([60, 84], 255, np.uint8)
    geometry = geometry_of(label, 3, (0, 0))
    numbers = np.full(18, 1, np.float32)  # all at the lower right
    assert largest_share(geometry) == 2
    assert crop(geometry, numbers, .75, 10).start == geometry.start  # all ignored: stays
    label[30:, 40:] = 1
    assert crop(geometry, numbers, .75, 10).start == geometry.placed(
        geometry.scale, numbers[:2]).start != geometry.start
    label[:30] = 2  # now one class here and there: stays
    label[30:] = 2
    assert crop(geometry, numbers, .75, 10).start == geometry.start
    label[50:, 80:] = 3  # a share of 1 avoids views of one class alone
    moved = crop(geometry, numbers, 1.0, 10)
    assert moved.start != geometry.start and set(np.unique(seen_label(moved))) == {2, 3}


@pytest.mark.parametrize("scale", [.5, 1.0])
def test_an_image_that_is_seen_whole_stays(scale):
    geometry = geometry_of(np.zeros([60, 84], np.uint8), scale)
    assert crop(geometry, np.zeros(18, np.float32), .75, 10) is geometry


def test_it_acts_behind_the_scale_wherever_it_is_written():
    label, image = blocks(3), np.zeros([60, 84, 3], np.uint8)
    numbers = np.random.RandomState(0).rand(21).astype(np.float32)
    written = [Augmentation.parse(text, 0).view(image, label, drawn, WINDOW) for text, drawn in (
        ("scale:2:4,crop", numbers), ("crop,scale:2:4", np.roll(numbers, -3)))]
    plain = Augmentation.parse("scale:2:4", 0).view(image, label, numbers[:3], WINDOW)
    np.testing.assert_array_equal(written[0][1], written[1][1])
    assert (written[0][1] != plain[1]).any()


def test_places_are_the_same_on_every_stack():
    digest, moved = hashlib.sha256(), 0
    for seed in range(40):
        rng = np.random.RandomState(seed)
        geometry = geometry_of(blocks(seed), rng.uniform(.8, 4), rng.rand(2),
                               degrees=float(seed % 3 * 9))
        made = crop(geometry, rng.rand(CROP.draws).astype(np.float32), .75, 10)
        moved += made.start != geometry.start
        digest.update(repr(made.start).encode())
    assert moved > 10 and digest.hexdigest()[:16] == "7a1c87e83ecb9cb3"
