"""Blocks that several decoders are made of."""
from typing import Any

from archs.layers import stateless_dropout
from utils.tf_compat import slim, tf


def conv_bn_relu() -> Any:
    """Returns an arg scope in which batch norm and ReLU follow every convolution.

    It holds for `slim.conv2d`, `slim.conv2d_transpose` and `slim.separable_conv2d`, inside that of
    `archs.layers.decoder_arg_scope`. Weights start as He et al. say (arXiv 1502.01852).
    """
    return slim.arg_scope([slim.conv2d, slim.conv2d_transpose, slim.separable_conv2d],
                          normalizer_fn=slim.batch_norm,
                          weights_initializer=slim.variance_scaling_initializer())


def filter_3x3(net: Any, channels: int, scope: str, rate: int = 1, separable: bool = False) -> Any:
    """A 3x3 convolution inside `conv_bn_relu`, plain or separable, whose taps stand `rate` apart.

    The separable one is a depthwise and a 1x1 convolution, each with batch norm and ReLU, as in
    DeepLab v3+ (arXiv 1802.02611, sec. 3.1). Depthwise weights have no weight decay, as in feature
    extractors, and start with DeepLab's deviation of .33.

    Args:
      net: float32 [N, h, w, C].
      channels: of the result.
      scope: name of its variables, which are the same at every rate.

    Returns:
      float32 [N, h, w, channels].
    """
    if not separable:
        return slim.conv2d(net, channels, [3, 3], rate=rate, scope=scope)
    net = slim.separable_conv2d(net, None, [3, 3], depth_multiplier=1, rate=rate,
                                weights_regularizer=None, scope=scope + "/depthwise",
                                weights_initializer=tf.truncated_normal_initializer(stddev=.33))
    return slim.conv2d(net, channels, [1, 1], scope=scope + "/pointwise")


def score_head(features: Any, num_classes: int, is_training: bool, scope: str) -> Any:
    """Makes scores of a map for deep supervision (PSPNet, arXiv 1612.01105, sec. 3.3).

    A 3x3 convolution to a quarter of the channels with batch norm and ReLU, dropout of .1, and a
    1x1 convolution, as mmsegmentation and torchvision have it.

    Args:
      features: float32 [N, h, w, C].
      num_classes: channels of the scores.
      is_training: Python bool, for the dropout.
      scope: name of its variables.

    Returns:
      float32 [N, h, w, num_classes].
    """
    with conv_bn_relu():
        net = slim.conv2d(features, max(int(features.shape[-1]) // 4, 1), [3, 3],
                          scope=scope + "/filter")
    net = stateless_dropout(net, .9, is_training, scope=scope + "/dropout")
    return slim.conv2d(net, num_classes, [1, 1], activation_fn=None, scope=scope + "/logits")
