"""A training view of an image and its label, in NumPy.

The same pixels as `utils.data.resize` gives in the graph (a test holds the two together) for less
processor time, which training would miss: each axis is a product with a sparse matrix, what the
window does not show is not even converted to float, and a mirror is another order of the sampled
points.
"""
import numpy as np
from scipy import sparse

from utils.data.datasets.base import IGNORE_LABEL

#: TensorFlow takes over an array without copying it where it begins at a multiple of this.
_ALIGNMENT = 64


def view(image, label, height, width, scale, top, left, mirrored):
    """Looks at an image and its label through a window of `height` x `width`.

    Args:
      image: uint8 [H, W, 3].
      label: uint8 [H, W].
      scale, top, left: float32, as those of `resize.view_image`.
      mirrored: bool, whether left and right of the window change places.

    Returns:
      (float32 [height, width, 3] in 0 to 255, zero where the image does not reach; uint8
      [height, width], the nearest pixel, IGNORE_LABEL there).
    """
    rows = _positions(height, scale, top)
    columns = _positions(width, scale, left)
    columns = columns[::-1] if mirrored else columns
    return _view_image(image, rows, columns, scale), _view_label(label, rows, columns)


def _positions(size, scale, start):
    """Where the centres of a window's pixels stand in the image: float32 [size]."""
    pixels = np.arange(size, dtype=np.float32)
    return (pixels + np.float32(0.5) - np.float32(start)) / np.float32(scale)


def _nearest(positions, source_size):
    """(indices of the nearest source pixels, whether there are any): int64 and bool [size]."""
    index = np.floor(positions).astype(np.int64)
    return np.clip(index, 0, source_size - 1), (index >= 0) & (index < source_size)


def _view_label(label, rows, columns):
    rows, row_inside = _nearest(rows, label.shape[0])
    columns, column_inside = _nearest(columns, label.shape[1])
    found = label.take(rows, axis=0).take(columns, axis=1)
    found[~row_inside] = IGNORE_LABEL
    found[:, ~column_inside] = IGNORE_LABEL
    return found


def _view_image(image, rows, columns, scale):
    vertical, top, bottom = _sampling(rows, scale, image.shape[0])
    horizontal, left, right = _sampling(columns, scale, image.shape[1])
    pixels = image[top:bottom, left:right].astype(np.float32)
    pixels = vertical @ pixels.reshape(bottom - top, -1)
    pixels = pixels.reshape(len(rows), right - left, 3).transpose(1, 0, 2)
    pixels = horizontal @ pixels.reshape(right - left, -1)
    return aligned(pixels.reshape(len(columns), len(rows), 3).transpose(1, 0, 2))


def _sampling(positions, scale, source_size):
    """What an axis of a window is made of, by a triangle kernel that widens when it shrinks.

    Returns:
      (matrix, first, end): sparse float32 [size, end - first], rows of sum 1, or of 0 where the
      image does not reach; the source pixels used are first to end.
    """
    radius = max(1.0, 1.0 / float(scale))
    begin = np.ceil(positions - radius - 0.5)
    index = begin[:, np.newaxis] + np.arange(np.ceil(2 * radius), dtype=np.float32)
    weight = 1 - np.abs(index + np.float32(0.5) - positions[:, np.newaxis]) / radius
    weight[(index < 0) | (index >= source_size) | (weight < 0)] = 0
    _, inside = _nearest(positions, source_size)
    weight *= (inside / np.maximum(weight.sum(1), 1e-6))[:, np.newaxis]
    index = np.clip(index, 0, source_size - 1).astype(np.int32)
    first, end = int(index.min()), int(index.max()) + 1
    starts = np.arange(0, index.size + 1, index.shape[1], dtype=np.int32)
    matrix = sparse.csr_matrix((weight.astype(np.float32).ravel(), index.ravel() - first, starts),
                               shape=(len(positions), end - first), copy=False)
    return matrix, first, end


def aligned(array):
    """A copy that begins where TensorFlow wants it."""
    buffer = np.empty(array.nbytes + _ALIGNMENT, np.uint8)
    start = -buffer.ctypes.data % _ALIGNMENT
    copy = buffer[start:start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy
