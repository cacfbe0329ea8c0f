"""Is configuration A better than B? The comparison, and the verdict in words.

The unit is the run: seeds are what a training draws anew, so the primary test is Welch's t over
seeds. Resampling the images of one run each answers another question (are these two nets
different?) and rejects a true null of configurations far too often (docs/error_bars.md).
"""
import dataclasses
from typing import Optional

import numpy as np
from scipy import stats

from utils.statistics.intervals import Interval, bca
from utils.statistics.miou import METRICS, check_matrices, check_same_test_set
from utils.statistics.power import detectable_difference, seeds_needed
from utils.statistics.resampling import (
    as_random, by_cluster, draw_counts, jackknife, pseudo_values, resampled_scores)
from utils.statistics.seed_tests import (
    hedges_g, permutation_test, probability_above, tost, welch)

#: Runs of each configuration below which resampling seeds is too coarse.
FEWEST_FOR_TWO_LEVEL = 10


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
    permutation_p, permutation_why = permutation_test(a, b, level, seed)
    above, above_interval = probability_above(a, b, level)
    spread = np.nan if single else np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    known = not single and spread > 0
    result = Comparison(
        seeds_a=len(a), seeds_b=len(b), mean_a=float(a.mean()), mean_b=float(b.mean()),
        sd_a=_sd(a), sd_b=_sd(b), difference=float(a.mean() - b.mean()),
        test_set_interval=test.interval, population_interval=None, image_interval=None,
        welch_t=test.t, welch_df=test.df, welch_p=test.p, hedges_g=hedges_g(a, b),
        permutation_p=permutation_p, permutation_why=permutation_why, p_a_above_b=above,
        above_interval=above_interval, tost_p=tost(test, margin), margin=margin, level=level,
        detectable_difference=detectable_difference(
            len(a), spread, level=1 - level, seeds_b=len(b)) if known else np.nan,
        seeds_needed=seeds_needed(a.mean() - b.mean(), spread, level=1 - level) if known else None,
        seeds_for_margin=seeds_needed(margin, spread, level=1 - level) if known else None,
        verdict="", why="")
    verdict, why = _judge(result)
    return dataclasses.replace(result, verdict=verdict, why=why)


def _sd(scores):
    return float(scores.std(ddof=1)) if len(scores) > 1 else np.nan


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
    if result.welch_p < alpha:
        return ("A better" if result.difference > 0 else "B better"), _why_better(result, alpha)
    if result.tost_p < alpha:
        return "equivalent", ("the difference of {} is within +-{} (equivalence p = {:.3f})".format(
            _points(result.difference), _points(result.margin), result.tost_p))
    return "inconclusive", _why_inconclusive(result)


def _why_better(result, alpha):
    why = "{} over seeds (p = {:.3g})".format(_points(result.difference), result.welch_p)
    if result.tost_p < alpha:
        return why + ", but within the margin of {}: real, and too small to matter".format(
            _points(result.margin))
    if abs(result.difference) < result.margin:
        return why + ", but less than the margin of {}; whether it matters is open".format(
            _points(result.margin))
    return why


def _why_inconclusive(result):
    needed = ("no number of seeds worth training" if result.seeds_needed is None
              else "{} seeds of each".format(result.seeds_needed))
    margin = ("" if result.seeds_for_margin is None else
              "; a difference of {} needs {}".format(_points(result.margin),
                                                     result.seeds_for_margin))
    return ("{} could be luck of the seeds (p = {:.2f}); were it the true difference, {} would show"
            " it in 4 of 5 cases{}".format(_points(result.difference), result.welch_p, needed,
                                           margin))


def _on_other_images(result):
    """A caveat for a difference that is sure on these images only."""
    if result.verdict.endswith("better") and result.population_interval.contains(0.0):
        return "; on other images of the kind it may vanish (interval {:+.2f} to {:+.2f})".format(
            100 * result.population_interval.low, 100 * result.population_interval.high)
    return ""


