"""Slices of images: small seeded versions of benchmarks/claims/slices.py, and hand cases."""
import numpy as np
import pytest

from benchmarks.claims import slices as claims
from utils.statistics.slices import (
    DIFFERENCE,
    draw_half,
    fewest_images,
    find_slices,
    weighted_holm,
)


def test_the_level_holds_where_metadata_says_nothing():
    found = claims.searched(60, np.random.RandomState(1), scenes=30, images=12, effect=1.0)
    assert found["any"].value <= .1
    assert found["found"].value > 1.1 > found["confirmed"].value  # the winner's curse


def test_a_planted_slice_is_confirmed():
    found = claims.searched(12, np.random.RandomState(1), scenes=75, images=20, effect=1.5)
    assert found["planted"].value >= .75


def properties(images=400):
    random = np.random.RandomState(0)
    values, place = random.randint(4, size=images), random.randint(3, size=images)
    masks = np.array([values == one for one in range(4)] + [place == one for one in range(3)])
    return masks, [0] * 4 + [1] * 3


def test_finds_the_planted_conjunction_and_its_images():
    masks, groups = properties()
    planted = masks[1] & masks[5]
    random = np.random.RandomState(1)
    loss = random.gamma(9, .1, (3, 400)) * np.where(planted, 2.0, 1.0)
    found = find_slices(loss, masks, groups, np.arange(400) // 10)
    best = found.slices[0]
    assert best.parts == (1, 5) and (best.members == planted).all() and best.seeds == 3
    second = ~found.first
    mean = loss.mean(0)
    assert best.confirmed.value == pytest.approx(
        np.log(mean[second & planted].mean() / mean[second].mean()))
    assert best.found == pytest.approx(
        np.log(mean[found.first & planted].mean() / mean[found.first].mean()))
    assert best.p_adjusted < .01 and found.scenes == (20, 20)


def test_a_part_of_a_slice_is_no_slice_of_its_own():
    masks, groups = properties()
    loss = np.random.RandomState(1).gamma(9, .1, (3, 400)) * np.where(masks[1], 2.0, 1.0)
    found = find_slices(loss, masks, groups, np.arange(400) // 10)
    assert found.slices[0].parts == (1,)
    assert not [one.parts for one in found.slices if 1 in one.parts and len(one.parts) == 2]


def test_a_search_is_the_same_each_time_and_for_scenes_in_any_order():
    masks, groups = properties()
    loss = np.random.RandomState(1).gamma(9, .1, (2, 400))
    scenes = np.arange(400) // 10
    one, other = find_slices(loss, masks, groups, scenes), find_slices(loss, masks, groups, scenes)
    assert [found.parts for found in one.slices] == [found.parts for found in other.slices]
    order = np.random.RandomState(2).permutation(400)
    other = find_slices(loss[:, order], masks[:, order], groups, scenes[order])
    assert (one.first[order] == other.first).all()


def test_slices_are_large_enough_and_bins_of_one_column_are_not_joined():
    masks, groups = properties(100)
    found = find_slices(np.random.RandomState(1).rand(1, 100), masks, groups)
    assert all(one.members.sum() >= 20 and len(one.parts) == 1 for one in found.slices)
    assert fewest_images(100) == 20 and fewest_images(2000) == 60


def test_a_change_is_measured_by_its_difference():
    masks, groups = properties()
    change = np.random.RandomState(1).standard_normal((2, 400)) * .1 + .3 * masks[2]
    best = find_slices(change, masks, groups, measure=DIFFERENCE).slices[0]
    assert best.parts[0] == 2 and best.confirmed.value == pytest.approx(.22, abs=.06)


@pytest.mark.parametrize("clusters,words", [
    (np.arange(40) % 2, "2 scenes: not confirmable"), (np.arange(40) % 5, "expected 6 or more")])
def test_few_scenes_are_refused(clusters, words):
    with pytest.raises(ValueError, match=words):
        find_slices(np.ones((1, 40)), np.ones((1, 40), bool), [0], clusters)


def test_no_property_gives_no_slice():
    found = find_slices(np.random.rand(1, 40), np.zeros((0, 40), bool), [])
    assert found.slices == () and found.candidates == 0


def test_halves_have_whole_scenes_of_like_sizes():
    codes = np.repeat(np.arange(20), np.arange(1, 21))
    half = draw_half(codes)
    assert all(len(set(half[codes == one].tolist())) == 1 for one in range(20))
    assert len(set(codes[half].tolist())) == 10 and abs(half.mean() - .5) < .06


def test_weighted_holm_by_hand():
    equal = weighted_holm([.01, .04, np.nan], [1, 1, 1])
    assert equal.tolist() == pytest.approx([.03, .08, 1])
    # Two thirds of the level for the first: .02 * 3 / 2; then the second alone has all of it.
    assert weighted_holm([.02, .03], [2, 1]).tolist() == pytest.approx([.03, .03])
    assert weighted_holm([], []).tolist() == []
