"""Correlation over shared seeds: by hand, its coverage, and what it does to Welch's level."""
import numpy as np
import pytest
from scipy import stats

from utils.statistics.seed_pairs import paired_scores, seed_correlation, welch_level


def _pairs(random, trials, seeds, correlation):
    first = random.standard_normal((trials, seeds))
    rest = random.standard_normal((trials, seeds))
    return np.stack([first, correlation * first + np.sqrt(1 - correlation ** 2) * rest], axis=-1)


def test_seeds_that_both_have_are_paired():
    pairs = paired_scores({(1, 1): .5, (2, 2): .6, (3, 3): .7},
                          {(3, 3): .71, (1, 1): .51, (9, 9): 0})
    assert pairs.tolist() == [[.5, .51], [.7, .71]]
    assert paired_scores({(1,): .5}, {(2,): .5}).shape == (0, 2)
    assert not len(paired_scores({(None, None): .5}, {(None, None): .6}))


def test_the_interval_is_fishers():
    # Eight pairs with r = -.71: atanh(-.71) -+ 1.96 / sqrt(5).
    random = np.random.RandomState(3)
    first = random.standard_normal(8)
    rest = random.standard_normal(8)
    first -= first.mean()
    rest -= rest.mean() + first * (rest @ first) / (first @ first)
    second = -.71 * first / np.std(first) + np.sqrt(1 - .71 ** 2) * rest / np.std(rest)
    found = seed_correlation(np.stack([first, second], 1))
    assert found.correlation == pytest.approx(-.71) and found.pairs == 8
    assert (found.interval.low, found.interval.high) == pytest.approx((-.943, -.0104), abs=.001)


def test_few_pairs_and_equal_scores_have_none():
    assert seed_correlation([[1, 2], [2, 1], [3, 3]]) is None
    assert seed_correlation([[1, 2], [1, 1], [1, 3], [1, 0]]) is None
    exact = seed_correlation([[1, 2], [2, 4], [3, 6], [4, 8]])
    assert exact.correlation == pytest.approx(1) and exact.interval.high <= 1


@pytest.mark.parametrize("seeds", [4, 5, 8, 15])
@pytest.mark.parametrize("correlation", [-.7, 0, .5])
def test_coverage(seeds, correlation):
    pairs = _pairs(np.random.RandomState(seeds), 400, seeds, correlation)
    hits = sum(seed_correlation(one).interval.contains(correlation) for one in pairs)
    assert .92 <= hits / 400 <= .985


@pytest.mark.parametrize("correlation", [-.7, -.3, 0, .5])
@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_the_level_is_that_of_scipys_test(seeds, correlation):
    pairs = _pairs(np.random.RandomState(seeds), 20000, seeds, correlation)
    p = stats.ttest_ind(pairs[..., 0], pairs[..., 1], axis=1, equal_var=False).pvalue
    assert np.mean(p < .05) == pytest.approx(welch_level(correlation, seeds), abs=.007)


def test_the_level_of_many_seeds_is_that_of_z():
    expected = 2 * stats.norm.sf(stats.norm.ppf(.975) / np.sqrt(1.3))
    assert welch_level(-.3, 2000) == pytest.approx(expected, abs=.001)
    assert welch_level(1, 5) < 1e-6 and welch_level(0, 2000) == pytest.approx(.05, abs=.001)
