"""Variance components by hand, and against a textbook ANOVA."""
import numpy as np
import pytest
from scipy import stats

from utils.statistics import simulated
from utils.statistics.components import (
    checkpoint_components,
    mean_squares,
    pooled_lag1,
    repeat_sd,
    split_half_variance,
    variance_components,
)
from utils.statistics.miou import miou_d


def _runs(seeds, images=40, seed=0, **nets):
    nets, random = simulated.Nets(**nets), np.random.RandomState(seed)
    return simulated.run_matrices(nets, simulated.draw_images(nets, images, random),
                                  simulated.draw_seeds(nets, seeds, random), random)


def test_mean_squares_are_those_of_a_randomised_block_design():
    # Rows means 2, 5; column means 2, 3, 5.5 of [[1, 2, 3], [3, 4, 8]].
    rows, columns, rest = mean_squares([[1, 2, 3], [3, 4, 8]])
    assert rows == pytest.approx(3 * 4.5)
    assert columns == pytest.approx(2 * np.var([2, 3, 5.5], ddof=1))
    assert rest == pytest.approx((.5 ** 2 + .5 ** 2 + 1) * 2 / 2)


def test_components_are_the_mean_squares_of_pseudo_values():
    runs = _runs(3)
    parts = variance_components(runs)
    scores = miou_d(runs)
    table = np.array([[40 * score - 39 * miou_d(np.delete(run, image, axis=0))
                       for image in range(40)] for run, score in zip(runs, scores)])
    seed_ms, image_ms, rest_ms = mean_squares(table)
    assert parts.naive_sd == pytest.approx(np.std(scores, ddof=1))
    assert parts.interaction_sd == pytest.approx(np.sqrt(rest_ms / 40))
    assert parts.image_sd == pytest.approx(np.sqrt((image_ms - rest_ms) / 120))
    assert parts.variances["seed"] == pytest.approx((seed_ms - rest_ms) / 40)
    assert parts.seed_p == pytest.approx(stats.f.sf(seed_ms / rest_ms, 2, 78))
    assert (parts.seeds, parts.units) == (3, 40)


def test_the_interval_of_the_seed_sd_agrees_with_its_test():
    for seed in range(12):
        parts = variance_components(_runs(4, seed=seed, seed_sd=.05))
        assert (parts.seed_interval.low > 0) == (parts.seed_p < .025)
        assert parts.seed_interval.low <= parts.seed_sd <= parts.seed_interval.high


def test_seeds_that_differ_by_less_than_luck_have_no_interval_of_their_sd():
    found = [variance_components(_runs(3, seed=seed, seed_sd=0.0), splits=1) for seed in range(120)]
    without = [parts for parts in found if parts.seed_interval is None]
    # The upper end is 0 in 2.5 % of such experiments.
    assert 1 <= len(without) <= 9
    assert all(parts.seed_p > .975 and "seed" in parts.clipped for parts in without)
    assert all(parts.seed_interval.high > 0 for parts in found if parts.seed_interval)


def test_a_negative_variance_is_clipped_and_said():
    # Seeds that differ by nothing: about half of such experiments come out negative.
    found = [variance_components(_runs(3, seed=seed, seed_sd=0.0)) for seed in range(12)]
    clipped = [parts for parts in found if "seed" in parts.clipped]
    assert 2 <= len(clipped) <= 11
    assert all(parts.seed_sd == 0 and parts.variances["seed"] < 0 for parts in clipped)
    assert all(parts.variances["seed"] >= 0 for parts in found if "seed" not in parts.clipped)


def test_identical_runs_have_no_seed_nor_interaction_variance():
    parts = variance_components(np.repeat(_runs(1), 3, axis=0))
    assert parts.seed_sd == pytest.approx(0, abs=1e-9)
    assert parts.interaction_sd == pytest.approx(0, abs=1e-9)
    assert parts.seed_interval is None and np.isnan(parts.seed_p)
    assert parts.image_sd > .005


def test_clusters_take_the_place_of_images():
    runs = _runs(3)
    once = variance_components(runs)
    repeated = variance_components(np.repeat(runs, 5, axis=1), np.repeat(np.arange(40), 5))
    assert repeated.units == 40
    assert repeated.image_sd == pytest.approx(once.image_sd)
    assert repeated.seed_sd == pytest.approx(once.seed_sd)


def test_split_halves_of_one_pair_by_hand():
    # Two images make two halves, whichever way: the covariance over seeds of their scores.
    runs = _runs(4, images=2)
    first, second = miou_d(runs[:, :1]), miou_d(runs[:, 1:])
    expected = np.cov(first, second)[0, 1]
    assert split_half_variance(miou_d.parts(runs), miou_d.score) == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(1, 9, 3, 3), (3, 1, 3, 3)])
def test_refuses_one_run_and_one_image(shape):
    with pytest.raises(ValueError, match="1 run|one image"):
        variance_components(np.ones(shape, int))


