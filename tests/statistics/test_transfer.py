"""Accuracy and score of few extractors: exact numbers, and intervals of the two kinds of noise."""
import numpy as np
import pytest
from scipy import stats

from utils.statistics.transfer import agreement, mean_scores, rank_correlation, slope

TOP1 = np.array([.498, .633, .684, .709, .718])
#: The order of the third and the fourth is reversed.
MEANS = np.array([.40, .46, .52, .50, .55])


def _scores(spread, seeds=3, decoders=1, means=MEANS):
    """K lists of G arrays whose means are exact."""
    away = np.linspace(-1, 1, seeds)
    return [[mean + .02 * decoder + spread * away for decoder in range(decoders)]
            for mean in means]


def test_correlations_and_p_are_scipys():
    found = rank_correlation(TOP1, _scores(.001))
    assert found.rho == pytest.approx(stats.spearmanr(TOP1, MEANS)[0]) == pytest.approx(.9)
    assert found.tau == pytest.approx(stats.kendalltau(TOP1, MEANS)[0]) == pytest.approx(.8)
    assert found.p == pytest.approx(10 / 120)


def test_seeds_that_hardly_scatter_leave_the_order_and_wide_ones_open_it():
    sure, unsure = [rank_correlation(TOP1, _scores(spread)) for spread in (1e-5, .5)]
    assert (sure.rho_over_seeds.low, sure.rho_over_seeds.high) == pytest.approx((.9, .9))
    assert (unsure.rho_over_seeds.low, unsure.rho_over_seeds.high) == pytest.approx((-1, 1))
    assert (sure.told, unsure.told) == (10, 0)
    # What other extractors would do is in neither of them.
    assert sure.for_others == unsure.for_others
    assert sure.for_others.low < 0 < .9 < sure.for_others.high


def test_a_pair_that_is_not_told_apart_may_be_in_either_order():
    """The third and the fourth are: rho is .9 as measured, 1 the other way round."""
    means = np.array([.1, .2, .502, .5, .9])
    found = rank_correlation(TOP1, _scores(.005, means=means))
    assert (found.rho, found.told) == (pytest.approx(.9), 9)
    assert (found.rho_over_seeds.low, found.rho_over_seeds.high) == pytest.approx((.9, 1))
    assert (found.tau_over_seeds.low, found.tau_over_seeds.high) == pytest.approx((.8, 1))


def test_single_runs_are_told_apart_from_none():
    mixed = _scores(1e-5)
    mixed[0] = [MEANS[:1]]
    found = rank_correlation(TOP1, mixed)
    assert found.told == 6 and found.rho_over_seeds.low < .9
    single = rank_correlation(TOP1, [[np.array([mean])] for mean in MEANS])
    assert single.rho == pytest.approx(.9) and single.rho_over_seeds is None


def test_two_extractors_have_no_correlation():
    with pytest.raises(ValueError, match="2 feature extractors: expected 3"):
        rank_correlation(TOP1[:2], _scores(.01)[:2])


def test_equal_scores_have_no_correlation_and_no_intervals():
    found = rank_correlation(TOP1, _scores(.01, means=np.full(5, .5)))
    assert np.isnan([found.rho, found.tau, found.p]).all()
    assert found.rho_over_seeds is None and found.for_others is None


def test_the_slope_is_least_squares_and_its_second_interval_that_of_regression():
    found = slope(TOP1, _scores(.01))
    line = stats.linregress(TOP1, MEANS)
    assert found.over_seeds.value == pytest.approx(line.slope)
    assert found.intercept == pytest.approx(line.intercept)
    half = stats.t.ppf(.975, 3) * line.stderr
    assert (found.for_others.low, found.for_others.high) == pytest.approx(
        (line.slope - half, line.slope + half))


def test_the_slopes_first_interval_is_that_of_the_seeds():
    found = slope(TOP1, _scores(.01)).over_seeds
    weights = (TOP1 - TOP1.mean()) / ((TOP1 - TOP1.mean()) ** 2).sum()
    # Three seeds at -.01, 0, .01 have a variance of .0001.
    assert found.se == pytest.approx(np.sqrt((weights ** 2).sum() * 1e-4 / 3))
    assert slope(TOP1, _scores(1e-6)).over_seeds.interval.half_width < 1e-4


def test_decoders_are_averaged():
    one, two = _scores(.01), _scores(.01, decoders=2)
    np.testing.assert_allclose(mean_scores(two), MEANS + .01)
    assert rank_correlation(TOP1, two).rho == rank_correlation(TOP1, one).rho
    assert slope(TOP1, two).over_seeds.se == pytest.approx(
        slope(TOP1, one).over_seeds.se / np.sqrt(2))


def test_slopes_without_accuracies_that_differ_and_of_two_extractors():
    assert slope([.7, .7, .7], _scores(.01)[:3]) is None
    assert slope(TOP1[:2], _scores(.01)[:2]).for_others is None


def test_agreement_is_kendalls_w():
    table = np.array([[.40, .41, .42], [.46, .47, .45], [.52, .43, .53], [.50, .55, .57]])
    w, p = agreement([[np.array([one - .001, one, one + .001]) for one in row] for row in table])
    sums = np.apply_along_axis(stats.rankdata, 0, table).sum(1)
    assert w == pytest.approx(12 * ((sums - sums.mean()) ** 2).sum() / (9 * 60))
    assert stats.friedmanchisquare(*table)[0] == pytest.approx(3 * 3 * w) and .02 < p < .2
    assert agreement(_scores(1e-4, decoders=3))[0] == pytest.approx(1)
