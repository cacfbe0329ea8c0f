"""How well a score finds faults: average precision, precision among the first. numpy only."""
from typing import NamedTuple, Optional, Sequence

import numpy as np

from utils.statistics.resampling import draw_counts

_REPLICATES = 500


class Detection(NamedTuple):
    """How well faults are found, mean over plantings.

    Attributes:
      precision: average precision.
      low, high: its bootstrap interval over images, or scenes.
      base: share of faults: the average precision of chance.
      of_plantings: average precision of each planting.
    """
    precision: float
    low: float
    high: float
    base: float
    of_plantings: Sequence[float]

    @property
    def found(self) -> bool:
        """Whether faults are surely found more often than by chance."""
        return self.low > self.base


def average_precision(score: np.ndarray, faulty: np.ndarray,
                      weight: Optional[np.ndarray] = None) -> np.ndarray:
    """Computes average precision: the mean, over faults, of the precision down to each.

    Equal scores count as one step, so that their order is no matter.

    Args:
      score: [N], high where a fault is expected.
      faulty: bool [N].
      weight: [..., N], how often each counts; once where it is left out.

    Returns:
      float64 [...]; NaN without faults.
    """
    weight = np.ones(len(score)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    last = np.append(score[order][1:] != score[order][:-1], True)
    taken = weight[..., order]
    hits = np.cumsum(taken * faulty[order], -1)[..., last]
    seen = np.cumsum(taken, -1)[..., last]
    new = np.diff(hits, axis=-1, prepend=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(seen > 0, hits / seen, 0)
        return (precision * new).sum(-1) / hits[..., -1]


def precision_of_first(score: np.ndarray, hit: np.ndarray, count: int) -> float:
    """Computes the share of hits among the `count` highest scores; NaN for none."""
    order = np.argsort(-score, kind="stable")[:count]
    return float(hit[order].mean()) if len(order) else float("nan")


def detection(scores: np.ndarray, faulty: np.ndarray, clusters: Optional[np.ndarray] = None,
              level: float = .95) -> Detection:
    """Estimates how well faults of several plantings are found.

    Args:
      scores: [P, N] of each planting, high where a fault is expected.
      faulty: bool [P, N].
      clusters: [N], the scene of each image; None where images are independent.
      level: confidence level of the interval.
    """
    number = np.arange(scores.shape[1])
    unit = number if clusters is None else np.unique(clusters, return_inverse=True)[1]
    weight = draw_counts(unit.max() + 1, _REPLICATES, 0)[:, unit]
    own = [float(average_precision(*one)) for one in zip(scores, faulty)]
    drawn = np.mean([average_precision(*one, weight) for one in zip(scores, faulty)], axis=0)
    low, high = np.nanpercentile(drawn, [50 * (1 - level), 50 * (1 + level)])
    return Detection(float(np.mean(own)), float(low), float(high), float(faulty.mean()), own)
