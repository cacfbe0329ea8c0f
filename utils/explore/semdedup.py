"""Which images to leave out of training: semantic duplicates, and shares of groups.

Plain NumPy in float64, the same on both stacks.
"""
from typing import Tuple

import numpy as np

from utils.explore.acquisition import squared_distances
from utils.explore.kmeans import Partition


def likeness_to_earlier(points: np.ndarray, found: Partition, easy_first: bool = False
                        ) -> np.ndarray:
    """Computes each image's greatest cosine with the images before it in its cluster.

    Images of a cluster are ordered by their similarity to its centre, the least similar first
    (Abbas et al., SemDeDup, arXiv 2303.09540; semdedup.py of facebookresearch/SemDeDup). An image
    is a duplicate of an earlier one even where that is a duplicate itself: of a chain of images
    the first alone stays.

    Args:
      points: [N, D], whose inner products are cosines.
      found: their clusters.
      easy_first: the most similar to the centre first.

    Returns:
      float64 [N]; -inf for the first of each cluster.
    """
    likeness = np.full(len(points), -np.inf)
    for label in np.unique(found.label):
        members = np.flatnonzero(found.label == label)
        order = members[_by_centre(points[members], found.centres[label], easy_first)]
        for place in range(1, len(order)):
            likeness[order[place]] = (points[order[:place]] @ points[order[place]]).max().round(9)
    return likeness


def _by_centre(points, centre, easy_first):
    """Orders points by their similarity to a centre, ties by their order."""
    length = np.sqrt((centre ** 2).sum())
    similarity = (points @ centre / max(length, 1e-300)).round(9)
    return np.argsort(-similarity if easy_first else similarity, kind="stable")


def drop_alike(likeness: np.ndarray, keep: int) -> Tuple[np.ndarray, float]:
    """Finds the threshold eps beyond which images are duplicates, so that `keep` are left.

    An image is dropped where its likeness is greater than 1 - eps. Of images whose likeness is
    1 - eps itself, as all copies have, the last ones go, so that no more than `keep` are left. The
    first of each cluster always stays.

    Returns:
      (bool [N], which are kept; eps).
    """
    found = np.isfinite(likeness)
    if not found.any():
        return np.ones(len(likeness), bool), 0.
    kept = np.zeros(len(likeness), bool)
    kept[np.argsort(likeness, kind="stable")[:keep]] = True
    kept |= ~found
    limit = likeness[kept & found].max() if (kept & found).any() else likeness[found].min() - 1e-6
    return kept, float(1 - limit)


def shares_of_groups(points: np.ndarray, found: Partition, keep: int, groups: int,
                     random: np.random.RandomState) -> np.ndarray:
    """Keeps the same share of each ring around the centre of each cluster: bool [N].

    ARMBench's four steps: clusters, distances from the centre, subgroups of as many images each,
    a share of each subgroup. Which images of a subgroup stay is drawn. Shares are rounded so that
    their sum is `keep`, by the largest remainder.

    Args:
      groups: subgroups of a cluster.
    """
    cells = [cell for label in np.unique(found.label)
             for cell in np.array_split(_rings(points, found, label), groups) if len(cell)]
    kept = np.zeros(len(points), bool)
    for cell, quota in zip(cells, _quotas(np.array([len(cell) for cell in cells]), keep)):
        kept[random.permutation(cell)[:quota]] = True
    return kept


def _rings(points, found, label):
    """Returns the images of a cluster by their distance from its centre."""
    members = np.flatnonzero(found.label == label)
    return members[np.argsort(squared_distances(points[members], found.centres[label]),
                              kind="stable")]


def _quotas(sizes, keep):
    """Divides `keep` in proportion to sizes: int64, of the sum `keep`."""
    exact = sizes * (keep / sizes.sum())
    quotas = np.floor(exact + 1e-9).astype(np.int64)
    largest = np.argsort(-(exact - quotas).round(9), kind="stable")
    quotas[largest[:keep - quotas.sum()]] += 1
    return quotas
