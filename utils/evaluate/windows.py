"""Windows that an axis of an image is cut into, and what each counts where several overlap. numpy.

The weight of a window falls as a raised cosine over the pixels that it shares with a neighbour, and
is never zero. The weights of all windows at a pixel sum to 1. So nets whose answers do not depend
on the window give the answer of the whole image, and no seam is seen where others change over.
"""
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np


class Axis(NamedTuple):
    """Where some neighbouring pixels of an image's axis stand in a view, and what the view counts.

    Attributes:
      start: the first of the pixels.
      low, high, part: int32, int32, float32 [n]: a pixel's sample is low + part * (high - low).
      weight: float32 [n].
    """
    start: int
    low: np.ndarray
    high: np.ndarray
    part: np.ndarray
    weight: np.ndarray

    @property
    def end(self) -> int:
        """The first pixel beyond."""
        return self.start + len(self.low)

    def within(self, first: int, end: int) -> Optional["Axis"]:
        """Returns the part of it from pixel `first` to before `end`; None where there is none."""
        begin, stop = max(first - self.start, 0), min(end, self.end) - self.start
        if begin >= stop:
            return None
        return Axis(self.start + begin, *[values[begin:stop] for values in self[1:]])


def whole_axis(positions: Sequence[np.ndarray]) -> Axis:
    """Returns the axis of a view of the whole image, from its (low, high, part)."""
    low, high, part = positions
    return Axis(0, low, high, part, np.ones(len(low), np.float32))


def window_starts(length: int, window: int, overlap: int) -> List[int]:
    """Returns the first pixels of the windows of an axis.

    Neighbours share `overlap` pixels. The last window is shifted inwards, and shares more. A window
    that is longer than the axis is as long as the axis.
    """
    last = max(length - window, 0)
    return list(range(0, last, window - overlap)) + [last]


def window_weights(length: int, starts: Sequence[int], window: int, overlap: int) -> np.ndarray:
    """Returns what each window counts at each pixel: float32 [windows, length], of sum 1.

    Args:
      length: of the axis, pixels.
      starts: as of `window_starts`.
      window, overlap: pixels.
    """
    side = min(window, length)
    ramp = np.sin(np.pi / 2 * np.minimum((np.arange(side) + .5) / max(overlap, 1), 1)) ** 2
    weights = np.zeros((len(starts), length))
    for row, start in zip(weights, starts):
        row[start:start + side] = ramp * ramp[::-1] if overlap else 1
    return (weights / weights.sum(0)).astype(np.float32)


def window_axes(positions: Sequence[np.ndarray], length: int, window: int, overlap: int
                ) -> List[Tuple[slice, Axis]]:
    """Cuts an axis of a view into windows.

    Args:
      positions: (low, high, part) of the image's pixels in the view.
      length: of the view, pixels.
      window, overlap: pixels of the view.

    Returns:
      [(pixels of the view, `Axis` of the image's pixels in that part of it)].
    """
    low, high, part = positions
    starts, side, found = window_starts(length, window, overlap), min(window, length), []
    for start, weights in zip(starts, window_weights(length, starts, window, overlap)):
        weight = weights[low] + (weights[high] - weights[low]) * part
        seen = np.flatnonzero(weight > 0)
        if not len(seen):
            continue
        here = slice(seen[0], seen[-1] + 1)
        near = [np.clip(places[here] - start, 0, side - 1) for places in (low, high)]
        found.append((slice(start, start + side),
                      Axis(int(here.start), *near, part[here], weight[here])))
    return found
