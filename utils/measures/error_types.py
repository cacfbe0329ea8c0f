"""Kinds of wrong pixels: at a boundary, of extent, of a whole segment; and Boundary IoU's rims.

Bernhard et al., What's Outside the Intersection?, WACV 2024, sec. 3: intersection, boundary, extent
and segment pixels of a class add up to its union. All classes are counted at once.
"""
import collections
import math
from typing import Tuple

import numpy as np

from utils.measures import bit_planes
from utils.measures.regions import find_regions, holds_any, paint

#: What `ErrorTypes.counts` counts, in this order: true positives; false positives and false
#: negatives at a boundary; those of extent; those of segments.
TYPES = ("hit", "false_boundary", "missed_boundary", "false_extent", "missed_extent",
         "false_segment", "missed_segment")
#: Kinds of a wrong pixel, as `WrongPixels` numbers them; `RIGHT` is none.
RIGHT, BOUNDARY, EXTENT, SEGMENT = range(4)
#: Width of the boundary, and of the rims of Boundary IoU, in diagonals of the image.
_BOUNDARY_WIDTH, _RIM_WIDTH = .01, .02
_NO_CLASS = 255

#: false: uint8 [H, W], kind of each pixel as one that wrongly has its predicted class. missed: the
#: same, as one that lacks its true class. counts: int64 [C, 7], pixels of each class by `TYPES`.
#: rims: int64 [C, 2], pixels in the rims of both truth and prediction, and in either.
WrongPixels = collections.namedtuple("WrongPixels", "false missed counts rims")

#: classes: int64 [K], those that occur. true, found: planes [K, H, W'] of truth and prediction.
#: labelled, inside: planes [H, W'] of pixels with a label, and of all pixels.
_Planes = collections.namedtuple("_Planes", "classes true found labelled inside")


def boundary_width(shape: Tuple[int, int]) -> int:
    """Returns how far boundaries reach in an image of that height and width: 1 % of its diagonal,
    in pixels, at least 1."""
    return _width(shape, _BOUNDARY_WIDTH)


def _width(shape, share):
    return max(int(round(share * math.hypot(*shape))), 1)


def find_wrong_pixels(truth: np.ndarray, prediction: np.ndarray, num_classes: int) -> WrongPixels:
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

    Returns:
      `WrongPixels`.
    """
    planes = _pack(truth, prediction, num_classes)
    hit = truth == prediction
    right = hit | (truth >= num_classes)
    kinds = []
    for picture, at_boundary in zip((prediction, truth), _boundaries(
            truth, prediction, planes, num_classes)):
        kind = _beyond(picture, hit, num_classes)
        kind[at_boundary] = BOUNDARY
        kind[right] = RIGHT
        kinds.append(kind)
    counts = np.zeros((num_classes, len(TYPES)), np.int64)
    counts[planes.classes, 0] = bit_planes.count(planes.true & planes.found)
    for column, (picture, kind) in enumerate(zip((prediction, truth), kinds), 1):
        counts[:, column::2] = _count_kinds(picture, kind, num_classes)
    return WrongPixels(kinds[0], kinds[1], counts, _count_rims(planes, truth.shape, num_classes))


def _pack(truth, prediction, num_classes):
    """Returns the `_Planes` of an image."""
    spare = 2 * _width(truth.shape, _RIM_WIDTH) + 1
    pixels = sum(np.bincount(picture.ravel(), minlength=256) for picture in (truth, prediction))
    classes = np.flatnonzero(pixels[:num_classes])
    return _Planes(classes, bit_planes.class_planes(truth, classes, spare),
                   bit_planes.class_planes(prediction, classes, spare),
                   bit_planes.pack(truth < num_classes, spare),
                   bit_planes.pack(np.ones(truth.shape, bool), spare))


def _boundaries(truth, prediction, planes, num_classes):
    """Returns [false, missed]: bool [H, W], the wrong pixels at a boundary."""
    true, found, width = planes.true, planes.found, boundary_width(truth.shape)
    hit, rest = true & found, ~(true | found) & planes.inside
    sides, between = (found & ~true, true & ~found), true ^ found
    between = bit_planes.dilate(hit, width, between)
    between = bit_planes.dilate(rest, width, between)
    near = [bit_planes.dilate(side & between, width, side) for side in sides]
    touched = [bit_planes.dilate(one, 1, near[0] | near[1]) for one in (hit, rest)]
    return [_touching_both(picture, own, [one & own for one in touched], num_classes)
            for picture, own in zip((prediction, truth), near)]


def _touching_both(picture, planes, touched, num_classes):
    """Returns the pixels of planes [K, H, W'] whose regions have a pixel in each of `touched`.

    Planes of different classes share no pixel, so that their union keeps them apart by `picture`.
    """
    own, *touched = [bit_planes.unpack(np.bitwise_or.reduce(one, axis=0), picture.shape[1])
                     for one in [planes] + touched]
    regions = find_regions(np.where(own, picture, np.uint8(_NO_CLASS)), num_classes)
    both = holds_any(regions, touched[0]) & holds_any(regions, touched[1])
    return paint(regions, both, picture.shape)


def _beyond(picture, hit, num_classes):
    """Returns uint8 [H, W]: `EXTENT` in regions of a picture that have a hit, else `SEGMENT`."""
    regions = find_regions(picture, num_classes)
    return paint(regions, np.where(holds_any(regions, hit), EXTENT, SEGMENT).astype(np.uint8),
                 picture.shape)


def _count_kinds(picture, kind, num_classes):
    """Returns int64 [C, 3], the pixels of each class that are of each kind but `RIGHT`."""
    wrong = np.flatnonzero(kind)
    cells = picture.ravel()[wrong].astype(np.intp) * 4 + kind.ravel()[wrong]
    return np.bincount(cells, minlength=4 * 256).reshape(-1, 4)[:num_classes, BOUNDARY:]


def _count_rims(planes, shape, num_classes):
    width = _width(shape, _RIM_WIDTH)
    rims = [masks & ~bit_planes.erode_square(masks, width) & planes.labelled
            for masks in (planes.true, planes.found)]
    counts = np.zeros((num_classes, 2), np.int64)
    for column, both in enumerate((rims[0] & rims[1], rims[0] | rims[1])):
        counts[planes.classes, column] = bit_planes.count(both)
    return counts
