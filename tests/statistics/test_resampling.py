"""Resampling by products equals resampling by hand."""
import numpy as np
import pytest

from utils.statistics import simulated
from utils.statistics.miou import METRICS, miou_d
from utils.statistics.resampling import (
    by_cluster,
    draw_counts,
    fewest_units,
    jackknife,
    jackknife_se,
    pseudo_values,
    resampled_scores,
)


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


def test_counts_the_units_that_the_rarest_class_is_in():
    matrices = np.zeros((4, 3, 3), int)
    matrices[:, 0, 0] = 5
    assert fewest_units(matrices) == 4
    matrices[1:3, 1, 0] = 2  # missed altogether, and in the truth all the same
    assert fewest_units(matrices) == 2
    assert fewest_units(matrices, ["a", "b", "b", "c"]) == 1
    assert fewest_units(np.zeros((2, 3, 3), int)) == 0


def test_a_resample_without_a_class_is_scored_by_the_others():
    matrices = np.zeros((3, 2, 2), int)
    matrices[:, 0, 0] = 5
    matrices[0, 1] = [5, 5]
    counts = np.array([[1, 1, 1], [0, 2, 1], [3, 0, 0]], float)
    scores = resampled_scores(miou_d.parts(matrices), miou_d.score, counts)
    np.testing.assert_allclose(scores, [(15 / 20 + .5) / 2, 1, (15 / 30 + .5) / 2])
