"""Connected components of a picture of classes, found from its runs. numpy and scipy only.

A run is a stretch of one row in a single class. There are far fewer runs than pixels, and all
classes are labelled at once, as a graph whose nodes are the runs.
"""
import collections
from typing import Optional, Tuple

import numpy as np

from utils.lazy import lazy_module

sparse = lazy_module("scipy.sparse")
csgraph = lazy_module("scipy.sparse.csgraph")

#: Pixels up to which a region is a speck: borders of labels leave thousands of them.
SPECK = 10

#: starts: int64 [runs], a run's first pixel in the flattened picture. region: int64 [runs], the
#: region that a run is part of, -1 where it is ignored. label, area: int64 [regions], class and
#: pixels of each region.
Regions = collections.namedtuple("Regions", "starts region label area")


def find_regions(classes: np.ndarray, num_classes: int,
                 instances: Optional[np.ndarray] = None) -> Regions:
    """Returns the 8-connected regions of each class, or its instances.

    Args:
      classes: uint8 [H, W]; values from `num_classes` on are ignored.
      num_classes: C.
      instances: uint16 [H, W], or None. All pixels of a class with one id are one region, wherever
        they are; those with id 0 are of no instance, and their regions are 8-connected.

    Returns:
      `Regions`, ordered by class, and within a class by their first pixels, row by row.
    """
    starts, lengths = _runs(classes, instances)
    label = classes.ravel()[starts].astype(np.int64)
    key = label if instances is None else label << 16 | instances.ravel()[starts]
    upper, lower = _touching(starts, lengths, classes.shape)
    joined = (key[upper] == key[lower]) & (label[upper] < num_classes)
    upper, lower = upper[joined], lower[joined]
    if instances is not None:
        one, other = _same_instance(key)
        upper, lower = np.append(upper, one), np.append(lower, other)
    count, component = _connected(upper, lower, len(starts))
    first = np.zeros(count, np.int64)
    first[component[::-1]] = np.arange(len(starts))[::-1]  # of several, the last one stays
    order = np.lexsort((first, label[first]))
    order = order[label[first[order]] < num_classes]
    rank = np.full(count, -1)
    rank[order] = np.arange(len(order))
    region = rank[component]
    area = np.bincount(region + 1, lengths, len(order) + 1)[1:].astype(np.int64)
    return Regions(starts, region, label[first[order]], area)


def _runs(classes, instances):
    """Returns (first pixel, length) of each run, int64, row by row."""
    begins = np.ones(classes.shape, bool)
    np.not_equal(classes[:, 1:], classes[:, :-1], out=begins[:, 1:])
    if instances is not None:
        begins[:, 1:] |= instances[:, 1:] != instances[:, :-1]
    starts = np.flatnonzero(begins)
    return starts, np.diff(np.append(starts, classes.size))


def _same_instance(key):
    """Pairs runs of one class and instance, in a chain; key: int64 [runs], class and id."""
    runs = np.flatnonzero(key & 0xffff)
    runs = runs[np.argsort(key[runs], kind="stable")]
    same = key[runs[1:]] == key[runs[:-1]]
    return runs[:-1][same], runs[1:][same]


def _touching(starts, lengths, shape):
    """Pairs (run, run in the row below) that share an edge or a corner, of any classes."""
    height, width = shape
    above = np.searchsorted(starts, (height - 1) * width)  # runs that have a row below
    left, right = starts[:above], starts[:above] + lengths[:above] - 1
    left = left + width - (left % width > 0)
    right = right + width + (right % width < width - 1)
    run = np.repeat(np.arange(len(starts)), lengths)  # of each pixel
    first = run[left]
    count = run[right] - first + 1
    upper = np.repeat(np.arange(above), count)
    within = np.arange(len(upper)) - np.repeat(np.cumsum(count) - count, count)
    return upper, first[upper] + within


def _connected(one, other, count):
    """Returns (number of components, component of each of `count` nodes) of a graph given by its
    edges."""
    edges = sparse.coo_matrix((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
    return csgraph.connected_components(edges, directed=False)


def shared_pixels(one: Regions, other: Regions,
                  size: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels that regions of two pictures have in common, where these are of one class.

    Args:
      one, other: `Regions` of two pictures of the same shape.
      size: pixels of a picture.

    Returns:
      (i, j, pixels): int64, each pair of a region of `one` and one of `other` that share a pixel,
      ordered, and how many they share.
    """
    starts = np.sort(np.concatenate([one.starts, other.starts]), kind="stable")  # merges the two
    starts = starts[np.append(True, starts[1:] != starts[:-1])]
    lengths = np.diff(np.append(starts, size))
    i = one.region[np.searchsorted(one.starts, starts, "right") - 1]
    j = other.region[np.searchsorted(other.starts, starts, "right") - 1]
    seen = (i >= 0) & (j >= 0)
    i, j, lengths = i[seen], j[seen], lengths[seen]
    same = one.label[i] == other.label[j]
    pairs, inverse = np.unique(i[same] * len(other.label) + j[same], return_inverse=True)
    pixels = np.bincount(inverse, lengths[same], len(pairs)).astype(np.int64)
    columns = max(len(other.label), 1)
    return pairs // columns, pairs % columns, pixels


def paint(regions: Regions, values: np.ndarray, shape: Tuple[int, int]) -> np.ndarray:
    """Gives each pixel its region's value; 0 where there is no region.

    Args:
      values: [regions].
      shape: (height, width) of the picture.

    Returns:
      [H, W] of the values' type.
    """
    of_runs = np.append(values, values.dtype.type(0))[regions.region]
    lengths = np.diff(np.append(regions.starts, shape[0] * shape[1]))
    return np.repeat(of_runs, lengths).reshape(shape)


def holds_any(regions: Regions, mask: np.ndarray) -> np.ndarray:
    """Tells which regions have a pixel of a mask, bool [H, W]: bool [regions]."""
    of_runs = np.logical_or.reduceat(mask.ravel(), regions.starts)
    found = np.zeros(len(regions.label) + 1, bool)
    found[regions.region[of_runs]] = True  # what is in no region is the last
    return found[:-1]
