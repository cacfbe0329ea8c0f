"""The level of each rule, by its own integral against counting, and that none is exceeded."""
import numpy as np
import pytest
from scipy import stats

from utils.statistics.claim_rules import BehrensFisherRule, WelchRule, WorstCaseRule, claim_rule

_SHARES = np.array([.001, .02, .2, .5, .8, .98, .999])


def test_which_rule():
    for runs in ((2, 2), (3, 3), (5, 5), (4, 5), (50, 4)):
        assert type(claim_rule(*runs)) is WelchRule
    for runs in ((3, 4), (5, 3), (3, 6)):
        assert type(claim_rule(*runs)) is WorstCaseRule
    for runs in ((2, 3), (10, 2), (3, 7), (50, 3)):
        assert type(claim_rule(*runs)) is BehrensFisherRule


@pytest.mark.parametrize("runs", [(2, 3), (2, 10), (3, 4), (5, 3), (3, 10)])
@pytest.mark.parametrize("alpha", [.05, .0057])
def test_the_level_is_kept_at_any_ratio_of_spreads(runs, alpha):
    levels = claim_rule(*runs).level_at(alpha, _SHARES)
    assert levels.max() <= 1.01 * alpha
    # Not by never claiming: at some ratio the level is used up.
    assert levels.max() > .7 * alpha


def test_the_level_by_counting():
    random, runs = np.random.RandomState(0), (2, 5)
    a = 2 * random.standard_normal((100000, 2))
    b = random.standard_normal((100000, 5))
    p = stats.ttest_ind(a, b, axis=1, equal_var=False)[1]
    expected = WelchRule(*runs).level_at(.05, (4 / 2) / (4 / 2 + 1 / 5))
    assert np.mean(p < .05) == pytest.approx(float(expected), abs=.003)


def test_power_by_counting_with_unequal_spreads():
    random = np.random.RandomState(1)
    a = 3 * random.standard_normal((100000, 4)) + 4
    b = random.standard_normal((100000, 6))
    p = stats.ttest_ind(a, b, axis=1, equal_var=False)[1]
    assert WelchRule(4, 6).power(4, .05, sd_ratio=3) == pytest.approx(np.mean(p < .05), abs=.006)


@pytest.mark.parametrize("kind", [WelchRule, WorstCaseRule, BehrensFisherRule])
def test_p_at_the_critical_value_is_alpha(kind):
    rule, shares = kind(3, 7), np.array([.05, .3, .7, .95])
    for alpha in (.2, .05, .005):
        assert rule.p(rule.critical(shares, alpha), shares) == pytest.approx(alpha, rel=.02)
        assert rule.p(-rule.critical(shares, alpha), shares) == pytest.approx(alpha, rel=.02)


def test_behrens_fisher_by_drawing_both_t():
    random = np.random.RandomState(2)
    mixed = (np.sqrt(.3) * random.standard_t(2, 400000)
             - np.sqrt(.7) * random.standard_t(9, 400000))
    assert float(BehrensFisherRule(3, 10).p(2.4, .3)) == pytest.approx(
        np.mean(np.abs(mixed) > 2.4), abs=.002)


def test_p_falls_with_t_down_to_nothing():
    for rule in (WorstCaseRule(3, 5), BehrensFisherRule(2, 10)):
        p = rule.p(np.array([0, .5, 1, 2, 5, 20, 1e3, 1e6]), .4)
        assert p[0] == pytest.approx(1, abs=.02) and (np.diff(p) < 0).all() and p[-1] < 1e-4
