"""Intervals against scipy and by hand."""
import time

import numpy as np
import pytest
from scipy import stats

from utils.statistics import simulated
from utils.statistics.intervals import (
    SCORES, Interval, bca, bca_over_images, sd_factors, sd_interval, summarise, t_interval)
from utils.statistics.miou import miou_d


def _run(images, seed=0, classes=8):
    nets, random = simulated.Nets(classes=classes), np.random.RandomState(seed)
    return simulated.run_matrices(nets, simulated.draw_images(nets, images, random), [0.0],
                                  random)[0]


def test_bca_is_that_of_scipy():
    matrices = _run(60)
    theirs = stats.bootstrap(
        (np.arange(60),), lambda index: float(miou_d(matrices[index])), method="BCa",
        vectorized=False, n_resamples=4000, random_state=np.random.RandomState(1))
    ours = bca_over_images(matrices, replicates=20000, seed=2)
    # Both ends, to a twentieth of the width: percentile ends differ by more (see below).
    low, high = theirs.confidence_interval
    assert abs(ours.interval.low - low) < .05 * (high - low)
    assert abs(ours.interval.high - high) < .05 * (high - low)
    assert ours.se == pytest.approx(theirs.standard_error, rel=.15)


def test_bca_of_the_same_replicates_is_that_of_scipy_to_the_last_digits():
    values = np.random.RandomState(4).lognormal(0, 1, 25)
    theirs = stats.bootstrap((values,), np.mean, method="BCa", n_resamples=999,
                             random_state=np.random.RandomState(1))
    if not hasattr(theirs, "bootstrap_distribution"):
        index = np.random.RandomState(1).randint(0, 25, (999, 25))
        replicates = values[index].mean(1)
    else:
        replicates = theirs.bootstrap_distribution
    left_out = np.array([np.delete(values, index).mean() for index in range(25)])
    ours = bca(values.mean(), replicates, left_out)
    low, high = theirs.confidence_interval
    percentile = np.percentile(replicates, [2.5, 97.5])
    assert abs(percentile[1] - high) > .02 * (high - low)
    np.testing.assert_allclose([ours.low, ours.high], [low, high],
                               rtol=1e-6 if hasattr(theirs, "bootstrap_distribution") else .02)


def test_bca_of_replicates_that_agree_has_no_width():
    assert bca(.5, [.5] * 10, [.5] * 4) == Interval(.5, .5, .95, "BCa")
    assert bca(.5, [np.nan] * 10, [.5] * 4).half_width == 0


def test_bca_leaves_nan_out_and_survives_one_sided_replicates():
    replicates = np.random.RandomState(0).normal(.5, .1, 1000)
    left_out = np.random.RandomState(1).normal(.5, .01, 30)
    with_nan = bca(.5, np.concatenate([replicates, [np.nan] * 50]), left_out)
    assert with_nan == bca(.5, replicates, left_out)
    assert np.isfinite(bca(9.0, replicates, left_out).low)


def test_one_image_has_a_score_and_no_interval():
    run = bca_over_images(_run(1))
    assert run.interval is None and np.isnan(run.se) and "single image" in run.why
    assert run.score == pytest.approx(float(miou_d(_run(1))))


def test_clusters_widen_an_interval_of_repeated_images():
    matrices = np.repeat(_run(40), 10, axis=0)
    clusters = np.repeat(np.arange(40), 10)
    alone, scenes = bca_over_images(matrices), bca_over_images(matrices, clusters)
    assert (alone.units, scenes.units, scenes.images) == (400, 40, 400)
    assert scenes.se / alone.se == pytest.approx(np.sqrt(10), rel=.2)
    assert scenes.interval.half_width == pytest.approx(
        bca_over_images(_run(40)).interval.half_width)


def test_counts_resamples_without_a_rare_class():
    matrices = _run(50)
    matrices[:, 7], matrices[0, 7, 7] = 0, 40
    assert bca_over_images(matrices).vanished == pytest.approx((1 - 1 / 50) ** 50, abs=.04)
    assert bca_over_images(_run(300)).vanished == 0


def test_voc_takes_a_fraction_of_a_second():
    matrices = _run(1449, classes=21)
    began = time.process_time()
    bca_over_images(matrices, replicates=2000)
    # A quarter of a second on a free core; a loop over resamples takes a hundred times that.
    assert time.process_time() - began < 2.5


def test_t_interval_is_that_of_scipy():
    values = [.61, .64, .60, .66]
    low, high = stats.t.interval(.95, 3, np.mean(values), stats.sem(values))
    interval = t_interval(values)
    assert (interval.low, interval.high) == pytest.approx((low, high))
    assert t_interval([.5]) is None


@pytest.mark.parametrize("n,factors", [(3, (.52, 6.28)), (5, (.60, 2.87)), (10, (.69, 1.83))])
def test_factors_of_the_sd_are_those_of_the_tables(n, factors):
    assert sd_factors(n) == pytest.approx(factors, abs=.005)


def test_summary_of_seeds():
    summary = summarise([.5, .7, .6])
    assert (summary.n, summary.min, summary.median, summary.max) == (3, .5, .6, .7)
    assert (summary.mean, summary.sd) == pytest.approx((.6, .1))
    assert summary.sd_interval == sd_interval([.5, .7, .6])
    assert summary.sd_interval.high == pytest.approx(.628, abs=.001)
    single = summarise([.5])
    assert np.isnan(single.sd) and single.mean_interval is None and single.sd_interval is None


@pytest.mark.parametrize("values", [[], [.5, np.nan], [[.5]]])
def test_summary_refuses_what_is_no_score(values):
    with pytest.raises(ValueError, match="expected scores"):
        summarise(values)


def test_few_clusters_get_students_t_of_the_jackknife():
    random = np.random.RandomState(3)
    nets = simulated.Nets()
    matrices = simulated.run_matrices(nets, simulated.draw_images(nets, 60, random), [0.0],
                                      random)[0]
    found = bca_over_images(matrices, np.arange(60) // 12)
    half = stats.t.ppf(.975, 4) * found.se
    assert found.interval.method == "jackknife t, 5 units"
    assert found.interval.low == pytest.approx(found.score - half)
    assert bca_over_images(matrices, np.arange(60) // 3).interval.method == "BCa"
    two = bca_over_images(matrices, np.arange(60) // 30).interval
    assert 0 <= two.low < two.high <= 1


def test_intervals_of_scores_are_cut_to_what_scores_can_be():
    values = [0.0, 0.0, .05]
    assert summarise(values).mean_interval.low < 0
    assert summarise(values, within=SCORES).mean_interval.low == 0
    assert summarise(values, within=SCORES).mean_interval.high == summarise(
        values).mean_interval.high
    assert t_interval([.99, 1.0, .9], within=SCORES).high == 1
