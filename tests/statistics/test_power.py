"""What seeds can show, against simulated verdicts, statsmodels and tables."""
import numpy as np
import pytest
from statsmodels.stats.power import TTestIndPower

from utils.statistics.power import MOST_SEEDS, detectable_difference, power_table, seeds_needed
from utils.statistics.verdicts import over_seeds


@pytest.mark.parametrize("seeds,expected", [
    (2, 10.39), (3, 3.51), (5, 2.08), (10, 1.33), (20, .91)])
def test_detectable_differences_are_those_of_the_page(seeds, expected):
    assert detectable_difference(seeds) == pytest.approx(expected, abs=.006)


def test_many_seeds_detect_what_the_pooled_t_test_does():
    assert TTestIndPower().power(detectable_difference(20), 20, .05) == pytest.approx(.8, abs=.002)


@pytest.mark.parametrize("runs", [(2, 2), (3, 3), (5, 5), (2, 5), (3, 5), (3, 10), (5, 50)])
def test_the_verdict_detects_the_detectable_difference_in_4_of_5_cases(runs):
    random, trials = np.random.RandomState(1), 4000
    a = random.standard_normal((trials, runs[0])) + detectable_difference(*runs[:1],
                                                                          seeds_b=runs[1])
    b = random.standard_normal((trials, runs[1]))
    found = [over_seeds(*pair).claim.p < .05 for pair in zip(a, b)]
    assert np.mean(found) == pytest.approx(.8, abs=.02)  # three standard errors


def test_deleting_runs_does_not_make_a_difference_of_three_runs_detectable():
    for more in (4, 5, 6, 7, 10, 20, 50):
        assert detectable_difference(3, seeds_b=more) < detectable_difference(3)


def test_detectable_difference_scales_and_knows_level_and_power():
    assert detectable_difference(5, .004) == pytest.approx(.004 * detectable_difference(5))
    assert detectable_difference(5, seeds_b=3) == pytest.approx(
        detectable_difference(3, seeds_b=5), rel=.01)
    assert detectable_difference(5, power=.95) > detectable_difference(5)
    assert detectable_difference(5, level=.01) > detectable_difference(5)


def test_one_seed_detects_nothing():
    with pytest.raises(ValueError, match="2 seeds"):
        detectable_difference(1)


@pytest.mark.parametrize("effect,expected", [(.2, 394), (.5, 64), (.8, 26)])
def test_seeds_needed_are_cohens(effect, expected):
    """Statistical Power Analysis, 1988, table 2.4.1 (.2: 393 by its approximation)."""
    assert seeds_needed(effect * .01, .01) == expected


@pytest.mark.parametrize("effect", [.4, 1.0, 1.25, 2.5, 5.0, 7.0])
def test_seeds_needed_is_the_least_number_that_detects(effect):
    seeds = seeds_needed(-effect, 1.0)
    assert detectable_difference(seeds) <= effect
    assert seeds == 2 or detectable_difference(seeds - 1) > effect


def test_extremes_of_seeds_needed():
    assert seeds_needed(0.0, .01) is None
    assert seeds_needed(1e-6, 1.0) is None
    assert seeds_needed(100.0, .01) == 2
    assert seeds_needed(.01, 0.0) == 2
    assert MOST_SEEDS > seeds_needed(.04, 1.0) > 9000


def test_table():
    rows = power_table(.005, seeds=(3, 5))
    assert [row.seeds for row in rows] == [3, 5]
    assert rows[0].in_sd == pytest.approx(3.51, abs=.01)
    assert rows[0].difference == pytest.approx(.01754, abs=.0001)
