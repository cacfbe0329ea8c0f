"""Outputs that a test fetches of a net for each image; each is a registered function.

    @OUTPUTS.register("margin")
    def margin(seen):
        return Pixels(...)            a value per pixel, or PerImage(...): one value per image

An output reads what the net saw and answered, in the graph. Its values come back image by image.
"""
from typing import Any, NamedTuple, Optional, Tuple

import numpy as np

from utils.data.resize import letterbox_box
from utils.errors import UserError
from utils.evaluate.native_size import native_classes, native_logits
from utils.machine import usable_cpus
from utils.registry import Parameter, Registry
from utils.tf_compat import as_written, tf

OUTPUTS = Registry("output")
#: Feature extractors see sides that are multiples of this: zeros are added at the far ends.
_COARSEST = 32


class Seen(NamedTuple):
    """A batch of views and the net's answer, in the graph.

    Attributes:
      net: a `NetOutput` for the N views.
      sizes: int32 [N, 2], height and width of the images that the views show.
      view_size: (height, width) of the letterbox, or None where views are the images themselves.
      num_classes: C.
    """
    net: Any
    sizes: Any
    view_size: Optional[Tuple[int, int]]
    num_classes: int


class Pixels(NamedTuple):
    """Values at the images' own pixels: [N, H, W, ...], H and W the greatest of the batch."""
    values: Any

    def of(self, found: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Returns one image's values, without what pads them to the greatest size."""
        return found[:size[0], :size[1]]


class PerImage(NamedTuple):
    """One value for each image: [N, ...]."""
    values: Any

    def of(self, found: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Returns one image's value."""
        return found


@OUTPUTS.register("classes")
def classes(seen: Seen) -> Pixels:
    """Returns the greatest class of each pixel: uint8 [N, H, W]."""
    return _at_own_pixels(seen, tf.uint8, lambda logits, size: native_classes(
        logits, size, seen.view_size, seen.num_classes))


@OUTPUTS.register("probabilities")
def probabilities(seen: Seen) -> Pixels:
    """Returns the softmax of the interpolated logits: float32 [N, H, W, C]."""
    return _at_own_pixels(seen, tf.float32, lambda logits, size: tf.nn.softmax(native_logits(
        logits, size, seen.view_size)))


@OUTPUTS.register("embeddings", level=Parameter(
    32, "of the features to average; 0 for those that the last layer reads", at_least=0))
def embeddings(seen: Seen, level: int) -> PerImage:
    """Returns the mean of a level's features over the image: float32 [N, D].

    A cell counts by the share of it that shows the image, so that a letterbox's bars do not.

    Raises:
      UserError: the net has no features of that level.
    """
    maps = dict(seen.net.features)
    if seen.net.penultimate is not None:
        maps[0] = seen.net.penultimate
    if level not in maps:
        raise UserError("output embeddings: got level {}, expected one of {}".format(
            level, ", ".join(map(str, sorted(maps))) or "none: the net returns no features"))
    features = maps[level]
    tops, heights, lefts, widths = _boxes(seen)
    view = tf.shape(seen.net.logits)[1:3]
    rows = _cover(tf.shape(features)[1], view[0], tops, heights)
    columns = _cover(tf.shape(features)[2], view[1], lefts, widths)
    sums = tf.einsum("nhwd,nh,nw->nd", features, rows, columns)
    whole = tf.reduce_sum(rows, 1) * tf.reduce_sum(columns, 1)
    return PerImage(sums / whole[:, tf.newaxis])


def _at_own_pixels(seen, dtype, of_image):
    """Returns `of_image(logits [h, w, C], size)` of each image, padded to the greatest:
    `Pixels`."""
    greatest = tf.reduce_max(seen.sizes, axis=0)

    @as_written
    def one(row):
        found = of_image(seen.net.logits[row], seen.sizes[row])
        missing = greatest - seen.sizes[row]
        return tf.pad(found, [[0, missing[0]], [0, missing[1]]] + [[0, 0]] * (
            found.shape.ndims - 2))
    return Pixels(tf.map_fn(one, tf.range(tf.shape(seen.net.logits)[0]), dtype=dtype,
                            back_prop=False, parallel_iterations=usable_cpus()))


def _boxes(seen):
    """Returns (top, height, left, width) of each image within its view, each int32 [N]."""
    if seen.view_size is None:
        zero = tf.zeros_like(seen.sizes[:, 0])
        return zero, seen.sizes[:, 0], zero, seen.sizes[:, 1]
    boxes = tf.map_fn(as_written(lambda size: letterbox_box(size, *seen.view_size)[1]), seen.sizes,
                      back_prop=False)
    return boxes[:, 0], boxes[:, 2], boxes[:, 1], boxes[:, 3]


def _cover(cells, side, start, length):
    """Returns the share of each cell of an axis that shows the image: float32 [N, cells].

    Args:
      cells: of the map.
      side: of the view, pixels.
      start, length: int32 [N], where the images stand in their views, pixels.
    """
    padded = (side + _COARSEST - 1) // _COARSEST * _COARSEST
    stride = tf.cast(padded, tf.float32) / tf.cast(cells, tf.float32)
    low = tf.range(tf.cast(cells, tf.float32)) * stride
    begin, end = (tf.cast(place, tf.float32)[:, tf.newaxis] for place in (start, start + length))
    return tf.maximum(tf.minimum(low + stride, end) - tf.maximum(low, begin), 0.0) / stride
