"""Losses over labelled pixels. A new one is one registered function.

A loss is a weighted mean, returned as sum and weight, so that a batch may be computed in parts: the
sums and the weights of micro-batches, devices and processes are added up, and divided once.
"""
import numpy as np

from utils.errors import UserError
from utils.registry import Registry
from utils.tf_compat import tf

LOSSES = Registry("loss")


def pixel_weights(label, class_weights):
    """The weight of each pixel: its class's, and 0 where the label is not a class (ignore).

    Args:
      label: uint8 [N, H, W].
      class_weights: float array [C].

    Returns:
      (classes, weights): int32 [N, H, W] with 0 in place of ignore; float32 [N, H, W].
    """
    num_classes = len(class_weights)
    table = np.zeros(256, np.float32)
    table[:num_classes] = class_weights
    index = tf.cast(label, tf.int32)
    classes = tf.where(index < num_classes, index, tf.zeros_like(index))
    return classes, tf.gather(tf.constant(table), index)


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
    classes, weights = pixel_weights(label, class_weights)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=classes, logits=logits)
    return tf.reduce_sum(losses * weights), tf.reduce_sum(weights)


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
            raise UserError("--class_weights=median: class {} never occurs in the training split: "
                            "choose enet".format(int(np.argmin(p))))
        return (np.median(p) / p).astype(np.float32)
    try:
        if kind == "enet":
            base = float(constant or 1.02)
            if base <= 1:
                raise ValueError
            return (1 / np.log(base + p)).astype(np.float32)
        weights = np.array([float(word) for word in text.split(",")], np.float32)
    except ValueError:
        raise UserError("--class_weights: got {!r}, expected none, enet, enet:K with K > 1, "
                        "median, or {} numbers with commas between them".format(text, len(p)))
    if len(weights) != len(p) or (weights < 0).any() or not weights.any():
        raise UserError("--class_weights: got {} numbers, expected {} that are not negative, one "
                        "for each class".format(len(weights), len(p)))
    return weights
