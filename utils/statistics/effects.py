"""How a value of images hangs together with what is known of them: loss and brightness, say.

The value is that of S runs; an effect is the mean of theirs. Its error is over images, or over
scenes where frames of one scene are alike.
"""
import dataclasses
from typing import Optional, Sequence

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Clusters, Score
from utils.statistics.estimates import Estimate, from_pseudo_values, unit_codes, unit_sums
from utils.statistics.intervals import ANYTHING, Interval, t_interval
from utils.statistics.resampling import pseudo_values

stats = lazy_module("scipy.stats")

#: What a correlation can be.
CORRELATIONS = (-1.0, 1.0)
#: Images below which there is no effect to tell.
FEWEST_IMAGES = 3


@dataclasses.dataclass(frozen=True)
class Effect:
    """An effect over S runs.

    Attributes:
      estimate: the mean over runs, its error over images (or scenes).
      by_run: float64 [S].
      holds: runs with the same sign whose own interval over images excludes 0.
      over_seeds: t interval over runs, or None for one.
      images: how many it is of.
    """
    estimate: Estimate
    by_run: np.ndarray
    holds: int
    over_seeds: Optional[Interval]
    images: int


def rank_correlation(values: np.ndarray, column: np.ndarray, clusters: Clusters = None,
                     level: float = .95) -> Optional[Effect]:
    """Computes Spearman's correlation of values [S, N] with a column [N] of numbers.

    Ties share their mean rank. The error is the infinitesimal jackknife's, by the influence of each
    image on ranks and products (Croux & Dehon, Statistical Methods & Applications 2010).

    Returns:
      `Effect` on the images where both are known; None for fewer than `FEWEST_IMAGES`, and where
      either does not vary.
    """
    known = ~np.isnan(column) & ~np.isnan(values).any(0)
    if known.sum() < FEWEST_IMAGES or np.ptp(column[known]) == 0 or (
            np.ptp(values[:, known], axis=1) == 0).any():
        return None
    codes = unit_codes(int(known.sum()), None if clusters is None else np.asarray(clusters)[known])
    found = [_spearman(run, column[known]) for run in values[:, known]]
    rho = np.array([value for value, _ in found])
    influence = unit_sums(np.array([own for _, own in found]), codes) / len(codes)
    units = influence.shape[1]
    return _effect(rho, rho[:, np.newaxis] + units * influence, units - 1, len(codes), level)


def _spearman(y, x):
    """Returns (rho, the influence of each image on it [n])."""
    a, b = [stats.rankdata(one) / len(one) for one in (y, x)]
    a, b = a - a.mean(), b - b.mean()
    var_a, var_b, both = (a * a).mean(), (b * b).mean(), (a * b).mean()
    on_both = a * b - both + _on_ranks(y, b) + _on_ranks(x, a)
    on_a = a * a - var_a + 2 * _on_ranks(y, a)
    on_b = b * b - var_b + 2 * _on_ranks(x, b)
    rho = both / np.sqrt(var_a * var_b)
    return rho, on_both / np.sqrt(var_a * var_b) - rho / 2 * (on_a / var_a + on_b / var_b)


def _on_ranks(x, weight):
    """What an image more at each x does to the mean of weight times rank, through all ranks."""
    order = np.argsort(x, kind="stable")
    above = np.cumsum(weight[order][::-1])[::-1]
    first = np.searchsorted(x[order], x, side="left")
    behind = np.append(above, 0.0)
    last = np.searchsorted(x[order], x, side="right")
    shares = (behind[first] + behind[last]) / 2 / len(x)
    return shares - shares.mean()


