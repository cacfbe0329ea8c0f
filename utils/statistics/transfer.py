"""How well a known number of feature extractors predicts their scores, which seeds move.

Two questions have two answers. Of these extractors alone, seeds are the only noise. Of others of
their kind, these few are a sample besides.
"""
import dataclasses
from typing import Optional, Sequence

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Numbers, Seed
from utils.statistics.contrasts import Contrast, contrast
from utils.statistics.intervals import Interval, varies
from utils.statistics.ranks import for_other_items, kendall, permutation_p, spearman
from utils.statistics.resampling import as_random
from utils.statistics.seed_means import draw_means

stats = lazy_module("scipy.stats")

#: Extractors below which there is no correlation: any two are in order or in reverse.
FEWEST = 3
_DRAWS = 4000


@dataclasses.dataclass(frozen=True)
class Correlation:
    """The rank correlation of accuracies and mean scores of K extractors.

    Attributes:
      rho, tau: Spearman's rho, Kendall's tau-b; NaN where either does not vary.
      p, tau_p: over all orders of the K extractors, two-sided.
      rho_over_seeds, tau_over_seeds: what other seeds of these extractors would make of it; None
        where no extractor has two runs that differ.
      for_others: interval of rho over the extractors that these are a sample of; None where rho is
        NaN.
    """
    rho: float
    tau: float
    p: float
    tau_p: float
    rho_over_seeds: Optional[Interval]
    tau_over_seeds: Optional[Interval]
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


def rank_correlation(accuracies: Numbers, scores: Sequence[Sequence[Numbers]], level: float = .95,
                     draws: int = _DRAWS, seed: Seed = 0) -> Correlation:
    """Computes the rank `Correlation` of accuracies and mean scores.

    The interval over seeds is a parametric bootstrap: each mean is drawn from its own Student's t
    (`seed_means.draw_means`), and the middle share of the correlations is kept, with the observed
    one.

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
    p, tau_p = permutation_p(x, y, seed)
    drawn = _drawn_means(scores, draws, seed)
    known = drawn is not None and not np.isnan(rho)
    ends = [_middle(function(x, drawn), own, level) if known else None
            for function, own in ((spearman, rho), (kendall, tau))]
    others = None if np.isnan(rho) else Interval(
        *for_other_items(round(rho, 9), len(x), level), level=level,
        method="order statistics of a normal copula")
    return Correlation(rho, tau, p, tau_p, ends[0], ends[1], others)


def mean_scores(scores: Sequence[Sequence[Numbers]]) -> np.ndarray:
    """Averages the means over seeds of each extractor over its decoders: float64 [K]."""
    return np.array([np.mean([np.mean(one) for one in own]) for own in scores])


def _drawn_means(scores, draws, seed):
    """Draws mean scores [draws, K] over other seeds; None where no spread is known."""
    flat = [np.asarray(one, np.float64) for own in scores for one in own]
    if not any(map(varies, flat)):
        return None
    drawn = draw_means(flat, draws, as_random(seed))
    ends = np.cumsum([len(own) for own in scores])
    return np.stack([part.mean(1) for part in np.split(drawn, ends[:-1], axis=1)], 1)


def _middle(drawn, own, level):
    low, high = np.percentile(drawn, [50 * (1 - level), 50 * (1 + level)])
    return Interval(float(min(low, own)), float(max(high, own)), level,
                    "parametric bootstrap over seeds")


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


@dataclasses.dataclass(frozen=True)
class Agreement:
    """Whether the order of K extractors is the same with G decoders.

    Attributes:
      w: Kendall's coefficient of concordance of the mean scores, 0 to 1.
      over_seeds: its interval over seeds; None where no spread is known.
      p: chance of such an agreement, were the order random with each decoder.
    """
    w: float
    over_seeds: Optional[Interval]
    p: float


def agreement(scores: Sequence[Sequence[Numbers]], level: float = .95, draws: int = _DRAWS,
              seed: Seed = 0) -> Agreement:
    """Computes the `Agreement` of decoders (Kendall & Babington Smith 1939; p as in Friedman's
    test, by random orders).

    Args:
      scores: K >= 2 lists of G >= 2 arrays, one score per run.
    """
    random, flat = as_random(seed), [np.asarray(one, np.float64) for own in scores for one in own]
    shape = len(scores), len(scores[0])
    table = np.array([one.mean() for one in flat]).reshape(shape)
    own = float(_concordance(table))
    orders = random.random_sample((draws,) + shape)
    p = ((_concordance(orders) >= own - 1e-9).sum() + 1.0) / (draws + 1)
    over_seeds = None
    if any(map(varies, flat)):
        drawn = draw_means(flat, draws, random).reshape((draws,) + shape)
        over_seeds = _middle(_concordance(drawn), own, level)
    return Agreement(own, over_seeds, float(p))


def _concordance(table):
    """Computes Kendall's W of values [..., K, G], without ties: [...]."""
    count, judges = table.shape[-2:]
    places = np.argsort(np.argsort(table, axis=-2), axis=-2) - (count - 1) / 2
    sums = (places.sum(-1) ** 2).sum(-1)
    return 12 * sums / (judges ** 2 * (count ** 3 - count))
