"""Tests over seeds against scipy, statsmodels and brute force."""
import itertools

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from utils.statistics.claim_rules import claim_rule
from utils.statistics.seed_tests import (
    claim,
    hedges_g,
    permutation_test,
    probability_above,
    smallest_permutation_p,
    tost,
    welch,
)

A = np.array([.612, .634, .621, .640, .618])
B = np.array([.603, .611, .598, .622])


def test_welch_is_that_of_scipy_and_its_interval_that_of_statsmodels():
    test = welch(A, B)
    t, p = stats.ttest_ind(A, B, equal_var=False)
    compared = CompareMeans(DescrStatsW(A), DescrStatsW(B))
    assert (test.t, test.p) == pytest.approx((t, p))
    assert (test.interval.low, test.interval.high) == pytest.approx(
        compared.tconfint_diff(usevar="unequal"))
    assert test.df == pytest.approx(compared.dof_satt())
    assert test.t == pytest.approx(test.difference / test.se)


def test_welch_leaves_single_runs_and_no_spread_open():
    for a, b in (([.6], B), (A, [.6]), ([.6, .6], [.5, .5])):
        test = welch(a, b)
        assert np.isnan(test.p) and test.interval is None
    assert welch([.6, .6, .6], B).df == pytest.approx(3)


def test_tost_is_that_of_statsmodels():
    expected = CompareMeans(DescrStatsW(A), DescrStatsW(B)).ttost_ind(
        -.03, .03, usevar="unequal")[0]
    assert tost(claim(welch(A, B), 5, 4), .03) == pytest.approx(expected)
    assert np.isnan(tost(claim(welch([.6], B), 1, 4), .03))


def test_hedges_g_by_hand():
    # Means 3 and 1, both variances 1, 4 degrees: 2 (1 - 3 / 15).
    assert hedges_g([2, 3, 4], [0, 1, 2]) == pytest.approx(1.6)
    assert np.isnan(hedges_g([2], [0, 1])) and np.isnan(hedges_g([2, 2], [1, 1]))


def test_permutation_by_brute_force():
    scores = np.concatenate([A, B])
    observed, extreme, total = abs(A.mean() - B.mean()), 0, 0
    for chosen in itertools.combinations(range(9), 5):
        rest = [index for index in range(9) if index not in chosen]
        extreme += abs(scores[list(chosen)].mean() - scores[rest].mean()) >= observed - 1e-12
        total += 1
    assert permutation_test(A, B) == (pytest.approx(extreme / total), "")


def test_permutation_of_separate_groups_reaches_its_least_p():
    p, why = permutation_test([5, 6, 7, 8], [1, 2, 3, 4])
    assert (p, why) == (pytest.approx(2 / 70), "")
    assert permutation_test([5., 6, 7, 8], [5., 6, 7, 8])[0] == 1


@pytest.mark.parametrize("runs,reaches", [((1, 5), False), ((2, 2), False), ((3, 3), False),
                                          ((3, 4), True), ((4, 4), True), ((1, 20), True)])
def test_permutation_refuses_where_it_cannot_reach_its_level(runs, reaches):
    p, why = permutation_test(np.arange(runs[0]) + 100.0, np.arange(runs[1]))
    assert (p is not None) == reaches == (smallest_permutation_p(*runs) <= .05)
    assert reaches or "{} + {} runs reach p = ".format(*runs) in why


def test_permutation_of_many_runs_draws_assignments():
    random = np.random.RandomState(0)
    a, b = random.normal(.8, 1, 12), random.normal(0, 1, 12)
    p, _ = permutation_test(a, b)
    assert p == pytest.approx(stats.ttest_ind(a, b)[1], abs=.01)
    assert permutation_test(a + 100, b)[0] == pytest.approx(1 / 20000)


def test_probability_above_is_mann_whitneys():
    u, _ = stats.mannwhitneyu(A, B, alternative="two-sided")
    probability, interval = probability_above(A, B)
    assert probability == pytest.approx(u / 20)
    assert 0 < interval.low < probability < interval.high < 1
    assert probability_above([1, 2], [2, 3])[0] == pytest.approx(.125)


def test_probability_above_solves_newcombes_equation():
    probability, interval = probability_above(A, B)
    for theta in (interval.low, interval.high):
        middle = (5 + 4) / 2 - 1
        variance = theta * (1 - theta) / 20 * (
            1 + middle * ((1 - theta) / (2 - theta) + theta / (1 + theta)))
        assert abs(theta - probability) == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-5)


def test_probability_above_of_separate_groups_is_not_certain():
    probability, interval = probability_above([5, 6, 7, 8, 9], [0, 1, 2, 3, 4])
    assert probability == 1 and interval.high == 1 and .4 < interval.low < .8
    mirrored, other = probability_above([0, 1, 2, 3, 4], [5, 6, 7, 8, 9])
    assert mirrored == 0 and other.low == 0
    assert other.high == pytest.approx(1 - interval.low, abs=1e-6)
    assert probability_above([1], [0, 2]) == (.5, None)


def test_claims_are_welchs_for_equal_numbers_and_from_4_runs_on():
    for a, b in ((A, B), (A[:2], B[:2]), (A[:3], B[:3])):
        test = welch(a, b)
        found = claim(test, len(a), len(b))
        assert found.is_welch and found.p == pytest.approx(test.p)
        assert (found.interval.low, found.interval.high) == pytest.approx(
            (test.interval.low, test.interval.high))


@pytest.mark.parametrize("runs", [(2, 5), (3, 5), (3, 10)])
def test_claims_are_more_careful_where_welch_fails(runs):
    few = np.array([.60, .61, .607])[:runs[0]]
    many = .55 + .0001 * np.arange(runs[1])
    test = welch(few, many)
    found = claim(test, *runs)
    assert not found.is_welch and found.p > test.p
    assert found.interval.low < test.interval.low < test.interval.high < found.interval.high
    # The same rule gives p and interval.
    assert found.p_above(found.interval.low) == pytest.approx(.025, rel=.02)
    assert found.p_below(found.interval.high) == pytest.approx(.025, rel=.02)
    swapped = claim(welch(many, few), *runs[::-1])
    assert swapped.p == pytest.approx(found.p, rel=.01)
    assert tost(found, .2) == pytest.approx(found.p_below(.2))


@pytest.mark.parametrize("runs", [(2, 2), (3, 3), (2, 5), (3, 5), (2, 10), (3, 10)])
def test_false_claims_of_few_seeds(runs):
    random, rule = np.random.RandomState(sum(runs)), claim_rule(*runs)
    for spread in (.1, 1 / 3, 1, 3, 10):
        a = random.standard_normal((20000, runs[0]))
        b = spread * random.standard_normal((20000, runs[1]))
        parts = [scores.var(1, ddof=1) / scores.shape[1] for scores in (a, b)]
        t = (a.mean(1) - b.mean(1)) / np.sqrt(sum(parts))
        claims = np.mean(rule.p(t, parts[0] / sum(parts)) < .05)
        # Welch's own level is .064 and .059 at the worst; three standard errors are .005.
        assert claims < (.069 if runs == (2, 2) else .064 if runs == (3, 3) else .055)
