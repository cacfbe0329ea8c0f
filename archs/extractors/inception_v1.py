"""Inception V1, or GoogLeNet (Szegedy et al., arXiv 1409.4842): tf_slim's own net."""
from archs.extractors.common import classification_head, conv_bn_arg_scope, normalize_symmetric
from archs.extractors.record import EXTRACTORS, FeatureExtractor
from utils.tf_compat import tf, slim


def inception_v1(images, is_training, num_classes=None):
    """The net; see `FeatureExtractor.net`. End points as tf_slim names them."""
    with slim.arg_scope([slim.batch_norm], is_training=is_training):
        net, end_points = slim.nets.inception.inception_v1_base(images)
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
    endpoints={4: "Conv2d_2c_3x3", 8: "Mixed_3c", 16: "Mixed_4f", 32: "Mixed_5c"},
    channels={4: 192, 8: 480, 16: 832, 32: 1024},
    # Three SAME layers of odd kernels and stride 2, then a 2x2 pool, which moves by half a step.
    offsets={4: 3, 8: 7, 16: 15, 32: 23},
    checkpoint_scope="InceptionV1",
    checkpoint_file="inception_v1.ckpt",
    published="http://download.tensorflow.org/models/inception_v1_2016_08_28.tar.gz",
    paper="https://arxiv.org/abs/1409.4842",
    head_scopes=("InceptionV1/Logits",),
    head_classes=1001), aliases=("inception", "inceptionv1", "googlenet"))
