"""Places the window where it does not show one class alone."""
import itertools

import numpy as np

from utils.data.augment.geometry import Geometry
from utils.data.augment.registry import AUGMENTATIONS, operation
from utils.data.datasets.base import IGNORE_LABEL
from utils.registry import Parameter

#: Places that are tried at most, the one that is there already among them.
_MOST_CANDIDATES = 10
#: Of the view's rows and columns, every so many-th is looked at.
_STEP = 4


@AUGMENTATIONS.register(
    "crop", share=Parameter(.75, "of the labelled pixels, below which the largest class has to be",
                            more_than=0, at_most=1),
    candidates=Parameter(_MOST_CANDIDATES, "places to try", at_least=1, at_most=_MOST_CANDIDATES))
@operation("place", draws=2 * (_MOST_CANDIDATES - 1))
def crop(geometry: Geometry, numbers: np.ndarray, share: float, candidates: int) -> Geometry:
    """Moves the window where one class fills most of the view, to a place where none does.

    The first place tried is the one that is there, the others are drawn. The first whose largest
    class is below `share` is taken: that of OpenMMLab's `cat_max_ratio`. Where there is none, it is
    the place whose largest class is smallest. An image that is seen whole stays in its place.
    """
    if np.less_equal(geometry.size, geometry.window).all():
        return geometry
    drawn = (geometry.placed(geometry.scale, places)
             for places in numbers.reshape(-1, 2)[:candidates - 1])
    best, least = geometry, np.inf
    for candidate in itertools.chain([geometry], drawn):
        found = largest_share(candidate)
        if found < share:
            return candidate
        if found < least:
            best, least = candidate, found
    return best


def largest_share(geometry: Geometry) -> float:
    """Returns the share of the largest class in a view's labelled pixels, 2 where there are none.

    Looks at every fourth row and column of the view.
    """
    counts = np.bincount(_labels(geometry), minlength=256)[:IGNORE_LABEL]
    return counts.max() / float(counts.sum()) if counts.any() else 2.0


def _labels(geometry):
    """Returns uint8 [seen]: the labels at the view's points that lie in the image."""
    rows, columns = (np.arange(_STEP // 2, length, _STEP) + .5 for length in geometry.window)
    height, width = geometry.label.shape
    (x_x, x_y, x_0), (y_x, y_y, y_0) = geometry.affine((height, width))
    x = np.floor(np.add.outer(x_y * rows + x_0, x_x * columns)).astype(np.int32)
    y = np.floor(np.add.outer(y_y * rows + y_0, y_x * columns)).astype(np.int32)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return geometry.label[y[inside], x[inside]]
