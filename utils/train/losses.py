"""Losses over labelled pixels. A new one is one registered function.

A loss is a weighted mean, returned as sum and weight, so that a batch may be computed in parts: the
sums and the weights of micro-batches, devices and processes are added up, and divided once.
"""
import numpy as np

from utils.errors import UserError
from utils.registry import Registry
from utils.tf_compat import tf
from utils.values import parse_number

LOSSES = Registry("loss")


@LOSSES.register("cross_entropy")
def cross_entropy(logits, label, class_weights):
    """Softmax cross entropy of the labelled pixels, weighted by class.

    Args:
      logits: float32 [N, H, W, C].
      label: uint8 [N, H, W]; values from C on are ignored.
      class_weights: float array [C].

    Returns:
      (sum, weight): float32 scalars, sum(weight * cross entropy) and sum(weight); the loss is
      sum / weight, 0 where nothing is labelled.
    """
    # Classes before pixels: every step then runs along rows of pixels, where TensorFlow's own
    # operation works on C numbers at a time (slower on either stack). The upsampling makes
    # its scores in this order; TensorFlow removes the two transpositions between.
    scores = tf.transpose(logits, [0, 3, 1, 2])
    truth = label[:, tf.newaxis]
    classes = np.arange(len(class_weights), dtype=np.uint8).reshape(1, -1, 1, 1)
    hits = tf.cast(tf.equal(truth, tf.constant(classes)), tf.float32)
    weights = tf.gather(tf.constant(_weight_of_values(class_weights)), tf.cast(truth, tf.int32))
    return _weighted_sum(scores, hits, weights), tf.reduce_sum(weights)


def _weight_of_values(class_weights):
    """float32 [256]: the weight of each value of a label; 0 for those that are no class."""
    table = np.zeros(256, np.float32)
    table[:len(class_weights)] = class_weights
    return table


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


def class_weights(text, frequencies):
    """The weights that `--class_weights` asks for.

    Args:
      text: "none"; "enet" or "enet:K", 1 / ln(K + p) with K = 1.02 (Paszke et al., ENet,
        arXiv 1606.02147, section 5.2); "median", median(p) / p (Eigen and Fergus, arXiv 1411.4734,
        section 6.3.2); or C numbers with commas between them.
      frequencies: float [C], the share p of each class among the labelled training pixels.

    Returns:
      float32 [C].

    Raises:
      UserError: for anything else, and where "median" meets a class that never occurs.
    """
    kind, _, constant = text.partition(":")
    p = np.asarray(frequencies, np.float64)
    if text == "none":
        return np.ones(len(p), np.float32)
    if text == "median":
        if not p.all():
            raise UserError(f"--class_weights=median: class {int(np.argmin(p))} never occurs in "
                            "the training split: choose enet")
        return (np.median(p) / p).astype(np.float32)
    try:
        if kind == "enet":
            base = parse_number(constant or "1.02")
            if base <= 1:
                raise ValueError
            return (1 / np.log(base + p)).astype(np.float32)
        weights = [parse_number(word) for word in text.split(",")]
    except ValueError:
        raise UserError(f"--class_weights: got {text!r}, expected none, enet, enet:K with K > 1, "
                        f"median, or {len(p)} numbers with commas between them")
    return _given_weights(text, weights, len(p))


def _given_weights(text, weights, count):
    """The weights of `count` classes that were written down; a UserError for those that are no
    weights."""
    if len(weights) != count:
        raise UserError(f"--class_weights={text}: got {len(weights)} numbers, expected {count}, "
                        "one for each class")
    if min(weights) < 0:
        raise UserError(f"--class_weights={text}: got {min(weights):g} for class "
                        f"{weights.index(min(weights))}, expected 0 or more")
    if not max(weights):
        raise UserError(f"--class_weights={text}: every class has weight 0, so that nothing would "
                        "be learned: give at least one more")
    return np.array(weights, np.float32)
