"""The Ladder: when a public score moves, and what it takes from a team that climbs on noise."""
import numpy as np
import pytest

from tests.compete.attacks import METRIC, Attack
from tests.report.synthetic import draw_matrices
from utils.compete.ladder import climb, mean_score, rounded
from utils.statistics.resampling import pseudo_values


def parts(seed, quality, images=40, runs=1, spread=0.):
    return METRIC.parts(np.stack([draw_matrices(
        1000 * seed + run, quality, images, spread=spread) for run in range(runs)]))


def paired_error(a, b):
    difference = (pseudo_values(a, METRIC.score) - pseudo_values(b, METRIC.score)).mean(0)
    return difference.std(ddof=1) / np.sqrt(len(difference))


def test_a_score_moves_by_more_than_the_paired_standard_error_and_not_by_less():
    first = parts(1, .8)
    shifted = [parts(seed, .8 + .0005 * seed) for seed in range(2, 30)]
    moved = []
    for other in shifted:
        gain = mean_score(other, METRIC.score) - mean_score(first, METRIC.score)
        assert climb([first, other], METRIC.score)[1].moved == (gain > paired_error(other, first))
        moved.append(gain > paired_error(other, first))
    assert 0 < sum(moved) < len(moved)


def test_it_repeats_the_old_score_and_never_goes_down():
    entries = [parts(1, .7), parts(2, .6), parts(1, .7), parts(3, .8), parts(4, .5), parts(5, .9)]
    rungs = climb(entries, METRIC.score)
    assert [rung.moved for rung in rungs] == [True, False, False, True, False, True]
    assert [rung.standing for rung in rungs] == [0, 0, 0, 3, 3, 5]
    assert rungs[2].released == rungs[0].released
    assert rungs[3].released == rounded(mean_score(entries[3], METRIC.score), 40)


def test_a_copy_of_the_best_never_moves_it_and_the_mean_of_seeds_counts():
    seeds = parts(1, .8, runs=3, spread=.02)
    rungs = climb([seeds, seeds, seeds[::-1]], METRIC.score)
    assert [rung.moved for rung in rungs] == [True, False, False]
    assert rungs[0].released == pytest.approx(METRIC.score(seeds.sum(-2)).mean(), abs=.0006)


@pytest.mark.parametrize("value, units, told", [
    (.64349, 10, .643), (.6435, 2000, .6435), (.64361, 2000, .6435), (1., 7, 1.), (0., 7, 0.)])
def test_rounding_is_one_over_n_and_at_most_a_tenth_of_a_point(value, units, told):
    assert rounded(value, units) == pytest.approx(told, abs=1e-12)


def test_the_boosting_attack_gains_much_without_it_and_little_with_it():
    found = np.array([Attack(seed, 70).boosting(100) for seed in range(8)])
    without, with_it = found.mean(0)
    assert without > 1.0
    assert with_it < without / 3
