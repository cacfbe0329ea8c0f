"""Compares two configurations, and gives the verdict in words.

The unit is the run: seeds are what a training draws anew, so the primary test is Welch's t over
seeds. Resampling the images of one run each answers another question: are these two nets
different? As a test of configurations it claims far too often (docs/error_bars.md).
"""
import dataclasses
from typing import Optional

import numpy as np

from utils.statistics.arrays import Clusters, Numbers, Seed
from utils.statistics.intervals import Interval
from utils.statistics.miou import METRICS, check_matrices, check_same_test_set
from utils.statistics.pair_intervals import image_interval, population_interval
from utils.statistics.power import detectable_difference
from utils.statistics.resampling import by_cluster
from utils.statistics.seed_tests import hedges_g, permutation_test, probability_above
from utils.statistics.verdicts import BETTER, judge, over_seeds


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Everything about A - B, scores as fractions 0..1. None or NaN: could not be told (see why).

    Attributes:
      seeds_a, seeds_b: runs. mean_a, mean_b, sd_a, sd_b: of their scores.
      difference: mean_a - mean_b.
      test_set_interval: these images fixed, seeds vary (Welch). What the p-values are about.
      population_interval: images and seeds vary: the difference on other images of the kind.
      image_interval: these runs fixed, images vary (paired jackknife). Not about other seeds.
      welch_t, welch_df, welch_p: two-sided test over seeds, primary.
      claim_p: what the verdict goes by: welch_p, or, with unequal numbers of runs and 2 or 3 of
        the fewer, that of another test; claim_rule: its name. test_set_interval and tost_p are of
        the same test.
      hedges_g: difference in pooled seed sds, corrected for small samples.
      permutation_p: exact over the assignments of runs, or None and permutation_why.
      p_a_above_b: chance that a run of A beats a run of B; above_interval: its interval.
      tost_p: equivalence within +-margin.
      margin, level: as given.
      detectable_difference: that the verdict finds in 4 of 5 cases, with these seeds and the root
        mean variance of both.
      seeds_needed: of each for 80 % power, were the observed difference true; None: > 10000.
      seeds_for_margin: of each for 80 % power, were the true difference the margin.
      verdict: "A better", "B better", "equivalent", "inconclusive" or "no verdict".
      why: the reasons in a sentence or two.
      metric: its name; "" where only scores were given.
    """
    seeds_a: int
    seeds_b: int
    mean_a: float
    mean_b: float
    sd_a: float
    sd_b: float
    difference: float
    test_set_interval: Optional[Interval]
    population_interval: Optional[Interval]
    image_interval: Optional[Interval]
    welch_t: float
    welch_df: float
    welch_p: float
    claim_p: float
    claim_rule: str
    hedges_g: float
    permutation_p: Optional[float]
    permutation_why: str
    p_a_above_b: float
    above_interval: Optional[Interval]
    tost_p: float
    margin: float
    level: float
    detectable_difference: float
    seeds_needed: Optional[int]
    seeds_for_margin: Optional[int]
    verdict: str
    why: str
    metric: str = ""


def compare(a: np.ndarray, b: np.ndarray, margin: float = .01, level: float = .95,
            metric: str = "miou_d", clusters: Clusters = None, seed: Seed = 0) -> Comparison:
    """Compares two configurations on one test set.

    Args:
      a, b: [Sa, N, C, C] and [Sb, N, C, C], one matrix per run and image.
      margin: differences up to this are of no consequence; a fraction (.01 is one point).
      clusters: [N] or None, for the two intervals in which images vary.

    Returns:
      `Comparison`.

    Raises:
      ValueError: different numbers of images or classes.
    """
    a, b = check_matrices(a, 4), check_matrices(b, 4)
    check_same_test_set(a, b)
    name, metric = metric, METRICS[metric]
    parts_a, parts_b = (by_cluster(metric.parts(runs), clusters) for runs in (a, b))
    result = compare_scores(metric.score(parts_a.sum(-2)), metric.score(parts_b.sum(-2)), margin,
                            level, seed)
    if parts_a.shape[-2] < 2:
        return dataclasses.replace(
            result, metric=name, why=result.why + "; a single image or cluster: other images "
            "can not be told of")
    result = dataclasses.replace(
        result, metric=name,
        image_interval=image_interval(parts_a, parts_b, metric.score, level),
        population_interval=population_interval(parts_a, parts_b, metric.score, level))
    return dataclasses.replace(result, why=result.why + on_other_images(
        result.verdict, result.population_interval))


def compare_scores(a: Numbers, b: Numbers, margin: float = .01, level: float = .95,
                   seed: Seed = 0) -> Comparison:
    """Compares as `compare` with scores [Sa] and [Sb] alone; the images' intervals are None.

    Raises:
      ValueError: no run, or a score that is no number.
    """
    found = over_seeds(a, b, margin, level)
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    test, verdict = found.claim.test, judge(found, 1 - level)
    permutation_p, permutation_why = permutation_test(a, b, level, seed)
    above, above_interval = probability_above(a, b, level)
    return Comparison(
        seeds_a=len(a), seeds_b=len(b), mean_a=float(a.mean()), mean_b=float(b.mean()),
        sd_a=_sd(a), sd_b=_sd(b), difference=found.difference,
        test_set_interval=found.claim.interval, population_interval=None, image_interval=None,
        welch_t=test.t, welch_df=test.df, welch_p=test.p, claim_p=found.claim.p,
        claim_rule=found.claim.rule.name if found.claim.rule else "", hedges_g=hedges_g(a, b),
        permutation_p=permutation_p, permutation_why=permutation_why, p_a_above_b=above,
        above_interval=above_interval, tost_p=found.tost_p, margin=margin, level=level,
        detectable_difference=detectable_difference(
            len(a), found.spread, level=1 - level, seeds_b=len(b)) if found.spread > 0 else np.nan,
        seeds_needed=found.seeds_needed, seeds_for_margin=found.seeds_for_margin,
        verdict=verdict.word, why=verdict.why)


def _sd(scores):
    return float(scores.std(ddof=1)) if len(scores) > 1 else np.nan


def on_other_images(word: str, interval: Optional[Interval]) -> str:
    """Warns where a difference is sure on these images only; "" where there is nothing to say.

    Args:
      word: the verdict. interval: the population interval, or None.
    """
    if word in BETTER and interval is not None and interval.contains(0.0):
        return (f"; on other images of the kind it may vanish (interval {100 * interval.low:+.2f} "
                f"to {100 * interval.high:+.2f})")
    return ""
