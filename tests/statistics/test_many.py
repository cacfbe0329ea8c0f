"""Corrections against statsmodels' definitions by hand, and ranks."""
import numpy as np
import pytest
from scipy import stats

from utils.statistics import simulated
from utils.statistics.many import (
    benjamini_hochberg,
    holm,
    max_t,
    max_t_over_images,
    rank_distribution,
)
from utils.statistics.miou import miou_d
from utils.statistics.seed_tests import claim, welch


def test_holm_by_hand():
    assert holm([.01, .04, .03]) == pytest.approx([.03, .06, .06])
    assert holm([.6, .9]) == pytest.approx([1, 1])


def test_benjamini_hochberg_by_hand():
    assert benjamini_hochberg([.01, .04, .03]) == pytest.approx([.03, .04, .04])


def test_comparisons_without_a_verdict_do_not_count():
    corrected = holm([.01, np.nan, .04])
    assert np.isnan(corrected[1]) and corrected[[0, 2]] == pytest.approx([.02, .04])
    assert np.isnan(holm([np.nan])).all() and len(holm([])) == 0


def test_max_t_of_one_pair_is_welchs_p():
    a, b = [.61, .64, .60, .66, .62], [.58, .62, .60, .57, .61]
    tests = max_t([a, b], draws=100000)
    assert tests.pairs == ((0, 1),) and not tests.images_vary
    assert tests.p[0] == pytest.approx(stats.ttest_ind(a, b, equal_var=False)[1])
    assert tests.p_adjusted[0] == pytest.approx(tests.p[0], rel=.1)


def test_max_t_lies_between_no_correction_and_bonferroni():
    random = np.random.RandomState(0)
    scores = [random.normal(mean, 1, 6) for mean in (0, .5, 1.5, 0)]
    tests = max_t(scores)
    assert tests.pairs == ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
    assert (tests.p_adjusted >= tests.p - .005).all()
    assert (tests.p_adjusted <= np.minimum(6 * tests.p, 1) + .02).all()
    assert (np.argsort(tests.p_adjusted) == np.argsort(np.abs(tests.p))).sum() >= 4


def _configurations(shifts, images=80, seed_sd=.03):
    nets, random = simulated.Nets(seed_sd=seed_sd), np.random.RandomState(3)
    drawn = simulated.draw_images(nets, images, random)
    return [simulated.run_matrices(nets, drawn, shift + simulated.draw_seeds(nets, 4, random),
                                   random) for shift in shifts]


def test_max_t_of_one_pair_of_unequal_numbers_is_the_behrens_fisher_test():
    a, b = [.61, .66], [.58, .62, .60, .57, .61, .59, .60, .60]
    tests = max_t([a, b], draws=200000)
    expected = claim(welch(a, b), 2, 8)
    assert expected.rule.name == "Behrens-Fisher test"
    assert tests.p[0] == expected.p
    assert tests.p_adjusted[0] == pytest.approx(expected.p, rel=.02)


def test_the_fewest_runs_do_not_hide_the_difference_of_others():
    random = np.random.RandomState(1)
    tests = max_t([[0.0, 1.0], random.normal(0, 1, 10), random.normal(2.5, 1, 10)])
    assert tests.p_adjusted[tests.pairs.index((1, 2))] < .01


@pytest.mark.parametrize("sizes, sds", [
    ((5, 5, 5, 5), (1, 1, 1, 1)), ((5, 5, 5, 5), (10, 1, 1, 1)), ((2, 10, 10), (1, 1, 1)),
    ((2, 10, 10), (3, 1, 1)), ((3, 10, 10), (1, 1, 1)), ((3, 3, 10, 10), (3, 3, 1, 1))])
def test_max_t_errs_at_its_level_with_unequal_numbers_and_spreads(sizes, sds):
    """Where the spread of the few is taken as known, .12 of 2 + 10 + 10 are false claims."""
    random = np.random.RandomState(2)
    claimed = [max_t([sd * random.standard_normal(size) for size, sd in zip(sizes, sds)], 600,
                     random).p_adjusted.min() < .05 for _ in range(400)]
    assert np.mean(claimed) <= .075


