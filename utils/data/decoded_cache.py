"""Keeps decoded training images in memory, where a split fits a stated budget.

The cache keeps what `records.parse_example` returns, so that batches are the same with it and
without. It decodes each record at its first use; nothing has to be read before the first step.
"""
from typing import Any, Dict, Optional, Tuple

import numpy as np

from utils.data import records
from utils.data.aligned import aligned
from utils.data.sidecar import SplitInfo
from utils.tf_compat import tf


def decoded_megabytes(split: SplitInfo) -> float:
    """Computes the size of a split's decoded images and labels, in units of 1e6 bytes."""
    sizes = ((size.split("x"), images) for size, images in split.sizes.items())
    return sum(4 * int(height) * int(width) * images for (height, width), images in sizes) / 1e6


def open_cache(split: SplitInfo, budget: float) -> Tuple[Optional["DecodedCache"], str]:
    """Makes a `DecodedCache` for a split that fits a budget.

    Args:
      split: what would be kept.
      budget: units of 1e6 bytes.

    Returns:
      (the cache, None for a split that does not fit; a line for the log).
    """
    wanted = decoded_megabytes(split)
    if wanted <= budget:
        return DecodedCache(), f"decoded training images stay in memory: {wanted:.0f} MB of " \
            f"--cache_mb={budget}"
    return None, ("training images are decoded anew in each epoch: all of them would take "
                  f"{wanted:.0f} MB, above --cache_mb={budget}")


class DecodedCache:
    """Keeps decoded records, by place in the split."""

    def __init__(self) -> None:
        self._items = {}

    def parse(self, index: Any, serialized: Any, raw_pixels: bool) -> Dict[str, Any]:
        """Decodes a record once, as `records.parse_example` does.

        Args:
          index: int64 [], its place in the split.
          serialized: string [].
          raw_pixels: whether the record holds raw pixels.
        """
        names = ("name", "image", "label")
        kept = tf.numpy_function(self._get, [index], [tf.bool, tf.string, tf.uint8, tf.uint8])
        found = tf.reshape(kept[0], [])
        kept[1].set_shape([])

        def decode():
            parsed = records.parse_example(serialized, raw_pixels)
            values = [parsed[name] for name in names]
            with tf.control_dependencies([tf.numpy_function(self._put, [index] + values, tf.bool)]):
                return [tf.identity(value) for value in values]
        name, image, label = tf.cond(found, lambda: kept[1:], decode)
        return {"name": name, "image": tf.ensure_shape(image, [None, None, 3]),
                "label": tf.ensure_shape(label, [None, None])}

    def _get(self, index):
        item = self._items.get(int(index))
        if item is None:
            return False, b"", np.zeros([0, 0, 3], np.uint8), np.zeros([0, 0], np.uint8)
        return (True,) + item

    def _put(self, index, name, image, label):
        self._items[int(index)] = bytes(name), aligned(image), aligned(label)
        return True
