"""Scores and labels as losses take them, without the pixels that are ignored."""
from typing import Any, NamedTuple

import numpy as np

from utils.data.distance_maps import grid
from utils.tf_compat import tf


class Pixels(NamedTuple):
    """The scores of a batch and their truth, classes before pixels.

    Every step over classes then runs along rows of pixels; TensorFlow's own softmax works on C
    numbers at a time, slower on either stack. The upsampling makes its scores in this order;
    TensorFlow removes the two transpositions between.

    Attributes:
      scores: float32 [N, C, H, W], the logits.
      hits: float32 [N, C, H, W], 1 where a pixel is of the class; all 0 where it is ignored.
      weights: float32 [N, 1, H, W], the weight of a pixel's class; 0 where it is ignored.
      class_weights: float32 [C].
    """
    scores: Any
    hits: Any
    weights: Any
    class_weights: np.ndarray

    def valid(self) -> Any:
        """float32 [N, 1, H, W], 1 where a pixel is labelled and 0 where it is ignored."""
        return tf.reduce_sum(self.hits, axis=1, keepdims=True)

    def log_probabilities(self) -> Any:
        """float32 [N, C, H, W] log softmax, finite for all finite scores; of ignored pixels too,
        so multiply it by `hits` or `weights`."""
        scores = self.scores - tf.stop_gradient(tf.reduce_max(self.scores, axis=1, keepdims=True))
        return scores - tf.log(tf.reduce_sum(tf.exp(scores), axis=1, keepdims=True))

    def probabilities(self) -> Any:
        """float32 [N, C, H, W] softmax; 0 where a pixel is ignored."""
        return tf.exp(self.log_probabilities()) * self.valid()

    def class_shares(self) -> np.ndarray:
        """float32 [1, C, 1, 1], the class weights by their mean: 1 where all are equal."""
        return (self.class_weights / self.class_weights.mean()).reshape(1, -1, 1, 1)


def masked(logits: Any, label: Any, class_weights: Any, stride: int = 1) -> Pixels:
    """The `Pixels` of a batch.

    Args:
      logits: float32 [N, H, W, C].
      label: uint8 [N, H, W]; values from C on are ignored.
      class_weights: float array [C].
      stride: of the pixels that are taken, in rows and columns.
    """
    scores = tf.transpose(logits, [0, 3, 1, 2])
    if stride > 1:
        taken = grid(stride)
        scores, label = scores[:, :, taken, taken], label[:, taken, taken]
    truth = label[:, tf.newaxis]
    classes = np.arange(len(class_weights), dtype=np.uint8).reshape(1, -1, 1, 1)
    hits = tf.cast(tf.equal(truth, tf.constant(classes)), tf.float32)
    weights = tf.gather(tf.constant(_weight_of_values(class_weights)), tf.cast(truth, tf.int32))
    return Pixels(scores, hits, weights, np.asarray(class_weights, np.float32))


def _weight_of_values(class_weights):
    """float32 [256]: the weight of each value of a label; 0 for those that are no class."""
    table = np.zeros(256, np.float32)
    table[:len(class_weights)] = class_weights
    return table
