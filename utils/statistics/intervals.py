"""Intervals of one run over images, and of a configuration over its seeds."""
import dataclasses
from typing import Optional

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.miou import METRICS, check_matrices
from utils.statistics.resampling import (
    FEWEST_TO_RESAMPLE, by_cluster, draw_counts, jackknife, pseudo_values, resampled_scores,
    vanished_share)

stats = lazy_module("scipy.stats")

#: What the mean of scores can be. An interval that is cut to it covers as often.
SCORES = (0.0, 1.0)
ANYTHING = (-np.inf, np.inf)


@dataclasses.dataclass(frozen=True)
class Interval(object):
    """From low to high with the given confidence level (.95), and the method it was made by."""
    low: float
    high: float
    level: float
    method: str

    @property
    def half_width(self):
        return (self.high - self.low) / 2

    def contains(self, value):
        return self.low <= value <= self.high


@dataclasses.dataclass(frozen=True)
class RunScore(object):
    """A run's score and how far other images of the kind would move it.

    Attributes:
      score: the metric of all images, a fraction 0..1.
      interval: `Interval` or None (see why). The net is fixed: other seeds are not in it.
      se: standard error by the jackknife; NaN with one unit.
      vanished: share of the resamples that lacked a class of the split.
      images, units: N, and how many independent units (clusters, else images) were resampled.
      metric: its name.
      why: why there is no interval; "" if there is one.
    """
    score: float
    interval: Optional[Interval]
    se: float
    vanished: float
    images: int
    units: int
    metric: str
    why: str = ""


@dataclasses.dataclass(frozen=True)
class SeedSummary(object):
    """Scores of one configuration over its seeds; NaN and None where too few runs say nothing.

    Attributes:
      n, mean, sd (n - 1), min, median, max.
      mean_interval: t interval of the mean; None when n < 2.
      sd_interval: chi-square interval of the sd; None when n < 2.
    """
    n: int
    mean: float
    sd: float
    min: float
    median: float
    max: float
    mean_interval: Optional[Interval]
    sd_interval: Optional[Interval]


def bca(estimate, replicates, left_out, level=.95):
    """Bias-corrected and accelerated bootstrap interval.

    Efron, Better Bootstrap Confidence Intervals, JASA 1987; Efron & Tibshirani 1993, section 14.3.

    Args:
      estimate: the score of the sample.
      replicates: [R] scores of resamples; NaN are left out.
      left_out: [U] scores without each unit (the jackknife).

    Returns:
      `Interval`; of no width where all resamples agree.
    """
    replicates = np.asarray(replicates, np.float64)
    replicates = replicates[~np.isnan(replicates)]
    if not len(replicates) or np.ptp(replicates) == 0:
        return Interval(float(estimate), float(estimate), level, "BCa")
    below = ((replicates < estimate).mean() + (replicates <= estimate).mean()) / 2
    # With all resamples on one side the bias is infinite; half a resample bounds it.
    bias = stats.norm.ppf(np.clip(below, .5 / len(replicates), 1 - .5 / len(replicates)))
    tails = bias + stats.norm.ppf([(1 - level) / 2, (1 + level) / 2])
    shares = stats.norm.cdf(bias + tails / (1 - _acceleration(left_out) * tails))
    low, high = np.percentile(replicates, 100 * shares)
    return Interval(float(low), float(high), level, "BCa")


def _acceleration(left_out):
    """A sixth of the skewness of the jackknife; 0 where it does not vary."""
    left_out = np.asarray(left_out, np.float64)
    left_out = left_out[~np.isnan(left_out)]
    away = left_out.mean() - left_out
    spread = (away ** 2).sum() ** 1.5
    return (away ** 3).sum() / (6 * spread) if spread > 0 else 0.0


