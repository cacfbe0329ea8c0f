"""DeepLab v3 (Chen et al., arXiv 1706.05587) and v3+ (Chen et al., arXiv 1802.02611)."""
from typing import Any, Mapping, Tuple

from archs.base import DECODERS, BaseArch, Decoded
from archs.blocks import conv_bn_relu, filter_3x3
from archs.extractors.record import FeatureExtractor
from archs.layers import stateless_dropout
from utils.maps import spatial_size
from utils.registry import Parameter
from utils.tf_compat import slim, tf

#: How far apart the taps of the three atrous branches stand, in places of a map of stride 16.
_RATES_AT_16 = (6, 12, 18)

_WIDTH = Parameter(256, "channels of each branch, and of what joins them", at_least=1)
_SEPARABLE = "whether 3x3 convolutions are a depthwise and a pointwise one"


def atrous_rates(stride: int) -> Tuple[int, ...]:
    """Returns the rates of the three atrous branches on a map of a stride, 32, 16 or 8.

    They span the same pixels at every stride: (6, 12, 18) at stride 16, half of that at 32, twice
    that at 8 (arXiv 1706.05587, sec. 3.3). A net that was trained at one stride and is tested at
    another has to have the rates of the latter.
    """
    return tuple(rate * 16 // stride for rate in _RATES_AT_16)


def spatial_pyramid(features: Any, width: int, rates: Tuple[int, ...], separable: bool,
                    scope: str) -> Any:
    """Atrous spatial pyramid pooling with features of the whole image (arXiv 1706.05587, fig. 5).

    A 1x1 convolution, a 3x3 convolution at each rate, and the mean over the whole map behind a 1x1
    convolution, side by side, joined by a 1x1 convolution. Each has batch norm and ReLU; that of
    the mean sees one value for each image of the batch.

    Args:
      features: float32 [N, h, w, C].
      width: channels of each branch and of the result.
      rates: of the 3x3 convolutions.
      separable: as of `archs.blocks.filter_3x3`.
      scope: name of its variables, which are the same at all rates.

    Returns:
      float32 [N, h, w, width].
    """
    height, length = spatial_size(features)
    with tf.variable_scope(scope), conv_bn_relu():
        branches = [slim.conv2d(features, width, [1, 1], scope="1x1")]
        branches += [filter_3x3(features, width, f"atrous_{index}", rate, separable)
                     for index, rate in enumerate(rates, start=1)]
        mean = tf.reduce_mean(features, axis=[1, 2], keepdims=True)
        mean = slim.conv2d(mean, width, [1, 1], scope="image")
        branches.append(tf.tile(mean, [1, height, length, 1]))
        return slim.conv2d(tf.concat(branches, axis=3), width, [1, 1], scope="join")


@DECODERS.register("DeepLabV3", width=_WIDTH, separable=Parameter(False, _SEPARABLE))
class DeepLabV3(BaseArch):
    """Atrous spatial pyramid pooling on the deepest features, and a bilinear enlargement.

    At output stride 16, for images of [N, 384, 480, 3] and MobileNet V2:

        features[32] [N, 24, 30, 320] -> pyramid [N, 24, 30, 256] -> dropout -> 1x1, scores
        [N, 24, 30, num_classes] -> x16

    The rates follow the stride of the deepest features, `atrous_rates`. The pyramid reads the
    record's `trunk`: layer_18 of MobileNet V2 in place of layer_19, as the authors' code does, and
    pool5 of VGG16.

    It differs from the authors' code in the mean over the map, which is over the whole of it at
    every size (theirs: a pool of the training crop's size), and in the decay of batch norm, which
    is that of --bn_decay. The 3x3 convolutions are plain as in the paper; "DeepLabV3:separable" has
    them as in v3+.
    """

    def __init__(self, extractor: FeatureExtractor, num_classes: int, flags: Any, width: int,
                 separable: bool) -> None:
        super().__init__(extractor.trunk(), num_classes, flags)
        self.width = width
        self.separable = separable

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        net = self.context(features[32], is_training)
        return Decoded(self.upsample(self.scores(net), 32, 1), net)

    def context(self, features: Any, is_training: bool) -> Any:
        """Level 32, [N, h, w, C] -> [N, h, w, width], with dropout that keeps .9."""
        rates = atrous_rates(self.extractor.feature(32).stride)
        net = spatial_pyramid(features, self.width, rates, self.separable, "pyramid")
        return stateless_dropout(net, .9, is_training, scope="pyramid/dropout")

    def scores(self, net: Any) -> Any:
        """The last classification layer, which starts near zero as in the authors' code."""
        return slim.conv2d(net, self.num_classes, [1, 1], activation_fn=None, scope="logits",
                           weights_initializer=tf.truncated_normal_initializer(stddev=.01))


@DECODERS.register("DeepLabV3Plus", width=_WIDTH,
                   low_level=Parameter(48, "channels of the skip from stride 4", at_least=1),
                   separable=Parameter(True, _SEPARABLE))
class DeepLabV3Plus(DeepLabV3):
    """DeepLab v3 with a decoder that refines its map by features of stride 4.

    Fig. 2 and sec. 3.1 of the paper. At output stride 16, for images of [N, 384, 480, 3]:

        features[32] [N, 24, 30, C] -> pyramid [N, 24, 30, 256] -> x4 [N, 96, 120, 256]
        features[4] [N, 96, 120, D] -> 1x1 [N, 96, 120, 48] -> concat [N, 96, 120, 304]
        -> 3x3, 3x3 [N, 96, 120, 256] -> 1x1, scores [N, 96, 120, num_classes] -> x4

    All 3x3 convolutions, the pyramid's too, are separable (sec. 3.2 and 4.3);
    "DeepLabV3Plus:separable=false" has plain ones. It differs as `DeepLabV3` does, and in the skip:
    the record's features of level 4, where the authors take those before the projection of
    MobileNet V2's layer_4, and those within the second unit of a ResNet's first block.
    """

    def __init__(self, extractor: FeatureExtractor, num_classes: int, flags: Any, width: int,
                 low_level: int, separable: bool) -> None:
        super().__init__(extractor, num_classes, flags, width, separable)
        self.low_level = low_level

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        coarse = self.upsample(self.context(features[32], is_training), 32, 4)
        with conv_bn_relu():
            fine = slim.conv2d(features[4], self.low_level, [1, 1], scope="low_level")
            net = tf.concat([coarse, fine], axis=3)
            for index in (1, 2):
                net = filter_3x3(net, self.width, f"refine_{index}", separable=self.separable)
        return Decoded(self.upsample(self.scores(net), 4, 1), net)
