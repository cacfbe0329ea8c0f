"""Screens: designs by their defining properties, effects against numpy and statsmodels."""
import numpy as np
import pytest
import statsmodels.api as sm

from utils.statistics.many import holm
from utils.statistics.screen import (
    FEWEST,
    MOST,
    against_base,
    design,
    detectable_effect,
    main_effects,
    ratio,
    strongest_interaction,
)
from utils.statistics.seed_tests import welch

RUNS = {4: 16, 7: 16, 8: 24, 11: 24, 12: 32, 15: 32, 16: 40, 19: 40, 20: 48, 23: 48}


@pytest.mark.parametrize("choices", range(FEWEST, MOST + 1))
def test_a_design_is_orthogonal_folded_over_and_has_no_row_twice(choices):
    levels = design(choices)
    signs = 2 * levels - 1
    runs = len(levels)
    assert runs == RUNS.get(choices, runs) and runs > 2 * choices
    np.testing.assert_array_equal(signs.T @ signs, runs * np.eye(choices))
    assert (signs.sum(0) == 0).all() and len(np.unique(levels, axis=0)) == runs
    np.testing.assert_array_equal(levels[::2], 1 - levels[1::2])
    assert not levels[0].any()
    products = np.stack([signs[:, i] * signs[:, j] for i in range(choices) for j in range(i)])
    assert not (products @ signs).any()  # main effects are clear of two-factor interactions


@pytest.mark.parametrize("choices", [3, 24])
def test_other_numbers_of_choices_are_refused(choices):
    with pytest.raises(ValueError, match="a screen has 4 to 23"):
        design(choices)


def _regression(levels, scores):
    return sm.OLS(scores, sm.add_constant(levels.astype(float))).fit()


@pytest.mark.parametrize("missing", [0, 3])
def test_effects_are_those_of_a_regression(missing):
    random, levels = np.random.RandomState(missing), design(11)[missing:]
    scores = levels @ np.linspace(-3, 3, 11) + random.standard_normal(len(levels))
    fit, expected = main_effects(levels, scores, .9), _regression(levels, scores)
    assert (fit.error, fit.degrees) == ("residual", 12 - missing)
    ends = expected.conf_int(.1)
    for index, one in enumerate(fit.effects, 1):
        assert one.difference == pytest.approx(expected.params[index])
        assert one.p == pytest.approx(expected.pvalues[index])
        assert (one.interval.low, one.interval.high) == pytest.approx(tuple(ends[index]))
        assert one.bound == pytest.approx(np.abs(ends[index]).max())
    assert [one.p_adjusted for one in fit.effects] == pytest.approx(
        list(holm(expected.pvalues[1:])))
    np.testing.assert_allclose(fit.rest, expected.resid, atol=1e-12)


def test_replicates_give_the_error_where_they_tell_as_much():
    levels = np.tile(design(4), (2, 1))
    signs = 2 * levels - 1
    noise = np.repeat([.5, -.5], len(levels) // 2)
    fit = main_effects(levels, 8.0 * signs[:, 0] * signs[:, 1] + noise)
    assert (fit.error, fit.degrees) == ("replicates", 16)
    half = fit.effects[0].interval.half_width
    # Each pair of replicates differs by 1: variance .5, and se = 2 sqrt(.5 / 32).
    assert half == pytest.approx(2.119905 * 2 * np.sqrt(.5 / 32), rel=1e-5)
    few = np.append(np.arange(16), 0)
    assert main_effects(levels[few], (signs[:, 0] + noise)[few]).error == "residual"


def test_what_cannot_be_told_apart_is_refused():
    levels = design(4)
    with pytest.raises(ValueError, match="5 runs of 5 settings cannot tell 4 choices apart"):
        main_effects(levels[:5], np.arange(5.0))
    with pytest.raises(ValueError, match="cannot tell"):
        main_effects(np.column_stack([levels, levels[:, 0]]), np.arange(16.0))


def test_scores_that_are_alike_give_no_verdict():
    fit = main_effects(design(4), np.full(16, .5))
    assert {one.verdict() for one in fit.effects} == {"no verdict"}
    assert fit.effects[0].interval is None and np.isnan(fit.effects[0].bound)


def test_verdicts_go_by_the_corrected_p():
    random, levels = np.random.RandomState(4), design(11)
    scores = 6.0 * levels[:, 0] - 6.0 * levels[:, 1] + random.standard_normal(24)
    words = [one.verdict() for one in main_effects(levels, scores).effects]
    assert words[:2] == ["helps", "hurts"] and set(words[2:]) == {"not shown"}


def test_a_base_and_its_variants_are_compared_by_welch():
    random = np.random.RandomState(0)
    base, better, single = random.standard_normal(5), 4 + random.standard_normal(5), [1.0]
    fit = against_base(base, [better, single])
    test = welch(better, base)
    assert fit.effects[0].p == fit.effects[0].p_adjusted == pytest.approx(test.p)
    assert fit.effects[0].interval.low == pytest.approx(test.interval.low)
    assert [one.verdict() for one in fit.effects] == ["helps", "no verdict"]


def test_the_strongest_interaction_is_named_with_its_aliases():
    levels = design(11)
    signs = 2 * levels - 1
    scores = signs[:, 3] + .5 * signs[:, 2] * signs[:, 7]
    hint = strongest_interaction(levels, main_effects(levels, scores).rest)
    assert hint.pair == (2, 7) and hint.change == pytest.approx(2.0) and hint.aliases == ()
    few = design(7)
    rest = (2 * few[:, 0] - 1) * (2.0 * few[:, 1] - 1)
    hint = strongest_interaction(few, rest)
    assert len(hint.aliases) == 2 and hint.pair not in hint.aliases
    assert strongest_interaction(levels[:, :1], rest) is None


def test_the_detectable_effect_is_found_in_four_of_five_screens():
    effect, random = detectable_effect(24, 12), np.random.RandomState(1)
    levels = design(11)
    found = [main_effects(levels, effect * levels[:, 0] + random.standard_normal(24)).effects[0].p
             < .05 for _ in range(1500)]
    assert np.mean(found) == pytest.approx(.8, abs=.035)
    assert detectable_effect(24, 12, level=.05 / 11) > effect > detectable_effect(48, 24)


def test_a_ratio_comes_from_logarithms():
    levels = design(4)
    random = np.random.RandomState(2)
    times = np.exp(levels @ np.log([2.0, 1.0, .5, 1.0]) + .001 * random.standard_normal(16))
    fit = main_effects(levels, np.log(times))
    value, interval = ratio(fit, 0)
    assert value == pytest.approx(2, abs=.01) and interval.contains(2.0)
    assert ratio(fit, 2)[0] == pytest.approx(.5, abs=.01)
