"""Means without the luck of the best: exact cases, and the excess on simulated configurations."""
import numpy as np
import pytest

from utils.statistics.shrinkage import expected_of_retraining, moderated_variances


def excess(random, count, spread, runs, means="normal", noise="equal"):
    """(mean - true, expected - true) of the best mean of a simulated table, in seed sds.

    Args:
      count, spread: configurations, and the sd of their true means.
      runs: numbers of runs, repeated to `count`.
      means: "normal", "skewed" up or "skewed down", "groups", "outlier" (one collapsed).
      noise: "equal" sds over seeds, "unequal" ones, "collapse" (of a single run).
    """
    runs, normal = np.resize(runs, count), random.standard_normal(count)
    lognormal = (np.exp(normal) - np.exp(.5)) / 2.161
    true = spread * {"skewed": lognormal, "skewed down": -lognormal,
                     "groups": np.where(np.arange(count) % 2, 2, -2) / spread + .3 * normal
                     if means == "groups" else 0}.get(means, normal)
    true[0] -= 30 * (means == "outlier")
    sds = np.exp(.5 * random.standard_normal(count) - .25) if noise == "unequal" \
        else np.ones(count)
    scores = [mean + sd * random.standard_normal(number)
              for mean, sd, number in zip(true, sds, runs)]
    if noise == "collapse":
        scores[int(runs.argmax())][0] -= 30
    raw = np.array([group.mean() for group in scores])
    best = raw.argmax()
    return raw[best] - true[best], expected_of_retraining(scores).expected[best] - true[best]


def _mean_excess(trials, *settings):
    random = np.random.RandomState(0)
    return np.mean([excess(random, *settings) for _ in range(trials)], axis=0)


@pytest.mark.parametrize("settings, before, most", [
    ((40, .5, 5), .65, .10), ((8, .5, 5), .42, .12), ((4, .5, 5), .30, .14),
    ((8, .5, 5, "outlier"), .40, .18), ((40, .5, 5, "outlier"), .64, .16),
    ((40, .5, (1, 2, 3, 5, 10)), 1.33, .22), ((10, 1, (3, 1, 1)), .89, .30),
    ((8, .5, 5, "normal", "unequal"), .43, .25), ((8, 1, 3, "normal", "collapse"), .39, .22)])
def test_the_luck_of_the_best_is_taken_out(settings, before, most):
    raw, shrunken = _mean_excess(60 if settings[0] == 40 else 250, *settings)
    assert raw == pytest.approx(before, abs=.15)
    assert -.15 <= shrunken <= most


def test_where_normal_priors_fail_it_is_no_worse_than_the_mean():
    # Skewed: some true means are far up, and two groups: the best is drawn to a centre of neither.
    for means in ("skewed", "groups"):
        random = np.random.RandomState(1)
        found = np.array([excess(random, 8, 1, 5, means) for _ in range(150)])
        raw, shrunken = np.sqrt((found ** 2).mean(0))
        assert shrunken < 1.05 * raw


def test_equal_spreads_of_true_means_and_noise_meet_halfway():
    # Many configurations, true sd 1, noise of the means 1: half of the way to the centre.
    random = np.random.RandomState(2)
    scores = [mean + 2 ** .5 * random.standard_normal(2)
              for mean in random.standard_normal(300)]
    means = np.array([group.mean() for group in scores])
    slope = np.polyfit(means, expected_of_retraining(scores).expected, 1)[0]
    assert slope == pytest.approx(.5, abs=.09)


def test_a_single_run_is_shrunk_more_than_five():
    scores = [np.array([.60, .61, .59, .60, .60]) + shift for shift in (0, .01, .02, .05)]
    scores.append(np.array([.65]))
    expected = expected_of_retraining(scores).expected
    assert expected[4] < expected[3] < .65


def test_the_unit_and_the_zero_do_not_matter():
    random = np.random.RandomState(4)
    scores = [random.standard_normal(3) for _ in range(6)]
    one = expected_of_retraining(scores)
    other = expected_of_retraining([.6 + .01 * group for group in scores])
    np.testing.assert_allclose(other.expected, .6 + .01 * one.expected, atol=1e-9)
    np.testing.assert_allclose(other.seed_sds, .01 * one.seed_sds)


def test_variances_that_are_alike_are_pooled_and_a_collapsed_run_stays_alone():
    random = np.random.RandomState(5)
    scores = [random.standard_normal(4) for _ in range(60)]
    pooled = np.mean([group.var(ddof=1) for group in scores])
    np.testing.assert_allclose(moderated_variances(scores), pooled, rtol=.35)
    scores[0][0] -= 40
    variances = moderated_variances(scores + [np.array([0.0])])
    assert variances[0] > 50 and np.median(variances) == pytest.approx(pooled, rel=.4)
    assert variances[-1] == pytest.approx(pooled, rel=.5)  # a single run: that of all


def test_refuses_where_nothing_is_known():
    pair = np.array([.5, .6])
    with pytest.raises(ValueError, match="3 configurations: expected 4"):
        expected_of_retraining([pair] * 3)
    for scores in ([[.5], [.6], [.7], [.8]], [[.5, .5], [.6], [.7], [.8]]):
        with pytest.raises(ValueError, match="two runs that differ"):
            expected_of_retraining([np.array(group) for group in scores])
    assert np.isfinite(expected_of_retraining([pair, pair, pair, [.5, .5]]).expected).all()
