"""Copies planted among drawn pictures are found, and nothing else is."""
import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from utils.measures import near_copies
from utils.measures.near_copies import (
    NEARLY,
    PART,
    PICTURE,
    PIXELS,
    candidates,
    find_copies,
    label_difference,
)
from utils.measures.picture_hashes import (
    THUMBNAIL,
    WHOLE,
    aligned_correlation,
    shrink,
    sketch,
    soft_hash,
    windows,
)

LABEL = np.arange(96 * 128).reshape(96, 128).astype(np.uint8) % 5


def draw(seed, height=96, width=128, blur=4):
    """A picture of soft blots: uint8 [H, W, 3]."""
    noise = np.random.RandomState(seed).standard_normal((height, width, 3))
    soft = gaussian_filter(noise, (blur, blur, 0))
    return np.clip(128 + 40 * soft / soft.std(), 0, 255).astype(np.uint8)


def as_jpeg(picture, quality=40):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def resized(picture, factor):
    height, width = picture.shape[:2]
    return np.asarray(Image.fromarray(picture).resize(
        (int(width * factor), int(height * factor)), Image.BILINEAR))


def cropped(picture, share, seed):
    height, width = picture.shape[:2]
    random = np.random.RandomState(seed)
    rows, columns = int(height * share), int(width * share)
    top, left = random.randint(height - rows + 1), random.randint(width - columns + 1)
    return picture[top:top + rows, left:left + columns]


PICTURES = [draw(seed) for seed in range(40)]
CHANGES = {
    "plain": (lambda one, seed: one.copy(), PIXELS, False),
    "encoded anew": (lambda one, seed: as_jpeg(one), PICTURE, False),
    "half the size": (lambda one, seed: resized(one, .5), PICTURE, False),
    "brighter": (lambda one, seed: (one * .7 + 60).astype(np.uint8), PICTURE, False),
    "mirrored": (lambda one, seed: as_jpeg(one[:, ::-1]), PICTURE, True),
    "90 %": (lambda one, seed: cropped(one, .9, seed), PART, False),
    "95 %, encoded": (lambda one, seed: as_jpeg(cropped(one, .95, seed)), PART, False),
    "mirrored 90 %": (lambda one, seed: cropped(one, .9, seed)[:, ::-1], PART, True)}


def sketches(pictures):
    return [sketch(one, LABEL) for one in pictures]


@pytest.mark.parametrize("name", CHANGES)
def test_planted_copies_are_found(name):
    change, kind, mirrored = CHANGES[name]
    copies = [change(one, seed) for seed, one in enumerate(PICTURES[:20])]
    found = find_copies(sketches(PICTURES + copies), [0] * 40 + [1] * 20)
    right = [pair for pair in found if pair.images[1] == pair.images[0] + 40]
    assert len(right) >= (20 if kind in (PIXELS, PICTURE) else 19)
    assert len(found) == len(right)
    assert all(pair.mirrored == mirrored for pair in right)
    if kind == PART:  # the copy is the part; at the rim of a window it may look like the whole
        assert all(pair.kind in (PART, NEARLY) for pair in right)
        assert all(pair.first >= 40 for pair in right if pair.kind == PART)
        assert sum(pair.kind == PART for pair in right) >= 14
    else:
        assert all(pair.kind == kind for pair in right)


def test_pictures_of_their_own_have_no_copies():
    assert find_copies(sketches(PICTURES), [0] * 20 + [1] * 20) == []
    assert find_copies([], []) == []


def test_skies_and_blank_pictures_are_no_copies_of_each_other():
    slope = np.linspace(0, 1, 96)[:, np.newaxis, np.newaxis]
    skies = [np.broadcast_to(base + rise * slope + bend * slope ** 2, (96, 128, 3)).astype(np.uint8)
             for base, rise, bend in ((90, 100, 0), (60, 120, 0), (100, 80, 20), (80, 0, 60))]
    blank = [np.full((96, 128, 3), level, np.uint8) for level in (0, 0, 7, 255)]
    found = find_copies(sketches(skies + blank), [0] * 8)
    assert [(pair.images, pair.kind) for pair in found] == [((4, 5), PIXELS)]
    tiny = [draw(1, 12, 12), resized(draw(1, 12, 12), 1.2)]
    assert find_copies(sketches(tiny), [0, 0]) == []


def test_a_hash_of_the_mirror_image_is_the_mirrored_hash():
    luma = np.stack([shrink(one) for one in PICTURES[:3]])
    plain, mirrored = soft_hash(luma), soft_hash(luma[:, :, ::-1])
    np.testing.assert_allclose(mirrored, -plain.reshape(3, 8, 8)[:, :, ::-1].reshape(3, 64),
                               atol=1e-5)
    np.testing.assert_allclose((plain ** 2).sum(1), 1, atol=1e-5)
    assert abs(float((plain[0] * mirrored[0]).sum())) < .6


def test_thumbnails_are_means_of_equal_parts():
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[2:4, 3:6] = 255
    expected = np.zeros((THUMBNAIL, THUMBNAIL), np.float32)
    expected[1, 1] = 255
    np.testing.assert_allclose(shrink(picture), expected, atol=1e-3)
    even = np.full((37, 51, 3), (10, 20, 30), np.uint8)
    np.testing.assert_allclose(shrink(even), 10 * .299 + 20 * .587 + 30 * .114, atol=1e-3)


def test_a_part_correlates_with_its_place_and_not_with_another():
    luma = shrink(draw(3, 320, 320, 16))[np.newaxis]
    part = shrink(draw(3, 320, 320, 16)[32:, :288])[np.newaxis]
    assert aligned_correlation(luma, luma, WHOLE)[0] > .999
    place, elsewhere = (.1, 1.0, 0.0, .9), (0.0, .9, .1, 1.0)
    assert aligned_correlation(part, luma, place)[0] > .98
    assert aligned_correlation(part, luma, elsewhere)[0] < .8
    assert len(windows()) == 14 and windows()[0] == WHOLE


def test_a_standing_camera_costs_five_pairs_an_image_and_group(monkeypatch):
    still = shrink(PICTURES[0])[np.newaxis] + np.random.RandomState(0).standard_normal(
        (60, THUMBNAIL, THUMBNAIL)).astype(np.float32)
    hashes = [soft_hash(still, window) for window in windows()]
    members = [np.arange(40), np.arange(40, 60)]
    first, second = candidates(hashes[0], hashes, members)
    assert len(first) == 60 * 2 * 5
    assert (np.bincount(first) == 10).all() and (first != second).all()
    monkeypatch.setattr(near_copies, "_ROWS", 7)  # blocks change nothing
    monkeypatch.setattr(near_copies, "_COLUMNS", 11)
    again = set(zip(*(ends.tolist() for ends in candidates(hashes[0], hashes, members))))
    assert len(again & set(zip(first.tolist(), second.tolist()))) >= 590


def test_labels_are_compared_where_both_have_a_class():
    label = np.zeros((64, 64), np.uint8)
    other = label.copy()
    other[:, :16], other[:, 48:] = 1, 255
    made = [sketch(PICTURES[0], label), sketch(PICTURES[0], other),
            sketch(PICTURES[0][:, ::-1], other[:, ::-1])]
    pair, = find_copies(made[:2], [0, 0])
    assert label_difference(pair, made[:2], 3) == pytest.approx(1 / 3)
    mirrored, = find_copies(made[1:], [0, 0])
    assert mirrored.mirrored and label_difference(mirrored, made[1:], 3) == 0
