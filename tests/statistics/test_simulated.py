"""The made-up runs are what they say: only then do they prove anything."""
import numpy as np
import pytest

from utils.statistics import simulated
from utils.statistics.miou import miou_d


def test_matrices_have_the_truths_pixels_in_every_run():
    nets, random = simulated.Nets(classes=6), np.random.RandomState(0)
    images = simulated.draw_images(nets, 30, random)
    runs = simulated.run_matrices(nets, images, [0.0, 1.0], random)
    assert runs.shape == (2, 30, 6, 6) and runs.min() >= 0
    for run in runs:
        np.testing.assert_array_equal(run.sum(-1), images.pixels)
    assert (images.pixels.sum(1) - simulated.PIXELS <= 6).all()


def test_parts_are_those_of_the_matrices():
    nets, images = simulated.Nets(classes=6), simulated.draw_images(
        simulated.Nets(classes=6), 40, np.random.RandomState(0))
    parts, matrices = [draw(nets, images, [0.0, .5], np.random.RandomState(1))
                       for draw in (simulated.run_parts, simulated.run_matrices)]
    np.testing.assert_array_equal(parts, miou_d.parts(matrices))


def test_classes_get_rarer():
    nets, random = simulated.Nets(classes=5, rarest=.05), np.random.RandomState(0)
    share = (simulated.draw_images(nets, 4000, random).pixels > 0).mean(0)
    np.testing.assert_allclose(share, [1, .6, .4167, .2333, .05], atol=.03)


def test_the_score_of_many_images_is_the_true_score():
    nets, random = simulated.Nets(classes=4), np.random.RandomState(1)
    truth = simulated.true_scores(nets, [-.3, .3], random, 40000)
    images = simulated.draw_images(nets, 20000, random)
    found = miou_d(simulated.run_matrices(nets, images, [-.3, .3], random))
    np.testing.assert_allclose(found, truth, atol=.004)
    assert truth[1] > truth[0] + .05


def test_the_true_seed_sd_is_that_of_drawn_seeds():
    nets, random = simulated.Nets(classes=4, seed_sd=.2), np.random.RandomState(2)
    scores = simulated.true_scores(nets, simulated.draw_seeds(nets, 300, random), random, 1000)
    assert simulated.true_seed_sd(nets, random) == pytest.approx(scores.std(ddof=1), rel=.12)


def test_difficulties_of_scenes_and_of_other_eyes_correlate_as_asked():
    random = np.random.RandomState(3)
    images = simulated.draw_images(simulated.Nets(), 4000, random)
    other = simulated.other_eyes(images, .5, random).difficulty
    assert np.corrcoef(images.difficulty.ravel(), other.ravel())[0, 1] == pytest.approx(.5, abs=.02)
    scenes = simulated.in_scenes(images, 2, .7, random).difficulty
    pairs = scenes.reshape(-1, 2, 8)
    assert np.corrcoef(pairs[:, 0].ravel(), pairs[:, 1].ravel())[0, 1] == pytest.approx(.7, abs=.03)
    assert scenes.std() == pytest.approx(1, abs=.03)
