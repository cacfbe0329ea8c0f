"""Resampling by products equals resampling by hand."""
import numpy as np
import pytest

from utils.statistics import simulated
from utils.statistics.miou import METRICS, miou_d
from utils.statistics.resampling import (
    by_cluster, draw_counts, jackknife, jackknife_se, pseudo_values, resampled_scores,
    vanished_share)


@pytest.fixture(scope="module")
def matrices():
    nets, random = simulated.Nets(classes=5), np.random.RandomState(5)
    return simulated.run_matrices(nets, simulated.draw_images(nets, 12, random), [0.0], random)[0]


def test_counts_are_draws_with_replacement():
    counts = draw_counts(7, 4000, seed=1)
    assert counts.shape == (4000, 7)
    assert (counts.sum(1) == 7).all()
    assert counts.var() == pytest.approx(6 / 7, rel=.03)
    np.testing.assert_array_equal(counts, draw_counts(7, 4000, seed=1))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_product_is_a_resample(matrices, name):
    counts = draw_counts(12, 5, seed=2)
    metric = METRICS[name]
    scores = resampled_scores(metric.parts(matrices), metric.score, counts)
    by_hand = [METRICS[name](np.repeat(matrices, row.astype(int), axis=0)) for row in counts]
    np.testing.assert_allclose(scores, by_hand, rtol=1e-12)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_jackknife_leaves_each_image_out(matrices, name):
    metric = METRICS[name]
    by_hand = [metric(np.delete(matrices, index, axis=0)) for index in range(12)]
    np.testing.assert_allclose(jackknife(metric.parts(matrices), metric.score), by_hand, rtol=1e-12)


def test_pseudo_values_of_a_mean_are_the_values():
    values = np.array([1.0, 4.0, 2.0, 9.0])
    parts = np.stack([values, np.ones(4)], axis=-1)

    def mean(sums):
        return sums[..., 0] / sums[..., 1]

    np.testing.assert_allclose(pseudo_values(parts, mean), values)
    assert jackknife_se(parts, mean) == pytest.approx(values.std(ddof=1) / 2)


def test_one_image_has_no_jackknife(matrices):
    with pytest.raises(ValueError, match="nothing is left"):
        pseudo_values(miou_d.parts(matrices[:1]), miou_d.score)


def test_clusters_are_summed_whatever_their_names_and_order():
    values = np.arange(8.0).reshape(4, 2)
    summed = by_cluster(values, ["b", "a", "b", "c"])
    np.testing.assert_array_equal(summed, [[2, 3], [4, 6], [6, 7]])
    assert by_cluster(values) is values
    with pytest.raises(ValueError, match="3 cluster names for 4 images"):
        by_cluster(values, [1, 2, 3])


def test_counts_resamples_that_lack_a_class():
    only_first = np.zeros((3, 2, 2), int)
    only_first[:, 0, 0] = 5
    only_first[0, 1, 1] = 5
    counts = np.array([[1, 1, 1], [0, 2, 1], [0, 0, 3], [3, 0, 0]])
    assert vanished_share(only_first, counts) == .5
    # A resample without class 1 is scored by class 0 alone.
    only_first[0, 1] = [5, 5]
    assert vanished_share(only_first, counts) == .5
    scores = resampled_scores(miou_d.parts(only_first), miou_d.score, counts.astype(float))
    np.testing.assert_allclose(scores, [(15 / 20 + .5) / 2, 1, 1, (15 / 30 + .5) / 2])
