"""ResNet-50 (He et al., arXiv 1512.03385): tf_slim's own net, stride in a block's last unit."""
from typing import Any, Dict, Optional, Tuple

from archs.extractors.common import conv_bn_arg_scope, normalize_mean
from archs.extractors.record import EXTRACTORS, Feature, FeatureExtractor
from utils.tf_compat import slim, tf


def resnet_v1_50(images: Any, is_training: bool, num_classes: Optional[int] = None,
                 output_stride: int = 32) -> Tuple[Any, Dict[str, Any]]:
    """Builds the net; see `FeatureExtractor.net`. End points as tf_slim names them."""
    net, end_points = slim.nets.resnet_v1.resnet_v1_50(
        images, num_classes, is_training=is_training, global_pool=num_classes is not None,
        output_stride=output_stride)
    return (net if num_classes is None else tf.squeeze(net, axis=[1, 2])), end_points


def _arg_scope(weight_decay, bn_decay):
    return conv_bn_arg_scope(weight_decay, bn_decay, epsilon=1e-5)


EXTRACTORS.register("resnet_v1_50", FeatureExtractor(
    name="resnet_v1_50",
    net=resnet_v1_50,
    arg_scope=_arg_scope,
    normalize=normalize_mean,
    # The unit before the one that strides has the last features of its stride.
    # Every strided convolution pads symmetrically; the first pool (SAME, stride 2 to 4) does not.
    features=(Feature(2, "resnet_v1_50/conv1", 64, offset=0),
              Feature(4, "resnet_v1_50/block1/unit_2/bottleneck_v1", 256, offset=2),
              Feature(8, "resnet_v1_50/block2/unit_3/bottleneck_v1", 512, offset=2),
              Feature(16, "resnet_v1_50/block3/unit_5/bottleneck_v1", 1024, offset=2),
              Feature(32, "resnet_v1_50/block4", 2048, offset=2)),
    checkpoint_scope="resnet_v1_50",
    checkpoint_file="resnet_v1_50.ckpt",
    published="http://download.tensorflow.org/models/resnet_v1_50_2016_08_28.tar.gz",
    paper="https://arxiv.org/abs/1512.03385",
    head_scopes=("resnet_v1_50/logits",),
    head_classes=1000), aliases=("resnet50", "resnet_50"))
