"""Computes how much each hyper-parameter matters, and how much the best of many is worth."""
import dataclasses
from typing import Any, Dict, Mapping, Sequence, Union

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Numbers

integrate = lazy_module("scipy.integrate")
special = lazy_module("scipy.special")
stats = lazy_module("scipy.stats")


@dataclasses.dataclass(frozen=True)
class VarianceShares:
    """Shares of the variance of scores over a grid of runs, bias-corrected (omega squared).

    Attributes:
      factors: {name: share}; may be slightly negative where a factor does nothing.
      interactions: share of the differences between cells that no factor alone explains; NaN where
        no cell has 2 runs, for then it can not be told from seeds.
      overlap: share that several factors explain alike, as they change together; 0 in a grid
        without holes, negative where factors hide each other.
      rest: what is left: seeds (with interactions, where those are NaN).
      together: share of all factors; together + rest is 1, and so is the sum of all the others
        with rest.
      runs, error_degrees: of the error mean square.
    """
    factors: Dict[str, float]
    interactions: float
    overlap: float
    rest: float
    together: float
    runs: int
    error_degrees: int


def variance_shares(levels: Mapping[str, Sequence[Any]], scores: Numbers) -> VarianceShares:
    """Computes omega squared of each factor: (SS - df MS_error) / (SS_total + MS_error).

    Hays, Statistics for Psychologists, 1963; Olejnik & Algina, Psychological Methods 2003. SS of a
    factor is what it adds to all the others (type II), so a grid with holes is fair. The error is
    the spread within cells (runs equal in all factors) where there is one, else the rest of the
    additive model.

    Args:
      levels: {factor: [value per run]}; numbers count as labels.
      scores: [runs].

    Returns:
      `VarianceShares`.

    Raises:
      ValueError: no error degrees of freedom, lengths differ, or all scores are equal.
    """
    scores = np.asarray(scores, np.float64)
    for name, values in levels.items():
        if len(values) != len(scores):
            raise ValueError(f"{name}: {len(values)} values for {len(scores)} runs")
    codes = {name: _codes(values) for name, values in levels.items()}
    total = ((scores - scores.mean()) ** 2).sum()
    additive, additive_df = _residual([_dummies(code) for code in codes.values()], scores)
    cells = _codes(list(zip(*codes.values()))) if codes else np.zeros(len(scores), int)
    within, within_df = _residual([_dummies(cells)], scores)
    error, degrees = (within, within_df) if within_df else (additive, additive_df)
    if not degrees or not total > 0:
        raise ValueError(f"{len(scores)} runs leave no spread beside {len(levels)} factors: give "
                         "each setting 2 seeds or more")
    mean_square = error / degrees
    shares = {}
    for name in codes:
        others, others_df = _residual(
            [_dummies(code) for other, code in codes.items() if other != name], scores)
        shares[name] = float((others - additive - (others_df - additive_df) * mean_square)
                             / (total + mean_square))
    between = (additive - within - (additive_df - within_df) * mean_square)
    interactions = float(between / (total + mean_square)) if within_df else np.nan
    together = float((total - error - (len(scores) - 1 - degrees) * mean_square)
                     / (total + mean_square))
    overlap = together - sum(shares.values()) - (interactions if within_df else 0.0)
    return VarianceShares(shares, interactions, overlap, 1 - together, together, len(scores),
                          int(degrees))


def _codes(values):
    """Values as integers 0.. in the order of their first appearance; [n]."""
    known = {}
    return np.array([known.setdefault(value, len(known)) for value in values], int)


def _dummies(codes):
    """Returns [n, levels - 1] indicator columns."""
    return (codes[:, np.newaxis] == np.arange(1, codes.max() + 1)).astype(np.float64)


def _residual(columns, scores):
    """Returns (sum of squares, degrees of freedom) that the columns and a constant leave."""
    design = np.column_stack([np.ones(len(scores))] + columns)
    solution, _, rank, _ = np.linalg.lstsq(design, scores, rcond=None)
    return ((scores - design @ solution) ** 2).sum(), len(scores) - rank


def expected_best_of_n(scores: Numbers, n: Union[int, np.ndarray]) -> Union[float, np.ndarray]:
    """Estimates the best of n runs drawn from those that were made: the mean over all subsets of n.

    It is the unbiased estimator of Tang et al., Showing Your Work Doesn't Always Work, arXiv
    2004.13705. It replaces that of Dodge et al., arXiv 1909.03004, which draws with replacement and
    is biased.

    Args:
      scores: [N].
      n: runs of the search, 1..N; an int or an array of them.

    Returns:
      float, or float64 of n's shape.

    Raises:
      ValueError: n is not within 1..N: nothing unbiased is known beyond.
    """
    scores, sizes = np.sort(np.asarray(scores, np.float64)), np.asarray(n)
    if not len(scores) or sizes.min() < 1 or sizes.max() > len(scores):
        raise ValueError(f"best of {n} from {len(scores)} scores: expected 1..{len(scores)}")
    below = np.arange(len(scores))
    chance = (special.comb(below, sizes[..., np.newaxis] - 1)
              / special.comb(len(scores), sizes)[..., np.newaxis])
    best = (chance * scores).sum(-1)
    return float(best) if best.ndim == 0 else best


def best_of_k_inflation(k: int) -> float:
    """Computes by how many sds the best of k equal normal runs exceeds their mean."""
    if k < 1:
        raise ValueError(f"best of {k} runs: expected 1 or more")
    value, _ = integrate.quad(
        lambda x: x * k * stats.norm.pdf(x) * stats.norm.cdf(x) ** (k - 1), -12, 12)
    return float(value)
