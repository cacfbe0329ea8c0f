"""The graph's resize: a scaled, shifted and antialiased view of an image; the letterbox."""
from typing import Any, Tuple

from utils.tf_compat import tf


def view_image(image: Any, height: int, width: int, scale: Any, top: Any, left: Any) -> Any:
    """Looks at an image through a window of `height` x `width`.

    Pixel (y, x) of the window shows this point of the image:

        ((y + .5 - top) / scale, (x + .5 - left) / scale)

    The triangle kernel widens when it shrinks (antialiasing; as PIL's BILINEAR).

    Args:
      image: [H, W, 3], uint8 or float32.
      height: of the window, pixels.
      width: of the window, pixels.
      scale: float32 scalar.
      top: float32 scalar: where the scaled image begins in the window, pixels. It is positive where
        the image is padded, negative where it is cropped.
      left: likewise.

    Returns:
      float32 [height, width, 3] in the image's range; zero where the image does not reach.
    """
    view = tf.raw_ops.ScaleAndTranslate(
        images=tf.cast(image, tf.float32)[tf.newaxis], size=[height, width],
        scale=tf.stack([scale, scale]), translation=tf.stack([top, left]),
        kernel_type="triangle", antialias=True)[0]
    rows = source_index(height, scale, top, tf.shape(image)[0])
    cols = source_index(width, scale, left, tf.shape(image)[1])
    inside = tf.logical_and((rows >= 0)[:, tf.newaxis], (cols >= 0)[tf.newaxis])
    return tf.ensure_shape(view * tf.cast(inside, tf.float32)[:, :, tf.newaxis], [height, width, 3])


def source_index(size: Any, scale: Any, start: Any, source_size: Any) -> Any:
    """Finds the nearest source pixel of each window pixel: int32 [size], -1 where there is none."""
    position = (tf.range(tf.cast(size, tf.float32)) + 0.5 - start) / scale
    index = tf.cast(tf.floor(position), tf.int32)
    inside = tf.logical_and(index >= 0, index < source_size)
    return tf.where(inside, index, -tf.ones_like(index))


def letterbox_box(shape: Any, height: int, width: int) -> Tuple[Any, Any]:
    """Finds where an image stands when it is fitted into a window, centred.

    Args:
      shape: int32 [2 or more], the image's height and width first.
      height: of the window, pixels.
      width: of the window, pixels.

    Returns:
      (scale, box): float32 scalar; int32 [4] top, left, height, width within the window.
    """
    size = tf.cast(shape[:2], tf.float32)
    window = tf.constant([height, width], tf.float32)
    scale = tf.reduce_min(window / size)
    inner = tf.maximum(tf.minimum(tf.round(size * scale), window), 1.0)
    start = tf.floor((window - inner) / 2.0)
    return scale, tf.cast(tf.concat([start, inner], axis=0), tf.int32)


def letterbox(image: Any, height: int, width: int) -> Tuple[Any, Any]:
    """Fits an image into a window, keeping its aspect, centred between black bars.

    Returns:
      (view, box): float32 [height, width, 3]; int32 [4] top, left, height, width of the image
      within the window.
    """
    scale, box = letterbox_box(tf.shape(image), height, width)
    start = tf.cast(box[:2], tf.float32)
    return view_image(image, height, width, scale, start[0], start[1]), box
