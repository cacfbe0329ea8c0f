"""Losses of single pixels: means over the labelled pixels, weighted by class."""
from typing import Any, Union

from utils.registry import Parameter
from utils.tf_compat import tf
from utils.train.losses.greatest import shares_of_greatest
from utils.train.losses.masked import masked
from utils.train.losses.term import LOSSES, OVER, Mean, Whole, needs

#: The least 1 - p that focal raises to a power: the slope of a power below 1 is infinite at 0.
_LEAST_MISS = 1e-7


@LOSSES.register("cross_entropy", smoothing=Parameter(
    0.0, "share of the truth that is spread over all classes", at_least=0, at_most=1))
def cross_entropy(logits: Any, label: Any, class_weights: Any, smoothing: float) -> Mean:
    """Softmax cross entropy: sum(w_y * sum_c -t_c log p_c) / sum(w_y), y the pixel's class.

    The truth t is 1 for y and 0 elsewhere; with smoothing e it is (1 - e) of that, and e / C for
    each of the C classes (Szegedy et al., arXiv 1512.00567, section 7).

    Args:
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
      smoothing: e.
    """
    pixels = masked(logits, label, class_weights)
    truth = pixels.hits
    if smoothing:
        truth = (1 - smoothing) * truth + smoothing / len(pixels.class_weights)
    return Mean(tf.reduce_sum(_losses(pixels.scores, truth) * pixels.weights),
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


@LOSSES.register("ohem", share=Parameter(0.25, "of the labelled pixels that count", more_than=0,
                                         at_most=1), over=OVER)
@needs(mines=True)
def ohem(logits: Any, label: Any, class_weights: Any, mined: Any, share: float,
         over: str) -> Union[Mean, Whole]:
    """Cross entropy of the hardest pixels, those with the greatest w_y * -log p_y.

    Of n labelled pixels k = (r * share + 1 - r) * n count, at least one; r grows from 0 to 1 over
    --hard_example_mining_steps. So does the model of DeepLab (`add_softmax_cross_entropy_loss` of
    tensorflow/models), whose n has ignored pixels too. Pixels as hard as the k-th share what is
    left of k. The loss is sum(w_y * -log p_y) / sum(w_y) over what counts; a share of 1 is
    `cross_entropy`. Shrivastava et al. (arXiv 1604.03540) mine regions of a detector.

    Args:
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
      mined: float32 scalar, r.
      share: of the pixels.
      over: "batch" takes the hardest of the batch, "image" as many of each image.
    """
    pixels = masked(logits, label, class_weights)
    losses = _losses(pixels.scores, pixels.hits)
    groups = 1 if over == "batch" else tf.shape(losses)[0]
    hardness = tf.stop_gradient(tf.reshape(losses * pixels.weights, [groups, -1]))
    counting = shares_of_greatest(hardness, tf.reshape(pixels.valid(), [groups, -1]),
                                  mined * share + 1.0 - mined)
    weights = tf.reshape(counting, tf.shape(losses)) * pixels.weights
    total, weight = tf.reduce_sum(losses * weights), tf.reduce_sum(weights)
    return Mean(total, weight) if over == "image" else Whole(tf.div_no_nan(total, weight))


def _losses(scores, truth):
    """float32 [N, 1, H, W] cross entropy, whose gradient, the softmax less the truth, comes for
    free; where a pixel's truth is 0 throughout it means nothing.

    Args:
      scores: float32 [N, C, H, W].
      truth: float32 [N, C, H, W], sum 1 over the classes; it gets no gradient.
    """
    return tf.custom_gradient(_losses_and_gradient)(scores, truth)


def _losses_and_gradient(scores, truth):
    """`_losses`, and the function that makes its gradients from the one that comes in."""
    scores = scores - tf.reduce_max(scores, axis=1, keepdims=True)
    exponentials = tf.exp(scores)
    mass = tf.reduce_sum(exponentials, axis=1, keepdims=True)
    losses = tf.log(mass) - tf.reduce_sum(scores * truth, axis=1, keepdims=True)

    def gradient(upstream):
        return (exponentials / mass - truth) * upstream, None
    return losses, gradient
