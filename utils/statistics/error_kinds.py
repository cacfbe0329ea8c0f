"""Shares of a class's union by kind of error, and what fixing a kind would give. numpy only.

Takes pixels [..., 7] by `utils.measures.error_types.TYPES`, of an image or summed over images
(Bernhard et al., WACV 2024, sec. 3). A class without a true pixel has no share: NaN.
"""
from typing import Callable

import numpy as np

from utils.measures.confusion import mean_of_present
from utils.measures.error_types import TYPES

#: The kinds of error, in the order of the last axes below.
KINDS = ("boundary", "extent", "segment")


def shares(counts: np.ndarray) -> np.ndarray:
    """Computes IoU and the share of each kind in the union: [..., 7] -> float64 [..., 4].

    The four add up to 1.
    """
    hit, false, missed = _split(counts)
    union = np.where(hit + missed.sum(-1) > 0, hit + false.sum(-1) + missed.sum(-1), np.nan)
    parts = np.concatenate([hit[..., np.newaxis], false + missed], axis=-1)
    return parts / union[..., np.newaxis]


def remaining_shares(counts: np.ndarray) -> np.ndarray:
    """Computes the share of each kind once the coarser ones are fixed: [..., 7] -> [..., 3].

    Segments are fixed first, then extents, then boundaries (Bernhard et al., sec. 3.3).
    """
    iou, *errors = np.moveaxis(shares(counts), -1, 0)
    left = iou + np.cumsum(errors, axis=0)
    with np.errstate(invalid="ignore"):
        return np.moveaxis(np.where(left > 0, errors / left, 0 * iou), 0, -1)


def gains(counts: np.ndarray) -> np.ndarray:
    """Computes by how much IoU would rise with one kind fixed alone: [..., 7] -> [..., 3].

    A missed pixel becomes a hit, a false one leaves the union (as TIDE fixes errors, Bolya et al.,
    ECCV 2020).
    """
    hit, false, missed = _split(counts)
    iou = shares(counts)[..., :1]
    union = (hit + false.sum(-1) + missed.sum(-1))[..., np.newaxis] - false
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isnan(iou), np.nan, (hit[..., np.newaxis] + missed) / union - iou)


def _split(counts):
    """Returns (hits [...], false by kind [..., 3], missed by kind [..., 3]), float64."""
    counts = np.asarray(counts, np.float64)
    return counts[..., 0], counts[..., 1::2], counts[..., 2::2]


def mean_over_classes(sums: np.ndarray, function: Callable[[np.ndarray], np.ndarray],
                      column: int) -> np.ndarray:
    """Averages one column of a function over the classes that occur: [..., 7 C] -> [...].

    Args:
      sums: counts of all classes behind each other.
      function: `shares`, `remaining_shares` or `gains`.
      column: of its result.
    """
    of_classes = np.asarray(sums).reshape(np.shape(sums)[:-1] + (-1, len(TYPES)))
    return mean_of_present(function(of_classes)[..., column])


def boundary_iou(rims: np.ndarray) -> np.ndarray:
    """Computes Boundary IoU of rims [..., 2], NaN without one (Cheng et al., CVPR 2021, eq. 1)."""
    rims = np.asarray(rims, np.float64)
    with np.errstate(invalid="ignore"):
        return np.where(rims[..., 1] > 0, rims[..., 0] / np.maximum(rims[..., 1], 1), np.nan)
