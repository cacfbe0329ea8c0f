"""ResNet-18 and ResNet-34 (He et al., arXiv 1512.03385) as torchvision builds them.

Two 3x3 convolutions per unit, the stride in a block's first unit, symmetric padding. slim publishes
no checkpoints of these; `python fcn_models.py from_torchvision` makes them from torchvision's.

resnet_v1_18_same is seg-mentor's ResNet-18. It has the same weights, but its max pool has slim's
SAME padding, which pads the bottom and the right alone. Its features are centred two pixels further
down and right, and have other values: a decoder trained on one does not fit the other.
"""
import functools
from typing import Any, Dict, Optional, Sequence, Tuple

from archs.extractors.atrous import AtrousStrides
from archs.extractors.common import classification_head, conv_bn_arg_scope, normalize_torch
from archs.extractors.record import EXTRACTORS, Accuracy, Feature, FeatureExtractor
from utils.tf_compat import slim, tf

#: {layers: top-1 accuracy on ImageNet of torchvision's checkpoint, in percent}
_TOP1 = {18: 69.758, 34: 73.314}


def _pad(net, margin, value=0.0):
    """Pads every side by the same margin, as torch does; SAME differs from that at stride 2."""
    return tf.pad(net, [[0, 0], [margin, margin], [margin, margin], [0, 0]], constant_values=value)


def _conv(net, channels, kernel, stride, rate, scope, activates=True):
    # At stride 1 SAME pads as torch does, without a padded copy of the features.
    net, padding = (net, "SAME") if stride == 1 else (_pad(net, kernel // 2), "VALID")
    return slim.conv2d(net, channels, [kernel, kernel], stride=stride, rate=rate, padding=padding,
                       activation_fn=tf.nn.relu if activates else None, scope=scope)


def _basic_unit(net, channels, published_stride, atrous):
    """Builds fig. 2 of the paper; the shortcut is projected where its shape changes (option B).

    Returns:
      (net, the sum before its ReLU).
    """
    with tf.variable_scope("res_block_v1"):
        shortcut = net
        stride, rate = atrous.next_layer(published_stride)
        if published_stride != 1 or int(net.shape[-1]) != channels:
            shortcut = slim.conv2d(net, channels, [1, 1], stride=stride, activation_fn=None,
                                   scope="shortcut")
        net = _conv(net, channels, 3, stride, rate, "conv1")
        net = _conv(net, channels, 3, *atrous.next_layer(), scope="conv2", activates=False)
        total = shortcut + net
        return tf.nn.relu(total), total


def resnet_basic(images: Any, is_training: bool, num_classes: Optional[int] = None,
                 output_stride: int = 32, scope: str = "resnet_v1_18",
                 units: Sequence[int] = (2, 2, 2, 2),
                 same_pool: bool = False) -> Tuple[Any, Dict[str, Any]]:
    """Builds the net; see `FeatureExtractor.net`.

    Args:
      scope: first part of the variables' names.
      units: units of each of the four blocks.
      same_pool: whether the max pool has SAME padding, as in seg-mentor.

    Returns:
      (net, end_points); end points conv1, pool1, block1 ... block4, and block1/sum ... block4/sum
      before the last ReLU of each.
    """
    end_points = {}
    atrous = AtrousStrides(output_stride)
    with tf.variable_scope(scope), slim.arg_scope([slim.batch_norm], is_training=is_training):
        net = end_points["conv1"] = _conv(images, 64, 7, *atrous.next_layer(2), scope="conv1")
        # After ReLU zeros pad as well as torch's minus infinity does.
        net, padding = (net, "SAME") if same_pool else (_pad(net, 1), "VALID")
        stride, _ = atrous.next_layer(2)
        net = end_points["pool1"] = slim.max_pool2d(net, [3, 3], stride=stride, padding=padding,
                                                    scope="pool1")
        for block, (channels, count) in enumerate(zip((64, 128, 256, 512), units), start=1):
            for unit in range(1, count + 1):
                with tf.variable_scope(f"block{block}/unit_{unit}"):
                    net, total = _basic_unit(net, channels, 2 if block > 1 and unit == 1 else 1,
                                             atrous)
            end_points[f"block{block}"], end_points[f"block{block}/sum"] = net, total
        if num_classes is not None:
            net = classification_head(net, num_classes, "logits")
    return net, end_points


def _arg_scope(weight_decay, bn_decay):
    return conv_bn_arg_scope(weight_decay, bn_decay, epsilon=1e-5)


def _record(depth, units, torch_file, same_pool=False):
    name = f"resnet_v1_{depth}"
    # The pool's windows begin at rows 2i of stride 2, at 2i - 1 where both sides are padded.
    offset = 2 if same_pool else 0
    return FeatureExtractor(
        name=name + "_same" if same_pool else name,
        net=functools.partial(resnet_basic, scope=name, units=units, same_pool=same_pool),
        arg_scope=_arg_scope,
        normalize=normalize_torch,
        features=(Feature(2, "conv1", 64, offset=0),) + tuple(
            Feature(stride, f"block{block}", channels, offset, before_relu=f"block{block}/sum")
            for block, stride, channels in ((1, 4, 64), (2, 8, 128), (3, 16, 256), (4, 32, 512))),
        checkpoint_scope=name,
        checkpoint_file=name + ".ckpt",
        published=f"https://download.pytorch.org/models/{torch_file} (then: python fcn_models.py "
                  f"from_torchvision --weights {torch_file})",
        paper="https://arxiv.org/abs/1512.03385",
        head_scopes=(name + "/logits",),
        head_classes=1000,
        # The checkpoint was measured with its own pool.
        imagenet=None if same_pool else Accuracy(
            _TOP1[depth], f"https://pytorch.org/vision/stable/models/generated/"
            f"torchvision.models.resnet{depth}, ResNet{depth}_Weights.IMAGENET1K_V1, acc@1"))


EXTRACTORS.register("resnet_v1_18", _record(18, (2, 2, 2, 2), "resnet18-f37072fd.pth"),
                    aliases=("resnet18", "resnet_18"))
EXTRACTORS.register("resnet_v1_18_same", _record(18, (2, 2, 2, 2), "resnet18-f37072fd.pth",
                                                 same_pool=True))
EXTRACTORS.register("resnet_v1_34", _record(34, (3, 4, 6, 3), "resnet34-b627a593.pth"),
                    aliases=("resnet34", "resnet_34"))
