"""k-means with weights, many at once, and how stable its clusters are. The same on both stacks.

scikit-learn's random streams and its treatment of empty clusters differ between the versions of
the two stacks; here random numbers are drawn from `np.random.RandomState` alone. float64.
"""
import dataclasses
from typing import Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.resampling import draw_counts

sparse = lazy_module("scipy.sparse")

#: Iterations after which k-means ends, converged or not.
_ROUNDS = 60


@dataclasses.dataclass(frozen=True)
class Partition:
    """Clusters of N points.

    Attributes:
      label: int64 [N], 0 .. k - 1.
      centres: float64 [k, D].
      inertia: sum of squared distances to the centres.
    """
    label: np.ndarray
    centres: np.ndarray
    inertia: float


def k_means(points: np.ndarray, k: int, starts: int = 10, seed: int = 0) -> Partition:
    """Clusters points [N, D] by Lloyd's algorithm from k-means++ starts, and keeps the best.

    Args:
      k: clusters, 1 <= k <= N; those of duplicate points may stay empty.
      starts: how many.
      seed: of the starts.
    """
    points = np.asarray(points, np.float64)
    label, centres, inertia = _many(points, np.ones((starts, len(points))), k,
                                    np.random.RandomState(seed))
    best = int(np.argmin(inertia.round(9)))
    return Partition(label[best], centres[best], float(inertia[best]))


def bootstrap_jaccard(points: np.ndarray, label: np.ndarray, k: int, replicates: int = 20,
                      starts: int = 3, seed: int = 0) -> np.ndarray:
    """Measures how well each cluster comes back in resamples of the points: float64 [k], 0..1.

    A replicate draws the points with replacement and clusters them anew. A cluster's value is the
    greatest Jaccard index with a cluster of the replicate, among the points drawn, averaged over
    replicates. From .75 on a cluster is stable, below .5 it dissolves (Hennig, Cluster-wise
    assessment of cluster stability, Comp. Stat. & Data Analysis 52, 2007, sec. 3).

    Args:
      points: [N, D]; label: [N], their clusters.
      starts: k-means starts of each replicate.

    Returns:
      NaN for an empty cluster.
    """
    points = np.asarray(points, np.float64)
    random = np.random.RandomState(seed)
    counts = draw_counts(len(points), replicates, random)
    found, _, inertia = _many(points, np.repeat(counts, starts, 0), k, random)
    best = inertia.reshape(replicates, starts).argmin(1) + starts * np.arange(replicates)
    values = np.array([jaccard(label[drawn > 0], other[drawn > 0], k, k).max(1)
                       for drawn, other in zip(counts, found[best])])
    return np.where(np.bincount(label, minlength=k) > 0, values.mean(0), np.nan)


def jaccard(a: np.ndarray, b: np.ndarray, clusters_a: int, clusters_b: int) -> np.ndarray:
    """Computes |x and y| / |x or y| of all clusters x of `a` and y of `b`.

    Args:
      a, b: int [N], clusters of the same points; negative for points of no cluster.

    Returns:
      float64 [clusters_a, clusters_b]; 0 for empty clusters.
    """
    both = (a >= 0) & (b >= 0)
    shared = np.bincount(a[both] * clusters_b + b[both], minlength=clusters_a * clusters_b
                         ).reshape(clusters_a, clusters_b).astype(np.float64)
    sizes_a = np.bincount(a[a >= 0], minlength=clusters_a)[:, np.newaxis]
    sizes_b = np.bincount(b[b >= 0], minlength=clusters_b)
    either = sizes_a + sizes_b - shared
    return np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)


# ---- R k-means at once: points [N, D], weights [R, N], centres [R, k, D] ----

def _many(points, weights, k, random) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns (labels [R, N], centres [R, k, D], inertia [R])."""
    lengths = (points ** 2).sum(1)
    centres = _starts(points, weights, k, random)
    labels = np.full(weights.shape, -1, np.int64)
    active = np.arange(len(weights))
    for _ in range(_ROUNDS):
        found = _nearest(points, centres[active])[0]
        moved = (found != labels[active]).any(1)
        labels[active] = found
        active = active[moved]
        if not len(active):
            break
        centres[active] = _means(points, weights[active], labels[active], centres[active])
    labels, distance = _nearest(points, centres)
    return labels, centres, (np.maximum(distance + lengths, 0) * weights).sum(1)


def _starts(points, weights, k, random):
    """Draws starts by k-means++ (Arthur & Vassilvitskii, SODA 2007): each next centre with a
    probability in proportion to its squared distance from those before."""
    replicates, lengths = len(weights), (points ** 2).sum(1)
    centres = np.empty((replicates, k, points.shape[1]))
    distance = np.ones(weights.shape)
    for place in range(k):
        sums = np.cumsum(distance * weights, axis=1)
        aim = random.random_sample(replicates) * sums[:, -1]
        chosen = np.minimum((sums <= aim[:, np.newaxis]).sum(1), len(points) - 1)
        centres[:, place] = points[chosen]
        new = np.maximum(_squares(points, centres[:, place:place + 1])[:, 0] + lengths, 0)
        distance = np.minimum(distance, new) if place else new
    return centres


def _squares(points, centres):
    """Returns squared distances [R, k, N] less the squared length of each point."""
    replicates, k, dimensions = centres.shape
    made = (-2 * centres.reshape(-1, dimensions)) @ points.T
    made += (centres.reshape(-1, dimensions) ** 2).sum(-1)[:, np.newaxis]
    return made.reshape(replicates, k, -1)


def _nearest(points, centres):
    """Returns (the nearest centre [R, N], its distance as `_squares` has it [R, N])."""
    squares = _squares(points, centres)
    least, found = squares[:, 0].copy(), np.zeros(squares[:, 0].shape, np.int64)
    for place in range(1, squares.shape[1]):  # numpy's argmin along a middle axis copies
        nearer = squares[:, place] < least
        found[nearer] = place
        np.minimum(least, squares[:, place], out=least)
    return found, least


def _means(points, weights, labels, centres):
    """Returns the weighted means of each cluster; an empty one keeps its centre."""
    replicates, k, dimensions = centres.shape
    count = len(points)
    rows = (labels + k * np.arange(replicates)[:, np.newaxis]).ravel()
    membership = sparse.csr_matrix(
        (weights.ravel(), (rows, np.tile(np.arange(count), replicates))),
        shape=(replicates * k, count))
    mass = np.asarray(membership.sum(1)).reshape(replicates, k, 1)
    sums = (membership @ points).reshape(replicates, k, dimensions)
    return np.divide(sums, mass, out=centres.copy(), where=mass > 0)
