"""The graph's resize: a scaled, shifted and antialiased view of an image; the letterbox."""
from utils.tf_compat import tf


def view_image(image, height, width, scale, top, left):
    """Looks at an image through a window of `height` x `width`.

    Pixel (y, x) of the window shows the point ((y + .5 - top) / scale, (x + .5 - left) / scale) of
    the image, so `top` and `left` are where the scaled image begins in the window: positive where
    the image is padded, negative where it is cropped. The triangle kernel widens when it shrinks
    (antialiasing; as PIL's BILINEAR).

    Args:
      image: [H, W, 3], uint8 or float32.
      height, width: size of the window, pixels.
      scale, top, left: float32 scalars; top and left in pixels of the window.

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


def source_index(size, scale, start, source_size):
    """The nearest source pixel of each window pixel: int32 [size], -1 where there is none."""
    position = (tf.range(tf.cast(size, tf.float32)) + 0.5 - start) / scale
    index = tf.cast(tf.floor(position), tf.int32)
    inside = tf.logical_and(index >= 0, index < source_size)
    return tf.where(inside, index, -tf.ones_like(index))


def letterbox_box(shape, height, width):
    """Where an image of `shape` stands when it is fitted into `height` x `width`, centred.

    Args:
      shape: int32 [2 or more], the image's height and width first.

    Returns:
      (scale, box): float32 scalar; int32 [4] top, left, height, width within the window.
    """
    size = tf.cast(shape[:2], tf.float32)
    window = tf.constant([height, width], tf.float32)
    scale = tf.reduce_min(window / size)
    inner = tf.maximum(tf.minimum(tf.round(size * scale), window), 1.0)
    start = tf.floor((window - inner) / 2.0)
    return scale, tf.cast(tf.concat([start, inner], axis=0), tf.int32)


def letterbox(image, height, width):
    """Fits an image into a window, keeping its aspect, centred between black bars.

    Returns:
      (view, box): float32 [height, width, 3]; int32 [4] top, left, height, width of the image
      within the window.
    """
    scale, box = letterbox_box(tf.shape(image), height, width)
    start = tf.cast(box[:2], tf.float32)
    return view_image(image, height, width, scale, start[0], start[1]), box
