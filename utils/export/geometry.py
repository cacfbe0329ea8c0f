"""Letterbox and way back for whole batches, of operations that every export format has.

They do what `utils.data.resize.letterbox` and `utils.evaluate.native_size.native_classes` do to one
image; tests compare them. The antialiased resize is two matrix products, since ScaleAndTranslate
exists in TensorFlow alone. The way back has no loops.
"""
from typing import Any, Tuple

from utils.data.resize import letterbox_box
from utils.maps import spatial_size
from utils.tf_compat import tf


def letterbox_batch(images: Any, size: Tuple[int, int]) -> Any:
    """Fits images into a window, keeping their aspect, centred between black bars.

    Args:
      images: float32 [N, H, W, 3] in 0..255, of static or dynamic size.
      size: (h, w) of the window.

    Returns:
      float32 [N, h, w, 3].
    """
    source = spatial_size(images)
    scale, box = letterbox_box(tf.stack(source), *size)
    rows, columns = [_resampling_matrix(source[axis], size[axis], scale, box[axis])
                     for axis in (0, 1)]
    net = tf.reshape(images, [-1, source[0], source[1] * 3])
    net = tf.reshape(tf.matmul(rows, net), [-1, size[0], source[1], 3])
    net = tf.reshape(tf.transpose(net, [0, 2, 1, 3]), [-1, source[1], size[0] * 3])
    net = tf.reshape(tf.matmul(columns, net), [-1, size[1], size[0], 3])
    return tf.transpose(net, [0, 2, 1, 3])


def native_scores(logits: Any, source: Tuple[Any, Any], size: Tuple[int, int]) -> Any:
    """Interpolates the scores of a letterbox back to each pixel of the images.

    Args:
      logits: float32 [N, h, w, C], of the letterbox.
      source: (H, W) of the images, ints or int32 scalars.
      size: (h, w).

    Returns:
      float32 [N, H, W, C].
    """
    scale, box = letterbox_box(tf.stack(source), *size)
    for axis in (1, 0):  # the shorter way: columns while there are few rows
        logits = _interpolate(logits, axis + 1, source[axis], scale, box[axis], box[axis + 2])
    return logits


def _resampling_matrix(source, target, scale, start):
    """Returns the weights of a resampled axis: float32 [1, target, source].

    Row i holds the triangle kernel's weights of window pixel i; zeros where the window shows no
    pixel of the image.
    """
    length = tf.cast(source, tf.float32)
    centre = (tf.range(float(target)) + .5 - tf.cast(start, tf.float32)) / scale
    reach = tf.maximum(1.0 / scale, 1.0)
    distance = tf.abs(tf.range(length)[tf.newaxis] + .5 - centre[:, tf.newaxis])
    weights = tf.maximum(1.0 - distance / reach, 0.0)
    weights /= tf.maximum(tf.reduce_sum(weights, axis=1, keepdims=True), 1e-6)
    inside = tf.logical_and(centre >= 0, centre < length)
    return (weights * tf.cast(inside, tf.float32)[:, tf.newaxis])[tf.newaxis]


def _interpolate(net, axis, length, scale, start, inner):
    """Samples one axis of a map at an image's pixels: [.., n, ..] -> [.., length, ..]."""
    position = (tf.range(tf.cast(length, tf.float32)) + .5) * scale - .5
    position = tf.clip_by_value(position, 0.0, tf.cast(inner - 1, tf.float32))
    low = tf.cast(tf.floor(position), tf.int32)
    part = tf.reshape(position - tf.cast(low, tf.float32), [-1, 1, 1] if axis == 1 else [-1, 1])
    below = tf.gather(net, low + start, axis=axis)
    above = tf.gather(net, tf.minimum(low + 1, inner - 1) + start, axis=axis)
    return below + (above - below) * part
