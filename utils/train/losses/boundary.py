"""Losses of boundaries: how far the predicted border of each class is from the true one."""
from typing import Any

import numpy as np

from utils.data.distance_maps import graph_maps
from utils.registry import Parameter
from utils.tf_compat import tf
from utils.train.losses.masked import masked
from utils.train.losses.term import COARSE, FULL, LOSSES, Mean, needs

#: Twice the mean over a pixel and its four neighbours: [3, 3, 1, 1].
_CROSS = np.float32([[0, .4, 0], [.4, .4, .4], [0, .4, 0]])[:, :, np.newaxis, np.newaxis]
_ALONE = "it tells little while a class is far from its place"


def _stride(full):
    return 1 if full else COARSE


@LOSSES.register("boundary", full=FULL)
@needs(maps=_stride, alone=_ALONE)
def boundary(logits: Any, label: Any, class_weights: Any, maps: Any, full: bool) -> Mean:
    """Boundary loss: mean over labelled pixels of sum_c w_c phi_c p_c. It may be negative.

    phi is the signed distance to class c, by the diagonal of the view: d outside, -(d - 1) inside,
    so that the inner rim has 0; 0 throughout for a class without a border. p is the softmax, w the
    class weights by their mean. Kervadec et al. (arXiv 1812.07032, equations 5 to 7) change its
    share of the sum from epoch to epoch. Here `weight` is constant, so that a term is the same
    function in each step, and losses of different steps can be compared.

    Args:
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
      maps: float32 [N, C, h, w], of `utils.data.distance_maps`.
      full: whether it takes every pixel, not every fourth of rows and columns.
    """
    pixels = masked(logits, label, class_weights, _stride(full))
    phi = (maps + tf.cast(maps < 0, tf.float32)) / _diagonal(maps)
    losses = phi * pixels.probabilities() * pixels.class_shares()
    return Mean(tf.reduce_sum(losses), tf.reduce_sum(pixels.hits))


@LOSSES.register(
    "hausdorff", by=Parameter("erosions", "how far a wrong pixel is from the border is found",
                              choices=("erosions", "distances")),
    power=Parameter(2.0, "of the distance", more_than=0),
    erosions=Parameter(10, "how many, at most the distance that is told apart", at_least=1),
    full=FULL)
@needs(maps=lambda by, full, **_: _stride(full) if by == "distances" else 0, alone=_ALONE)
def hausdorff(logits: Any, label: Any, class_weights: Any, maps: Any, by: str, power: float,
              erosions: int, full: bool) -> Mean:
    """Hausdorff loss: wrong pixels weigh the more, the further they are from a border.

    It is the mean over labelled pixels of sum_c w_c m_c, w the class weights by their mean, and
    e = (p - g)^2 with the softmax p and the truth g (Karimi and Salcudean, arXiv 1904.10030):

    - "erosions" (equation 11): m = sum_k k^power e_k / sum_k k^power. e_k is e after k erosions,
      each the mean over a 3x3 cross behind which 0 to 0.5 becomes 0 and 0.5 to 1 becomes 0 to 1.
      The paper does not stretch what is left, so that little of it survives two erosions.
    - "distances" (equation 8): m = e (d_g^power + d_p^power), d the distances to the borders of
      truth and prediction, from both sides, by the diagonal of the view. d_p is of the class that
      scores best, and has no gradient. It takes distance transforms in each step.

    Args:
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
      maps: float32 [N, C, h, w], of `utils.data.distance_maps`; None for "erosions".
      by: which of the two.
      power: of the distances.
      erosions: how many.
      full: whether it takes every pixel, not every fourth of rows and columns.
    """
    pixels = masked(logits, label, class_weights, _stride(full))
    errors = tf.square(pixels.probabilities() - pixels.hits)
    if by == "erosions":
        losses = _eroded(errors, power, erosions)
    else:
        losses = errors * (_powers(maps, power) + _powers(_predicted_maps(pixels), power))
    losses = losses * pixels.valid() * pixels.class_shares()
    return Mean(tf.reduce_sum(losses), tf.reduce_sum(pixels.hits))


def _diagonal(maps):
    """float32 scalar, pixels."""
    sides = tf.cast(tf.shape(maps)[2:], tf.float32)
    return tf.maximum(tf.norm(sides), 1.0)


def _powers(maps, power):
    return tf.pow(tf.abs(maps) / _diagonal(maps), power)


def _predicted_maps(pixels):
    """float32 [N, C, h, w]: the distance maps of the classes that score best; pixels that are
    ignored belong to none, as in those of the truth."""
    best = tf.cast(tf.argmax(pixels.scores, axis=1), tf.uint8)
    ignored = tf.equal(pixels.valid()[:, 0], 0)
    return graph_maps(tf.where(ignored, tf.fill(tf.shape(best), np.uint8(255)), best),
                      len(pixels.class_weights))


def _eroded(errors, power, erosions):
    """float32 [N, C, h, w]: the mean of the erosions of errors, each weighted by k^power.

    A depthwise convolution takes a tenth of the time of adding shifted copies.
    """
    powers = np.arange(1, erosions + 1, dtype=np.float64) ** power
    cross = tf.constant(np.tile(_CROSS, [1, 1, errors.shape[1], 1]))
    errors, eroded = tf.transpose(errors, [0, 2, 3, 1]), []
    for share in (powers / powers.sum()).tolist():
        sums = tf.nn.depthwise_conv2d(errors, cross, [1, 1, 1, 1], "SAME")
        errors = tf.nn.relu(sums - 1.0)
        eroded.append(share * errors)
    return tf.transpose(tf.add_n(eroded), [0, 3, 1, 2])
