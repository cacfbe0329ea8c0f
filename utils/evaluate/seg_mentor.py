"""Resizes images as seg-mentor (github.com/hailotech/seg-mentor) did, to test its runs.

utils/runs/seg_mentor.py translates its flags.
"""
from typing import Any, Tuple

from utils.data.resize import letterbox_box, source_index
from utils.tf_compat import tf


def letterbox(image: Any, height: int, width: int) -> Tuple[Any, Any]:
    """Does as `utils.data.resize.letterbox`, but by nearest neighbour.

    A pixel of the window takes the source pixel under its centre. So did a run of seg-mentor on
    Python 3 whose predictions are known. seg-mentor's source calls
    `tf.image.resize_nearest_neighbor`, which in TF 1.x takes the pixel under the corner.
    docs/training.md says how much that matters.
    """
    scale, box = letterbox_box(tf.shape(image), height, width)
    start = tf.cast(box[:2], tf.float32)
    rows = source_index(height, scale, start[0], tf.shape(image)[0])
    columns = source_index(width, scale, start[1], tf.shape(image)[1])
    view = tf.gather(tf.gather(image, tf.maximum(rows, 0)), tf.maximum(columns, 0), axis=1)
    inside = tf.logical_and((rows >= 0)[:, tf.newaxis], (columns >= 0)[tf.newaxis])
    view = tf.cast(view, tf.float32) * tf.cast(inside, tf.float32)[:, :, tf.newaxis]
    return tf.ensure_shape(view, [height, width, 3]), box
