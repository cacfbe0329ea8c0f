"""Outputs that are means over blocks of pixels of the net's own scale."""
from typing import Any, Tuple

from utils.evaluate.observers.coarse import BLOCK
from utils.evaluate.outputs.record import OUTPUTS, PerImage, Seen
from utils.machine import usable_cpus
from utils.tf_compat import as_written, tf


@OUTPUTS.register("boxes")
def boxes(seen: Seen) -> PerImage:
    """Returns where an image stands in its view: int32 [N, 4], top, left, height, width."""
    return PerImage(seen.boxes)


@OUTPUTS.register("blocks")
def blocks(seen: Seen) -> PerImage:
    """Returns the mean probabilities of blocks of 16 x 16 pixels: float32 [N, h, w, C].

    Blocks begin at the image's corner inside its letterbox; those at its far rims average what is
    there. Blocks without a pixel of the image are 0.
    """
    grid = (tf.shape(seen.net.logits)[1:3] + BLOCK - 1) // BLOCK
    places, softmax = seen.boxes, seen.softmax

    @as_written
    def one(row):
        top, left, height, width = tf.unstack(places[row])
        inner = softmax[row, top:top + height, left:left + width]
        rows, columns = (tf.cast(tf.clip_by_value(length - BLOCK * tf.range(count), 0, BLOCK),
                                 tf.float32)
                         for length, count in ((height, grid[0]), (width, grid[1])))
        pixels = rows[:, tf.newaxis] * columns
        return tf.math.divide_no_nan(block_sums(inner, (0, 0), grid, (BLOCK, BLOCK)),
                                     pixels[..., tf.newaxis])
    return PerImage(tf.map_fn(one, tf.range(tf.shape(seen.sizes)[0]), dtype=tf.float32,
                              back_prop=False, parallel_iterations=usable_cpus()))


def block_sums(values: Any, start: Tuple[Any, Any], grid: Any, side: Any) -> Any:
    """Sums values over blocks.

    Args:
      values: float32 [h, w, C].
      start: (top, left), where values stand among the pixels of the blocks.
      grid: (rows, columns) of blocks.
      side: (height, width) of a block, pixels.

    Returns:
      float32 [rows, columns, C].
    """
    depth = tf.shape(values)[2]
    far = [grid[axis] * side[axis] - start[axis] - tf.shape(values)[axis] for axis in (0, 1)]
    whole = tf.pad(values, [[start[0], far[0]], [start[1], far[1]], [0, 0]])
    rows = tf.reduce_sum(tf.reshape(whole, [grid[0], side[0], -1]), axis=1)
    return tf.reduce_sum(tf.reshape(rows, [grid[0], grid[1], side[1], depth]), axis=2)