def over_units(estimate, pseudo, resample, left_out, level=.95, within=SCORES):
    """BCa over images or clusters; of too few to resample, Student's t of the jackknife.

    Args:
      estimate: the score of all units.
      pseudo: [U] pseudo-values. left_out: [U] scores without each unit.
      resample: () -> [R] scores of resamples; called where there are `FEWEST_TO_RESAMPLE`.
      within: what the estimated value can be.

    Returns:
      `Interval`, of which `method` tells the way it was made.
    """
    units = len(pseudo)
    if units >= FEWEST_TO_RESAMPLE:
        return bca(estimate, resample(), left_out, level)
    half = stats.t.ppf((1 + level) / 2, units - 1) * pseudo.std(ddof=1) / np.sqrt(units)
    return _cut(estimate - half, estimate + half, level, "jackknife t, {} units".format(units),
                within)


def _cut(low, high, level, method, within):
    return Interval(float(max(low, within[0])), float(min(high, within[1])), level, method)


def bca_over_images(matrices, clusters=None, replicates=2000, level=.95, seed=0, metric="miou_d"):
    """The score of one run, with a BCa interval over images (or clusters of images).

    Below `FEWEST_TO_RESAMPLE` of them it is Student's t of the jackknife (`over_units`). Simulated
    coverage is on docs/error_bars.md: a little too low below some hundred images.

    Args:
      matrices: [N, C, C].
      clusters: [N] or None; whole clusters are resampled.
      seed: int or RandomState.

    Returns:
      `RunScore`; one unit has no interval.
    """
    matrices, metric = check_matrices(matrices, 3), METRICS[metric]
    parts = by_cluster(metric.parts(matrices), clusters)
    units, estimate = parts.shape[0], float(metric.score(parts.sum(0)))
    about = dict(score=estimate, images=len(matrices), units=units, metric=metric.name)
    if units < 2:
        return RunScore(interval=None, se=np.nan, vanished=0.0, why="a single image or cluster: "
                        "what others would give can not be told", **about)
    counts, pseudo = draw_counts(units, replicates, seed), pseudo_values(parts, metric.score)
    interval = over_units(estimate, pseudo, lambda: resampled_scores(parts, metric.score, counts),
                          jackknife(parts, metric.score), level)
    return RunScore(interval=interval, se=float(np.sqrt(pseudo.var(ddof=1) / units)),
                    vanished=vanished_share(matrices, counts, clusters), **about)


def t_interval(values, level=.95, within=ANYTHING):
    """Student's interval of the mean of values [n], cut to what it can be; None when n < 2."""
    values = np.asarray(values, np.float64)
    if len(values) < 2:
        return None
    half = (stats.t.ppf((1 + level) / 2, len(values) - 1)
            * values.std(ddof=1) / np.sqrt(len(values)))
    return _cut(values.mean() - half, values.mean() + half, level, "t over seeds", within)


def sd_factors(n, level=.95):
    """What the sd of n normal values is multiplied by for the two ends of its interval."""
    tails = stats.chi2.ppf([(1 + level) / 2, (1 - level) / 2], n - 1)
    return tuple(float(factor) for factor in np.sqrt((n - 1) / tails))


def sd_interval(values, level=.95):
    """Chi-square interval of the sd of values [n]; None when n < 2."""
    if len(values) < 2:
        return None
    low, high = np.std(values, ddof=1) * np.array(sd_factors(len(values), level))
    return Interval(float(low), float(high), level, "chi-square over seeds")


def summarise(values, level=.95, within=ANYTHING):
    """The `SeedSummary` of values [n], n >= 1.

    Args:
      within: what their mean can be, `SCORES` for scores; its interval is cut to that.

    Raises:
      ValueError: no score, or one that is no number (count a failed run in `failures`).
    """
    values = np.asarray(values, np.float64)
    if values.ndim != 1 or not len(values) or np.isnan(values).any():
        raise ValueError("expected scores of 1 run or more, none of them NaN: got {}".format(
            values.tolist()))
    return SeedSummary(
        n=len(values), mean=float(values.mean()),
        sd=float(values.std(ddof=1)) if len(values) > 1 else np.nan,
        min=float(values.min()), median=float(np.median(values)), max=float(values.max()),
        mean_interval=t_interval(values, level, within), sd_interval=sd_interval(values, level))
