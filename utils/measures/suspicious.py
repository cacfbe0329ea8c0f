"""Regions of a label that a net's probabilities speak against. numpy and scipy only."""
from typing import Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.measures.label_fit import TEMPERATURE
from utils.measures.regions import SPECK, find_regions, paint

ndimage = lazy_module("scipy.ndimage")

#: Probability above which a net is sure of a class.
SURE = .5
#: Regions that are kept of an image.
MOST_REGIONS = 20
#: A region: box, pixels, sum of (1 - s), means of the given and the seen class's probability.
COLUMNS = ("given", "seen", "top", "left", "bottom", "right", "pixels", "mass", "given_probability",
           "seen_probability")


def suspicious_regions(label: np.ndarray, probabilities: np.ndarray
                       ) -> Tuple[np.ndarray, np.ndarray]:
    """Finds the regions that have one class in the label and surely another one by the net.

    A pixel counts where another class than the given has a probability above `SURE`. A 3x3 erosion
    takes the borders of classes away. Regions are 8-connected, of one given and one seen class.

    Args:
      label: uint8 [H, W]; values >= C are ignored.
      probabilities: float32 [H, W, C], at the image's own pixels.

    Returns:
      (rows, places): float64 [R, columns], of `COLUMNS`, the largest mass first; int32 [H, W],
      which row a pixel is of, -1 for none. s is the probability of a pixel's given class; boxes end
      behind their last pixel.
    """
    count = probabilities.shape[-1]
    seen = probabilities.argmax(-1)
    surely = probabilities.max(-1) > SURE
    wrong = (label < count) & (seen != label) & surely
    wrong = ndimage.binary_erosion(wrong, np.ones((3, 3)), border_value=1)
    return region_rows(wrong, label, seen, probabilities)


def region_rows(mask: np.ndarray, one: np.ndarray, other: np.ndarray, probabilities: np.ndarray
                ) -> Tuple[np.ndarray, np.ndarray]:
    """Sums up the regions of a mask, each of one pair of classes; specks are left out.

    Args:
      mask: bool [H, W].
      one, other: [H, W], classes of the pixels, "given" and "seen" in `COLUMNS`.
      probabilities: float32 [H, W, C].

    Returns:
      as `suspicious_regions`.
    """
    count = probabilities.shape[-1]
    codes = np.where(mask, one.astype(np.int64) * count + other, count * count)
    regions = find_regions(codes, count * count)
    order = np.flatnonzero(regions.area > SPECK)
    places = paint(regions, np.arange(1, len(regions.area) + 1), mask.shape) - 1
    if not len(order):
        return np.zeros((0, len(COLUMNS))), np.full(mask.shape, -1, np.int32)
    rows, columns = np.nonzero(places >= 0)
    region = places[rows, columns]
    size = len(regions.area)
    given, seen = (probabilities[rows, columns, plane[rows, columns]].astype(np.float64)
                   for plane in (one, other))
    mass = np.bincount(region, 1 - given, size)
    order = order[np.argsort(-mass[order], kind="stable")][:MOST_REGIONS]
    boxes = np.array([(ends[0].start, ends[1].start, ends[0].stop, ends[1].stop)
                      for ends in ndimage.find_objects(places + 1)])
    found = np.column_stack([
        regions.label // count, regions.label % count, boxes, regions.area, mass,
        np.bincount(region, given, size) / regions.area,
        np.bincount(region, seen, size) / regions.area])[order]
    rank = np.full(size + 1, -1, np.int32)
    rank[order] = np.arange(len(order))
    return found, rank[places]


def softmin(label: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the softmin of the given classes' probabilities: low where some labels look wrong.

    It is the mean of s weighted by softmax((1 - s) / T) (Lad & Mueller, arXiv 2307.05080, sec. 4);
    NaN where nothing is labelled.
    """
    labelled = label < probabilities.shape[-1]
    s = np.take_along_axis(probabilities[labelled], label[labelled][:, np.newaxis].astype(np.intp),
                           axis=-1)[:, 0].astype(np.float64)
    weight = np.exp((1 - s) / TEMPERATURE)
    return float((s * weight).sum() / weight.sum()) if len(s) else float("nan")
