"""Outputs made of a net's features: means over the image and over its classes, and their cells.

A cell of a map counts by the share of it that shows the image, so that a letterbox's bars do not.
At output strides 16 and 8 the map of level 32 has smaller cells; all else is the same.
"""
from typing import Any, Optional, Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate.outputs.blocks import block_sums
from utils.evaluate.outputs.record import COARSEST, OUTPUTS, PerImage, Seen
from utils.machine import usable_cpus
from utils.registry import Parameter
from utils.tf_compat import as_written, tf

_LEVEL = Parameter(32, "of the features; 0 for those that the last layer reads", at_least=0)
_OPTIONAL = Parameter(False, "nothing, [N, ..., 0], where the net has no such features")


@OUTPUTS.register("embeddings", level=_LEVEL, optional=_OPTIONAL)
def embeddings(seen: Seen, level: int, optional: bool) -> PerImage:
    """Returns the mean of a level's features over the image: float32 [N, D].

    Raises:
      UserError: the net has no features of that level.
    """
    features = _features(seen, level, optional)
    if features is None:
        return _nothing(seen, [0])
    rows, columns = _covers(seen, features)
    sums = tf.einsum("nhwd,nh,nw->nd", features, rows, columns)
    whole = tf.reduce_sum(rows, 1) * tf.reduce_sum(columns, 1)
    return PerImage(sums / whole[:, tf.newaxis])


@OUTPUTS.register("cells", level=_LEVEL, optional=_OPTIONAL)
def cells(seen: Seen, level: int, optional: bool) -> PerImage:
    """Returns a level's features as they are: float32 [N, h, w, D].

    Raises:
      UserError: the net has no features of that level.
    """
    features = _features(seen, level, optional)
    return _nothing(seen, [0, 0, 0]) if features is None else PerImage(features)


@OUTPUTS.register("cover", level=_LEVEL, optional=_OPTIONAL)
def cover(seen: Seen, level: int, optional: bool) -> PerImage:
    """Returns each cell's share of the image's mean: float32 [N, h, w], of sum 1.

    Raises:
      UserError: the net has no features of that level.
    """
    features = _features(seen, level, optional)
    if features is None:
        return _nothing(seen, [0, 0])
    rows, columns = _covers(seen, features)
    whole = rows[:, :, tf.newaxis] * columns[:, tf.newaxis]
    return PerImage(whole / tf.reduce_sum(whole, [1, 2], keepdims=True))


@OUTPUTS.register("shift", level=_LEVEL)
def shift(seen: Seen, level: int) -> PerImage:
    """Returns how far the centres of a level's cells stand from the middle of their strides.

    Returns:
      float32 [N], the same for all images, in cells; positive to the right and below. 0 where the
      net does not tell.
    """
    grid = seen.net.grids.get(level)
    found = 0 if grid is None else (grid.offset - (grid.stride - 1) / 2) / grid.stride
    return PerImage(tf.fill(tf.shape(seen.sizes)[:1], np.float32(found)))


@OUTPUTS.register("class_features", level=_LEVEL, optional=_OPTIONAL)
def class_features(seen: Seen, level: int, optional: bool) -> PerImage:
    """Returns the mean of a level's features for each class, weighted by its probability.

    The weight of a cell is the mean of the class's probability over the pixels of the cell that
    show the image, times the share of these pixels. Behind the D features stands their sum, the
    mass: so many cells are of the class.

    Returns:
      float32 [N, C, D + 1].

    Raises:
      UserError: the net has no features of that level.
    """
    features = _features(seen, level, optional)
    if features is None:
        return _nothing(seen, [seen.num_classes, 1])
    weights = _class_weights(seen, features)
    mass = tf.reduce_sum(weights, [1, 2])[..., tf.newaxis]
    sums = tf.einsum("nhwc,nhwd->ncd", weights, features)
    return PerImage(tf.concat([sums / tf.maximum(mass, 1e-12), mass], axis=-1))


def _class_weights(seen: Seen, features: Any) -> Any:
    """Returns each class's share of each cell: float32 [N, h, w, C]."""
    grid = tf.shape(features)[1:3]
    side = _padded(tf.shape(seen.net.logits)[1:3]) // grid
    boxes, softmax = seen.boxes, seen.softmax

    @as_written
    def one(row):
        top, left, height, width = tf.unstack(boxes[row])
        inner = softmax[row, top:top + height, left:left + width]
        return block_sums(inner, (top, left), grid, side)
    sums = tf.map_fn(one, tf.range(tf.shape(seen.sizes)[0]), dtype=tf.float32, back_prop=False,
                     parallel_iterations=usable_cpus())
    sums.set_shape([None, None, None, seen.num_classes])
    return sums / tf.cast(tf.reduce_prod(side), tf.float32)


def _features(seen: Seen, level: int, optional: bool) -> Optional[Any]:
    """Returns the map of a level; None where the net has none and need not."""
    maps = dict(seen.net.features)
    if seen.net.penultimate is not None:
        maps[0] = seen.net.penultimate
    if level not in maps and not optional:
        raise UserError("output of features: got level {}, expected one of {}".format(
            level, ", ".join(str(key) for key in maps if isinstance(key, int))
            or "none: the net returns no features"))
    return maps.get(level)


def _nothing(seen: Seen, shape: Any) -> PerImage:
    """Returns zeros [N, *shape]."""
    return PerImage(tf.zeros(tf.concat([tf.shape(seen.sizes)[:1], shape], axis=0)))


def _padded(view: Any) -> Any:
    """Returns the size that the feature extractor sees: the view's, up to multiples of 32."""
    return (view + COARSEST - 1) // COARSEST * COARSEST


def _covers(seen: Seen, features: Any) -> Tuple[Any, Any]:
    """Returns the shares of rows and of columns of cells that show the image: float32 [N, h],
    [N, w]."""
    view, boxes = tf.shape(seen.net.logits)[1:3], seen.boxes
    return tuple(_cover(tf.shape(features)[1 + axis], view[axis], boxes[:, axis],
                        boxes[:, 2 + axis]) for axis in (0, 1))


def _cover(cells, side, start, length):
    """Returns the share of each cell of an axis that shows the image: float32 [N, cells].

    Args:
      cells: of the map.
      side: of the view, pixels.
      start, length: int32 [N], where the images stand in their views, pixels.
    """
    stride = tf.cast(_padded(side), tf.float32) / tf.cast(cells, tf.float32)
    low = tf.range(tf.cast(cells, tf.float32)) * stride
    begin, end = (tf.cast(place, tf.float32)[:, tf.newaxis] for place in (start, start + length))
    return tf.maximum(tf.minimum(low + stride, end) - tf.maximum(low, begin), 0.0) / stride
