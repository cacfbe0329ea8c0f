"""The comparison and its verdicts."""
import numpy as np
import pytest

from utils.statistics import simulated
from utils.statistics.pairs import compare, compare_scores


def _runs(seeds, images=60, seed=0, shift=0.0, **nets):
    """Runs of equal configurations on the same images; `shift` raises all logits."""
    nets, random = simulated.Nets(**nets), np.random.RandomState(100)
    drawn = simulated.draw_images(nets, images, random)
    random = np.random.RandomState(seed)
    return simulated.run_matrices(nets, drawn, shift + simulated.draw_seeds(nets, seeds, random),
                                  random)


def test_better():
    result = compare(_runs(5, shift=.5), _runs(5, seed=1))
    assert result.verdict == "A better" and result.welch_p < .05
    assert result.difference == pytest.approx(result.mean_a - result.mean_b)
    assert result.test_set_interval.low > 0 and result.population_interval.low > 0
    assert result.image_interval.low > 0 and result.p_a_above_b == 1
    assert result.permutation_p == pytest.approx(2 / 252)
    assert result.seeds_needed <= 5 and result.metric == "miou_d"
    swapped = compare(_runs(5, seed=1), _runs(5, shift=.5))
    assert swapped.verdict == "B better"
    assert swapped.difference == pytest.approx(-result.difference)
    assert swapped.test_set_interval.high == pytest.approx(-result.test_set_interval.low)
    assert swapped.population_interval.high == pytest.approx(-result.population_interval.low)


def test_equivalent():
    result = compare(_runs(5, seed_sd=.01), _runs(5, seed=1, seed_sd=.01), margin=.02)
    assert result.verdict == "equivalent" and result.tost_p < .05 < result.welch_p
    assert "within +-2.00 points" in result.why


def test_inconclusive_says_how_many_seeds():
    a, b = np.array([.60, .62, .64]), np.array([.59, .61, .63])
    result = compare_scores(a, b)
    assert result.verdict == "inconclusive"
    # 1 point at a seed sd of 2: effect .5, 64 of each (Cohen 1988, table 2.4.1).
    assert result.seeds_needed == result.seeds_for_margin == 64
    assert "64 seeds of each would show it" in result.why
    assert result.detectable_difference == pytest.approx(3.507 * .02, rel=.01)


@pytest.mark.parametrize("seeds", [(1, 1), (1, 5), (5, 1)])
def test_a_single_run_gets_no_verdict(seeds):
    result = compare(_runs(seeds[0], shift=2.0), _runs(seeds[1], seed=1))
    assert result.verdict == "no verdict" and "single run" in result.why
    assert result.test_set_interval is None and result.population_interval is None
    assert np.isnan(result.welch_p) and np.isnan(result.tost_p) and result.permutation_p is None
    # However sure these two nets differ: that is another question.
    assert result.difference > .05 and result.image_interval.low > 0


def test_the_same_run_twice_gets_no_verdict():
    once, other = _runs(1), _runs(1, shift=.5)
    result = compare(np.repeat(once, 3, axis=0), np.repeat(other, 3, axis=0))
    assert result.verdict == "no verdict" and "exactly alike" in result.why


def test_one_configuration_without_spread_is_judged_by_the_other():
    result = compare_scores([.6, .6, .6], [.50, .51, .52])
    assert result.verdict == "A better" and result.welch_df == pytest.approx(2)


def test_real_and_too_small_to_matter_is_said():
    a = .6 + np.array([0, .001, -.001, .0005, -.0005])
    result = compare_scores(a + .003, a, margin=.01)
    assert result.verdict == "A better" and result.tost_p < .05
    assert "too small to matter" in result.why
    open_question = compare_scores(.6 + 10 * (a - .6) + .0195, .6 + 10 * (a - .6), margin=.02)
    assert open_question.verdict == "A better" and "whether it matters is open" in open_question.why


def test_one_image_compares_seeds_and_nothing_else():
    result = compare(_runs(4, images=1, shift=2.0), _runs(4, images=1, seed=1))
    assert result.population_interval is None and result.image_interval is None
    assert "single image" in result.why and not np.isnan(result.welch_p)


def test_a_difference_of_these_images_only_is_said():
    random = np.random.RandomState(4)
    nets = simulated.Nets(seed_sd=.01, luck_sd=.1)
    drawn = simulated.draw_images(nets, 40, random)
    runs = [simulated.run_matrices(nets, seen, simulated.draw_seeds(nets, 5, random), random)
            for seen in (drawn, simulated.other_eyes(drawn, 0.0, random))]
    result = compare(*runs)
    assert result.verdict.endswith("better") and result.population_interval.contains(0)
    assert "on other images of the kind it may vanish" in result.why


def test_clusters_widen_what_images_vary():
    a, b = _runs(4, shift=.1), _runs(4, seed=1)
    many = [np.repeat(runs, 8, axis=1) for runs in (a, b)]
    clusters = np.repeat(np.arange(60), 8)
    once, scenes = compare(a, b), compare(*many, clusters=clusters)
    assert scenes.image_interval.half_width == pytest.approx(once.image_interval.half_width)
    assert scenes.population_interval.half_width == pytest.approx(
        once.population_interval.half_width)
    assert compare(*many).image_interval.half_width < .5 * once.image_interval.half_width


@pytest.mark.parametrize("name", ["miou_i", "miou_c"])
def test_other_means(name):
    result = compare(_runs(4, shift=.8), _runs(4, seed=1), metric=name)
    assert result.verdict == "A better" and result.metric == name
    assert result.population_interval.contains(result.difference)


def test_refuses_other_test_sets_and_broken_scores():
    with pytest.raises(ValueError, match="expected the same test set"):
        compare(_runs(3), _runs(3, images=50))
    with pytest.raises(ValueError, match="expected the same test set"):
        compare(_runs(3), _runs(3, classes=5))
    with pytest.raises(ValueError, match="none of them NaN"):
        compare_scores([.5, np.nan], [.5, .6])
    with pytest.raises(ValueError, match="1 run or more"):
        compare_scores([], [.5, .6])


def test_two_seeds_beside_many_do_not_make_a_claim():
    few, many = [.606, .598], [.55, .57, .545, .555, .562, .549]
    result = compare_scores(few, many)
    assert result.welch_p < .02 and .05 < result.claim_p
    assert result.verdict == "inconclusive"
    assert "Welch's p = .003 is not to be trusted with so few runs beside more" in result.why
    assert result.claim_rule == "Behrens-Fisher test" and result.test_set_interval.low < 0
    assert compare_scores(few, [.552, .549]).verdict == "A better"


def test_the_reasons_count_the_seeds():
    assert "over 2 + 2 seeds (p < .001)" in compare_scores([.6, .601], [.5, .501]).why
    assert "over 2 + 2 seeds (p = .0" in compare_scores([.6, .61], [.5, .501]).why
    assert "over 2 + 3 seeds could be luck" in compare_scores([.6, .5], [.5, .6, .7]).why
