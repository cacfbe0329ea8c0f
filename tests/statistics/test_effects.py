"""Effects of columns on values of images, and bins: against scipy, statsmodels and by hand."""
import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from utils.statistics.bins import bin_numbers
from utils.statistics.effects import (
    difference_of_means,
    mean_score,
    partial_effect,
    rank_correlation,
    standard_ranks,
)
from utils.statistics.estimates import from_pseudo_values, unit_codes, unit_sums


def test_spearman_is_scipys_and_its_error_the_jackknifes():
    random = np.random.RandomState(0)
    column = random.poisson(1.5, 60).astype(float)  # with ties
    values = .8 * column + random.standard_normal((2, 60))
    found = rank_correlation(values, column)
    assert found.by_run == pytest.approx([stats.spearmanr(run, column)[0] for run in values])
    assert found.estimate.value == pytest.approx(found.by_run.mean()) and found.holds == 2
    left_out = np.array([np.mean([stats.spearmanr(np.delete(run, i), np.delete(column, i))[0]
                                  for run in values]) for i in range(60)])
    error = np.sqrt(59 / 60 * ((left_out - left_out.mean()) ** 2).sum())
    assert found.estimate.se == pytest.approx(error, rel=.05)


def test_the_interval_of_a_correlation_covers_it():
    """Normal pairs of correlation .5, whose Spearman correlation is 6 asin(.25) / pi = .483."""
    random, truth, inside = np.random.RandomState(1), 6 / np.pi * np.arcsin(.25), []
    for _ in range(400):
        x = random.standard_normal(80)
        y = .5 * x + np.sqrt(.75) * random.standard_normal(80)
        inside.append(rank_correlation(y[np.newaxis], x).estimate.interval().contains(truth))
    assert .92 <= np.mean(inside) <= .98


def test_images_with_unknown_values_are_left_out():
    values = np.array([[1.0, 2, 3, 5, np.nan, 4]])
    column = np.array([1.0, 2, np.nan, 4, 5, 3])
    found = rank_correlation(values, column)
    assert found.images == 4 and found.estimate.value == pytest.approx(1)
    assert rank_correlation(values, np.full(6, np.nan)) is None
    assert rank_correlation(np.ones((1, 6)), column) is None


@pytest.mark.parametrize("clusters", [None, np.repeat(np.arange(16), 5)])
def test_a_partial_effect_is_statsmodels(clusters):
    random = np.random.RandomState(0)
    design = random.standard_normal((80, 3))
    values = design @ [1, 2, .5] + random.standard_normal(80)
    found = partial_effect(values, design[:, 0], list(design[:, 1:].T), clusters)
    groups = np.arange(80) if clusters is None else clusters
    fitted = sm.OLS(values, sm.add_constant(design)).fit(
        cov_type="cluster", cov_kwds={"groups": groups})
    assert (found.value, found.se) == pytest.approx((fitted.params[1], fitted.bse[1]))
    assert found.degrees == len(np.unique(groups)) - 1


def test_a_column_that_the_others_tell_has_no_partial_effect():
    random = np.random.RandomState(0)
    a, b = random.rand(2, 20)
    assert partial_effect(random.rand(20), a + b, [a, b]) is None
    assert partial_effect(random.rand(3), random.rand(3), [random.rand(3)]) is None


def test_difference_of_means_is_welchs_over_images():
    random = np.random.RandomState(0)
    values, members = random.rand(1, 50), np.arange(50) < 20
    found = difference_of_means(values, members)
    a, b = values[0, :20], values[0, 20:]
    assert found.estimate.value == pytest.approx(a.mean() - b.mean())
    error = np.sqrt(a.var(ddof=1) / 20 + b.var(ddof=1) / 30)
    assert found.estimate.se == pytest.approx(error, rel=.03)
    assert found.estimate.degrees == 19


def test_a_category_of_a_single_scene_has_no_interval():
    scenes = np.repeat(np.arange(5), 4)
    found = difference_of_means(np.random.RandomState(0).rand(2, 20), scenes == 2, scenes)
    assert found.estimate.interval() is None and np.isnan(found.estimate.p()) and found.holds == 0
    assert difference_of_means(np.ones((1, 4)), np.array([1, 0, 0, 0], bool)) is None


def test_mean_score_of_one_image_has_no_interval():
    def score(sums):
        return sums[..., 0] / sums[..., 1]
    parts = np.array([[[1.0, 2.0]], [[2.0, 2.0]]])
    assert mean_score(parts, score).value == .75 and mean_score(parts, score).interval() is None
    parts = np.stack([np.array([[1.0, 2, 3, 6]]), np.ones((1, 4))], -1)
    found = mean_score(parts, score)
    assert found.se == pytest.approx(np.std([1, 2, 3, 6], ddof=1) / 2)


def test_estimates_by_hand():
    found = from_pseudo_values(2.0, np.array([1.0, 2.0, 3.0]))
    assert found.se == pytest.approx(1 / np.sqrt(3))
    assert found.p() == pytest.approx(stats.ttest_1samp([1, 2, 3], 0)[1])
    assert found.p_above() == pytest.approx(found.p() / 2)
    assert found.interval(within=(0, 3)).low == 0 and not found.excludes(1.0)
    assert from_pseudo_values(1.0, np.ones(3)).interval() is None
    codes = unit_codes(4, ["b", "a", "b", "a"])
    assert unit_sums(np.arange(4.0), codes).tolist() == [4, 2]


def test_ranks_have_one_scale():
    ranks = standard_ranks(np.array([[5.0, 1, 3], [1, 1, 1]]))
    assert ranks[0] == pytest.approx([np.sqrt(1.5), -np.sqrt(1.5), 0]) and not ranks[1].any()


def labels(values, **options):
    return [(one.label, int(one.members.sum())) for one in bin_numbers(np.array(values), **options)]


def test_bins():
    assert labels([0, 0, 1, 2, 3, 7, np.nan], fewest=2) == [
        ("0", 2), ("1", 1), ("2", 1), ("3 and more", 2)]
    assert labels(np.arange(100.0), most=4) == [
        ("0 to 24", 25), ("25 to 49", 25), ("50 to 74", 25), ("75 and more", 25)]
    assert labels([.125, .25, .5, .75], most=2) == [("0.125 to 0.25", 2), ("0.5 to 0.75", 2)]
    assert labels([0.0] * 60 + [1] * 20 + [5] * 15 + [6, 7, 8, 9, 10], most=4) == [
        ("0", 60), ("1 and more", 40)]
    assert labels([2.0, 2.0]) == [("2", 2)] and labels([np.nan]) == []