def difference_of_means(values: np.ndarray, members: np.ndarray, clusters: Clusters = None,
                        level: float = .95) -> Optional[Effect]:
    """Computes the mean of values [S, N] within a group minus the mean of the rest.

    Args:
      members: bool [N].

    Returns:
      `Effect`; None where one of both is of fewer than two images. Without an error where one of
      both is of a single scene.
    """
    known = ~np.isnan(values).any(0)
    inside, outside = members & known, known & ~members
    if min(inside.sum(), outside.sum()) < 2:
        return None
    codes = unit_codes(values.shape[1], clusters)
    units = [len(np.unique(codes[one])) for one in (inside, outside)]
    filled = np.where(known, values, 0.0)
    parts = np.stack([unit_sums(np.broadcast_to(one, values.shape), codes) for one in (
        filled * inside, inside, filled * outside, outside)], -1)
    parts = parts[:, (parts[..., 1] + parts[..., 3] > 0).all(0)]
    pseudo = pseudo_values(parts, _between) if parts.shape[1] > 1 else np.full((len(parts), 1),
                                                                              np.nan)
    return _effect(_between(parts.sum(1)), pseudo, min(units) - 1, int(known.sum()), level,
                   ANYTHING)


def _between(sums):
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums[..., 0] / sums[..., 1] - sums[..., 2] / sums[..., 3]


def _effect(by_run, pseudo, degrees, images, level, within=CORRELATIONS):
    """Makes the `Effect` of runs [S] and their pseudo-values [S, U]."""
    mean = from_pseudo_values(by_run.mean(), pseudo.mean(0), degrees)
    own = [from_pseudo_values(value, row, degrees) for value, row in zip(by_run, pseudo)]
    holds = sum(one.value * mean.value > 0 and one.excludes(0.0, level) for one in own)
    return Effect(mean, by_run, int(holds), t_interval(by_run, level, within), images)


def mean_score(parts: np.ndarray, score: Score,
               clusters: Clusters = None) -> Estimate:
    """Computes the mean over runs of a score of sums, its error over images (or scenes).

    Args:
      parts: [S, N, P] of a `miou.Metric`, or any that adds up over images; score: of the sums.
    """
    codes = unit_codes(parts.shape[1], clusters)
    summed = np.moveaxis(unit_sums(np.moveaxis(parts, -1, -2), codes), -1, -2)
    value = float(score(summed.sum(1)).mean())
    if summed.shape[1] < 2:
        return from_pseudo_values(value, np.full(1, np.nan))
    return from_pseudo_values(value, pseudo_values(summed, score).mean(0))


def standard_ranks(values: np.ndarray) -> np.ndarray:
    """Computes ranks with mean 0 and sd 1 along the last axis; zeros where nothing varies."""
    ranks = np.apply_along_axis(stats.rankdata, -1, np.asarray(values, np.float64))
    ranks = ranks - ranks.mean(-1, keepdims=True)
    spread = ranks.std(-1, keepdims=True)
    return np.divide(ranks, spread, out=np.zeros_like(ranks), where=spread > 0)


def partial_effect(values: np.ndarray, column: np.ndarray, others: Sequence[np.ndarray],
                   clusters: Clusters = None) -> Optional[Estimate]:
    """Computes the slope of a column in a regression that has other columns beside it.

    Ordinary least squares; the error is robust to scenes of their own kind (Liang & Zeger 1986,
    with the correction of Stata and statsmodels).

    Args:
      values: [n]. column: [n]. others: [n] each; none of them with NaN.
      clusters: [n] or None.

    Returns:
      `Estimate`; None where the others tell the column, or images are too few.
    """
    design = np.stack([column] + list(others) + [np.ones(len(column))], 1)
    count, width = design.shape
    codes = unit_codes(count, clusters)
    units = len(np.unique(codes))
    if count <= width + 1 or units < 2 or np.linalg.matrix_rank(design) < width:
        return None
    inverse = np.linalg.inv(design.T @ design)
    slopes = inverse @ (design.T @ values)
    scores = unit_sums((design * (values - design @ slopes)[:, np.newaxis]).T, codes)
    factor = units / (units - 1) * (count - 1) / (count - width)
    variance = factor * (inverse @ scores @ scores.T @ inverse)[0, 0]
    return Estimate(float(slopes[0]), float(np.sqrt(variance)) if variance > 1e-24 else np.nan,
                    units, units - 1)
