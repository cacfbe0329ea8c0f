"""How well a score finds faults that were planted at random: average precision, precision among the
first. numpy and scipy only."""
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.many import holm

stats = lazy_module("scipy.stats")
#: Plantings that p compares with.
_REDRAWN = 1999
#: Groups of images that are left out in turn; scenes are groups of their own.
_MOST_GROUPS = 200
#: Numbers at once while planting anew.
_CHUNK = 4_000_000


class Detection(NamedTuple):
    """How well faults are found, mean over plantings.

    Attributes:
      precision: average precision.
      low, high: its interval over images, or scenes.
      base: the average precision of chance on these images, mean over random plantings; with few
        faults it is more than their share.
      of_plantings: average precision of each planting.
      p: how often chance is as good or better on these images.
      p_adjusted: p, corrected for all that are decided together.
    """
    precision: float
    low: float
    high: float
    base: float
    of_plantings: Sequence[float]
    p: float
    p_adjusted: float = float("nan")

    def found(self, level: float = .95) -> bool:
        """Tells whether faults are found more often than by chance, on these images.

        One of all that are decided together is so by chance in 1 - `level` of cases.
        """
        return self.p_adjusted < 1 - level


def average_precision(score: np.ndarray, faulty: np.ndarray,
                      weight: Optional[np.ndarray] = None) -> np.ndarray:
    """Computes average precision: the mean, over faults, of the precision down to each.

    Equal scores count as one step, so that their order is no matter.

    Args:
      score: [N], high where a fault is expected.
      faulty: bool [..., N].
      weight: [..., N], how often each counts; once where it is left out.

    Returns:
      float64 [...]; NaN without faults.
    """
    weight = np.ones(len(score)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    last = np.append(score[order][1:] != score[order][:-1], True)
    taken = weight[..., order]
    hits = np.cumsum(taken * faulty[..., order], -1)[..., last]
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
              level: float = .95, fit: Optional[np.ndarray] = None) -> Detection:
    """Estimates how well faults of several plantings are found.

    p is that of a randomisation test: the faults are planted anew, at random among `fit`, while
    the scores stay. Since that is how they were planted, p holds for any scores, scenes and number
    of images (Fisher; Edgington & Onghena, Randomization Tests, ch. 3).

    The interval is the jackknife's over groups of images, or scenes, taken to the logit scale at
    the estimate less the jackknife's bias: that of few faults is upwards, and a percentile
    bootstrap doubles it (docs/error_bars/images.md has the coverage of both).

    Args:
      scores: [P, N] of each planting, high where a fault is expected.
      faulty: bool [P, N].
      clusters: [N], the scene of each image; None where images are independent.
      level: confidence level of the interval.
      fit: bool [N], the images that a fault could have been planted in; None for all.
    """
    own = [float(average_precision(*one)) for one in zip(scores, faulty)]
    precision = float(np.mean(own))
    low, high = _interval(scores, faulty, clusters, level, precision)
    redrawn = _redrawn(scores, faulty, fit)
    p = (1 + np.count_nonzero(redrawn >= precision - 1e-12)) / (1 + len(redrawn))
    return Detection(precision, low, high, float(redrawn.mean()), own, float(p))


def decide(found: Sequence[Detection]) -> List[Detection]:
    """Corrects the p of detections that are decided together, by Holm's method."""
    return [one._replace(p_adjusted=float(p))
            for one, p in zip(found, holm([one.p for one in found]))]


def _interval(scores: np.ndarray, faulty: np.ndarray, clusters: Optional[np.ndarray],
              level: float, whole: float) -> Tuple[float, float]:
    """Returns the ends of an interval around the estimate `whole`; (0, 1) where a group has all
    faults of a planting."""
    count = scores.shape[1]
    if clusters is None:
        group = np.random.RandomState(0).permutation(count) % min(count, _MOST_GROUPS)
    else:
        group = np.unique(clusters, return_inverse=True)[1]
    groups = int(group.max()) + 1
    kept = (group != np.arange(groups)[:, np.newaxis]).astype(np.float64)
    without = np.mean([average_precision(*one, kept) for one in zip(scores, faulty)], axis=0)
    if groups < 2 or np.isnan(without).any():
        return 0.0, 1.0
    least = 1 / (4 * faulty.sum(-1).max())  # a quarter of what one fault is of all
    centre = np.clip(groups * whole - (groups - 1) * without.mean(), least, 1 - least)
    spread = np.sqrt((groups - 1) * without.var()) / (centre * (1 - centre))
    reach = stats.t.ppf((1 + level) / 2, groups - 1) * spread
    low, high = 1 / (1 + np.exp(np.array([reach, -reach]) - np.log(centre / (1 - centre))))
    return float(min(low, whole)), float(max(high, whole))


def _redrawn(scores: np.ndarray, faulty: np.ndarray, fit: Optional[np.ndarray]) -> np.ndarray:
    """Returns the mean average precision of random plantings: float64 [`_REDRAWN`]."""
    count = scores.shape[1]
    places = np.flatnonzero(np.ones(count, bool) if fit is None else fit | faulty.any(0))
    random, found = np.random.RandomState(0), np.zeros(_REDRAWN)
    chunk = max(1, _CHUNK // count)
    for start in range(0, _REDRAWN, chunk):
        part = found[start:start + chunk]  # a view
        for score, made in zip(scores, faulty):
            order = np.argsort(random.random_sample((len(part), len(places))), axis=1)
            anew = np.zeros((len(part), count), bool)
            np.put_along_axis(anew, places[order[:, :made.sum()]], True, axis=1)
            part += average_precision(score, anew) / len(scores)
    return found
