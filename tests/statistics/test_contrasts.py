"""Weighted sums of means: Welch's t as a special case, Satterthwaite's degrees by hand."""
import numpy as np
import pytest
from scipy import stats

from utils.statistics.contrasts import contrast

A, B = np.array([.50, .53, .51]), np.array([.48, .60, .47, .55, .50])


def test_of_two_means_it_is_welchs_test():
    found = contrast([A, B], [1, -1])
    t, p = stats.ttest_ind(A, B, equal_var=False)
    assert (found.value / found.se, found.p) == pytest.approx((t, p))
    assert found.interval.contains(found.value) and found.interval.half_width == pytest.approx(
        stats.t.ppf(.975, found.df) * found.se)


def test_four_cells_by_hand():
    cells, weights = [A, B, A * 2, B + .1], np.array([.5, -.5, -.5, .5])
    found = contrast(cells, weights, level=.9)
    parts = [weight ** 2 * stats.tvar(cell) / len(cell) for cell, weight in zip(cells, weights)]
    df = sum(parts) ** 2 / sum(part ** 2 / (len(cell) - 1) for part, cell in zip(parts, cells))
    assert found.value == pytest.approx(.5 * (A.mean() - B.mean() - 2 * A.mean() + B.mean() + .1))
    assert (found.se ** 2, found.df) == pytest.approx((sum(parts), df))
    assert found.interval.low == pytest.approx(found.value - stats.t.ppf(.95, df) * found.se)


def test_equivalence_is_the_larger_of_two_one_sided_tests():
    found = contrast([A, B], [1, -1])
    sides = [stats.t.sf((found.value + .05) / found.se, found.df),
             stats.t.cdf((found.value - .05) / found.se, found.df)]
    assert found.p_within(.05) == pytest.approx(max(sides))


@pytest.mark.parametrize("cells", [[A, B[:1]], [[.5, .5], [.4, .4]]])
def test_single_runs_and_runs_without_spread_leave_it_open(cells):
    found = contrast(cells, [1, -1])
    assert np.isfinite(found.value) and found.interval is None
    assert np.isnan([found.se, found.p, found.p_within(.01)]).all()


def test_cells_of_weight_0_do_not_count():
    assert contrast([A, B, [.7]], [1, -1, 0]) == contrast([A, B], [1, -1])
