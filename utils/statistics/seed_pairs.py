"""Two configurations trained with the same seeds: whether their scores hang together, and what that
does to a comparison that does not pair.

A seed gives two configurations the same order of images and the same augmentation, hardly the same
training. Their scores may correlate either way, and from five pairs nobody can tell. Welch's test
takes them as independent: it is too careful where they correlate positively, and claims too often
where they correlate negatively. A test of the differences holds its level either way, with half the
degrees of freedom.
"""
import dataclasses
from typing import Any, Mapping, Optional, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.intervals import Interval

stats = lazy_module("scipy.stats")

#: Pairs below which a correlation says nothing: of three its interval is all of -1 .. 1.
FEWEST_PAIRS = 4
#: Nodes of the integrals of `welch_level`: of each of two mean squares, and of a correlation.
_NODES, _CORRELATION_NODES = 48, 32
#: Correlations beyond are taken for this one.
_MOST = 1 - 1e-9


@dataclasses.dataclass(frozen=True)
class SeedCorrelation:
    """Correlation over shared seeds.

    Attributes:
      pairs: seeds that both configurations have.
      correlation: Pearson's.
      interval: its `Interval`, Fisher's z. Of normal scores it covered .948 to .963 with 4 to 15
        pairs and correlations of -.7 to .5 (20 000 trials each).
    """
    pairs: int
    correlation: float
    interval: Interval


def paired_scores(a: Mapping[Tuple[Any, ...], float],
                  b: Mapping[Tuple[Any, ...], float]) -> np.ndarray:
    """Pairs the scores of the seeds that both have: float64 [n, 2], in the order of a.

    Args:
      a, b: {seeds of a run, a tuple: its score}; runs that do not tell a seed are left out.
    """
    return np.array([(a[seeds], b[seeds]) for seeds in a if seeds in b and None not in seeds],
                    np.float64).reshape(-1, 2)


def seed_correlation(pairs: np.ndarray, level: float = .95) -> Optional[SeedCorrelation]:
    """Computes the `SeedCorrelation` of scores [n, 2]; None below `FEWEST_PAIRS`, or where one of
    the two does not vary.

    The interval is Fisher's (Metron 1921): of atanh(r), with standard error 1 / sqrt(n - 3).
    """
    pairs = np.asarray(pairs, np.float64)
    if len(pairs) < FEWEST_PAIRS or (np.ptp(pairs, axis=0) == 0).any():
        return None
    correlation = float(np.clip(np.corrcoef(pairs.T)[0, 1], -_MOST, _MOST))
    half = stats.norm.ppf((1 + level) / 2) / np.sqrt(len(pairs) - 3)
    low, high = np.tanh(np.arctanh(correlation) + np.array([-half, half]))
    return SeedCorrelation(len(pairs), correlation,
                           Interval(float(low), float(high), level, "Fisher's z over seeds"))


def welch_level(correlation: float, seeds: int, alpha: float = .05) -> float:
    """Computes how often Welch's test at `alpha` claims a difference between equal configurations
    whose scores correlate over shared seeds. At 0 that is alpha or a little less.

    The quadrature is exact for normal scores of equal spread. Sums and differences of the pairs are
    independent. So the two mean squares and the correlation in Welch's t have known distributions.

    Args:
      seeds: n >= 2 of each, all shared.
    """
    correlation, degrees = float(np.clip(correlation, -_MOST, _MOST)), seeds - 1
    chance, weight = _unit_nodes(_NODES)
    squares = stats.chi2.ppf(chance, degrees)
    of_sum = (1 + correlation) * squares[:, np.newaxis, np.newaxis]
    of_difference = (1 - correlation) * squares[:, np.newaxis]
    between, own_weight = _correlations(degrees)
    common = 2 * np.sqrt(of_sum * of_difference) * between
    a, b = [(of_sum + of_difference + sign * common) / 2 / degrees for sign in (1, -1)]
    freedom = degrees * (a + b) ** 2 / (a ** 2 + b ** 2)
    threshold = stats.t.ppf(1 - alpha / 2, freedom) * np.sqrt((a + b) / 2 / (1 - correlation))
    weights = weight[:, np.newaxis, np.newaxis] * weight[:, np.newaxis] * own_weight
    return float((weights * 2 * stats.norm.sf(threshold)).sum())


def _unit_nodes(count):
    """Gauss-Legendre (nodes, weights) on 0 .. 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def _correlations(degrees):
    """Returns (values, weights) of the correlation of independent normals with so many degrees of
    freedom; of one degree it is -1 or 1."""
    if degrees == 1:
        return np.array([-1.0, 1.0]), np.array([.5, .5])
    chance, weight = _unit_nodes(_CORRELATION_NODES)
    half = (degrees - 1) / 2
    return 2 * stats.beta.ppf(chance, half, half) - 1, weight
