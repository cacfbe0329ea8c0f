"""What the project claims of its statistics, counted on runs of known truth.

Small versions of `benchmarks/simulations.py`; the thresholds are those of docs/error_bars.md. Seeds
are fixed, so these pass or fail for good; each rate has a standard error of about .015.
"""
import numpy as np
import pytest

from utils.statistics import simulated
from utils.statistics.components import variance_components
from utils.statistics.intervals import run_score
from utils.statistics.many import max_t
from utils.statistics.miou import miou_d
from utils.statistics.pair_intervals import image_interval, population_interval
from utils.statistics.pairs import compare
from utils.statistics.seed_tests import welch


def _null_pair(nets, seeds, random, images=100, shared=1.0):
    """Runs of two configurations that are equal, at least over all images there could be."""
    drawn = simulated.draw_images(nets, images, random)
    other = drawn if shared == 1 else simulated.other_eyes(drawn, shared, random)
    return tuple(simulated.run_matrices(
        nets, seen, simulated.draw_seeds(nets, seeds, random), random) for seen in (drawn, other))


@pytest.mark.parametrize("seed_sd", [.005, .05, .2])
def test_the_comparison_errs_at_its_level_whatever_the_seed_variance(seed_sd):
    nets, random = simulated.Nets(classes=4, seed_sd=seed_sd), np.random.RandomState(1)
    verdicts = [compare(*_null_pair(nets, 5, random)).verdict for _ in range(200)]
    wrong = np.mean([verdict.endswith("better") for verdict in verdicts])
    assert .02 <= wrong <= .09


def test_images_of_single_runs_would_err_far_more_often():
    """Why a single run gets no verdict: its images say nothing of the next seed."""
    random, rates = np.random.RandomState(2), []
    for seed_sd in (.005, .05, .2):
        nets = simulated.Nets(classes=4, seed_sd=seed_sd)
        parts = [[miou_d.parts(runs) for runs in _null_pair(nets, 1, random)] for _ in range(100)]
        rates.append(np.mean([not image_interval(*pair, score=miou_d.score).contains(0)
                              for pair in parts]))
    assert rates[0] < .13 < .18 < rates[1] < .5 < rates[2]


def test_the_population_interval_covers_where_images_matter():
    """Two architectures, equal over all images but not on these: Welch sees these only."""
    nets, random = simulated.Nets(classes=4, seed_sd=.02), np.random.RandomState(3)
    missed, misled = [], []
    for _ in range(200):
        a, b = _null_pair(nets, 5, random, shared=.5)
        missed.append(not population_interval(miou_d.parts(a), miou_d.parts(b),
                                              score=miou_d.score).contains(0))
        misled.append(welch(miou_d(a), miou_d(b)).p < .05)
    assert .02 <= np.mean(missed) <= .09
    assert np.mean(misled) > .2


def test_the_interval_over_images_covers_at_500_images():
    nets, random = simulated.Nets(), np.random.RandomState(4)
    truth = simulated.true_scores(nets, [0.0], random, 60000)[0]
    caught = []
    for _ in range(150):
        images = simulated.draw_images(nets, 500, random)
        matrices = simulated.run_matrices(nets, images, [0.0], random)[0]
        caught.append(run_score(matrices).interval.contains(truth))
    assert .90 <= np.mean(caught) <= .99


@pytest.mark.parametrize("seed_sd", [.02, .05, .2])
def test_components_recover_the_truth(seed_sd):
    nets, random = simulated.Nets(classes=4, seed_sd=seed_sd), np.random.RandomState(5)
    truth = simulated.true_seed_sd(nets, random)
    found = [variance_components(_null_pair(nets, 20, random)[0], splits=10, seed=random)
             for _ in range(120)]
    anova, halves = [np.sqrt(np.mean([parts.variances[name] for parts in found]))
                     for name in ("seed", "split_half")]
    naive = np.sqrt(np.mean([parts.naive_sd ** 2 for parts in found]))
    assert anova == pytest.approx(truth, rel=.15)
    assert halves == pytest.approx(truth, rel=.15)
    if seed_sd == .02:
        assert naive > 1.3 * truth


def test_the_interval_of_the_seed_sd_covers():
    nets, random = simulated.Nets(classes=4, seed_sd=.05), np.random.RandomState(6)
    truth = simulated.true_seed_sd(nets, random)
    intervals = [variance_components(_null_pair(nets, 4, random)[0], splits=1).seed_interval
                 for _ in range(200)]
    caught = [interval is not None and interval.contains(truth) for interval in intervals]
    assert .91 <= np.mean(caught) <= .985


def test_image_components_add_up_to_the_spread_over_test_sets():
    nets, random = simulated.Nets(classes=4, seed_sd=.05), np.random.RandomState(7)
    scores, variances = [], []
    for _ in range(300):
        runs, _ = _null_pair(nets, 3, random)
        parts = variance_components(runs, splits=1)
        scores.append(miou_d(runs)[0])
        variances.append(sum(parts.variances[name] for name in ("seed", "interaction", "image")))
    assert np.sqrt(np.mean(variances)) == pytest.approx(np.std(scores), rel=.12)


def test_max_t_errs_at_its_level_for_the_family():
    random = np.random.RandomState(8)
    smallest = [max_t(random.standard_normal((4, 5)), 1000, random).p_adjusted.min()
                for _ in range(200)]
    assert .02 <= np.mean(np.array(smallest) < .05) <= .09
