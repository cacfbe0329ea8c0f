"""A training view of an image and its label, by Pillow.

On a CPU all that the input costs is taken from the net. Pillow's resize is antialiased as that of
`utils.data.resize` (a test holds the two together), computes only what a crop shows, and works
beside Python's other threads; its pixels are rounded to whole numbers.
"""
import numpy as np
from PIL import Image

from utils.data.datasets.base import IGNORE_LABEL

#: TensorFlow takes over an array without copying it where it begins at a multiple of this.
_ALIGNMENT = 64


def view(image, label, window, size, start, mirrored):
    """Resizes an image and its label, and looks at them through a window.

    Args:
      image: uint8 [H, W, 3].
      label: uint8 [H, W].
      window: (height, width) of the window, pixels.
      size: (height, width) that image and label are resized to, whole numbers.
      start: (top, left), where the resized image begins in the window: positive where it is padded,
        negative where it is cropped.
      mirrored: bool, whether left and right of the window change places.

    Returns:
      (uint8 [height, width, 3], zero where the image does not reach; uint8 [height, width], the
      nearest pixel, IGNORE_LABEL there).
    """
    spans = [_span(*axis) for axis in zip(window, size, start, label.shape)]
    shown = _seen(image, window, spans, mirrored, Image.BILINEAR, 0)
    return shown, _seen(label, window, spans, mirrored, Image.NEAREST, IGNORE_LABEL)


def _span(window, size, start, source):
    """What an axis of a window shows: (pixels of the window, [first, end) of the source), or None
    where the image is out of sight."""
    first, end = max(start, 0), min(start + size, window)
    if first >= end:
        return None
    scale = float(source) / size
    # A float's last digit must not lead beyond the image, which Pillow refuses.
    return slice(first, end), (first - start) * scale, min((end - start) * scale, source)


def _seen(pixels, window, spans, mirrored, kernel, background):
    """The window onto `pixels`, an array of its own."""
    seen = aligned_empty(tuple(window) + pixels.shape[2:])
    if None in spans:
        seen[...] = background
        return seen
    (rows, top, bottom), (columns, left, right) = spans
    size = columns.stop - columns.start, rows.stop - rows.start
    resized = Image.fromarray(pixels).resize(size, kernel, box=(left, top, right, bottom))
    if size != (window[1], window[0]):
        seen[...] = background
    if mirrored:  # by Pillow: NumPy takes a quarter of the time of the resize for it
        resized = resized.transpose(Image.FLIP_LEFT_RIGHT)
        columns = slice(window[1] - columns.stop, window[1] - columns.start)
    seen[rows, columns] = np.asarray(resized)
    return seen


def aligned_empty(shape):
    """An uninitialised uint8 array that begins where TensorFlow wants it."""
    size = int(np.prod(shape))
    buffer = np.empty(size + _ALIGNMENT, np.uint8)
    start = -buffer.ctypes.data % _ALIGNMENT
    return buffer[start:start + size].reshape(shape)


def aligned(array):
    """A copy of a uint8 array that begins where TensorFlow wants it."""
    copy = aligned_empty(array.shape)
    copy[...] = array
    return copy
