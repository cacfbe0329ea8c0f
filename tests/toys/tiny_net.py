"""A feature extractor of five convolutions, for tests of what surrounds a net.

Building a graph is most of a training of a few steps, and goes by the count of layers: MobileNet V1
has 27.
"""
import functools

from archs.extractors.atrous import AtrousStrides
from archs.extractors.common import classification_head, conv_bn_arg_scope, normalize_symmetric
from archs.extractors.record import EXTRACTORS, LEVELS, Feature, FeatureExtractor
from utils.tf_compat import slim, tf

#: {level: channels at a depth multiplier of 1}
CHANNELS = {2: 8, 4: 12, 8: 16, 16: 24, 32: 32}


def _net(images, is_training, num_classes=None, output_stride=32, depth_multiplier=1.0):
    """3x3 convolutions of stride 2, each with batch norm; see `FeatureExtractor.net`."""
    end_points, net, atrous = {}, images, AtrousStrides(output_stride)
    with tf.variable_scope("Tiny"), slim.arg_scope([slim.batch_norm], is_training=is_training):
        for level in LEVELS:
            stride, rate = atrous.next_layer(2)
            net = slim.conv2d(net, int(CHANNELS[level] * depth_multiplier), [3, 3], stride=stride,
                              rate=rate, scope=f"level_{level}")
            end_points[f"level_{level}"] = net
        if num_classes is not None:
            net = classification_head(net, num_classes, "Logits")
    return net, end_points


def _arg_scope(weight_decay, bn_decay):
    return conv_bn_arg_scope(weight_decay, bn_decay, epsilon=.001)


def _record(name, depth_multiplier):
    return FeatureExtractor(
        name=name, net=functools.partial(_net, depth_multiplier=depth_multiplier),
        arg_scope=_arg_scope, normalize=normalize_symmetric,
        features=tuple(Feature(level, f"level_{level}", int(channels * depth_multiplier),
                               offset=level - 1) for level, channels in CHANNELS.items()),
        checkpoint_scope="Tiny", checkpoint_file=name + ".ckpt", published="nowhere", paper="none",
        head_scopes=("Tiny/Logits",), head_classes=1001, width=float(depth_multiplier),
        widths=(1.0,), of_width=functools.partial(_record, name))


def register(name="tiny"):
    """Makes --basenet=`name` known."""
    EXTRACTORS.register(name, _record(name, 1.0))
