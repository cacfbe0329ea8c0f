"""Chooses images one after another: by noisy scores, by distance, by chance, by their order.

Plain NumPy in float64. Distances are rounded before they are compared and ties go to the first
image, so that both stacks choose the same.
"""
import re
from typing import List, Optional, Sequence, Tuple

import numpy as np

#: Digits after the point by which distances and scores are compared.
_DIGITS = 9


def top(keys: np.ndarray, count: int) -> np.ndarray:
    """Returns the indices of the greatest keys [N], the greatest first; ties by their order."""
    return np.argsort(-np.asarray(keys, np.float64).round(_DIGITS), kind="stable")[:count]


def noisy_top(scores: np.ndarray, count: int, beta: float,
              random: np.random.RandomState) -> np.ndarray:
    """Draws images without replacement, each next one in proportion to score ** beta.

    Gumbel noise on log scores does this at once (Kirsch et al., Stochastic batch acquisition,
    arXiv 2106.12059, sec. 3; scores may be 1 / rank). The first `count` by score alone would be
    frames of one moment.

    Args:
      scores: [N], not negative. Images of score 0 come last, in their order.
      beta: 0 for draws by chance; the larger, the nearer to the greatest scores.

    Returns:
      int64 [count], in the order of drawing.
    """
    scores = np.asarray(scores, np.float64)
    noise = random.gumbel(size=len(scores))
    with np.errstate(divide="ignore"):
        logs = np.log(np.maximum(scores, 0))
    return top(np.where(scores > 0, beta * np.maximum(logs, -700) + noise, -np.inf), count)


def squared_distances(points: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Computes squared distances of points [N, D] from one [D]: float64 [N], rounded."""
    return ((points - point) ** 2).sum(1).round(_DIGITS)


def nearest_squares(points: np.ndarray, chosen: Sequence[int]) -> np.ndarray:
    """Computes the squared distance from each point to the nearest chosen one: float64 [N].

    Args:
      points: [N, D].
      chosen: indices; inf everywhere where there are none.
    """
    found = np.full(len(points), np.inf)
    for index in chosen:
        np.minimum(found, squared_distances(points, points[index]), out=found)
    return found


def k_centre(points: np.ndarray, count: int, start: Sequence[int] = ()) -> np.ndarray:
    """Chooses each next point as the one farthest from all chosen before.

    The largest distance to the nearest chosen point is at most twice the smallest possible
    (Gonzalez 1985; for active learning Sener & Savarese, ICLR 2018, sec. 3.2).

    Args:
      points: [N, D].
      start: points that are chosen already. Without any, the first is the nearest to the mean.

    Returns:
      int64 [count], in the order of choice, none of `start`.
    """
    points = np.asarray(points, np.float64)
    found: List[int] = []
    if not len(start) and count:
        found.append(int(squared_distances(points, points.mean(0)).argmin()))
    taken = list(start) + found
    least = nearest_squares(points, taken)
    least[taken] = -1
    while len(found) < count:
        found.append(int(least.argmax()))
        least = np.minimum(least, squared_distances(points, points[found[-1]]))
        least[found[-1]] = -1
    return np.array(found, np.int64)


def k_means_start(points: np.ndarray, count: int, random: np.random.RandomState) -> np.ndarray:
    """Chooses points as k-means++ does: each next one by its squared distance from those before.

    The first is the longest, as in the program of BADGE (Ash et al., ICLR 2020, algorithm 1).

    Args:
      points: [N, D].

    Returns:
      int64 [count], in the order of choice. Where only copies of chosen points are left, these
      come in their order.
    """
    points = np.asarray(points, np.float64)
    found: List[int] = []
    least = squared_distances(points, np.zeros(points.shape[1]))
    open_ = np.ones(len(points), bool)
    while len(found) < count:
        found.append(_next_start(least, open_, random if found else None))
        open_[found[-1]] = False
        new = squared_distances(points, points[found[-1]])
        least = np.minimum(least, new) if len(found) > 1 else new
    return np.array(found, np.int64)


def _next_start(least, open_, random):
    """Returns the greatest of `least` [N] without `random`, else draws in proportion to it."""
    weights = np.where(open_, least, 0)
    if random is None:
        return int(np.where(open_, least, -1).argmax())
    aim = random.random_sample() * weights.sum()
    return int(np.searchsorted(np.cumsum(weights), aim, "right")) if weights.any() else int(
        open_.argmax())


def every_nth(names: Sequence[str], count: int, scenes: Optional[np.ndarray] = None) -> np.ndarray:
    """Chooses images at even steps of their names' order: int64 [count].

    Args:
      names: [N]; numbers in them are ordered as numbers.
      scenes: [N] of text: names are ordered within scenes, so that each scene has its share.
    """
    scene = [""] * len(names) if scenes is None else [str(one) for one in scenes]
    order = sorted(range(len(names)), key=lambda index: (
        scene[index], _natural(names[index]), index))
    steps = ((2 * np.arange(count) + 1) * len(order)) // (2 * max(count, 1))
    return np.array(order, np.int64)[steps]


def _natural(name) -> Tuple:
    """Returns a key by which "f2" comes before "f10"."""
    parts = re.split("([0-9]+)", name)
    return tuple((int(part), part) if place % 2 else part for place, part in enumerate(parts))
