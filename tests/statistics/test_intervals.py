"""Intervals against scipy and by hand."""
import time

import numpy as np
import pytest
from scipy import stats

from utils.measures.confusion import class_iou
from utils.statistics import simulated
from utils.statistics.intervals import (
    SCORES,
    jackknife_t,
    run_score,
    sd_factors,
    sd_interval,
    summarise,
    t_interval,
)
from utils.statistics.miou import miou_d, presence


def _run(images, seed=0, classes=8):
    nets, random = simulated.Nets(classes=classes), np.random.RandomState(seed)
    return simulated.run_matrices(nets, simulated.draw_images(nets, images, random), [0.0],
                                  random)[0]


def test_the_interval_is_students_t_of_the_jackknife():
    matrices = _run(60)
    left_out = np.array([miou_d(np.delete(matrices, image, axis=0)) for image in range(60)])
    pseudo = 60 * miou_d(matrices) - 59 * left_out
    found = run_score(matrices)
    half = stats.t.ppf(.975, 59) * stats.sem(pseudo)
    assert found.interval.method == "jackknife t over 60 units"
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (found.score - half, found.score + half))
    assert found.se == pytest.approx(stats.sem(pseudo))
    # The interval of a mean is that of the mean.
    values = np.random.RandomState(0).normal(.5, .1, 20)
    assert jackknife_t(values.mean(), values).low == pytest.approx(t_interval(values).low)


def test_one_image_has_a_score_and_no_interval():
    run = run_score(_run(1))
    assert run.interval is None and np.isnan(run.se) and "single image" in run.why
    assert run.score == pytest.approx(float(miou_d(_run(1))))


def test_images_that_all_say_the_same_have_no_interval():
    run = run_score(np.repeat(_run(1), 40, axis=0))
    assert run.interval is None and np.isnan(run.se) and "all 40 images" in run.why


def test_clusters_widen_an_interval_of_repeated_images():
    matrices = np.repeat(_run(40), 10, axis=0)
    clusters = np.repeat(np.arange(40), 10)
    alone, scenes = run_score(matrices), run_score(matrices, clusters)
    assert (alone.units, scenes.units, scenes.images) == (400, 40, 400)
    assert scenes.se / alone.se == pytest.approx(np.sqrt(10), rel=.2)
    assert scenes.interval.half_width == pytest.approx(
        run_score(_run(40)).interval.half_width)


def test_counts_the_units_of_the_rarest_class():
    matrices = _run(50)
    matrices[:, 7], matrices[:3, 7, 7] = 0, 40
    assert run_score(matrices).fewest == 3
    # Images 0 to 2 are in the clusters 0, 0 and 1.
    assert run_score(matrices, np.arange(50) // 2).fewest == 2


def test_voc_takes_a_fraction_of_a_second():
    matrices = _run(1449, classes=21)
    began = time.process_time()
    run_score(matrices)
    assert time.process_time() - began < .5


def test_scores_that_are_all_the_same_have_no_interval():
    for values in ([.6] * 5, [.6, .6 + 1e-16, .6 - 1e-16], [.1 + .2, .3]):
        summary = summarise(values)
        assert summary.mean_interval is None and summary.sd_interval is None
        assert t_interval(values) is None and sd_interval(values) is None
    assert t_interval([.6, .6 + 1e-9]).half_width > 0


def _coverage(nets, images, clusters=None, trials=250, seed=4):
    """How often an interval over images holds the true score of the classes of its images."""
    random, caught = np.random.RandomState(seed), []
    iou = class_iou(sum(simulated.run_matrices(
        nets, simulated.draw_images(nets, 4000, random), [0.0], random)[0].sum(0)
        for _ in range(25)))
    for _ in range(trials):
        drawn = simulated.draw_images(nets, images, random)
        if clusters is not None:
            drawn = simulated.in_scenes(drawn, images // (clusters.max() + 1), .7, random)
        matrices = simulated.run_matrices(nets, drawn, [0.0], random)[0]
        truth = iou[presence(matrices).any(0)].mean()
        caught.append(run_score(matrices, clusters).interval.contains(truth))
    return np.mean(caught)


@pytest.mark.parametrize("shares, images", [
    (tuple(np.linspace(.6, .1, 18)) + (.03,) * 2, 30), (tuple(np.linspace(.6, .1, 10))
                                                        + (.02,) * 10, 101)])
def test_it_covers_where_classes_are_rare(shares, images):
    # BCa covers .81 and .70 there.
    assert _coverage(simulated.Nets(classes=21, shares=shares), images) >= .92


@pytest.mark.parametrize("count", [4, 20])
def test_it_covers_where_clusters_are_few(count):
    # BCa covers .80 of the first.
    assert .92 <= _coverage(simulated.Nets(), 20 * count, np.arange(20 * count) // 20) <= .985


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


def test_two_clusters_have_one_degree_of_freedom():
    found = run_score(_run(60), np.arange(60) // 30)
    assert found.interval.method == "jackknife t over 2 units"
    assert 0 <= found.interval.low < found.interval.high <= 1
    assert (found.interval.low == 0 or found.interval.low == pytest.approx(
        found.score - stats.t.ppf(.975, 1) * found.se))


def test_intervals_of_scores_are_cut_to_what_scores_can_be():
    values = [0.0, 0.0, .05]
    assert summarise(values).mean_interval.low < 0
    assert summarise(values, within=SCORES).mean_interval.low == 0
    assert summarise(values, within=SCORES).mean_interval.high == summarise(
        values).mean_interval.high
    assert t_interval([.99, 1.0, .9], within=SCORES).high == 1
