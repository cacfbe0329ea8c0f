"""How well a known number of feature extractors predicts their scores, which seeds move.

Two questions have two answers. Of these extractors alone, seeds are the only noise. Of others of
their kind, these few are a sample besides.
"""
import dataclasses
import itertools
from typing import Optional, Sequence, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Numbers, Seed
from utils.statistics.contrasts import Contrast, contrast
from utils.statistics.intervals import Interval, varies
from utils.statistics.many import holm
from utils.statistics.ranks import (
    for_other_items,
    kendall,
    over_open_orders,
    permutation_p,
    spearman,
)
from utils.statistics.resampling import as_random

stats = lazy_module("scipy.stats")

#: Extractors below which there is no correlation: any two are in order or in reverse.
FEWEST = 3
#: Random orders behind the p of an agreement.
_DRAWS = 4000


@dataclasses.dataclass(frozen=True)
class Correlation:
    """The rank correlation of accuracies and mean scores of K extractors.

    Attributes:
      rho, tau: Spearman's rho, Kendall's tau-b; NaN where either does not vary.
      p, tau_p: over all orders of the K extractors, two-sided.
      rho_over_seeds, tau_over_seeds: what it can be with the true means over seeds of these
        extractors; None where no two extractors have seeds that tell.
      told: pairs of extractors whose order the seeds tell, of K (K - 1) / 2.
      for_others: interval of rho over the extractors that these are a sample of; None where rho is
        NaN.
    """
    rho: float
    tau: float
    p: float
    tau_p: float
    rho_over_seeds: Optional[Interval]
    tau_over_seeds: Optional[Interval]
    told: int
    for_others: Optional[Interval]


@dataclasses.dataclass(frozen=True)
class Slope:
    """Score per unit of accuracy: the straight line through the mean scores, by least squares.

    Attributes:
      over_seeds: the slope of these extractors, with its interval over seeds.
      for_others: interval of the slope over the extractors that these are a sample of, from their
        distances to the line; None for fewer than three.
      intercept: of the line.
    """
    over_seeds: Contrast
    for_others: Optional[Interval]
    intercept: float


def rank_correlation(accuracies: Numbers, scores: Sequence[Sequence[Numbers]],
                     level: float = .95) -> Correlation:
    """Computes the rank `Correlation` of accuracies and mean scores.

    The interval over seeds has every order of the true means that the runs leave open: all pairs
    are tested together (Welch-Satterthwaite t, Holm), and the pairs that are told apart keep their
    order. A bootstrap of the means does not do: noise takes order away, and nearly always from a
    perfect one.

    Args:
      accuracies: [K], K >= `FEWEST`.
      scores: K lists of G arrays, one score per run: an extractor's scores with each of G decoders,
        whose means are averaged.

    Raises:
      ValueError: fewer than `FEWEST` extractors.
    """
    x, y = np.asarray(accuracies, np.float64), mean_scores(scores)
    if len(x) < FEWEST:
        raise ValueError(f"{len(x)} feature extractors: expected {FEWEST} or more")
    rho, tau = float(spearman(x, y)), float(kendall(x, y))
    p, tau_p = permutation_p(x, y)
    below, known = _told_apart(scores, level)
    ends = [Interval(low, high, level, "orders that seeds leave open")
            if known and not np.isnan(rho) else None for low, high in over_open_orders(x, below)]
    others = None if np.isnan(rho) else Interval(
        *for_other_items(round(rho, 9), len(x), level), level=level,
        method="order statistics of a normal copula")
    return Correlation(rho, tau, p, tau_p, ends[0], ends[1], int(below.sum()), others)


def mean_scores(scores: Sequence[Sequence[Numbers]]) -> np.ndarray:
    """Averages the means over seeds of each extractor over its decoders: float64 [K]."""
    return np.array([np.mean([np.mean(one) for one in own]) for own in scores])


def _told_apart(scores, level) -> Tuple[np.ndarray, bool]:
    """Tests all pairs of extractors over seeds, with Holm's correction.

    Returns:
      (bool [K, K], whether the first is shown to be below the second; whether any pair has a p).
    """
    count = len(scores)
    pairs = list(itertools.combinations(range(count), 2))
    found = [contrast(list(scores[i]) + list(scores[j]), [1 / len(scores[i])] * len(scores[i])
                      + [-1 / len(scores[j])] * len(scores[j]), level) for i, j in pairs]
    below = np.zeros((count, count), bool)
    p = holm([one.p for one in found])
    for (i, j), one, own in zip(pairs, found, p):
        if own < round(1 - level, 12):
            below[(i, j) if one.value < 0 else (j, i)] = True
    return below, not np.isnan(p).all()


def slope(accuracies: Numbers, scores: Sequence[Sequence[Numbers]],
          level: float = .95) -> Optional[Slope]:
    """Computes the `Slope` of mean scores over accuracies.

    All extractors weigh alike, so that the slope of these extractors does not depend on how noisy
    each was. Seeds that scatter unequally are in the interval over seeds.

    Args:
      accuracies: [K], K >= 2; scores: as in `rank_correlation`.

    Returns:
      `Slope`; None where accuracies do not vary.
    """
    x, y = np.asarray(accuracies, np.float64), mean_scores(scores)
    away = x - x.mean()
    squares = float((away ** 2).sum())
    if not varies(x):
        return None
    flat = [one for own in scores for one in own]
    weights = [weight / len(own) for weight, own in zip(away / squares, scores) for _ in own]
    over_seeds = contrast(flat, weights, level)
    intercept = float(y.mean() - over_seeds.value * x.mean())
    return Slope(over_seeds, _from_distances(x, y, over_seeds.value, squares, level), intercept)


def _from_distances(x, y, value, squares, level):
    """Computes the t interval of a slope from distances to the line, K - 2 degrees of freedom."""
    distances = y - y.mean() - value * (x - x.mean())
    if len(x) < FEWEST or not varies(distances):
        return None
    se = np.sqrt((distances ** 2).sum() / (len(x) - 2) / squares)
    half = float(stats.t.ppf((1 + level) / 2, len(x) - 2) * se)
    return Interval(value - half, value + half, level, "t over feature extractors")


def agreement(scores: Sequence[Sequence[Numbers]], draws: int = _DRAWS,
              seed: Seed = 0) -> Tuple[float, float]:
    """Computes whether the order of K extractors is the same with G decoders.

    Args:
      scores: K >= 2 lists of G >= 2 arrays, one score per run.

    Returns:
      (Kendall's coefficient of concordance W of the mean scores, 0 to 1; its p, the chance of such
      an agreement were the order random with each decoder, by random orders).
    """
    table = np.array([[np.mean(one) for one in own] for own in scores])
    orders = as_random(seed).random_sample((draws,) + table.shape)
    w = float(_concordance(table))
    return w, float(((_concordance(orders) >= w - 1e-9).sum() + 1.0) / (draws + 1))


def _concordance(table):
    """Computes Kendall's W of values [..., K, G] without ties: [...] (Kendall & Babington Smith
    1939)."""
    count, judges = table.shape[-2:]
    places = np.argsort(np.argsort(table, axis=-2), axis=-2) - (count - 1) / 2
    sums = (places.sum(-1) ** 2).sum(-1)
    return 12 * sums / (judges ** 2 * (count ** 3 - count))
