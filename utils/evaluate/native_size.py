"""From the logits of a letterbox to the classes of an image's own pixels, in the graph."""
from typing import Any, Optional, Tuple

from utils.data.resize import letterbox_box
from utils.tf_compat import as_written, tf

#: Logits at an image's own pixels are computed in bands of this many floats (16 MB) at most.
BAND_FLOATS = 4 * 2 ** 20
#: Marks pixels between places of the letterbox that differ in class; never a class itself.
_MIXED = 255


def native_classes(logits: Any, size: Any, letterbox_size: Optional[Tuple[int, int]],
                   num_classes: int) -> Any:
    """Returns the greatest class at each pixel of an image, from the logits of its letterbox.

    Pixel y of the image stands at (y + .5) * scale - .5 of the letterbox's inner box. Beyond the
    outer centres of the box its last row or column is repeated. The logits there are a mean of the
    four around it. A class that is the greatest in all four is the greatest in their mean too. So
    only the pixels along the borders of classes are interpolated.

    Args:
      logits: float32 [h, w, C], of the letterbox.
      size: int32 [2], height and width of the image.
      letterbox_size: (h, w), or None where the net saw the image as it is.
      num_classes: C, at most 255.

    Returns:
      uint8 [height, width].
    """
    classes = _classes(logits)
    if letterbox_size is None:
        return classes
    rows, columns = image_positions(size, letterbox_size)
    found = tf.reshape(_common(_common(classes, columns, axis=1), rows, axis=0), [-1])
    mixed = tf.cast(tf.where(tf.equal(found, _MIXED))[:, 0], tf.int32)
    mixed = tf.concat([mixed, [0]], 0)  # pixel 0 comes along: the list is never empty
    seen = _interpolated(logits, rows, columns, mixed, size[1], num_classes)
    return tf.reshape(tf.tensor_scatter_nd_update(found, mixed[:, tf.newaxis], seen), size)


def native_logits(logits: Any, size: Any, letterbox_size: Optional[Tuple[int, int]]) -> Any:
    """Returns the logits at every pixel of an image: float32 [height, width, C].

    `native_classes` interpolates the same, but only where it has to.

    Args:
      logits: float32 [h, w, C], of the letterbox.
      size: int32 [2], height and width of the image.
      letterbox_size: (h, w), or None where the net saw the image as it is.
    """
    if letterbox_size is None:
        return logits
    return interpolated(logits, *image_positions(size, letterbox_size))


def interpolated(values: Any, rows: Any, columns: Any) -> Any:
    """Returns values between their pixels: float32 [H, W, C].

    Args:
      values: float32 [h, w, C].
      rows, columns: (low, high, part) of the H rows and the W columns, as `image_positions`.
    """
    (top, bottom, down), (left, right, across) = rows, columns
    wide = _between(tf.gather(values, left, axis=1), tf.gather(values, right, axis=1),
                    across[:, tf.newaxis])
    return _between(tf.gather(wide, top), tf.gather(wide, bottom), down[:, tf.newaxis, tf.newaxis])


def scaled_size(size: Any, scale: float) -> Any:
    """Returns the sides of an image times a scale, rounded: int32 [2], at least 1."""
    scaled = tf.round(tf.cast(size, tf.float32) * scale)
    return tf.cast(tf.maximum(scaled, 1.0), tf.int32)


def image_positions(size: Any, letterbox_size: Optional[Tuple[int, int]],
                    scale: float = 1.0) -> Tuple[Any, Any]:
    """Locates the rows and the columns of an image in its letterbox.

    Args:
      size: int32 [2], height and width of the image.
      letterbox_size: (h, w), or None where the net saw the image as it is, times `scale`.
      scale: of an image without a letterbox.

    Returns:
      (rows, columns), each (low, high, part): int32, int32, float32 [length]. The sample of a
      row is low + part * (high - low).
    """
    if letterbox_size is None:
        factor, box = tf.constant(scale), tf.concat([[0, 0], scaled_size(size, scale)], axis=0)
    else:
        factor, box = letterbox_box(size, *letterbox_size)
    return tuple(_sample_positions(size[axis], factor, box[axis], box[2 + axis])
                 for axis in (0, 1))


def _common(classes, positions, axis):
    """Returns the class at both neighbours of each position along an axis, or _MIXED."""
    low, high = (tf.gather(classes, index, axis=axis) for index in positions[:2])
    return tf.where(tf.equal(low, high), low, tf.fill(tf.shape(low), tf.constant(_MIXED, tf.uint8)))


def _interpolated(logits, rows, columns, pixels, width, num_classes):
    """Returns the greatest class of the interpolated logits at some pixels of the image.

    Args:
      logits: float32 [h, w, C].
      rows, columns: `_sample_positions` of the image's rows and columns.
      pixels: int32 [at least 1], row * width + column.

    Returns:
      uint8, as many.
    """
    shape = tf.shape(logits)
    logits = tf.reshape(logits, [-1, num_classes])
    count = tf.shape(pixels)[0]
    band = tf.minimum(max(BAND_FLOATS // num_classes, 1), count)

    @as_written
    def one_band(start):
        here = tf.gather(pixels, tf.minimum(tf.range(start, start + band), count - 1))
        top, bottom, down = (tf.gather(values, here // width) for values in rows)
        left, right, across = (tf.gather(values, here % width) for values in columns)

        def between_columns(row):
            return _between(tf.gather(logits, row * shape[1] + left),
                            tf.gather(logits, row * shape[1] + right), across[:, tf.newaxis])
        return _classes(_between(between_columns(top), between_columns(bottom),
                                 down[:, tf.newaxis]))
    bands = tf.map_fn(one_band, tf.range(0, count, band), dtype=tf.uint8, back_prop=False,
                      parallel_iterations=1)
    return tf.reshape(bands, [-1])[:count]


def _sample_positions(length, scale, start, inner):
    """Locates the pixels of an image's axis in its letterbox.

    Returns:
      (low, high, part): int32, int32, float32 [length]: the sample is low + part * (high - low).
    """
    position = (tf.range(tf.cast(length, tf.float32)) + 0.5) * scale - 0.5
    position = tf.clip_by_value(position, 0.0, tf.cast(inner - 1, tf.float32))
    low, high = tf.floor(position), tf.math.ceil(position)
    return tf.cast(low, tf.int32) + start, tf.cast(high, tf.int32) + start, position - low


def _between(low, high, part):
    return low + (high - low) * part


def _classes(logits):
    """Returns uint8 argmax over the last axis; the first of equals.

    On processors `top_k` of one takes a half to three quarters of the time of `argmax`.
    """
    return tf.cast(tf.nn.top_k(logits, 1).indices[..., 0], tf.uint8)
