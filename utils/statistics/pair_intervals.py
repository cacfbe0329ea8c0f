"""Intervals of a difference of two configurations in which the images vary."""
import dataclasses
from typing import Optional, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Clusters, Score, Seed
from utils.statistics.components import mean_squares
from utils.statistics.intervals import Interval, jackknife_t, varies
from utils.statistics.miou import METRICS, check_matrices, check_same_test_set
from utils.statistics.resampling import (
    as_random,
    by_cluster,
    draw_counts,
    pseudo_values,
    resampled_scores,
)
from utils.statistics.seed_tests import claim, welch

optimize = lazy_module("scipy.optimize")
stats = lazy_module("scipy.stats")

#: What a difference of scores can be.
DIFFERENCES = (-1.0, 1.0)
#: Runs of each configuration below which resampling seeds is too coarse.
FEWEST_FOR_TWO_LEVEL = 10


def image_interval(parts_a: np.ndarray, parts_b: np.ndarray, score: Score,
                   level: float = .95) -> Optional[Interval]:
    """Computes the Paired t interval over images of the difference of mean scores: these runs,
    other images.

    Args:
      parts_a, parts_b: [Sa, U, P], [Sb, U, P] of a `miou.Metric`, U >= 2; score: its score.

    Returns:
      `Interval` (`intervals.jackknife_t` of the paired pseudo-values); None where all images say
      the same.
    """
    apart = [score(part.sum(-2)).mean() for part in (parts_a, parts_b)]
    pseudo = [pseudo_values(part, score).mean(0) for part in (parts_a, parts_b)]
    interval = jackknife_t(apart[0] - apart[1], pseudo[0] - pseudo[1], level, DIFFERENCES)
    return interval and dataclasses.replace(
        interval, method=f"paired {interval.method}, runs fixed")


def population_interval(parts_a: np.ndarray, parts_b: np.ndarray, score: Score,
                        level: float = .95) -> Optional[Interval]:
    """Computes the t interval of the difference where both seeds and images are drawn anew.

    Pseudo-values p_si are a random-effects table of each configuration. By it the difference of
    means has the variance V = (Welch's variance over seeds) + (variance over images of the paired
    mean difference) / U - (seed x image variance). Both of the first contain the last. Its degrees
    of freedom are Satterthwaite's, those of the seeds being the ones with which Student's t gives
    the interval of `seed_tests.claim`. They are U - 1 at most: a few clusters whose differences
    agree by chance make V too small, which Satterthwaite's formula ignores. Where the image part
    comes out negative it is left out of V.

    Where both vary, the difference varies at least as much as where one does. So the interval is
    widened to the half-width of that on these images and of `image_interval`, where it is narrower.

    Args:
      parts_a, parts_b: [Sa, U, P], [Sb, U, P], U >= 2; score: that of their `miou.Metric`.

    Returns:
      `Interval`; None for a single run, and where the runs of each configuration score exactly
      alike: their spread is unknown.
    """
    test = welch(score(parts_a.sum(-2)), score(parts_b.sum(-2)), level)
    on_these = claim(test, len(parts_a), len(parts_b), level).interval
    if on_these is None:
        return None
    tables = [pseudo_values(part, score) for part in (parts_a, parts_b)]
    units = tables[0].shape[1]
    over_images = (tables[0].mean(0) - tables[1].mean(0)).var(ddof=1) / units
    both = sum(mean_squares(table)[2] / len(table) for table in tables) / units
    seeds, images = test.se ** 2, max(over_images - both, 0.0)
    variance, tail = seeds + images, (1 - level) / 2
    degrees = variance ** 2 / (seeds ** 2 / _degrees(on_these.half_width / test.se, tail)
                               + images ** 2 / (units - 1))
    half = float(max(stats.t.isf(tail, min(degrees, units - 1)) * np.sqrt(variance),
                     stats.t.isf(tail, units - 1) * np.sqrt(over_images), on_these.half_width))
    return Interval(test.difference - half, test.difference + half, level,
                    "t over seeds and images")


def _degrees(quantile, tail):
    """Returns the degrees of freedom of the Student's t that has this quantile."""
    return optimize.brentq(lambda degrees: stats.t.isf(tail, degrees) - quantile, .1, 1e6)


def two_level_bootstrap(a: np.ndarray, b: np.ndarray, level: float = .95, metric: str = "miou_d",
                        clusters: Clusters = None, replicates: int = 2000, seed: Seed = 0,
                        fewest: int = FEWEST_FOR_TWO_LEVEL) -> Tuple[Optional[Interval], str]:
    """Computes the percentile interval of A - B with seeds and images resampled, for many seeds.

    A check on `population_interval` that assumes no normal distribution.

    Args:
      a, b: [Sa, N, C, C], [Sb, N, C, C].
      fewest: runs of each below which it refuses.

    Returns:
      (`Interval`, "") or (None, why): with few runs, resampled seeds repeat too often and the
      interval is too short; runs that score exactly alike tell no spread.
    """
    a, b = check_matrices(a, 4), check_matrices(b, 4)
    check_same_test_set(a, b)
    if min(len(a), len(b)) < fewest:
        return None, f"{len(a)} and {len(b)} runs: resampling seeds takes {fewest} of each"
    random, metric = as_random(seed), METRICS[metric]
    if not (varies(metric(a)) or varies(metric(b))):
        return None, "the runs of each configuration score exactly alike: their spread is unknown"
    parts = [by_cluster(metric.parts(runs), clusters) for runs in (a, b)]
    images = draw_counts(parts[0].shape[-2], replicates, random)
    means = []
    for part in parts:
        weights = draw_counts(len(part), replicates, random) / len(part)
        means.append((weights.T * resampled_scores(part, metric.score, images)).sum(0))
    low, high = np.percentile(means[0] - means[1], [50 * (1 - level), 50 * (1 + level)])
    return Interval(float(low), float(high), level, "two-level bootstrap"), ""
