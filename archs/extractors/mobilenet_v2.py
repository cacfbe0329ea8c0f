"""MobileNet V2 (Sandler et al., arXiv 1801.04381), with the names of slim's checkpoints."""
import dataclasses
import functools
from typing import Any, Dict, Optional, Tuple

from archs.extractors.atrous import AtrousStrides
from archs.extractors.common import (
    SLIM_PAGE,
    classification_head,
    conv_bn_arg_scope,
    normalize_symmetric,
)
from archs.extractors.record import (
    EXTRACTORS,
    Accuracy,
    Feature,
    FeatureExtractor,
    with_shortened,
)
from utils.tf_compat import slim, tf

#: Table 2 of the paper: expansion, channels, repeats, stride of the first.
_GROUPS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
           (6, 160, 3, 2), (6, 320, 1, 1))
#: (stride, its last layer, channels at width 1); layers 15 to 19 have stride 32.
_LAST_LAYERS = ((2, 2, 16), (4, 4, 24), (8, 7, 32), (16, 14, 96))
#: {depth multiplier of a published checkpoint: its top-1 accuracy on ImageNet, in percent}
_TOP1 = {.35: 60.3, .5: 65.4, .75: 69.8, 1.0: 71.8, 1.3: 74.4, 1.4: 75.0}


def make_divisible(value: float, divisor: int = 8) -> int:
    """Rounds to the nearest multiple of `divisor`, but never more than 10 % down."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < .9 * value else rounded


def _last_channels(depth_multiplier):
    """Counts the channels before the classifier; narrow nets keep all 1280."""
    return make_divisible(1280 * max(depth_multiplier, 1.0))


def _inverted_residual(net, channels, expansion, published_stride, atrous, scope):
    """Expands (1x1), filters (3x3 depthwise) and projects (1x1, linear) features.

    The shortcut is there if shapes agree in the published net.

    Returns:
      (net, what was expanded).
    """
    shortcut = net
    with tf.variable_scope(scope):
        if expansion > 1:
            net = slim.conv2d(net, int(net.shape[-1]) * expansion, [1, 1], scope="expand")
        expanded = net
        stride, rate = atrous.next_layer(published_stride)
        net = slim.separable_conv2d(net, None, [3, 3], depth_multiplier=1, stride=stride, rate=rate,
                                    scope="depthwise")
        net = slim.conv2d(net, channels, [1, 1], activation_fn=None, scope="project")
        if published_stride == 1 and int(shortcut.shape[-1]) == channels:
            net = shortcut + net
    return net, expanded


def mobilenet_v2(images: Any, is_training: bool, num_classes: Optional[int] = None,
                 output_stride: int = 32, depth_multiplier: float = 1.0,
                 last_layer: bool = True) -> Tuple[Any, Dict[str, Any]]:
    """Builds the net; see `FeatureExtractor.net`.

    Args:
      last_layer: builds layer_19 too, the 1x1 convolution to 1280 channels.

    Returns:
      (net, end_points); end points layer_1 ... layer_19, and layer_2/expansion ...
      layer_18/expansion, as slim counts and names them.
    """
    end_points = {}
    atrous = AtrousStrides(output_stride)
    with tf.variable_scope("MobilenetV2"), \
            slim.arg_scope([slim.batch_norm], is_training=is_training):
        stride, rate = atrous.next_layer(2)
        net = slim.conv2d(images, make_divisible(32 * depth_multiplier), [3, 3], stride=stride,
                          rate=rate, scope="Conv")
        end_points["layer_1"] = net
        unit = 0
        for expansion, channels, repeats, first_stride in _GROUPS:
            for repeat in range(repeats):
                layer = f"layer_{unit + 2}"
                net, end_points[layer + "/expansion"] = _inverted_residual(
                    net, make_divisible(channels * depth_multiplier), expansion,
                    first_stride if repeat == 0 else 1, atrous,
                    scope="expanded_conv" + (f"_{unit}" if unit else ""))
                end_points[layer] = net
                unit += 1
        if last_layer:
            net = slim.conv2d(net, _last_channels(depth_multiplier), [1, 1], scope="Conv_1")
            end_points["layer_19"] = net
        if num_classes is not None:
            net = classification_head(net, num_classes, "Logits/Conv2d_1c_1x1")
    return net, end_points


def _arg_scope(weight_decay, bn_decay):
    return conv_bn_arg_scope(weight_decay, bn_decay, epsilon=.001, activation=tf.nn.relu6,
                             initializer=tf.truncated_normal_initializer(stddev=.09))


def _record(depth_multiplier):
    top1 = _TOP1.get(depth_multiplier)
    stem = f"mobilenet_v2_{float(depth_multiplier)}_224"
    # SAME padding: a 3x3 window of stride 2 begins at the pixel at which it is kept.
    features = tuple(Feature(stride, f"layer_{layer}", make_divisible(width * depth_multiplier),
                             offset=stride - 1) for stride, layer, width in _LAST_LAYERS)
    net = functools.partial(mobilenet_v2, depth_multiplier=depth_multiplier)
    record = FeatureExtractor(
        name="mobilenet_v2",
        net=net,
        arg_scope=_arg_scope,
        normalize=normalize_symmetric,
        features=features + (Feature(32, "layer_19", _last_channels(depth_multiplier), offset=31),),
        checkpoint_scope="MobilenetV2",
        checkpoint_file=stem + ".ckpt",
        published="https://storage.googleapis.com/mobilenet_v2/checkpoints/" + stem + ".tgz",
        paper="https://arxiv.org/abs/1801.04381",
        head_scopes=("MobilenetV2/Logits",),
        head_classes=1001,
        width=float(depth_multiplier),
        imagenet=top1 and Accuracy(
            top1, SLIM_PAGE + "nets/mobilenet/README.md, Mobilenet V2 Imagenet Checkpoints"),
        widths=tuple(_TOP1),
        of_width=_record,
        expansions=tuple(dataclasses.replace(feature, end_point=f"layer_{layer + 1}/expansion",
                                             channels=6 * feature.channels)
                         for feature, (_, layer, _) in zip(features, _LAST_LAYERS)))
    # DeepLab reads layer_18 too: github.com/tensorflow/models, deeplab/core/feature_extractor.py.
    return with_shortened(
        record, functools.partial(net, last_layer=False),
        Feature(32, "layer_18", make_divisible(320 * depth_multiplier), offset=31),
        ("MobilenetV2/Conv_1",))


EXTRACTORS.register("mobilenet_v2", _record(1.0), aliases=("mobilenetv2",))
