"""Losses of regions: how far the predicted area of each class overlaps the true one."""
from typing import Any, NamedTuple, Union

from utils.registry import Parameter
from utils.tf_compat import tf
from utils.train.losses.masked import Pixels, masked
from utils.train.losses.term import COARSE, FULL, LOSSES, OVER, Mean, Whole, needs


def _smooth():
    return Parameter(0.0, "added to numerator and denominator, in pixels", at_least=0)


def _errors(default, what):
    return Parameter(default, f"weight of {what}", more_than=0)


@LOSSES.register("dice", over=OVER, squared=Parameter(False, "squares in the denominator"),
                 smooth=_smooth())
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
    both, predicted, truth = _areas(pixels, over, squared)
    ratios = tf.div_no_nan(2.0 * both + smooth, predicted + truth + smooth)
    return _over_present_classes(1.0 - ratios, truth, pixels)


@LOSSES.register("jaccard", over=OVER, smooth=_smooth())
def jaccard(logits: Any, label: Any, class_weights: Any, over: str,
            smooth: float) -> Union[Mean, Whole]:
    """Soft IoU: 1 - mean_c (I + s) / (sum(p) + sum(g) - I + s), I = sum(p g).

    p, g and the mean are as in `dice`. The form is that of Rahman and Wang (ISVC 2016, "Optimizing
    intersection-over-union in deep neural networks for image segmentation", equation 4).

    Args:
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
      over: "batch" sums over all of its pixels; "image" gives the mean of the images' losses.
      smooth: s.
    """
    pixels = masked(logits, label, class_weights)
    both, predicted, truth = _areas(pixels, over)
    ratios = tf.div_no_nan(both + smooth, predicted + truth - both + smooth)
    return _over_present_classes(1.0 - ratios, truth, pixels)


@LOSSES.register("tversky", alpha=_errors(0.3, "false positives"),
                 beta=_errors(0.7, "false negatives"), over=OVER, smooth=_smooth())
def tversky(logits: Any, label: Any, class_weights: Any, alpha: float, beta: float, over: str,
            smooth: float) -> Union[Mean, Whole]:
    """Tversky loss: 1 - mean_c (I + s) / (I + alpha FP + beta FN + s).

    I = sum(p g), FP = sum(p (1 - g)), FN = sum((1 - p) g); p, g and the mean are as in `dice`,
    which is alpha = beta = 0.5 (with half its s). Salehi et al., arXiv 1706.05721, equation 4.

    Args:
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
      alpha, beta: what false positives and false negatives weigh.
      over: "batch" sums over all of its pixels; "image" gives the mean of the images' losses.
      smooth: s.
    """
    pixels = masked(logits, label, class_weights)
    both, predicted, truth = _areas(pixels, over)
    errors = alpha * (predicted - both) + beta * (truth - both)
    return _over_present_classes(1.0 - tf.div_no_nan(both + smooth, both + errors + smooth), truth,
                                 pixels)


@LOSSES.register("lovasz", over=OVER, full=FULL)
@needs(alone="predictions go to 0.5 (bermanmaxim/LovaszSoftmax, issues 5 and 18)")
def lovasz(logits: Any, label: Any, class_weights: Any, over: str,
           full: bool) -> Union[Mean, Whole]:
    """Lovasz-softmax: the convex extension of 1 - IoU, mean over the classes present.

    The errors |g - p| of a class, from the greatest on, are weighted by how much each adds to
    1 - IoU (Berman et al., arXiv 1705.08790, equations 8 to 11, algorithm 1). The mean is weighted
    by class_weights. Sorting is what costs, hence every fourth pixel of rows and columns.

    Args:
      logits, label, class_weights: as of every loss, see `utils.train.losses.term`.
      over: "batch" sorts all of its pixels; "image" gives the mean of the images' losses.
      full: whether it sorts every pixel.
    """
    pixels = masked(logits, label, class_weights, 1 if full else COARSE)
    errors, hits, valid = [_by_class(values, over) for values in (
        tf.abs(pixels.hits - pixels.probabilities()), pixels.hits,
        pixels.valid() * tf.ones_like(pixels.hits))]
    increments = tf.stop_gradient(_increments(errors, hits, valid))
    losses = tf.reduce_sum(errors * increments, -1)
    return _over_present_classes(losses, tf.reduce_sum(hits, -1), pixels)


# ---- areas ----

class _Areas(NamedTuple):
    """Sums over pixels, each float32 [C] of a batch or [N, C] of its images.

    Attributes:
      both: of p g; p is the softmax, g the truth.
      predicted: of p.
      truth: of g.
    """
    both: Any
    predicted: Any
    truth: Any


def _areas(pixels: Pixels, over: str, squared: bool = False) -> _Areas:
    axes = [0, 2, 3] if over == "batch" else [2, 3]
    p, g = pixels.probabilities(), pixels.hits
    both, truth = tf.reduce_sum(p * g, axes), tf.reduce_sum(g, axes)
    return _Areas(both, tf.reduce_sum(tf.square(p) if squared else p, axes), truth)


def _over_present_classes(losses, truth, pixels):
    """The weighted mean over classes that have pixels, of the batch or of its images.

    Args:
      losses: float32 [C] of the batch, or [N, C] of its images.
      truth: of the same shape, pixels of the class.
      pixels: the `Pixels`.

    Returns:
      a `Whole` for [C]; for [N, C] the `Mean` over the images that have a class of any weight.
    """
    weights = tf.cast(truth > 0, tf.float32) * pixels.class_weights
    means = tf.div_no_nan(tf.reduce_sum(losses * weights, -1), tf.reduce_sum(weights, -1))
    if losses.shape.ndims == 1:
        return Whole(means)
    labelled = tf.reduce_max(tf.sign(weights), -1)
    return Mean(tf.reduce_sum(means), tf.reduce_sum(labelled))


# ---- Lovasz ----

def _by_class(values, over):
    """[C, pixels of the batch] or [N, C, pixels of an image] of [N, C, H, W]."""
    shape = tf.shape(values)
    if over == "batch":
        flat = tf.reshape(tf.transpose(values, [1, 0, 2, 3]), [shape[1], -1])
        flat.set_shape([values.shape[1], None])
        return flat
    return tf.reshape(values, [shape[0], shape[1], -1])


def _increments(errors, hits, valid):
    """What each pixel adds to 1 - IoU when pixels turn wrong, the greatest error first.

    Args:
      errors, hits, valid: float32 [..., P], rows of pixels; `valid` is 0 where one is ignored.

    Returns:
      float32 [..., P], in the order of the pixels.
    """
    pixels = tf.shape(errors)[-1]
    order = tf.nn.top_k(errors + (valid - 1.0), pixels).indices  # ignored ones, below 0, come last
    order = tf.reshape(order, [-1, pixels])
    places = order + pixels * tf.range(tf.shape(order)[0])[:, tf.newaxis]
    hit = tf.gather(tf.reshape(hits, [-1]), places)
    area = tf.reduce_sum(hit, -1, keepdims=True)
    both = area - tf.cumsum(hit, -1)
    union = area + tf.cumsum(1.0 - hit, -1)
    # Of a pixel of the class: one less of `both`. Of another: one more of `union`, by this form, as
    # the difference of the two ratios would cancel.
    added = tf.where(hit > 0, 1.0 / union, tf.div_no_nan(both, union * (union - 1.0)))
    return tf.reshape(tf.scatter_nd(tf.reshape(places, [-1, 1]), tf.reshape(added, [-1]),
                                    [tf.size(errors)]), tf.shape(errors))
