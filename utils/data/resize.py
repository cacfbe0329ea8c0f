"""The one resize: a scaled, shifted and antialiased view of an image, with its label."""
import collections

from utils.tf_compat import tf

#: Label of pixels that no image covers, and of pixels that nobody labelled.
IGNORE = 255


def view_image(image, height, width, scale, top, left, mirrored=False):
    """Looks at an image through a window of `height` x `width`.

    Pixel (y, x) of the window shows the point ((y + .5 - top) / scale, (x + .5 - left) / scale) of
    the image, so `top` and `left` are where the scaled image begins in the window: positive where
    the image is padded, negative where it is cropped. The triangle kernel widens when it shrinks
    (antialiasing; as PIL's BILINEAR).

    Args:
      image: [H, W, 3], uint8 or float32.
      height, width: size of the window, pixels.
      scale, top, left: float32 scalars; top and left in pixels of the window.
      mirrored: bool, or bool []: whether the window is seen in a mirror, left for right.

    Returns:
      float32 [height, width, 3] in the image's range; zero where the image does not reach.
    """
    rows = _taps(height, scale, top, tf.shape(image)[0])
    cols = _taps(width, scale, left, tf.shape(image)[1], mirrored)
    # What the window does not show is not even converted to float.
    image = tf.cast(image[rows.first:rows.end, cols.first:cols.end], tf.float32)
    view = tf.transpose(_resample(rows, height, image), [1, 0, 2])
    view = tf.transpose(_resample(cols, width, view), [1, 0, 2])
    return tf.ensure_shape(view, [height, width, 3])


#: Which source pixels an axis of a window is made of. first, end: int32 [], all are between; index:
#: int32 [size, taps]; weight: float32 [size, taps], of sum 1, or 0 where the image does not reach.
_Taps = collections.namedtuple("_Taps", "first end index weight")


def _taps(size, scale, start, source_size, mirrored=False):
    """The `_Taps` of an axis."""
    positions = _positions(size, scale, start, mirrored)
    radius = tf.maximum(1.0, 1.0 / scale)
    limit = tf.cast(source_size, tf.float32)
    index = (tf.ceil(positions - radius - 0.5)[:, tf.newaxis]
             + tf.range(tf.ceil(2.0 * radius))[tf.newaxis])
    inside = tf.logical_and(index >= 0, index < limit)
    weight = tf.maximum(1.0 - tf.abs(index + 0.5 - positions[:, tf.newaxis]) / radius, 0.0)
    weight *= tf.cast(inside, tf.float32)
    reached = tf.cast(source_index(size, scale, start, source_size, mirrored) >= 0, tf.float32)
    weight *= (reached / tf.maximum(tf.reduce_sum(weight, axis=1), 1e-6))[:, tf.newaxis]
    index = tf.cast(tf.clip_by_value(index, 0.0, limit - 1.0), tf.int32)
    return _Taps(tf.reduce_min(index), tf.reduce_max(index) + 1, index, weight)


def _resample(taps, size, pixels):
    """Weighted sums along the first axis: float32 [end - first, N, 3] -> [size, N, 3].

    As a product with a sparse matrix, which costs a quarter of `ScaleAndTranslate`.
    """
    shape = tf.shape(pixels)
    rows = tf.broadcast_to(tf.range(size)[:, tf.newaxis], tf.shape(taps.index))
    entries = tf.reshape(tf.stack([rows, taps.index - taps.first], axis=2), [-1, 2])
    with tf.device("/cpu:0"):  # on a GPU its sums would come in any order
        product = tf.raw_ops.SparseTensorDenseMatMul(
            a_indices=tf.cast(entries, tf.int64), a_values=tf.reshape(taps.weight, [-1]),
            a_shape=tf.cast(tf.stack([size, shape[0]]), tf.int64),
            b=tf.reshape(pixels, [shape[0], -1]))
    return tf.reshape(product, [size, shape[1], 3])


def _positions(size, scale, start, mirrored=False):
    """Where the centres of a window's pixels stand in the image: float32 [size]."""
    pixels = tf.range(float(size))
    if mirrored is not False:
        pixels = tf.where(tf.broadcast_to(mirrored, [size]), tf.reverse(pixels, [0]), pixels)
    return (pixels + 0.5 - start) / scale


def source_index(size, scale, start, source_size, mirrored=False):
    """The nearest source pixel of each window pixel: int32 [size], -1 where there is none."""
    index = tf.cast(tf.floor(_positions(size, scale, start, mirrored)), tf.int32)
    inside = tf.logical_and(index >= 0, index < source_size)
    return tf.where(inside, index, -tf.ones_like(index))


def view_label(label, height, width, scale, top, left, mirrored=False):
    """`view_image` for a label: the nearest pixel; IGNORE where the image does not reach.

    Args:
      label: uint8 [H, W].

    Returns:
      uint8 [height, width].
    """
    view = _pick_rows(label, source_index(height, scale, top, tf.shape(label)[0]))
    # Whole rows are copied at once, single pixels one by one: hence the transposition.
    columns = source_index(width, scale, left, tf.shape(label)[1], mirrored)
    view = tf.transpose(_pick_rows(tf.transpose(view), columns))
    return tf.ensure_shape(view, [height, width])


def _pick_rows(label, rows):
    """The rows of a uint8 [H, W] label; of IGNORE where the number is negative."""
    beyond = tf.fill([1, tf.shape(label)[1]], tf.constant(IGNORE, label.dtype))
    rows = tf.where(rows >= 0, rows, tf.fill(tf.shape(rows), tf.shape(label)[0]))
    return tf.gather(tf.concat([label, beyond], axis=0), rows)


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
