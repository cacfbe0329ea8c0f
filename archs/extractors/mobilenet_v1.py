"""MobileNet V1 (Howard et al., arXiv 1704.04861), with the variable names of slim's checkpoints."""
import functools
from typing import Any, Dict, Optional, Tuple

from archs.extractors.atrous import AtrousStrides
from archs.extractors.common import (
    SLIM_PAGE,
    classification_head,
    conv_bn_arg_scope,
    normalize_symmetric,
)
from archs.extractors.record import EXTRACTORS, Accuracy, Feature, FeatureExtractor
from utils.tf_compat import slim, tf

#: Table 1 of the paper: (stride of the depthwise, channels of the pointwise convolution).
_UNITS = ((1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512), (1, 512), (1, 512), (1, 512),
          (1, 512), (1, 512), (2, 1024), (1, 1024))
#: {stride: its last unit}
_LAST_UNIT = {2: 1, 4: 3, 8: 5, 16: 11, 32: 13}
#: {depth multiplier of a published checkpoint: its top-1 accuracy on ImageNet, in percent}
_TOP1 = {.25: 49.8, .5: 63.3, .75: 68.4, 1.0: 70.9}


def _width(channels, depth_multiplier):
    return max(int(channels * depth_multiplier), 8)


def mobilenet_v1(images: Any, is_training: bool, num_classes: Optional[int] = None,
                 output_stride: int = 32,
                 depth_multiplier: float = 1.0) -> Tuple[Any, Dict[str, Any]]:
    """Builds the net; see `FeatureExtractor.net`.

    Returns:
      (net, end_points); end points Conv2d_0 and Conv2d_<n>_{depthwise,pointwise}, n = 1..13.
    """
    end_points = {}
    atrous = AtrousStrides(output_stride)
    with tf.variable_scope("MobilenetV1"), \
            slim.arg_scope([slim.batch_norm], is_training=is_training):
        stride, rate = atrous.next_layer(2)
        net = slim.conv2d(images, _width(32, depth_multiplier), [3, 3], stride=stride, rate=rate,
                          scope="Conv2d_0")
        end_points["Conv2d_0"] = net
        for index, (stride, channels) in enumerate(_UNITS, start=1):
            scope = f"Conv2d_{index}_depthwise"
            stride, rate = atrous.next_layer(stride)
            net = slim.separable_conv2d(net, None, [3, 3], depth_multiplier=1, stride=stride,
                                        rate=rate, scope=scope)
            end_points[scope] = net
            scope = f"Conv2d_{index}_pointwise"
            net = slim.conv2d(net, _width(channels, depth_multiplier), [1, 1], scope=scope)
            end_points[scope] = net
        if num_classes is not None:
            net = classification_head(net, num_classes, "Logits/Conv2d_1c_1x1")
    return net, end_points


def _arg_scope(weight_decay, bn_decay):
    return conv_bn_arg_scope(weight_decay, bn_decay, epsilon=.001, activation=tf.nn.relu6,
                             initializer=tf.truncated_normal_initializer(stddev=.09))


def _record(depth_multiplier):
    top1 = _TOP1.get(depth_multiplier)
    stem = f"mobilenet_v1_{float(depth_multiplier)}_224"
    return FeatureExtractor(
        name="mobilenet_v1",
        net=functools.partial(mobilenet_v1, depth_multiplier=depth_multiplier),
        arg_scope=_arg_scope,
        normalize=normalize_symmetric,
        # SAME padding: a 3x3 window of stride 2 begins at the pixel at which it is kept.
        features=tuple(Feature(stride, f"Conv2d_{unit}_pointwise",
                               _width(_UNITS[unit - 1][1], depth_multiplier), offset=stride - 1)
                       for stride, unit in _LAST_UNIT.items()),
        checkpoint_scope="MobilenetV1",
        checkpoint_file=stem + ".ckpt",
        published="http://download.tensorflow.org/models/mobilenet_v1_2018_08_02/" + stem + ".tgz",
        paper="https://arxiv.org/abs/1704.04861",
        head_scopes=("MobilenetV1/Logits",),
        head_classes=1001,
        width=float(depth_multiplier),
        imagenet=top1 and Accuracy(top1, SLIM_PAGE + "nets/mobilenet_v1.md, Pre-trained Models"),
        widths=tuple(_TOP1),
        of_width=_record)


EXTRACTORS.register("mobilenet_v1", _record(1.0), aliases=("mobilenet", "mobilenetv1"))
