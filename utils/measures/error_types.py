"""Kinds of wrong pixels: at a boundary, of extent, of a whole segment; and Boundary IoU's rims.

Bernhard et al., What's Outside the Intersection?, WACV 2024, sec. 3: intersection, boundary, extent
and segment pixels of a class add up to its union. All classes are counted at once.
"""
import collections
import math
from typing import Dict, Optional, Sequence, Tuple

import numpy as np

from utils.measures import bit_planes
from utils.measures.class_bands import ClassBands
from utils.measures.regions import Regions, find_regions, holds_any, paint

#: What `ErrorTypes.counts` counts, in this order: true positives; false positives and false
#: negatives at a boundary; those of extent; those of segments.
TYPES = ("hit", "false_boundary", "missed_boundary", "false_extent", "missed_extent",
         "false_segment", "missed_segment")
#: Kinds of a wrong pixel, as `WrongPixels` numbers them; `RIGHT` is none.
RIGHT, BOUNDARY, EXTENT, SEGMENT = range(4)
#: Width of the boundary, and of the rims of Boundary IoU, in diagonals of the image.
_BOUNDARY_WIDTH, _RIM_WIDTH = .01, .02

#: Planes of `ClassBands`: where classes are true, where they are found, which pixels are labelled.
_Masks = collections.namedtuple("_Masks", "true found labelled")


class WrongPixels:
    """Of which kind the wrong pixels of an image are.

    Args:
      counts: int64 [C, 7], pixels of each class by `TYPES`.
      rims: int64 [C, 2], pixels in the rims of both truth and prediction, and in either.
      right: bool [H, W], where nothing is wrong, or nothing is labelled.
      boundaries, segments: pairs of bool [H, W]: pixels of these kinds, as ones that wrongly have
        their predicted class, and as ones that lack their true class.
    """

    def __init__(self, counts: np.ndarray, rims: np.ndarray, right: np.ndarray,
                 boundaries: Sequence[np.ndarray], segments: Sequence[np.ndarray]) -> None:
        self.counts, self.rims = counts, rims
        self._right, self._boundaries, self._segments = right, boundaries, segments
        self._made: Dict[int, np.ndarray] = {}

    @property
    def false(self) -> np.ndarray:
        """Kind of each pixel as one that wrongly has its predicted class: uint8 [H, W]."""
        return self._kinds(0)

    @property
    def missed(self) -> np.ndarray:
        """Kind of each pixel as one that lacks its true class: uint8 [H, W]."""
        return self._kinds(1)

    def _kinds(self, side):
        """Paints the kinds of a side when they are asked for first: few pictures are."""
        if side not in self._made:
            kinds = np.where(self._segments[side], np.uint8(SEGMENT), np.uint8(EXTENT))
            kinds[self._boundaries[side]] = BOUNDARY
            kinds[self._right] = RIGHT
            self._made[side] = kinds
        return self._made[side]


def boundary_width(shape: Tuple[int, int]) -> int:
    """Returns how far boundaries reach in an image of that height and width: 1 % of its diagonal,
    in pixels, at least 1."""
    return _width(shape, _BOUNDARY_WIDTH)


def _width(shape, share):
    return max(int(round(share * math.hypot(*shape))), 1)


def find_wrong_pixels(truth: np.ndarray, prediction: np.ndarray, num_classes: int,
                      true: Optional[Regions] = None) -> WrongPixels:
    """Tells of which kind each wrong pixel of an image is.

    A wrong pixel is of a class's boundary if it lies within the boundary's width of both the
    class's hits and what is rightly not the class, or of such a pixel. It is of extent if it is of
    a region with a hit, and of a segment otherwise. A rim is what an erosion by 2 % of the image's
    diagonal takes away of a mask (Cheng et al., Boundary IoU, CVPR 2021, eq. 1); outside the image
    is no class, as in its authors' program.

    Ignored pixels keep their prediction, so that an object's edge beside them is a boundary too.
    They are not counted.

    Args:
      truth: uint8 [H, W]; values from C on are ignored.
      prediction: uint8 [H, W], values below C.
      num_classes: C, at most 254.
      true: `find_regions` of the truth without instances, where it is known.

    Returns:
      `WrongPixels`.
    """
    if true is None:
        true = find_regions(truth, num_classes)
    pictures, regions = (prediction, truth), (find_regions(prediction, num_classes), true)
    bands = ClassBands([truth, prediction], [true.starts, regions[0].starts], num_classes,
                       boundary_width(truth.shape), 2 * _width(truth.shape, _RIM_WIDTH) + 1)
    masks = _Masks(bands.planes(truth), bands.planes(prediction),
                   bands.planes(truth < num_classes))
    hit, labelled = truth == prediction, truth < num_classes
    boundaries = _boundaries(pictures, bands, masks, num_classes)
    segments = [paint(one, ~holds_any(one, hit), truth.shape) for one in regions]
    counts = np.zeros((num_classes, len(TYPES)), np.int64)
    counts[bands.classes, 0] = bands.count(masks.true & masks.found)
    counts[bands.classes, 3] = bands.count(masks.found & ~masks.true & masks.labelled)
    counts[bands.classes, 4] = bands.count(masks.true & ~masks.found)
    for side, picture in enumerate(pictures):
        # A region with a pixel at a boundary has a hit: no pixel is counted twice.
        for column, mask in ((1, boundaries[side]), (5, segments[side])):
            counts[:, column + side] = _count(picture, mask & labelled, num_classes)
            counts[:, 3 + side] -= counts[:, column + side]
    return WrongPixels(counts, _count_rims(bands, masks, truth.shape, num_classes),
                       hit | ~labelled, boundaries, segments)


def _boundaries(pictures, bands, masks, num_classes):
    """Returns [false, missed]: bool [H, W], the wrong pixels at a boundary."""
    true, found, width = masks.true, masks.found, bands.margin
    hit, rest = true & found, ~(true | found) & bands.inside
    sides, between = (found & ~true, true & ~found), true ^ found
    between = bit_planes.dilate(hit, width, between)
    between = bit_planes.dilate(rest, width, between)
    near = [bit_planes.dilate(side & between, width, side) for side in sides]
    touched = [bit_planes.dilate(one, 1, near[0] | near[1]) for one in (hit, rest)]
    return [_touching_both(picture, *(bands.joined(one) for one in (
        own, touched[0] & own, touched[1] & own)), num_classes=num_classes)
            for picture, own in zip(pictures, near)]


def _touching_both(picture, own, one, other, num_classes):
    """Returns the pixels of `own`, bool [H, W], whose regions have a pixel in both other masks.

    A pixel is `own` of one class, so that `picture` keeps the classes apart.
    """
    elsewhere = own.view(np.uint8) - np.uint8(1)  # 255, which is no class; 0 where it is own
    regions = find_regions(picture | elsewhere, num_classes)
    return paint(regions, holds_any(regions, one) & holds_any(regions, other), picture.shape)


def _count(picture, mask, num_classes):
    """Returns int64 [C], the pixels of a mask by class."""
    return np.bincount(picture[mask], minlength=256)[:num_classes]


def _count_rims(bands, masks, shape, num_classes):
    width = _width(shape, _RIM_WIDTH)
    rims = [one & ~bit_planes.erode_square(one, width) & masks.labelled
            for one in (masks.true, masks.found)]
    counts = np.zeros((num_classes, 2), np.int64)
    for column, both in enumerate((rims[0] & rims[1], rims[0] | rims[1])):
        counts[bands.classes, column] = bands.count(both)
    return counts
