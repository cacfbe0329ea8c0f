"""The mean of several views' probabilities at an image's own pixels, band by band. numpy only."""
from typing import Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from utils.evaluate.windows import Axis

#: Probabilities at an image's own pixels are computed in bands of so many floats (16 MB) at most.
BAND_FLOATS = 4 * 2 ** 20


class Part(NamedTuple):
    """What the net says of a view, and where the view's pixels stand in the image.

    Attributes:
      logits: float32 [h, w, C].
      rows, columns: `Axis` of the image's pixels that the view shows.
    """
    logits: np.ndarray
    rows: Axis
    columns: Axis


class ViewMean:
    """Sums the views of an image, each weighted.

    Logits are kept at the net's scale, and interpolated band by band. Where they would take more
    memory than the probabilities at the image's own pixels, these are kept in their place.

    Args:
      size: (height, width) of the image.
      num_classes: C.
      probabilities: (logits [h, w, C], rows, columns) -> their weighted softmax at these pixels,
        float32 [rows, columns, C].
    """

    def __init__(self, size: Tuple[int, int], num_classes: int,
                 probabilities: Callable[[np.ndarray, Axis, Axis], np.ndarray]) -> None:
        self._shape = (int(size[0]), int(size[1]), num_classes)
        self._probabilities = probabilities
        self._kept: List[Sequence[Part]] = []
        self._sum: Optional[np.ndarray] = None

    def add(self, parts: Sequence[Part]) -> None:
        """Adds views. Those of one call are summed first: an image and its mirror image give the
        same sum in either order, to the bit."""
        self._kept.append(parts)
        if sum(part.logits.size for kept in self._kept for part in kept) > np.prod(self._shape):
            if self._sum is None:
                self._sum = np.zeros(self._shape, np.float32)
            for first, end in self._bands():
                self._sum[first:end] = self._band(first, end)
            self._kept = []

    def classes(self) -> np.ndarray:
        """Returns the class of the greatest sum at each pixel: uint8 [H, W]; the first of
        equals."""
        found = np.empty(self._shape[:2], np.uint8)
        for first, end in self._bands():
            found[first:end] = self._band(first, end).argmax(-1)
        return found

    def _bands(self):
        height, width, num_classes = self._shape
        rows = max(BAND_FLOATS // (width * num_classes), 1)
        return [(first, min(first + rows, height)) for first in range(0, height, rows)]

    def _band(self, first, end):
        """Returns the sum over some rows: float32 [end - first, W, C]."""
        total = np.zeros((end - first, *self._shape[1:]), np.float32)
        if self._sum is not None:
            total += self._sum[first:end]
        for parts in self._kept:
            here = [(part, part.rows.within(first, end)) for part in parts]
            here = [(part, rows) for part, rows in here if rows is not None]
            together = np.zeros_like(total) if len(here) > 1 else total
            for part, rows in here:
                together[rows.start - first:rows.end - first,
                         part.columns.start:part.columns.end] += self._of_part(part, rows)
            if together is not total:
                total += together
        return total

    def _of_part(self, part, rows):
        """Returns the weighted probabilities of some rows of a view, from no more of its logits
        than they need."""
        base = int(rows.low.min())
        logits = part.logits[base:int(rows.high.max()) + 1]
        return self._probabilities(logits, rows._replace(low=rows.low - base,
                                                         high=rows.high - base), part.columns)
