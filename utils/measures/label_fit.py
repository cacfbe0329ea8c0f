"""How well a net's probabilities fit the label of an image. numpy only."""
from typing import Sequence

import numpy as np

#: What `label_fit` returns in front of the losses of the classes.
FIT_COLUMNS = ("loss", "softmin", "mean", "low", "quantile")
#: Temperature of softmin: the smaller, the more the worst pixels count.
TEMPERATURE = .1
#: Probabilities below this one are low.
LOW = .1
#: The share of pixels that the quantile has below it, and the parts of 0..1 that it is told in.
QUANTILE, _PARTS = .05, 4096
#: What a probability of 0 counts as in a loss, of 69 nats then.
_LEAST = np.float32(1e-30)
#: Pixels that are looked at at once: their arrays stay in a core's cache, and are taken from memory
#: that is there already. Arrays of whole images are not: the system gives them anew, page by page.
_BAND_PIXELS = 2 ** 14


def label_probability(probabilities: np.ndarray, label: np.ndarray, rows: Sequence[np.ndarray],
                      columns: Sequence[np.ndarray]) -> np.ndarray:
    """Interpolates the probability of each pixel's label.

    Args:
      probabilities: float32 [h, w, C], of the letterbox.
      label: uint8 [H, W]; values that are no class give no meaningful number.
      rows, columns: (low, high, part) of each row and column of the image: whole numbers, whole
        numbers, float32. The sample is low + part * (high - low).

    Returns:
      float32 [H, W].
    """
    _, width, classes = probabilities.shape
    flat = probabilities.reshape(-1)
    top, bottom = (place.astype(np.intp)[:, np.newaxis] * (width * classes) for place in rows[:2])
    left, right = (place.astype(np.intp) * classes for place in columns[:2])
    own = np.minimum(label, classes - 1).astype(np.intp)
    low, high = own + left, own + right
    upper, lower = (flat.take(low + place) for place in (top, bottom))
    upper += (flat.take(high + top) - upper) * columns[2]
    lower += (flat.take(high + bottom) - lower) * columns[2]
    return upper + (lower - upper) * rows[2][:, np.newaxis]


def label_fit(probabilities: np.ndarray, label: np.ndarray, rows: Sequence[np.ndarray],
              columns: Sequence[np.ndarray], num_classes: int) -> np.ndarray:
    """Sums up s, the probability of a pixel's label, over an image's labelled pixels.

    softmin is the mean of s weighted by softmax((1 - s) / T) (Lad & Mueller, arXiv 2307.05080,
    sec. 4): it is low where some labels look wrong.

    Args:
      probabilities, rows, columns: what s is interpolated of, as of `label_probability`.
      label: uint8 [H, W]; values >= num_classes are ignored.
      num_classes: C.

    Returns:
      float32 [5 + C]: mean of -log s in nats, softmin, mean of s, share of pixels with s below
      `LOW`, 5 % quantile of s to 1/4096, all NaN where nothing is labelled; then the sum of -log s
      over the pixels labelled as each class.
    """
    sums = _Sums(num_classes)
    band = max(_BAND_PIXELS // label.shape[1], 1)
    for start in range(0, len(label), band):
        here = slice(start, start + band)
        sums.add(label_probability(probabilities, label[here], [one[here] for one in rows],
                                   columns), label[here])
    return sums.columns()


class _Sums:
    """Sums over the labelled pixels that were added."""

    def __init__(self, num_classes: int) -> None:
        self._by_class = np.zeros(num_classes)
        self._s = self._weight = self._weighted = 0.0
        self._low = 0
        self._parts = np.zeros(_PARTS, np.int64)

    def add(self, s: np.ndarray, label: np.ndarray) -> None:
        """Adds pixels: s, float32 [...], and their labels."""
        classes = len(self._by_class)
        labelled = label < classes
        s, label = s[labelled], label[labelled]
        self._by_class += np.bincount(label, -np.log(np.maximum(s, _LEAST)), classes)
        weight = np.exp((1 - s) / np.float32(TEMPERATURE))
        self._s += s.sum(dtype=np.float64)
        self._weight += weight.sum(dtype=np.float64)
        self._weighted += (s * weight).sum(dtype=np.float64)
        self._low += np.count_nonzero(s < LOW)
        self._parts += np.bincount(np.minimum((s * _PARTS).astype(np.int16), _PARTS - 1),
                                   minlength=_PARTS)

    def columns(self) -> np.ndarray:
        """Returns what `label_fit` does."""
        count = self._parts.sum()
        if not count:
            return np.append(np.full(len(FIT_COLUMNS), np.nan), self._by_class).astype(np.float32)
        return np.append([self._by_class.sum() / count, self._weighted / self._weight,
                          self._s / count, self._low / count, self._quantile(count)],
                         self._by_class).astype(np.float32)

    def _quantile(self, count):
        """Returns the middle of the part of 0..1 that the quantile lies in."""
        return (np.searchsorted(np.cumsum(self._parts), QUANTILE * count, "right") + .5) / _PARTS

