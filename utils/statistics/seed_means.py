"""A score of a configuration: its mean over seeds, with intervals over seeds and over images."""
import dataclasses
from typing import Optional, Tuple

import numpy as np

from utils.statistics.arrays import Clusters, Score
from utils.statistics.intervals import SCORES, Interval, jackknife_t, t_interval
from utils.statistics.resampling import by_cluster, pseudo_values


@dataclasses.dataclass(frozen=True)
class SeedMean:
    """A score of S runs that differ in their seeds.

    Attributes:
      value: mean over the runs; NaN where one has none.
      runs: float64 [S].
      seeds: interval of the mean over seeds, on these images; None for a single run.
      images: interval over images (or clusters of them), of the mean of these runs; None where
        leaving out one of them leaves no score.
    """
    value: float
    runs: np.ndarray
    seeds: Optional[Interval] = None
    images: Optional[Interval] = None


def seed_mean(parts: np.ndarray, score: Score, clusters: Clusters = None, level: float = .95,
             within: Tuple[float, float] = SCORES) -> SeedMean:
    """Computes the `SeedMean` of a score of sums over images.

    Args:
      parts: [S, N, P], what is summed over images.
      score: sums [..., P] -> float64 [...].
      clusters: [N] or None; whole clusters are the units.
      level: of the intervals.
      within: what the score can be.
    """
    parts = np.asarray(parts, np.float64)
    runs = np.asarray(score(parts.sum(-2)), np.float64)
    value = float(runs.mean())
    if np.isnan(value):
        return SeedMean(value, runs)
    units = by_cluster(parts, clusters)
    images = None
    if units.shape[-2] > 1:
        with np.errstate(invalid="ignore"):
            pseudo = pseudo_values(units, score).mean(0)
        if np.isfinite(pseudo).all():
            images = jackknife_t(value, pseudo, level, within)
    return SeedMean(value, runs, t_interval(runs, level, within), images)
