"""Intervals of one run over images, and of a configuration over its seeds."""
import dataclasses
from typing import Optional, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Clusters, Numbers
from utils.statistics.miou import METRICS, check_matrices
from utils.statistics.resampling import by_cluster, fewest_units, pseudo_values

stats = lazy_module("scipy.stats")

#: What the mean of scores can be. An interval that is cut to it covers as often.
SCORES = (0.0, 1.0)
ANYTHING = (-np.inf, np.inf)
#: Scores that differ by less differ by rounding alone.
ROUNDING = 1e-12


@dataclasses.dataclass(frozen=True)
class Interval:
    """From low to high with the given confidence level (.95), and the method it was made by."""
    low: float
    high: float
    level: float
    method: str

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    def contains(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclasses.dataclass(frozen=True)
class RunScore:
    """A run's score and how far other images of the kind would move it.

    Attributes:
      score: the metric of all images, a fraction 0..1.
      interval: `Interval` or None (see why). The net is fixed: other seeds are not in it.
      se: standard error by the jackknife; NaN without an interval.
      images, units: N, and how many independent units (clusters, else images) there are.
      fewest: units that the rarest class of the split is in; few of them say little of it.
      metric: its name.
      why: why there is no interval; "" if there is one.
    """
    score: float
    interval: Optional[Interval]
    se: float
    images: int
    units: int
    fewest: int
    metric: str
    why: str = ""


@dataclasses.dataclass(frozen=True)
class SeedSummary:
    """Scores of one configuration over its seeds; NaN and None where its runs say nothing.

    Attributes:
      n, mean, sd (n - 1), min, median, max.
      mean_interval: t interval of the mean; None when n < 2, or when all scores are the same.
      sd_interval: chi-square interval of the sd; None in the same cases.
    """
    n: int
    mean: float
    sd: float
    min: float
    median: float
    max: float
    mean_interval: Optional[Interval]
    sd_interval: Optional[Interval]


def varies(values: Numbers, rounding: float = ROUNDING) -> bool:
    """Tells whether values [n] differ by more than rounding does; without that they tell no
    spread."""
    return len(values) > 1 and bool(np.ptp(values) > rounding)


def jackknife_t(estimate: float, pseudo: np.ndarray, level: float = .95,
                within: Tuple[float, float] = SCORES) -> Optional[Interval]:
    """Computes Student's t interval of a score over images (or clusters), by its jackknife.

    It is score +- t se with U - 1 degrees of freedom, cut to the range of the score (Tukey 1958;
    Efron & Tibshirani 1993, ch. 11). It keeps its level where a class is in few images, or where
    clusters are few. The BCa bootstrap does not: resamples repeat or lack the few units that matter
    (docs/error_bars.md has both).

    Args:
      estimate: the score of all units.
      pseudo: [U] pseudo-values, U >= 2 (`resampling.pseudo_values`).

    Returns:
      `Interval`; None where all units say the same, so that nothing tells what others would say.
    """
    units = len(pseudo)
    if not varies(pseudo, units * ROUNDING):
        return None
    half = stats.t.ppf((1 + level) / 2, units - 1) * pseudo.std(ddof=1) / np.sqrt(units)
    return _cut(estimate - half, estimate + half, level, f"jackknife t over {units} units",
                within)


def _cut(low, high, level, method, within):
    return Interval(float(max(low, within[0])), float(min(high, within[1])), level, method)


def run_score(matrices: np.ndarray, clusters: Clusters = None, level: float = .95,
              metric: str = "miou_d") -> RunScore:
    """Computes the score of one run, with its `jackknife_t` interval over images (or clusters of
    images).

    Args:
      matrices: [N, C, C].
      clusters: [N] or None; whole clusters are the units.

    Returns:
      `RunScore`; no interval of a single unit, nor of units that all say the same.
    """
    matrices, metric = check_matrices(matrices, 3), METRICS[metric]
    parts = by_cluster(metric.parts(matrices), clusters)
    units, estimate = parts.shape[0], float(metric.score(parts.sum(0)))
    about = dict(score=estimate, images=len(matrices), units=units, metric=metric.name,
                 fewest=fewest_units(matrices, clusters))
    if units < 2:
        return RunScore(interval=None, se=np.nan, why="a single image or cluster: what others "
                        "would give can not be told", **about)
    pseudo = pseudo_values(parts, metric.score)
    interval = jackknife_t(estimate, pseudo, level)
    if interval is None:
        return RunScore(interval=None, se=np.nan, why=f"all {units} images or clusters say the "
                                                      "same: what others would give can not be "
                                                      "told", **about)
    return RunScore(interval=interval, se=float(np.sqrt(pseudo.var(ddof=1) / units)), **about)


def t_interval(values: Numbers, level: float = .95,
               within: Tuple[float, float] = ANYTHING) -> Optional[Interval]:
    """Computes Student's interval of the mean of values [n], cut to what it can be.

    Returns:
      `Interval`; None when n < 2, or when all values are the same: seeds that did not differ say
      nothing of the spread.
    """
    values = np.asarray(values, np.float64)
    if not varies(values):
        return None
    half = (stats.t.ppf((1 + level) / 2, len(values) - 1)
            * values.std(ddof=1) / np.sqrt(len(values)))
    return _cut(values.mean() - half, values.mean() + half, level, "t over seeds", within)


def sd_factors(n: int, level: float = .95) -> Tuple[float, ...]:
    """Computes what the sd of n normal values is multiplied by for the two ends of its interval."""
    tails = stats.chi2.ppf([(1 + level) / 2, (1 - level) / 2], n - 1)
    return tuple(float(factor) for factor in np.sqrt((n - 1) / tails))


def sd_interval(values: Numbers, level: float = .95) -> Optional[Interval]:
    """Computes the chi-square interval of the sd of values [n]; None where `t_interval` has
    none."""
    if not varies(values):
        return None
    low, high = np.std(values, ddof=1) * np.array(sd_factors(len(values), level))
    return Interval(float(low), float(high), level, "chi-square over seeds")


def summarise(values: Numbers, level: float = .95,
              within: Tuple[float, float] = ANYTHING) -> SeedSummary:
    """Computes the `SeedSummary` of values [n], n >= 1.

    Args:
      within: what their mean can be, `SCORES` for scores; its interval is cut to that.

    Raises:
      ValueError: no score, or one that is no number (count a failed run in `failures`).
    """
    values = np.asarray(values, np.float64)
    if values.ndim != 1 or not len(values) or np.isnan(values).any():
        raise ValueError("expected scores of 1 run or more, none of them NaN: got "
                         f"{values.tolist()}")
    return SeedSummary(
        n=len(values), mean=float(values.mean()),
        sd=float(values.std(ddof=1)) if len(values) > 1 else np.nan,
        min=float(values.min()), median=float(np.median(values)), max=float(values.max()),
        mean_interval=t_interval(values, level, within), sd_interval=sd_interval(values, level))
