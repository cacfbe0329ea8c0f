"""Rank correlations against scipy's, exact p, and the interval for other items."""
import itertools

import numpy as np
import pytest
from scipy import stats

from utils.statistics.ranks import (
    fewest_items,
    for_other_items,
    kendall,
    least_p,
    over_open_orders,
    permutation_p,
    ranks,
    spearman,
)


@pytest.mark.parametrize("ties", [False, True])
def test_correlations_are_scipys(ties):
    random = np.random.RandomState(3)
    x, y = random.rand(2, 7)
    if ties:
        x, y = x.round(1), y.round(1)
        assert len(set(x)) < 7 or len(set(y)) < 7
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y)[0])
    assert kendall(x, y) == pytest.approx(stats.kendalltau(x, y)[0])
    np.testing.assert_array_equal(ranks(x) + .5, stats.rankdata(x))


def test_correlations_of_many_rows_at_once():
    x, y = np.array([1., 2, 3, 4]), np.array([[1., 2, 3, 4], [4, 3, 2, 1], [2, 2, 2, 2]])
    np.testing.assert_allclose(spearman(x, y), [1, -1, np.nan])
    np.testing.assert_allclose(kendall(x, y), [1, -1, np.nan])


def test_p_counts_every_order():
    x, y = [1, 2, 3, 4, 5], [2, 1, 3, 5, 4]
    own = abs(stats.spearmanr(x, y)[0])
    hits = [abs(stats.spearmanr(x, one)[0]) >= own - 1e-9 for one in itertools.permutations(y)]
    assert permutation_p(x, y)[0] == pytest.approx(np.mean(hits))
    assert permutation_p(x, x) == pytest.approx((2 / 120, 2 / 120))
    assert np.isnan(permutation_p(x, [1] * 5)).all()


def test_p_of_many_items_is_by_random_orders():
    random = np.random.RandomState(1)
    x = np.arange(12.)
    y = x + 6 * random.standard_normal(12)
    assert permutation_p(x, y)[1] == pytest.approx(stats.kendalltau(x, y)[1], abs=.01)


def test_four_items_cannot_show_it_and_five_can():
    assert least_p(4) == pytest.approx(1 / 12) and least_p(2) == 1
    assert [fewest_items(level) for level in (.9, .95, .99)] == [4, 5, 6]


def test_orders_that_are_known_in_part():
    """Of four items the first is below the second: 12 orders, the rest by hand."""
    below = np.zeros((4, 4), bool)
    below[1, 0] = True
    x = [1, 2, 3, 4]
    orders = [one for one in itertools.permutations(range(4)) if one[1] < one[0]]
    rho = [stats.spearmanr(x, one)[0] for one in orders]
    assert over_open_orders(x, below)[0] == pytest.approx((min(rho), max(rho)))
    assert over_open_orders(x, below)[1][1] == pytest.approx(4 / 6)
    below[:] = False
    assert over_open_orders(x, below) == pytest.approx(np.array([[-1, 1], [-1, 1]]))


def test_orders_of_many_items():
    x, below = np.arange(10), np.zeros((10, 10), bool)
    assert over_open_orders(x, below)[0] == pytest.approx((-1, 1))
    below[np.triu_indices(10, 1)] = True
    assert over_open_orders(x, below)[0] == pytest.approx((1, 1))


def test_the_interval_agrees_with_the_test_of_no_correlation():
    """It excludes 0 where the exact one-sided p is below .025."""
    for count, rho, excludes in ((3, 1.0, False), (4, 1.0, False), (5, 1.0, True), (5, .9, False),
                                 (7, .786, True), (7, .714, False)):
        low, high = for_other_items(rho, count)
        assert (low > 0) == excludes and low < rho <= high, (count, rho)
        mirrored = for_other_items(-rho, count)
        assert mirrored == pytest.approx((-high, -low), abs=.002)


def test_the_interval_narrows_with_items_and_widens_with_the_level():
    widths = [np.diff(for_other_items(.5, count))[0] for count in (5, 7, 15)]
    assert widths[0] > widths[1] > widths[2]
    assert np.diff(for_other_items(.5, 7, .8))[0] < widths[1]
