"""Intervals of a difference of two configurations in which the images vary."""
import dataclasses

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.components import mean_squares
from utils.statistics.intervals import Interval, over_units
from utils.statistics.miou import METRICS, check_matrices, check_same_test_set
from utils.statistics.resampling import (
    as_random, by_cluster, draw_counts, jackknife, pseudo_values, resampled_scores)
from utils.statistics.seed_tests import claim_degrees

stats = lazy_module("scipy.stats")

#: Runs of each configuration below which resampling seeds is too coarse.
FEWEST_FOR_TWO_LEVEL = 10


def image_interval(parts_a, parts_b, score, level=.95, replicates=2000, seed=0):
    """Paired BCa over images of the difference of mean scores: these runs, other images.

    Of too few images (or clusters) to resample, Student's t of the paired jackknife.

    Args:
      parts_a, parts_b: [Sa, U, P], [Sb, U, P] of a `miou.Metric`, U >= 2; score: its score.
    """
    def apart(what, *args):
        """The difference of what a function makes of the runs, their mean."""
        return what(parts_a, *args).mean(0) - what(parts_b, *args).mean(0)

    def resample():
        return apart(resampled_scores, score, draw_counts(parts_a.shape[-2], replicates, seed))

    interval = over_units(apart(lambda parts: score(parts.sum(-2))), apart(pseudo_values, score),
                          resample, apart(jackknife, score), level, within=(-1.0, 1.0))
    return dataclasses.replace(interval, method="paired {}, runs fixed".format(interval.method))


def population_interval(parts_a, parts_b, score, level=.95):
    """t interval of the difference where both seeds and images are drawn anew.

    With pseudo-values p_si as a random-effects table of each configuration, the difference of means
    varies by V = (Welch's variance over seeds) + (variance over images of the paired mean
    difference) / U - (seed x image variance, which both of these contain). Its degrees of freedom
    are Satterthwaite's, those of the seeds being `seed_tests.claim_degrees`. Where the image part
    comes out negative it is left out: then V is Welch's.

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
    both = sum(mean_squares(table)[2] / len(table) for table in tables) / units
    images = max(over_images - both, 0.0)
    variance = sum(over_seeds) + images
    estimate = float(score(parts_a.sum(-2)).mean() - score(parts_b.sum(-2)).mean())
    method = "t over seeds and images"
    if not variance > 0:
        return Interval(estimate, estimate, level, method)
    seeds, doubt = sum(over_seeds), images ** 2 / (units - 1)
    if seeds > 0:
        welch = seeds ** 2 / sum(part ** 2 / (len(table) - 1)
                                 for part, table in zip(over_seeds, tables))
        doubt += seeds ** 2 / claim_degrees(welch, len(parts_a), len(parts_b))
    degrees = variance ** 2 / doubt
    half = float(stats.t.ppf((1 + level) / 2, degrees) * np.sqrt(variance))
    return Interval(estimate - half, estimate + half, level, method)


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
