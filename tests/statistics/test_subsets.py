"""Subsets of the test images."""
import numpy as np
import pytest

from utils.statistics import simulated
from utils.statistics.intervals import run_score
from utils.statistics.miou import miou_d
from utils.statistics.subsets import default_sizes, images_needed, subset_curve


@pytest.fixture(scope="module")
def runs():
    nets, random = simulated.Nets(classes=4, seed_sd=.0), np.random.RandomState(2)
    drawn = simulated.draw_images(nets, 300, random)
    return [simulated.run_matrices(nets, drawn, [shift] * 2, random) for shift in (0, .02, .8)]


def test_all_subsets_of_two_by_hand():
    nets, random = simulated.Nets(classes=3), np.random.RandomState(1)
    run = simulated.run_matrices(nets, simulated.draw_images(nets, 3, random), [0], random)[0]
    pairs = [float(miou_d(run[[i, j]])) for i, j in ((0, 1), (0, 2), (1, 2))]
    curve = subset_curve([run], [2, 3], draws=20000)
    assert curve.sd[0, 0] == pytest.approx(np.std(pairs), rel=.03)
    assert curve.bias[0, 0] == pytest.approx(np.mean(pairs) - miou_d(run), abs=2e-3)
    assert curve.sd[0, 1] == pytest.approx(0, abs=1e-12)
    assert np.isnan(curve.same_ranking).all()


def test_spread_falls_as_the_root_of_the_images(runs):
    curve = subset_curve(runs, [30, 120, 300], draws=600)
    assert curve.sd.shape == (3, 3)
    # Finite-population correction: sqrt((1 - .1) / 30) against sqrt((1 - .4) / 120).
    np.testing.assert_allclose(curve.sd[:, 0] / curve.sd[:, 1], np.sqrt(6), rtol=.15)
    np.testing.assert_allclose(curve.population_sd[:, 0] / curve.population_sd[:, 1], 2, rtol=.15)
    np.testing.assert_allclose(curve.population_sd[:, 1] / curve.population_sd[:, 2],
                               np.sqrt(2.5), rtol=.15)


def test_ranking_of_close_configurations_needs_images(runs):
    curve = subset_curve(runs, [10, 100, 300], draws=400)
    assert (np.diff(curve.same_ranking) > 0).all() and curve.same_ranking[-1] == 1
    assert (curve.same_best > .99).all() and curve.same_ranking[0] < .9


def test_one_run_and_several_are_taken(runs):
    once = subset_curve([runs[0][0]], [50], draws=300)
    mean = subset_curve([runs[0]], [50], draws=300)
    # The mean over seeds averages their luck, not the images'.
    assert .5 * once.sd[0, 0] < mean.sd[0, 0] < 1.05 * once.sd[0, 0]


def test_images_needed_by_hand(runs):
    run = runs[0][0]
    needed = images_needed(run, half_width=.005)
    assert needed.se == pytest.approx(run_score(run).se)
    assert needed.images == np.ceil(300 * (1.959964 * needed.se / .005) ** 2)
    assert images_needed(run, 10.0).images == 1
    scenes = images_needed(np.repeat(run, 3, axis=0), .005, clusters=np.repeat(np.arange(300), 3))
    assert scenes.images == needed.images and scenes.units == 300


def test_refuses(runs):
    for sizes in ([0], [301], []):
        with pytest.raises(ValueError, match="expected numbers within 1..300"):
            subset_curve(runs, sizes)
    with pytest.raises(ValueError, match="same test set"):
        subset_curve([runs[0], runs[1][:, :200]], [10])
    with pytest.raises(ValueError, match="no configuration"):
        subset_curve([], [10])


def test_default_sizes():
    assert default_sizes(233) == (10, 20, 50, 100, 200, 233)
    assert default_sizes(5) == (5,)