def test_checkpoints_around_a_trend_by_hand():
    # Trend 1 a step, residuals +-.1 that sum to 0 and to 0 against the step.
    rest = np.array([.1, -.1, -.1, .1])
    parts = checkpoint_components([np.arange(4) + rest, np.arange(4) + 3 - rest])
    assert parts.trend == pytest.approx(1)
    assert parts.within_sd == pytest.approx(np.sqrt(.08 / 4))
    assert parts.lag1 == pytest.approx(-.01 / .04)
    assert parts.seed_sd == pytest.approx(np.sqrt(4.5 - .02 / 4))
    assert not parts.clipped


def test_checkpoint_noise_is_taken_out_of_the_spread_of_seeds():
    random = np.random.RandomState(0)
    seeds = random.normal(0, .3, (2000, 1))
    parts = checkpoint_components(seeds + .1 * np.arange(5) + random.normal(size=(2000, 5)))
    assert parts.within_sd == pytest.approx(1, rel=.03)
    assert parts.trend == pytest.approx(.1, abs=.02)
    # Left in, it would be .54.
    assert parts.seed_sd == pytest.approx(.3, abs=.06)
    assert parts.lag1 == pytest.approx(-2 / 5, abs=.03)


def test_checkpoints_of_one_run_tell_nothing_of_seeds():
    parts = checkpoint_components([[.1, .3, .2, .4]])
    assert np.isnan(parts.seed_sd) and not parts.clipped and parts.within_sd > 0
    with pytest.raises(ValueError, match="4 checkpoints"):
        checkpoint_components([[.1, .3, .2]])


def test_repeats_pool_over_seeds():
    spread = repeat_sd([[.50, .52], [.60, .61, .62], [.7]])
    assert (spread.groups, spread.runs, spread.degrees) == (2, 5, 3)
    assert spread.sd == pytest.approx(np.sqrt((.0002 + .0002) / 3))
    ends = spread.sd * np.sqrt(3 / stats.chi2.ppf([.975, .025], 3))
    assert (spread.interval.low, spread.interval.high) == pytest.approx(tuple(ends))


def test_identical_repeats_are_said_to_be():
    spread = repeat_sd([[.5, .5], [.6, .6]])
    assert spread.identical and spread.sd == 0 and spread.interval is None
    with pytest.raises(ValueError, match="no seed was run twice"):
        repeat_sd([[.5], [.6]])


def _dependent_checkpoints(random, runs, checkpoints, correlation):
    """[runs, checkpoints] of an autoregression with sd 1, on a trend."""
    noise, made = random.standard_normal((runs, checkpoints)), np.empty((runs, checkpoints))
    made[:, 0] = noise[:, 0]
    for index in range(1, checkpoints):
        made[:, index] = (correlation * made[:, index - 1]
                          + np.sqrt(1 - correlation ** 2) * noise[:, index])
    return made + .5 * np.arange(checkpoints)


@pytest.mark.parametrize("seeds, checkpoints", [(1, 4), (1, 5), (5, 5), (3, 10), (2, 20)])
def test_lag_1_of_independent_checkpoints_has_the_moments_that_are_said(seeds, checkpoints):
    random = np.random.RandomState(0)
    found = [checkpoint_components(_dependent_checkpoints(random, seeds, checkpoints, 0))
             for _ in range(1500)]
    lag1 = [parts.lag1 for parts in found]
    assert found[0].lag1_independent == pytest.approx(-2 / checkpoints)
    assert np.mean(lag1) == pytest.approx(-2 / checkpoints, abs=.02)
    assert np.std(lag1) == pytest.approx(found[0].lag1_se, rel=.06)
    assert np.mean([pooled_lag1([parts]).hangs_together for parts in found]) < .08


@pytest.mark.parametrize("checkpoints, correlation, share, noticed", [
    (5, .4, .79, .15), (5, .8, .45, .26), (10, .4, .88, .58), (10, .8, .57, .91),
    (20, .4, .93, .95), (20, .8, .70, 1.0)])
def test_dependent_checkpoints_spread_more_than_is_found(checkpoints, correlation, share, noticed):
    random = np.random.RandomState(1)
    found = [checkpoint_components(_dependent_checkpoints(random, 5, checkpoints, correlation))
             for _ in range(600)]
    assert np.sqrt(np.mean([parts.within_sd ** 2 for parts in found])) == pytest.approx(
        share, abs=.03)
    assert np.mean([pooled_lag1([parts]).hangs_together for parts in found]) == pytest.approx(
        noticed, abs=.06)


def test_lag_1_is_pooled_over_configurations():
    random = np.random.RandomState(2)
    parts = [checkpoint_components(_dependent_checkpoints(random, 3, 10, .6)) for _ in range(6)]
    found = pooled_lag1(parts + [checkpoint_components(np.ones((2, 5)))])
    assert found.value == pytest.approx(np.mean([one.lag1 for one in parts]))
    assert found.independent == pytest.approx(-.2) and found.hangs_together
    assert found.se == pytest.approx(parts[0].lag1_se / np.sqrt(6))
    assert pooled_lag1([checkpoint_components(np.ones((2, 5)))]) is None
