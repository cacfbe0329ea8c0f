"""Intervals that the tool does not use, for comparison."""
from typing import Tuple

import numpy as np
from scipy import stats


def percentile(replicates: np.ndarray, level: float = .95) -> Tuple[float, float]:
    """(low, high) of the resampled scores."""
    return tuple(np.percentile(replicates, [50 * (1 - level), 50 * (1 + level)]))


def bca(estimate: float, replicates: np.ndarray, left_out: np.ndarray,
        level: float = .95) -> Tuple[float, float]:
    """(low, high), bias-corrected and accelerated (Efron, JASA 1987).

    Args:
      replicates: [R] scores of resamples. left_out: [U] scores without each unit.
    """
    replicates = replicates[~np.isnan(replicates)]
    below = ((replicates < estimate).mean() + (replicates <= estimate).mean()) / 2
    bias = stats.norm.ppf(np.clip(below, .5 / len(replicates), 1 - .5 / len(replicates)))
    tails = bias + stats.norm.ppf([(1 - level) / 2, (1 + level) / 2])
    away = left_out.mean() - left_out
    skew = (away ** 3).sum() / (6 * (away ** 2).sum() ** 1.5)
    shares = stats.norm.cdf(bias + tails / (1 - skew * tails))
    return tuple(np.percentile(replicates, 100 * shares))
