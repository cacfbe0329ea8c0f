"""What seeds can show, against statsmodels and tables."""
import numpy as np
import pytest
from statsmodels.stats.power import TTestIndPower

from utils.statistics.power import (
    MOST_SEEDS, detectable_difference, power_table, seeds_needed)


@pytest.mark.parametrize("seeds,expected", [(3, 3.07), (5, 2.02), (10, 1.32), (20, .91)])
def test_detectable_differences_are_those_of_the_page(seeds, expected):
    assert detectable_difference(seeds) == pytest.approx(expected, abs=.006)
    assert TTestIndPower().power(detectable_difference(seeds), seeds, .05) == pytest.approx(.8)


def test_detectable_difference_scales_and_takes_unequal_numbers():
    assert detectable_difference(5, .004) == pytest.approx(.004 * detectable_difference(5))
    uneven = detectable_difference(3, seeds_b=10)
    assert detectable_difference(10) < uneven < detectable_difference(3)
    assert TTestIndPower().power(uneven, 3, .05, ratio=10 / 3) == pytest.approx(.8)
    assert detectable_difference(5, power=.95) > detectable_difference(5)


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


def test_power_where_scipy_gives_none():
    """The noncentral t of scipy 1.17 is NaN at places; every power in between is a number."""
    powers = [detectable_difference(2, power=power) for power in (.8, .9, .99, .999, .9999)]
    assert np.all(np.diff(powers) > 0) and np.isfinite(powers).all()


def test_table():
    rows = power_table(.005, seeds=(3, 5))
    assert [row.seeds for row in rows] == [3, 5]
    assert rows[0].in_sd == pytest.approx(3.07, abs=.01)
    assert rows[0].difference == pytest.approx(.01535, abs=.0001)
