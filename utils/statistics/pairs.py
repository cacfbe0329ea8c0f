"""Is configuration A better than B? The comparison, and the verdict in words.

The unit is the run: seeds are what a training draws anew, so the primary test is Welch's t over
seeds. Resampling the images of one run each answers another question (are these two nets
different?) and rejects a true null of configurations far too often (docs/error_bars.md).
"""
import dataclasses
from typing import Optional

import numpy as np

from utils.statistics.intervals import Interval
from utils.statistics.miou import METRICS, check_matrices, check_same_test_set
from utils.statistics.pair_intervals import image_interval, population_interval
from utils.statistics.power import detectable_difference, seeds_needed
from utils.statistics.resampling import by_cluster
from utils.statistics.seed_tests import (
    for_claims, hedges_g, permutation_test, probability_above, tost, welch)


@dataclasses.dataclass(frozen=True)
class Comparison(object):
    """Everything about A - B, scores as fractions 0..1. None or NaN: could not be told (see why).

    Attributes:
      seeds_a, seeds_b: runs. mean_a, mean_b, sd_a, sd_b: of their scores.
      difference: mean_a - mean_b.
      test_set_interval: these images fixed, seeds vary (Welch). What the p-values are about.
      population_interval: images and seeds vary: the difference on other images of the kind.
      image_interval: these runs fixed, images vary (paired BCa). Not about other seeds.
      welch_t, welch_df, welch_p: two-sided test over seeds, primary.
      claim_p: what the verdict goes by: welch_p, or, with unequal numbers of runs and 2 or 3 of
        the fewer, the larger one of `seed_tests.for_claims`; test_set_interval,
        population_interval and tost_p likewise.
      hedges_g: difference in pooled seed sds, corrected for small samples.
      permutation_p: exact over the assignments of runs, or None and permutation_why.
      p_a_above_b: chance that a run of A beats a run of B; above_interval: its interval.
      tost_p: equivalence within +-margin.
      margin, level: as given.
      detectable_difference: with these seeds and spreads, power .8.
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


def compare(a, b, margin=.01, level=.95, metric="miou_d", clusters=None, replicates=2000, seed=0):
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
    parts = [by_cluster(metric.parts(runs), clusters) for runs in (a, b)]
    result = compare_scores(*[metric.score(part.sum(-2)) for part in parts], margin=margin,
                            level=level, seed=seed)
    if parts[0].shape[-2] < 2:
        return dataclasses.replace(
            result, metric=name, why=result.why + "; a single image or cluster: other images "
            "can not be told of")
    result = dataclasses.replace(
        result, metric=name,
        image_interval=image_interval(*parts, score=metric.score, level=level,
                                      replicates=replicates, seed=seed),
        population_interval=population_interval(*parts, score=metric.score, level=level))
    return dataclasses.replace(result, why=result.why + _on_other_images(result))


def compare_scores(a, b, margin=.01, level=.95, seed=0):
    """The part of `compare` that needs only scores [Sa] and [Sb]; the images' intervals are None.

    Raises:
      ValueError: no run, or a score that is no number.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if not len(a) or not len(b) or np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("expected scores of 1 run or more of each, none of them NaN: got {} and {}"
                         .format(a.tolist(), b.tolist()))
    single = min(len(a), len(b)) < 2
    test = welch(a, b, level)
    claim = for_claims(test, len(a), len(b), level)
    permutation_p, permutation_why = permutation_test(a, b, level, seed)
    above, above_interval = probability_above(a, b, level)
    spread = np.nan if single else np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    known = not single and spread > 0
    result = Comparison(
        seeds_a=len(a), seeds_b=len(b), mean_a=float(a.mean()), mean_b=float(b.mean()),
        sd_a=_sd(a), sd_b=_sd(b), difference=float(a.mean() - b.mean()),
        test_set_interval=claim.interval, population_interval=None, image_interval=None,
        welch_t=test.t, welch_df=test.df, welch_p=test.p, claim_p=claim.p,
        hedges_g=hedges_g(a, b),
        permutation_p=permutation_p, permutation_why=permutation_why, p_a_above_b=above,
        above_interval=above_interval, tost_p=tost(claim, margin), margin=margin, level=level,
        detectable_difference=detectable_difference(
            len(a), spread, level=1 - level, seeds_b=len(b)) if known else np.nan,
        seeds_needed=seeds_needed(a.mean() - b.mean(), spread, level=1 - level) if known else None,
        seeds_for_margin=seeds_needed(margin, spread, level=1 - level) if known else None,
        verdict="", why="")
    verdict, why = _judge(result)
    return dataclasses.replace(result, verdict=verdict, why=why)


def _sd(scores):
    return float(scores.std(ddof=1)) if len(scores) > 1 else np.nan


def p_text(p):
    """"p = 0.046", "p < .001"."""
    return "p < .001" if p < .001 else "p = {:.3f}".format(p)


def _points(fraction):
    return "{:.2f} points".format(100 * abs(fraction))


def _judge(result):
    """(verdict, why) from the numbers over seeds."""
    if min(result.seeds_a, result.seeds_b) < 2:
        return "no verdict", ("{} and {} runs: a single run does not tell a better configuration "
                              "from a luckier seed; train 2 seeds of each or more (5 are usual)"
                              .format(result.seeds_a, result.seeds_b))
    if np.isnan(result.welch_p):
        return "no verdict", ("the runs of each configuration score exactly alike: their seeds did "
                              "not differ, so the spread over seeds is unknown")
    alpha = 1 - result.level
    if result.claim_p < alpha:
        return ("A better" if result.difference > 0 else "B better"), _why_better(result, alpha)
    if result.tost_p < alpha:
        return "equivalent", (
            "the difference of {} over {} is within +-{} (equivalence {})".format(
                _points(result.difference), _seeds(result), _points(result.margin),
                p_text(result.tost_p)))
    return "inconclusive", _why_inconclusive(result)


def _why_better(result, alpha):
    why = "{} over {} ({})".format(_points(result.difference), _seeds(result),
                                   p_text(result.claim_p))
    if result.tost_p < alpha:
        return why + ", but within the margin of {}: real, and too small to matter".format(
            _points(result.margin))
    if abs(result.difference) < result.margin:
        return why + ", but less than the margin of {}; whether it matters is open".format(
            _points(result.margin))
    return why


def _seeds(result):
    return "{} + {} seeds".format(result.seeds_a, result.seeds_b)


def _why_inconclusive(result):
    if result.welch_p < 1 - result.level:
        return ("{} over {} has Welch's {}, which is too little for so few runs beside more "
                "({} with the degrees of freedom of the fewer): make the numbers equal"
                .format(_points(result.difference), _seeds(result), p_text(result.welch_p),
                        p_text(result.claim_p)))
    needed = ("no number of seeds worth training" if result.seeds_needed is None
              else "{} seeds of each".format(result.seeds_needed))
    margin = ("" if result.seeds_for_margin is None else
              "; a difference of {} needs {}".format(_points(result.margin),
                                                     result.seeds_for_margin))
    return ("{} over {} could be luck of the seeds ({}); were it the true difference, {} "
            "would show it in 4 of 5 cases{}".format(
                _points(result.difference), _seeds(result), p_text(result.welch_p), needed, margin))


def _on_other_images(result):
    """A caveat for a difference that is sure on these images only."""
    if result.verdict.endswith("better") and result.population_interval.contains(0.0):
        return "; on other images of the kind it may vanish (interval {:+.2f} to {:+.2f})".format(
            100 * result.population_interval.low, 100 * result.population_interval.high)
    return ""
