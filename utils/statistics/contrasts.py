"""Weighted sums of mean scores over seeds: a difference of differences, a slope."""
import dataclasses
from typing import Optional, Sequence

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Numbers
from utils.statistics.intervals import Interval, varies

stats = lazy_module("scipy.stats")


@dataclasses.dataclass(frozen=True)
class Contrast:
    """A weighted sum of means; NaN and None where a single run, or no spread, leaves it open.

    Attributes:
      value: the sum.
      se: its standard error over seeds.
      df: degrees of freedom of its t.
      interval: Student's.
    """
    value: float
    se: float
    df: float
    interval: Optional[Interval]

    @property
    def p(self) -> float:
        """The two-sided p that the true sum is 0."""
        return float(2 * stats.t.sf(abs(self.value) / self.se, self.df)) if self.se > 0 else np.nan

    def p_within(self, margin: float) -> float:
        """Computes p of equivalence within +-margin, the larger of two one-sided tests
        (Schuirmann 1987)."""
        if not self.se > 0:
            return np.nan
        return float(stats.t.sf((margin - abs(self.value)) / self.se, self.df))


def contrast(scores: Sequence[Numbers], weights: Numbers, level: float = .95) -> Contrast:
    """Computes a weighted sum of means with its t interval over seeds.

    Spreads may differ between configurations. Degrees of freedom are Satterthwaite's (1946), as in
    Welch's t, which is the case of the weights 1 and -1.

    Args:
      scores: K arrays, one score per run.
      weights: [K]; configurations of weight 0 do not count.
    """
    used = [(np.asarray(one, np.float64), float(weight))
            for one, weight in zip(scores, weights) if weight]
    value = float(sum(weight * one.mean() for one, weight in used))
    if not used or min(len(one) for one, _ in used) < 2 or not any(varies(one) for one, _ in used):
        return Contrast(value, np.nan, np.nan, None)
    parts = np.array([weight ** 2 * one.var(ddof=1) / len(one) for one, weight in used])
    degrees = np.array([len(one) - 1 for one, _ in used])
    se, df = float(np.sqrt(parts.sum())), float(parts.sum() ** 2 / (parts ** 2 / degrees).sum())
    half = float(stats.t.ppf((1 + level) / 2, df)) * se
    return Contrast(value, se, df, Interval(value - half, value + half, level,
                                            "Welch-Satterthwaite t over seeds"))
