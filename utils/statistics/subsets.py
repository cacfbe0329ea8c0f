"""Computes spread and ranking of scores on smaller test sets."""
import dataclasses
import math
from typing import Sequence, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Clusters, Seed
from utils.statistics.miou import METRICS, check_matrices, check_same_test_set
from utils.statistics.resampling import as_random, by_cluster, jackknife_se

stats = lazy_module("scipy.stats")


@dataclasses.dataclass(frozen=True)
class SubsetCurve:
    """Scores on random subsets without replacement; K configurations, L sizes.

    Attributes:
      sizes: [L] images (or clusters) in a subset.
      sd: [K, L], sd over subsets of a configuration's score (its mean over seeds): how far a subset
        strays from the whole test set. 0 at the whole set by construction.
      population_sd: [K, L], the same for a fresh test set of that size: sd / sqrt(1 - size / N); at
        size N the jackknife's standard error.
      bias: [K, L], mean over subsets minus the score of the whole set.
      same_ranking: [L], share of subsets with the whole set's order of configurations.
      same_best: [L], share of subsets with the whole set's best; both NaN for one configuration.
      draws: subsets of each size.
    """
    sizes: np.ndarray
    sd: np.ndarray
    population_sd: np.ndarray
    bias: np.ndarray
    same_ranking: np.ndarray
    same_best: np.ndarray
    draws: int


def subset_curve(configurations: Sequence[np.ndarray], sizes: Sequence[int], draws: int = 1000,
                 seed: Seed = 0, clusters: Clusters = None, metric: str = "miou_d") -> SubsetCurve:
    """Computes the scores the same random subsets for all configurations.

    Args:
      configurations: list of [N, C, C] (one run) or [S, N, C, C] (the mean score over S is used).
      sizes: numbers of images (or clusters), each 1..N.
      draws: subsets of each size.

    Returns:
      `SubsetCurve`.

    Raises:
      ValueError: different test sets, or a size that is not within 1..N.
    """
    metric, random = METRICS[metric], as_random(seed)
    parts = [by_cluster(metric.parts(runs), clusters) for runs in _as_runs(configurations)]
    units, sizes = parts[0].shape[-2], np.asarray(sizes, int)
    if not len(sizes) or sizes.min() < 1 or sizes.max() > units:
        raise ValueError(f"sizes {sizes.tolist()}: expected numbers within 1..{units}")
    whole = np.array([metric.score(part.sum(-2)).mean() for part in parts])
    columns = []
    for size in sizes:
        # A unit is in the subset when its random key is among the smallest.
        order = np.argsort(np.argsort(random.random_sample((draws, units)), axis=1), axis=1)
        member = (order < size).astype(np.float64)
        scores = np.array([metric.score(member @ part).mean(0) for part in parts])
        columns.append(_column(scores, whole, size / units))
    whole_se = np.array([_se_of_mean(part, metric.score) for part in parts])
    sd, population, bias, ranking, best = [np.array(values).T for values in zip(*columns)]
    return SubsetCurve(sizes, sd, np.where(sizes == units, whole_se[:, np.newaxis], population),
                       bias, ranking, best, draws)


def _as_runs(configurations):
    runs = [np.asarray(matrices) for matrices in configurations]
    runs = [check_matrices(array[np.newaxis] if array.ndim == 3 else array, 4) for array in runs]
    if not runs:
        raise ValueError("no configuration was given")
    for array in runs[1:]:
        check_same_test_set(runs[0], array)
    return runs


def _column(scores, whole, fraction):
    """Returns (sd, population sd, bias, share of same ranking, of same best) of scores [K,
    draws]."""
    sd = np.nanstd(scores, axis=1, ddof=1)
    population = sd / np.sqrt(1 - fraction) if fraction < 1 else np.full(len(sd), np.nan)
    bias = np.nanmean(scores, axis=1) - whole
    if len(whole) < 2:
        return sd, population, bias, np.nan, np.nan
    same = (np.argsort(-scores, axis=0) == np.argsort(-whole)[:, np.newaxis])
    return sd, population, bias, same.all(0).mean(), same[0].mean()


def _se_of_mean(parts, score):
    """Computes the standard error over images of runs' mean score [S, U, P]; NaN with one unit."""
    if parts.shape[-2] < 2:
        return np.nan
    return float(jackknife_se(parts, lambda sums: score(sums).mean(0)))


@dataclasses.dataclass(frozen=True)
class ImagesNeeded:
    """images for an interval of +-half_width, from se with `units` images (or clusters)."""
    images: int
    half_width: float
    se: float
    units: int


def images_needed(matrices: np.ndarray, half_width: float = .01, level: float = .95,
                  clusters: Clusters = None, metric: str = "miou_d") -> ImagesNeeded:
    """Computes the test images for which a run's interval is +-half_width: the se falls as 1 /
    sqrt(images).

    Args:
      matrices: [N, C, C], N >= 2; N of some hundred, or the se itself is doubtful.

    Returns:
      `ImagesNeeded`; counts clusters where they are given.

    Raises:
      ValueError: a single image or cluster.
    """
    metric = METRICS[metric]
    parts = by_cluster(metric.parts(check_matrices(matrices, 3)), clusters)
    se = float(jackknife_se(parts, metric.score))
    quantile = stats.norm.ppf((1 + level) / 2)
    images = math.ceil(len(parts) * (quantile * se / half_width) ** 2)
    return ImagesNeeded(max(images, 1), half_width, se, len(parts))


def default_sizes(units: int) -> Tuple[int, ...]:
    """Lists sensible sizes of subsets: 10, 20, 50, 100, ... below the number of units, and that
    number."""
    steps = [base * 10 ** power for power in range(1, 7) for base in (1, 2, 5)]
    return tuple(step for step in steps if step < units) + (units,)
