"""The rows of an image in which each class occurs, below each other: one plane for all classes.

Morphology costs as much as there are rows, and most classes occur in a part of them. numpy only.
"""
from typing import Sequence, Tuple

import numpy as np

from utils.measures import bit_planes


class ClassBands:
    """Bands of rows, one for each class of an image, as planes of `bit_planes`: uint64 [R, W'].

    A band has `margin` rows above and below those of its class. What lies within the margin of a
    class's pixels is in its band; two classes' pixels are two margins apart.

    Args:
      pictures: uint8 [H, W] each; values from C on are no class.
      starts: int [runs] of each picture, where its runs of one value begin (`Regions.starts`).
      num_classes: C.
      margin: rows.
      spare: bits behind each row, at least.

    Attributes:
      classes: int64 [K], those that occur.
      margin: rows.
      inside: planes of the pixels that are in the image.
    """

    def __init__(self, pictures: Sequence[np.ndarray], starts: Sequence[np.ndarray],
                 num_classes: int, margin: int, spare: int) -> None:
        self.margin, self._shape, self._spare = margin, pictures[0].shape, spare
        self.classes, first, last = _extents(pictures, starts, num_classes)
        lengths = last - first + 1 + 2 * margin
        self._begins = np.cumsum(lengths) - lengths
        rows = np.arange(lengths.sum()) + np.repeat(first - margin - self._begins, lengths)
        self._row = np.clip(rows, 0, self._shape[0] - 1)  # outside the image, `inside` is 0
        self._value = np.repeat(self.classes, lengths).astype(np.uint8)[:, np.newaxis]
        whole = bit_planes.pack(np.ones((1, self._shape[1]), bool), spare)
        self.inside = np.where((rows == self._row)[:, np.newaxis], whole, np.uint64(0))
        self._places = [(slice(begin + margin, begin + margin + rows), slice(top, top + rows))
                        for begin, top, rows in zip(self._begins, first, last - first + 1)]

    def planes(self, picture: np.ndarray) -> np.ndarray:
        """Packs each class's mask of a picture, uint8 [H, W], or a mask, bool [H, W], as it is."""
        rows = picture[self._row]
        return bit_planes.pack(rows if picture.dtype == bool else rows == self._value,
                               self._spare) & self.inside

    def count(self, planes: np.ndarray) -> np.ndarray:
        """Counts the pixels in each class's band: int64 [K]."""
        if not len(self.classes):
            return np.zeros(0, np.int64)
        return np.add.reduceat(bit_planes.count_rows(planes), self._begins)

    def joined(self, planes: np.ndarray) -> np.ndarray:
        """Returns the union of the classes' masks, which lie in the rows of the classes' pixels:
        bool [H, W]."""
        whole = np.zeros((self._shape[0], planes.shape[1]), planes.dtype)
        for band, place in self._places:
            whole[place] |= planes[band]
        return bit_planes.unpack(whole, self._shape[1])


def _extents(pictures: Sequence[np.ndarray], starts: Sequence[np.ndarray],
             num_classes: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns (classes that occur, first row of each, last row of each): int64 [K]."""
    height, width = pictures[0].shape
    occurs = np.zeros((height, num_classes + 1), bool)
    for picture, places in zip(pictures, starts):
        occurs[places // width, np.minimum(picture.reshape(-1)[places], num_classes)] = True
    classes = np.flatnonzero(occurs[:, :num_classes].any(0))
    chosen = occurs[:, classes]
    return classes, chosen.argmax(0), height - 1 - chosen[::-1].argmax(0)
