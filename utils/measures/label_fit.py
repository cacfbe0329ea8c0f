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
#: Pixels that are interpolated at once.
_BAND_PIXELS = 2 ** 17


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
    flat = probabilities.ravel()
    top, bottom = (place.astype(np.intp)[:, np.newaxis] * (width * classes) for place in rows[:2])
    left, right = (place.astype(np.intp) * classes for place in columns[:2])
    found = np.empty(label.shape, np.float32)
    band = max(_BAND_PIXELS // label.shape[1], 1)
    for start in range(0, len(label), band):
        here = slice(start, start + band)
        own = np.minimum(label[here], classes - 1).astype(np.intp)
        low, high = own + left, own + right
        upper, lower = (flat.take(low + place[here]) for place in (top, bottom))
        upper += (flat.take(high + top[here]) - upper) * columns[2]
        lower += (flat.take(high + bottom[here]) - lower) * columns[2]
        found[here] = upper + (lower - upper) * rows[2][here, np.newaxis]
    return found


def label_fit(probability: np.ndarray, label: np.ndarray, num_classes: int) -> np.ndarray:
    """Sums up s, the probability of a pixel's label, over an image's labelled pixels.

    softmin is the mean of s weighted by softmax((1 - s) / T) (Lad & Mueller, arXiv 2307.05080,
    sec. 4): it is low where some labels look wrong.

    Args:
      probability: float32 [H, W].
      label: uint8 [H, W]; values >= num_classes are ignored.
      num_classes: C.

    Returns:
      float32 [5 + C]: mean of -log s in nats, softmin, mean of s, share of pixels with s below
      `LOW`, 5 % quantile of s to 1/4096, all NaN where nothing is labelled; then the sum of -log s
      over the pixels labelled as each class.
    """
    labelled = label < num_classes
    s, label = probability[labelled], label[labelled]
    by_class = np.bincount(label, -np.log(np.maximum(s, _LEAST)), num_classes)
    if not s.size:
        return np.append(np.full(len(FIT_COLUMNS), np.nan), by_class).astype(np.float32)
    weight = np.exp((1 - s) / np.float32(TEMPERATURE))
    return np.append([by_class.sum() / s.size, np.dot(s, weight) / weight.sum(),
                      s.mean(dtype=np.float64), np.count_nonzero(s < LOW) / s.size,
                      _quantile(s)], by_class).astype(np.float32)


def _quantile(s: np.ndarray) -> float:
    """Returns the middle of the part of 0..1 that the quantile lies in."""
    parts = np.minimum((s * _PARTS).astype(np.int16), _PARTS - 1)
    below = np.cumsum(np.bincount(parts, minlength=_PARTS))
    return (np.searchsorted(below, QUANTILE * s.size, "right") + .5) / _PARTS
