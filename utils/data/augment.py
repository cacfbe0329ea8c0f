"""Random views of a training image, a function of (seed, element) alone.

Randomness is stateless and keyed by the element's place in the run, so neither the number of
threads nor a resume changes what the net sees.
"""
import functools

from utils.data import views
from utils.data.resize import letterbox_box
from utils.tf_compat import tf


def augment(image, label, element, height, width, augmentation):
    """One training view.

    The image is fitted into the window (letterbox), scaled further by a random factor, placed at
    random (cropped where it is larger than the window, padded where it is smaller) and mirrored.

    Args:
      image: uint8 [H, W, 3].
      label: uint8 [H, W].
      element: int64 scalar, the element's number since the start of the run.
      height, width: the window, pixels.
      augmentation: an `utils.runs.train_flags.Augmentation`.

    Returns:
      (image, label): uint8 [height, width, 3]; uint8 [height, width].
    """
    key = tf.stack([tf.constant(augmentation.seed, tf.int64), element])
    draws = tf.random.stateless_uniform([4], seed=key)
    scale, box = letterbox_box(tf.shape(image), height, width)
    start, size = box[:2], box[2:]
    if augmentation.scale:
        low, high = augmentation.scale
        scale *= low + (high - low) * draws[0]
        size = tf.maximum(_whole(scale * tf.cast(tf.shape(image)[:2], tf.float32)), 1)
        start = _whole(tf.cast([height, width] - size, tf.float32) * draws[1:3])
    mirrored = draws[3] < 0.5 if augmentation.flip else tf.constant(False)
    image, label = tf.numpy_function(
        functools.partial(_view, (height, width)), [image, label, size, start, mirrored],
        [tf.uint8, tf.uint8])
    return tf.ensure_shape(image, [height, width, 3]), tf.ensure_shape(label, [height, width])


def _whole(numbers):
    return tf.cast(tf.round(numbers), tf.int32)


def _view(window, image, label, size, start, mirrored):
    return views.view(image, label, window, size.tolist(), start.tolist(), mirrored)
