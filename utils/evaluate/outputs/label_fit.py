"""Outputs that say how well the probabilities fit the label, and how sure the net is."""
import functools
from typing import Any, Callable

import numpy as np

from utils.evaluate.native_size import image_positions
from utils.evaluate.outputs.record import OUTPUTS, PerImage, Seen
from utils.machine import usable_cpus
from utils.measures.label_fit import FIT_COLUMNS, label_fit
from utils.tf_compat import as_written, tf

#: What a probability of 0 counts as in an entropy.
_LEAST = 1e-30


@OUTPUTS.register("label_fit")
def label_fit_of_images(seen: Seen) -> PerImage:
    """Returns `utils.measures.label_fit` of the probabilities interpolated at the images' own
    pixels: float32 [N, 5 + C].

    Between the pixels of the letterbox, probabilities are interpolated and not logits: that takes
    four numbers a pixel and not C of them, whose exp would take longer than many a net.
    """
    softmax = seen.softmax
    fit = functools.partial(_fit, num_classes=seen.num_classes)

    @as_written
    def one(row):
        size = seen.sizes[row]
        label = seen.labels[row, :size[0], :size[1]]
        rows, columns = image_positions(size, seen.view_size)
        found = tf.numpy_function(fit, [softmax[row], label, *rows, *columns], tf.float32)
        return tf.ensure_shape(found, [len(FIT_COLUMNS) + seen.num_classes])
    return PerImage(_of_each(seen, one), labelled=True)


def _fit(probabilities: np.ndarray, label: np.ndarray, *positions: np.ndarray,
         num_classes: int) -> np.ndarray:
    """Returns `label_fit` of an image."""
    return label_fit(probabilities, label, positions[:3], positions[3:], num_classes)


@OUTPUTS.register("entropy")
def entropy(seen: Seen) -> PerImage:
    """Returns the mean entropy over an image's pixels at the net's own scale: float32 [N], nats."""
    boxes, softmax = seen.boxes, seen.softmax

    @as_written
    def one(row):
        top, left, height, width = tf.unstack(boxes[row])
        inner = softmax[row, top:top + height, left:left + width]
        whole = tf.reduce_sum(inner * tf.math.log(tf.maximum(inner, _LEAST)))
        return -whole / tf.cast(height * width, tf.float32)
    return PerImage(_of_each(seen, one))


def _of_each(seen: Seen, of_row: Callable[[Any], Any]) -> Any:
    """Returns `of_row` of each image of the batch: float32 [N, ...]."""
    return tf.map_fn(of_row, tf.range(tf.shape(seen.sizes)[0]), dtype=tf.float32,
                     back_prop=False, parallel_iterations=usable_cpus())
