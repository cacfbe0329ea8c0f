"""Losses of regions: how far the predicted area of each class overlaps the true one."""
from typing import Any, Union

from utils.registry import Parameter
from utils.tf_compat import tf
from utils.train.losses.masked import masked
from utils.train.losses.term import LOSSES, Mean, Whole

_OVER = Parameter("batch", "whether areas are of the batch or of each image",
                  choices=("batch", "image"))


@LOSSES.register("dice", over=_OVER, squared=Parameter(False, "squares in the denominator"),
                 smooth=Parameter(0.0, "added to numerator and denominator, in pixels",
                                  at_least=0))
def dice(logits: Any, label: Any, class_weights: Any, over: str, squared: bool,
         smooth: float) -> Union[Mean, Whole]:
    """Soft Dice: 1 - mean_c (2 sum(p g) + s) / (sum(p) + sum(g) + s), c the classes present.

    p is the softmax and g the truth of labelled pixels. The mean is weighted by class_weights. The
    form is that of Milletari et al. (V-Net, arXiv 1606.04797, section 3), who square p and g in the
    denominator; so does `squared`.

    Args:
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
      over: "batch" sums over all of its pixels; "image" gives the mean of the images' losses.
      squared: whether the denominator has squares.
      smooth: s.
    """
    pixels = masked(logits, label, class_weights)
    axes = [0, 2, 3] if over == "batch" else [2, 3]
    p, g = pixels.probabilities(), pixels.hits
    both, truth = tf.reduce_sum(p * g, axes), tf.reduce_sum(g, axes)
    predicted = tf.reduce_sum(tf.square(p) if squared else p, axes)
    ratios = tf.div_no_nan(2.0 * both + smooth, predicted + truth + smooth)
    present = tf.cast(truth > 0, tf.float32) * pixels.class_weights
    return _over_classes(1.0 - ratios, present, "dice:image" + (":squared" if squared else "")
                         + (f":smooth={smooth:g}" if smooth else ""))


def _over_classes(losses, weights, by_image):
    """The weighted mean over classes, of the batch or of its images.

    Args:
      losses: float32 [C] of the batch, or [N, C] of its images.
      weights: of the same shape; 0 for a class that is absent.
      by_image: how the loss by images is written.

    Returns:
      a `Whole` for [C]; for [N, C] the `Mean` over the images that have a class of any weight.
    """
    means = tf.div_no_nan(tf.reduce_sum(losses * weights, -1), tf.reduce_sum(weights, -1))
    if losses.shape.ndims == 1:
        return Whole(means, by_image)
    labelled = tf.reduce_max(tf.sign(weights), -1)
    return Mean(tf.reduce_sum(means), tf.reduce_sum(labelled))
