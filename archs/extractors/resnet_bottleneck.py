"""ResNet-50 (He et al., arXiv 1512.03385): tf_slim's own net, stride in a block's last unit."""
from typing import Any, Dict, Optional, Tuple

from archs.extractors.common import SLIM_PAGE, conv_bn_arg_scope, normalize_mean
from archs.extractors.record import EXTRACTORS, Accuracy, Feature, FeatureExtractor
from utils.tf_compat import slim, tf

#: (end point, stride, channels). The unit before the one that strides has the last features of its
#: stride.
_LAST_UNITS = (("resnet_v1_50/block1/unit_2/bottleneck_v1", 4, 256),
               ("resnet_v1_50/block2/unit_3/bottleneck_v1", 8, 512),
               ("resnet_v1_50/block3/unit_5/bottleneck_v1", 16, 1024),
               ("resnet_v1_50/block4", 32, 2048))


def resnet_v1_50(images: Any, is_training: bool, num_classes: Optional[int] = None,
                 output_stride: int = 32) -> Tuple[Any, Dict[str, Any]]:
    """Builds the net; see `FeatureExtractor.net`.

    End points as tf_slim names them, and NAME/sum before the last ReLU of those in `_LAST_UNITS`.
    """
    net, end_points = slim.nets.resnet_v1.resnet_v1_50(
        images, num_classes, is_training=is_training, global_pool=num_classes is not None,
        output_stride=output_stride)
    for name, *_ in _LAST_UNITS:  # tf_slim keeps no end point of what its ReLU is applied to
        end_points[name + "/sum"] = end_points[name].op.inputs[0]
    return (net if num_classes is None else tf.squeeze(net, axis=[1, 2])), end_points


def _arg_scope(weight_decay, bn_decay):
    return conv_bn_arg_scope(weight_decay, bn_decay, epsilon=1e-5)


EXTRACTORS.register("resnet_v1_50", FeatureExtractor(
    name="resnet_v1_50",
    net=resnet_v1_50,
    arg_scope=_arg_scope,
    normalize=normalize_mean,
    # Every strided convolution pads symmetrically; the first pool (SAME, stride 2 to 4) does not.
    features=(Feature(2, "resnet_v1_50/conv1", 64, offset=0),) + tuple(
        Feature(stride, name, channels, offset=2, before_relu=name + "/sum")
        for name, stride, channels in _LAST_UNITS),
    checkpoint_scope="resnet_v1_50",
    checkpoint_file="resnet_v1_50.ckpt",
    published="http://download.tensorflow.org/models/resnet_v1_50_2016_08_28.tar.gz",
    paper="https://arxiv.org/abs/1512.03385",
    head_scopes=("resnet_v1_50/logits",),
    head_classes=1000,
    imagenet=Accuracy(75.2, SLIM_PAGE + "README.md, Pre-trained Models")),
                     aliases=("resnet50", "resnet_50"))
