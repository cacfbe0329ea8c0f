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
WrongPixels = collections.namedtuple("WrongPixels", "false missed counts")


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
    a region with a hit, and of a segment otherwise. Ignored pixels keep their prediction, so that
    an object's edge beside them is a boundary too; they are not counted.

    Args:
      truth: uint8 [H, W]; values from C on are ignored.
      prediction: uint8 [H, W], values below C.
      num_classes: C, at most 254.

    Returns:
      `WrongPixels`.
    """
    labelled, hit = truth < num_classes, truth == prediction
    boundaries = _boundaries(truth, prediction, num_classes)
    kinds = []
    for picture, at_boundary in zip((prediction, truth), boundaries):
        kind = _beyond(picture, hit, num_classes)
        kind[at_boundary] = BOUNDARY
        kind[~labelled | hit] = RIGHT
        kinds.append(kind)
    return WrongPixels(kinds[0], kinds[1], _counts(truth, prediction, kinds, num_classes))


def _boundaries(truth, prediction, num_classes):
    """Returns (false, missed): bool [H, W], the wrong pixels at a boundary."""
    width = boundary_width(truth.shape)
    true, found = _planes(truth, prediction, num_classes, width)[1:]
    hit, rest = true & found, ~(true | found) & bit_planes.pack(np.ones(truth.shape, bool), width)
    sides = (found & ~true, true & ~found)
    wrong = sides[0] | sides[1]
    between = bit_planes.dilate(hit, width, wrong)
    between &= bit_planes.dilate(rest, width, between)
    near = [bit_planes.dilate(side & between, width, side) for side in sides]
    touched = [bit_planes.dilate(planes, 1, near[0] | near[1]) for planes in (hit, rest)]
    return [_touching_both(picture, own, [planes & own for planes in touched], num_classes)
            for picture, own in zip((prediction, truth), near)]


def _planes(truth, prediction, num_classes, spare):
    """Returns (classes that occur, planes of the truth, planes of the prediction)."""
    seen = np.zeros(256, bool)
    seen[truth.ravel()] = seen[prediction.ravel()] = True
    classes = np.flatnonzero(seen[:num_classes])
    return (classes,) + tuple(bit_planes.class_planes(picture, classes, spare)
                              for picture in (truth, prediction))


def _touching_both(picture, planes, touched, num_classes):
    """Returns the pixels of planes [K, H, W'] whose regions have a pixel in each of `touched`.

    Planes of different classes share no pixel, so that their union keeps them apart by `picture`.
    """
    own, *touched = [bit_planes.unpack(np.bitwise_or.reduce(one, axis=0), picture.shape[1])
                     for one in [planes] + touched]
    regions = find_regions(np.where(own, picture, _NO_CLASS), num_classes)
    both = holds_any(regions, touched[0]) & holds_any(regions, touched[1])
    return paint(regions, both, picture.shape)


def _beyond(picture, hit, num_classes):
    """Returns uint8 [H, W]: `EXTENT` in regions of a picture that have a hit, else `SEGMENT`."""
    regions = find_regions(picture, num_classes)
    return paint(regions, np.where(holds_any(regions, hit), EXTENT, SEGMENT).astype(np.uint8),
                    picture.shape)


def _counts(truth, prediction, kinds, num_classes):
    wrong = np.flatnonzero(kinds[0])  # a labelled wrong pixel has both kinds
    counts = np.zeros((num_classes, len(TYPES)), np.int64)
    counts[:, 0] = np.bincount(truth[truth == prediction], minlength=256)[:num_classes]
    for column, (picture, kind) in enumerate(zip((prediction, truth), kinds), 1):
        cells = picture.ravel()[wrong].astype(np.intp) * 4 + kind.ravel()[wrong]
        counts[:, column::2] = np.bincount(cells, minlength=4 * 256).reshape(-1, 4)[
            :num_classes, BOUNDARY:]
    return counts


def count_rims(truth: np.ndarray, prediction: np.ndarray, num_classes: int) -> np.ndarray:
    """Counts pixels of the rims of truth and prediction (Cheng et al., CVPR 2021, eq. 1).

    A rim is what an erosion by 2 % of the image's diagonal takes away. As in the authors' program,
    what lies outside the image is not of the class. Ignored pixels are not counted.

    Args:
      truth, prediction, num_classes: as in `find_wrong_pixels`.

    Returns:
      int64 [C, 2], pixels in both rims, and in either: Boundary IoU is the sum of the first over
      that of the second.
    """
    width = _width(truth.shape, _RIM_WIDTH)
    spare = 2 * width + 1
    classes, *both = _planes(truth, prediction, num_classes, spare)
    labelled = bit_planes.pack(truth < num_classes, spare)
    rims = [planes & ~bit_planes.erode_square(planes, width) & labelled for planes in both]
    counts = np.zeros((num_classes, 2), np.int64)
    counts[classes, 0] = bit_planes.count(rims[0] & rims[1])
    counts[classes, 1] = bit_planes.count(rims[0] | rims[1])
    return counts