def image_interval(parts_a, parts_b, score, level=.95, replicates=2000, seed=0):
    """Paired BCa over images of the difference of mean scores: these runs, other images.

    Args:
      parts_a, parts_b: [Sa, U, P], [Sb, U, P] of a `miou.Metric`, U >= 2; score: its score.
    """
    counts = draw_counts(parts_a.shape[-2], replicates, seed)
    replicated = [resampled_scores(part, score, counts).mean(0) for part in (parts_a, parts_b)]
    left_out = [jackknife(part, score).mean(0) for part in (parts_a, parts_b)]
    estimate = score(parts_a.sum(-2)).mean() - score(parts_b.sum(-2)).mean()
    interval = bca(estimate, replicated[0] - replicated[1], left_out[0] - left_out[1], level)
    return dataclasses.replace(interval, method="paired BCa over images, runs fixed")


def population_interval(parts_a, parts_b, score, level=.95):
    """t interval of the difference where both seeds and images are drawn anew.

    With pseudo-values p_si as a random-effects table of each configuration, the difference of means
    varies by V = (Welch's variance over seeds) + (variance over images of the paired mean
    difference) / U - (seed x image variance, which both of these contain). Its degrees of freedom
    are Satterthwaite's. Where the image part comes out negative it is left out: then V is Welch's.

    Args:
      parts_a, parts_b: [Sa, U, P], [Sb, U, P], U >= 2; score: that of their `miou.Metric`.

    Returns:
      `Interval`; None for a single run.
    """
    if min(len(parts_a), len(parts_b)) < 2:
        return None
    tables = [pseudo_values(part, score) for part in (parts_a, parts_b)]
    units = tables[0].shape[1]
    over_seeds = [score(part.sum(-2)).var(ddof=1) / len(part) for part in (parts_a, parts_b)]
    over_images = (tables[0].mean(0) - tables[1].mean(0)).var(ddof=1) / units
    both = sum(_rest_mean_square(table) / len(table) for table in tables) / units
    images = max(over_images - both, 0.0)
    variance = sum(over_seeds) + images
    estimate = float(score(parts_a.sum(-2)).mean() - score(parts_b.sum(-2)).mean())
    method = "t over seeds and images"
    if not variance > 0:
        return Interval(estimate, estimate, level, method)
    degrees = variance ** 2 / (sum(
        part ** 2 / (len(table) - 1) for part, table in zip(over_seeds, tables))
        + images ** 2 / (units - 1))
    half = float(stats.t.ppf((1 + level) / 2, degrees) * np.sqrt(variance))
    return Interval(estimate - half, estimate + half, level, method)


def _rest_mean_square(table):
    """Seed x image mean square of a table [S, U]."""
    rest = table - table.mean(0) - table.mean(1, keepdims=True) + table.mean()
    return (rest ** 2).sum() / ((table.shape[0] - 1) * (table.shape[1] - 1))


def two_level_bootstrap(a, b, level=.95, metric="miou_d", clusters=None, replicates=2000, seed=0,
                        fewest=FEWEST_FOR_TWO_LEVEL):
    """Percentile interval of A - B with seeds and images resampled, for many seeds.

    A check on `population_interval` that assumes no normal distribution.

    Args:
      a, b: [Sa, N, C, C], [Sb, N, C, C].
      fewest: runs of each below which it refuses.

    Returns:
      (`Interval`, "") or (None, why): with few runs, resampled seeds repeat too often
      and the interval is too short.
    """
    a, b = check_matrices(a, 4), check_matrices(b, 4)
    check_same_test_set(a, b)
    if min(len(a), len(b)) < fewest:
        return None, "{} and {} runs: resampling seeds takes {} of each".format(
            len(a), len(b), fewest)
    random, metric = as_random(seed), METRICS[metric]
    parts = [by_cluster(metric.parts(runs), clusters) for runs in (a, b)]
    images = draw_counts(parts[0].shape[-2], replicates, random)
    means = []
    for part in parts:
        weights = draw_counts(len(part), replicates, random) / len(part)
        means.append((weights.T * resampled_scores(part, metric.score, images)).sum(0))
    low, high = np.percentile(means[0] - means[1], [50 * (1 - level), 50 * (1 + level)])
    return Interval(float(low), float(high), level, "two-level bootstrap"), ""
