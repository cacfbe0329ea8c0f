"""Losses of single pixels: means over the labelled pixels, weighted by class."""
from typing import Any

from utils.registry import Parameter
from utils.tf_compat import tf
from utils.train.losses.masked import masked
from utils.train.losses.term import LOSSES, Mean

#: The least 1 - p that focal raises to a power: the slope of a power below 1 is infinite at 0.
_LEAST_MISS = 1e-7


@LOSSES.register("cross_entropy")
def cross_entropy(logits: Any, label: Any, class_weights: Any) -> Mean:
    """Softmax cross entropy: sum(w_y * -log p_y) / sum(w_y), y the pixel's class.

    Args:
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
    """
    pixels = masked(logits, label, class_weights)
    return Mean(_weighted_sum(pixels.scores, pixels.hits, pixels.weights),
                tf.reduce_sum(pixels.weights))


@LOSSES.register("focal", gamma=Parameter(2.0, "how much less well predicted pixels count",
                                          at_least=0))
def focal(logits: Any, label: Any, class_weights: Any, gamma: float) -> Mean:
    """Focal loss, softmax form: sum(w_y * (1 - p_y)^gamma * -log p_y) / sum(w_y).

    With gamma = 0 it is cross entropy. Lin et al. (arXiv 1708.02002, section 3.2) take a sigmoid
    for each class, and divide by the number of positives; class weights stand for their alpha.

    Args:
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
      gamma: the exponent.
    """
    pixels = masked(logits, label, class_weights)
    log_p = tf.reduce_sum(pixels.log_probabilities() * pixels.hits, axis=1, keepdims=True)
    misses = tf.maximum(-tf.expm1(log_p), _LEAST_MISS)
    losses = tf.pow(misses, gamma) * -log_p
    return Mean(tf.reduce_sum(losses * pixels.weights), tf.reduce_sum(pixels.weights))


def _weighted_sum(scores, hits, weights):
    """sum(weights * cross entropy), whose gradient, the softmax less the truth, comes for free.

    Args:
      scores: float32 [N, C, H, W].
      hits: float32 [N, C, H, W], 1 where a pixel is of the class.
      weights: float32 [N, 1, H, W].
    """
    return tf.custom_gradient(_sum_and_gradient)(scores, hits, weights)


def _sum_and_gradient(scores, hits, weights):
    """`_weighted_sum`, and the function that makes its gradients from the one that comes in."""
    scores = scores - tf.reduce_max(scores, axis=1, keepdims=True)
    exponentials = tf.exp(scores)
    mass = tf.reduce_sum(exponentials, axis=1, keepdims=True)
    # Where no class is hit the weight is 0, so that what is summed there is of no account.
    losses = tf.log(mass) - tf.reduce_sum(scores * hits, axis=1, keepdims=True)

    def gradient(upstream):
        return (exponentials / mass - hits) * (weights * upstream), None, None
    return tf.reduce_sum(losses * weights), gradient