def test_max_t_over_images_errs_at_its_level_where_clusters_are_few():
    """Bootstrapped clusters claim .09 of these falsely."""
    nets, random = simulated.Nets(classes=4, seed_sd=.02), np.random.RandomState(4)
    clusters, claimed = np.arange(100) // 5, []
    for _ in range(200):
        drawn = simulated.draw_images(nets, 100, random)
        eyes = [simulated.in_scenes(drawn, 5, .7, random) for _ in range(3)]
        claimed.append(max_t_over_images(
            [simulated.run_matrices(nets, seen, simulated.draw_seeds(nets, 4, random), random)
             for seen in eyes], 1000, random, clusters).p_adjusted.min() < .05)
    assert np.mean(claimed) <= .075


def test_max_t_over_images_finds_the_one_that_differs():
    tests = max_t_over_images(_configurations([0, 0, .8]), draws=4000)
    assert tests.images_vary and (tests.p_adjusted >= tests.p).all()
    assert tests.p_adjusted[0] > .05 > tests.p_adjusted[1:].max()
    assert tests.difference[0] == pytest.approx(tests.difference[1] - tests.difference[2])


def test_max_t_over_images_is_max_t_where_images_are_alike():
    runs = [np.repeat(array[:, :1], 30, axis=1) for array in _configurations([0, 0, .1], 1)]
    over_images = max_t_over_images(runs, draws=40000)
    over_seeds = max_t([miou_d(array) for array in runs], draws=40000)
    np.testing.assert_allclose(over_images.p_adjusted, over_seeds.p_adjusted, atol=.02)


def test_max_t_refuses_single_runs_and_two_test_sets():
    with pytest.raises(ValueError, match=r"\[3, 1\] runs"):
        max_t([[.1, .2, .3], [.2]])
    with pytest.raises(ValueError, match="2 configurations"):
        max_t([[.1, .2, .3]])
    runs = _configurations([0, .1], 80)
    with pytest.raises(ValueError, match="4 images or clusters: max-T over images takes 20 or"):
        max_t_over_images(runs, clusters=np.arange(80) // 20)
    assert max_t_over_images(runs, 100, clusters=np.arange(80) // 4).images_vary
    with pytest.raises(ValueError, match="same test set"):
        max_t_over_images([np.ones((2, 5, 3, 3), int), np.ones((2, 4, 3, 3), int)])


def test_ranks_of_far_and_of_equal_configurations():
    far = rank_distribution([[.5, .51, .49], [.9, .91, .89], [.1, .11, .09]])
    np.testing.assert_allclose(far, [[0, 1, 0], [1, 0, 0], [0, 0, 1]], atol=.02)
    equal = rank_distribution([[.5, .52, .48]] * 3)
    np.testing.assert_allclose(equal, np.full((3, 3), 1 / 3), atol=.02)
    np.testing.assert_allclose(equal.sum(0), 1)
    np.testing.assert_allclose(equal.sum(1), 1)


def test_ranks_of_runs_that_score_exactly_alike():
    np.testing.assert_array_equal(rank_distribution([[.6] * 5] * 3), np.full((3, 3), 1 / 3))
    assert np.isnan(rank_distribution([[.6] * 5, [.7] * 5])).all()
    # One that tells no spread takes that of the others.
    ranks = rank_distribution([[.6] * 4, [.61, .60, .62, .61], [.5, .51, .5, .49]])
    np.testing.assert_allclose(ranks.sum(1), 1)
    assert .02 < ranks[0, 0] < .25 and ranks[2, 2] > .99
    even = rank_distribution([[.6] * 4, [.59, .60, .61, .60]])
    np.testing.assert_allclose(even, np.full((2, 2), .5), atol=.02)


def test_rank_of_two_is_the_one_sided_p_of_their_posterior():
    a, b = [.60, .64, .62, .61], [.58, .61, .60, .585]
    ranks = rank_distribution([a, b], draws=200000)
    random = np.random.RandomState(9)
    wins = (np.mean(a) + stats.sem(a) * random.standard_t(3, 200000)
            > np.mean(b) + stats.sem(b) * random.standard_t(3, 200000)).mean()
    assert ranks[0, 0] == pytest.approx(wins, abs=.01)
    with pytest.raises(ValueError, match="2 runs"):
        rank_distribution([[.1, .2], [.3]])
