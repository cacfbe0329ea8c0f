"""VGG-16 (Simonyan and Zisserman, arXiv 1409.1556) as a fully convolutional net.

tf_slim's vgg_16 shrinks its output in fc6 (VALID padding) and always has its classifier. This net
pads fc6 and ends at fc7, under the variable names of slim's checkpoint.
"""
import functools
from typing import Any, Dict, Optional, Tuple

from archs.extractors.atrous import AtrousStrides, max_pool
from archs.extractors.common import SLIM_PAGE, classification_head, l2, normalize_mean
from archs.extractors.record import (
    EXTRACTORS,
    Accuracy,
    Feature,
    FeatureExtractor,
    Pool,
    with_shortened,
)
from archs.layers import stateless_dropout
from utils.tf_compat import slim, tf

#: (convolutions, channels) of conv1 ... conv5; each group is followed by a 2x2 pool.
_GROUPS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))


def vgg_16(images: Any, is_training: bool, num_classes: Optional[int] = None,
           output_stride: int = 32, dense_layers: bool = True) -> Tuple[Any, Dict[str, Any]]:
    """Builds the net; see `FeatureExtractor.net`.

    With its head it takes images of 224 pixels or more: fc6 then has no padding, as in its
    training. At output strides 16 and 8 all of fc6's 7x7 taps stay, 2 and 4 places apart;
    DeepLab-LargeFOV (arXiv 1412.7062) took 3x3 of them.

    Args:
      dense_layers: builds fc6 and fc7 too.

    Returns:
      (net, end_points); end points conv<n>, pool<n>, n = 1..5, fc6, fc7.
    """
    end_points = {}
    atrous = AtrousStrides(output_stride)
    fc6_padding = "SAME" if num_classes is None else "VALID"
    with tf.variable_scope("vgg_16"):
        net = images
        for index, (repeats, channels) in enumerate(_GROUPS, start=1):
            scope = f"conv{index}"
            net = end_points[scope] = slim.repeat(net, repeats, slim.conv2d, channels, [3, 3],
                                                  rate=atrous.rate, scope=scope)
            scope = f"pool{index}"
            net = end_points[scope] = max_pool(net, 2, *atrous.next_layer(2), scope=scope)
        if not dense_layers:
            return net, end_points
        net = slim.conv2d(net, 4096, [7, 7], padding=fc6_padding, rate=atrous.rate, scope="fc6")
        net = end_points["fc6"] = stateless_dropout(net, .5, is_training, scope="dropout6")
        net = slim.conv2d(net, 4096, [1, 1], scope="fc7")
        net = end_points["fc7"] = stateless_dropout(net, .5, is_training, scope="dropout7")
        if num_classes is not None:
            net = classification_head(net, num_classes, "fc8")
    return net, end_points


def _arg_scope(weight_decay, bn_decay):
    """Makes the arg scope; VGG has no batch norm, so `bn_decay` is of no use to it."""
    del bn_decay
    with slim.arg_scope([slim.conv2d], activation_fn=tf.nn.relu, padding="SAME",
                        weights_regularizer=l2(weight_decay),
                        weights_initializer=slim.variance_scaling_initializer()) as scope:
        return scope


_RECORD = FeatureExtractor(
    name="vgg_16",
    net=vgg_16,
    arg_scope=_arg_scope,
    normalize=normalize_mean,
    # A 2x2 pool is centred between its pixels: the offset is (stride - 1) / 2 at every stride.
    features=(Feature(2, "pool1", 64, offset=.5), Feature(4, "pool2", 128, offset=1.5),
              Feature(8, "pool3", 256, offset=3.5), Feature(16, "pool4", 512, offset=7.5),
              Feature(32, "fc7", 4096, offset=15.5)),
    checkpoint_scope="vgg_16",
    checkpoint_file="vgg_16.ckpt",
    published="http://download.tensorflow.org/models/vgg_16_2016_08_28.tar.gz",
    paper="https://arxiv.org/abs/1409.1556",
    head_scopes=("vgg_16/fc8",),
    head_classes=1000,
    imagenet=Accuracy(71.5, SLIM_PAGE + "README.md, Pre-trained Models"),
    pools=tuple(Pool(f"conv{index}", channels, repeats)
                for index, (repeats, channels) in enumerate(_GROUPS, start=1)))

# DeepLab v2 (arXiv 1606.00915, fig. 7) reads pool5 too, and has its rates in place of fc6.
EXTRACTORS.register("vgg_16", with_shortened(
    _RECORD, functools.partial(vgg_16, dense_layers=False), Feature(32, "pool5", 512, offset=15.5),
    ("vgg_16/fc6", "vgg_16/fc7")), aliases=("vgg16", "vgg"))
