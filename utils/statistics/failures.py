"""Runs that came to nothing (diverged, collapsed, killed for good) are counted, not dropped."""
import dataclasses

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.intervals import Interval
from utils.statistics.miou import Metric

proportion = lazy_module("statsmodels.stats.proportion")


@dataclasses.dataclass(frozen=True)
class FailureRate:
    """failed of total runs; share 0..1 and its `Interval`."""
    failed: int
    total: int
    share: float
    interval: Interval


def failure_rate(failed: int, total: int, level: float = .95) -> FailureRate:
    """Computes the share of failed runs with Wilson's interval, which is right for none of few,
    too.

    Wilson 1927; Brown, Cai & DasGupta, Statistical Science 2001.

    Raises:
      ValueError: not 0 <= failed <= total, or no run.
    """
    if not 0 <= failed <= total or total < 1:
        raise ValueError(f"{failed} of {total} runs failed: expected 0 <= failed <= total")
    low, high = proportion.proportion_confint(failed, total, alpha=1 - level, method="wilson")
    return FailureRate(int(failed), int(total), failed / total,
                       Interval(float(max(low, 0.0)), float(min(high, 1.0)), level, "Wilson"))


def constant_score(matrices: np.ndarray, metric: Metric) -> float:
    """Computes the score of predicting the most frequent class of a split everywhere.

    A run that scores no more has collapsed.

    Args:
      matrices: [N, C, C], of any run on the split. metric: a `miou.Metric`.
    """
    truth = np.asarray(matrices).sum(-1)
    constant = np.zeros_like(matrices)
    constant[:, :, truth.sum(0).argmax()] = truth
    return float(metric(constant))
