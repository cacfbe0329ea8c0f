"""Arrays that TensorFlow takes over without copying them."""
from typing import Sequence

import numpy as np

#: TensorFlow takes over an array without copying it where it begins at a multiple of this.
_ALIGNMENT = 64


def aligned_empty(shape: Sequence[int]) -> np.ndarray:
    """Returns an uninitialised uint8 array that begins where TensorFlow wants it."""
    size = int(np.prod(shape))
    buffer = np.empty(size + _ALIGNMENT, np.uint8)
    start = -buffer.ctypes.data % _ALIGNMENT
    return buffer[start:start + size].reshape(shape)


def aligned(array: np.ndarray) -> np.ndarray:
    """Returns a copy of a uint8 array that begins where TensorFlow wants it."""
    copy = aligned_empty(array.shape)
    copy[...] = array
    return copy
