"""Inception V1, or GoogLeNet (Szegedy et al., arXiv 1409.4842), as tf_slim builds it.

tf_slim's own net takes no output stride. This module has the same graph and variable names, and an
atrous version, in which the pools inside the modules are dilated as well.
"""
from typing import Any, Dict, Optional, Tuple

from archs.extractors.atrous import AtrousStrides, max_pool
from archs.extractors.common import (
    SLIM_PAGE,
    classification_head,
    conv_bn_arg_scope,
    normalize_symmetric,
)
from archs.extractors.record import EXTRACTORS, Accuracy, Feature, FeatureExtractor
from utils.tf_compat import slim, tf

#: Table 1 of the paper: the pool before a group of modules (name, window), then the modules with
#: the channels of their convolutions: 1x1; 1x1 and 3x3; 1x1 and 5x5 (3x3 in slim); after the pool.
_GROUPS = (
    (("MaxPool_3a_3x3", 3), (("Mixed_3b", (64, 96, 128, 16, 32, 32)),
                             ("Mixed_3c", (128, 128, 192, 32, 96, 64)))),
    (("MaxPool_4a_3x3", 3), (("Mixed_4b", (192, 96, 208, 16, 48, 64)),
                             ("Mixed_4c", (160, 112, 224, 24, 64, 64)),
                             ("Mixed_4d", (128, 128, 256, 24, 64, 64)),
                             ("Mixed_4e", (112, 144, 288, 32, 64, 64)),
                             ("Mixed_4f", (256, 160, 320, 32, 128, 128)))),
    (("MaxPool_5a_2x2", 2), (("Mixed_5b", (256, 160, 320, 32, 128, 128)),
                             ("Mixed_5c", (384, 192, 384, 48, 128, 128)))))
#: The published checkpoint names this module's convolution unlike those of the other modules.
_THIRD_BRANCH = {"Mixed_5b": "Conv2d_0a_3x3"}


def _module(net, channels, rate, scope):
    """Builds the module of fig. 2b of the paper: four branches, joined by their channels."""
    with tf.variable_scope(scope):
        with tf.variable_scope("Branch_0"):
            single = slim.conv2d(net, channels[0], [1, 1], scope="Conv2d_0a_1x1")
        with tf.variable_scope("Branch_1"):
            middle = slim.conv2d(net, channels[1], [1, 1], scope="Conv2d_0a_1x1")
            middle = slim.conv2d(middle, channels[2], [3, 3], rate=rate, scope="Conv2d_0b_3x3")
        with tf.variable_scope("Branch_2"):
            wide = slim.conv2d(net, channels[3], [1, 1], scope="Conv2d_0a_1x1")
            wide = slim.conv2d(wide, channels[4], [3, 3], rate=rate,
                               scope=_THIRD_BRANCH.get(scope, "Conv2d_0b_3x3"))
        with tf.variable_scope("Branch_3"):
            pooled = max_pool(net, 3, 1, rate, "MaxPool_0a_3x3")
            pooled = slim.conv2d(pooled, channels[5], [1, 1], scope="Conv2d_0b_1x1")
        return tf.concat([single, middle, wide, pooled], 3)


def inception_v1(images: Any, is_training: bool, num_classes: Optional[int] = None,
                 output_stride: int = 32) -> Tuple[Any, Dict[str, Any]]:
    """Builds the net; see `FeatureExtractor.net`. End points as tf_slim names them."""
    end_points = {}
    atrous = AtrousStrides(output_stride)
    with tf.variable_scope("InceptionV1"), \
            slim.arg_scope([slim.batch_norm], is_training=is_training), \
            slim.arg_scope([slim.conv2d],
                           weights_initializer=tf.truncated_normal_initializer(stddev=.01)):
        stride, rate = atrous.next_layer(2)
        net = end_points["Conv2d_1a_7x7"] = slim.conv2d(images, 64, [7, 7], stride=stride,
                                                        rate=rate, scope="Conv2d_1a_7x7")
        net = end_points["MaxPool_2a_3x3"] = max_pool(net, 3, *atrous.next_layer(2),
                                                      scope="MaxPool_2a_3x3")
        net = end_points["Conv2d_2b_1x1"] = slim.conv2d(net, 64, [1, 1], scope="Conv2d_2b_1x1")
        net = end_points["Conv2d_2c_3x3"] = slim.conv2d(net, 192, [3, 3], rate=atrous.rate,
                                                        scope="Conv2d_2c_3x3")
        for (pool, size), modules in _GROUPS:
            net = end_points[pool] = max_pool(net, size, *atrous.next_layer(2), scope=pool)
            for scope, channels in modules:
                net = end_points[scope] = _module(net, channels, atrous.rate, scope)
    if num_classes is not None:
        with tf.variable_scope("InceptionV1"):
            net = classification_head(net, num_classes, "Logits/Conv2d_0c_1x1")
    return net, end_points


def _arg_scope(weight_decay, bn_decay):
    return conv_bn_arg_scope(weight_decay, bn_decay, epsilon=.001, scale=False)


EXTRACTORS.register("inception_v1", FeatureExtractor(
    name="inception_v1",
    net=inception_v1,
    arg_scope=_arg_scope,
    normalize=normalize_symmetric,
    # Four SAME layers of odd windows and stride 2, then a 2x2 pool, which moves by half a step.
    features=(Feature(2, "Conv2d_1a_7x7", 64, offset=1), Feature(4, "Conv2d_2c_3x3", 192, offset=3),
              Feature(8, "Mixed_3c", 480, offset=7), Feature(16, "Mixed_4f", 832, offset=15),
              Feature(32, "Mixed_5c", 1024, offset=23)),
    checkpoint_scope="InceptionV1",
    checkpoint_file="inception_v1.ckpt",
    published="http://download.tensorflow.org/models/inception_v1_2016_08_28.tar.gz",
    paper="https://arxiv.org/abs/1409.4842",
    head_scopes=("InceptionV1/Logits",),
    head_classes=1001,
    imagenet=Accuracy(69.8, SLIM_PAGE + "README.md, Pre-trained Models")),
                     aliases=("inception", "inceptionv1", "googlenet"))
