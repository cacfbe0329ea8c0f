"""How well chosen images, with those that are labelled, stand for all others of a pool."""
import dataclasses
from typing import Sequence

import numpy as np

from utils.explore.acquisition import nearest_squares, squared_distances
from utils.explore.neighbours import nearest
from utils.explore.pool import Pool


@dataclasses.dataclass(frozen=True)
class Coverage:
    """What is told of a choice.

    Attributes:
      farthest, mean: distance of the pool's images to the nearest chosen or labelled one.
      scenes: how many have a chosen image; 0 where scenes are unknown.
      near: chosen images that another chosen or a labelled one is near to.
      entropy, disagreement: means over the chosen, nats.
    """
    farthest: float
    mean: float
    scenes: float
    near: float
    entropy: float
    disagreement: float


def cover(pool: Pool, chosen: Sequence[int], near: float) -> Coverage:
    """Computes the coverage of chosen images, one or more.

    Args:
      chosen: places in the pool.
      near: distance of `near_distance`.
    """
    chosen = np.asarray(chosen, np.int64)
    distance = np.sqrt(nearest_squares(pool.points, [*chosen, *pool.start])[:len(pool.names)])
    return Coverage(
        float(distance.max()), float(distance.mean()),
        0. if pool.scenes is None else float(len(set(pool.scenes[chosen].tolist()))),
        float(_near(pool, chosen, near)), float(pool.entropy[chosen].mean()),
        float(pool.disagreement[chosen].mean()))


def _near(pool, chosen, near):
    """Counts chosen images near to a labelled one, or to one that was chosen before."""
    taken = np.concatenate([pool.start, chosen])
    first = len(pool.start)
    return sum(bool((squared_distances(pool.points[taken[:first + place]], pool.points[index])
                     <= near ** 2 + 1e-9).any()) for place, index in enumerate(chosen))


def near_distance(pool: Pool) -> float:
    """Returns the median distance of an image to the nearest other one, labelled or not; 0 for one.

    Of a video it is about the distance of a frame to the next.
    """
    points = pool.points
    if len(points) < 2:
        return 0.
    other = points[nearest(points, 1)[:, 0]]
    return float(np.median(np.sqrt(((points - other) ** 2).sum(1).round(9))))
