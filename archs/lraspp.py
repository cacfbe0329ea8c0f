"""LR-ASPP, the decoder of MobileNet V3 (Howard et al., arXiv 1905.02244)."""
from typing import Any, Mapping

from archs.base import DECODERS, BaseArch, Decoded
from archs.blocks import conv_bn_relu
from archs.extractors.record import FeatureExtractor
from utils.registry import Parameter
from utils.tf_compat import slim, tf


@DECODERS.register("LRASPP", width=Parameter(128, "channels of the deepest features' branch",
                                             at_least=1))
class LRASPP(BaseArch):
    """Deepest features times a gate made of the whole image, beside features of stride 8.

    Sec. 6.4 and fig. 10 of the paper, which has output stride 16. For images of [N, 384, 480, 3]
    and MobileNet V2:

        features[32] [N, 24, 30, 320] -> 1x1, batch norm, ReLU [N, 24, 30, 128]
        features[32] -> mean [N, 1, 1, 320] -> 1x1, sigmoid [N, 1, 1, 128], which multiplies it
        -> x2 [N, 48, 60, 128] -> concat with features[8] [N, 48, 60, 160]
        -> 1x1, scores [N, 48, 60, num_classes] -> x8

    The paper adds the scores of both branches, each of a 1x1 convolution: that is one convolution
    of both joined. It differs from the paper in the mean, which is over the whole map, as in
    torchvision; the paper has averages over 49x49 places at strides of 16 and 20. The deepest
    features are those of the record's `trunk`: layer_18 of MobileNet V2, pool5 of VGG16.
    """

    def __init__(self, extractor: FeatureExtractor, num_classes: int, flags: Any,
                 width: int) -> None:
        super().__init__(extractor.trunk(), num_classes, flags)
        self.width = width

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        deepest = features[32]
        with conv_bn_relu():
            net = slim.conv2d(deepest, self.width, [1, 1], scope="deepest")
        mean = tf.reduce_mean(deepest, axis=[1, 2], keepdims=True)
        net *= slim.conv2d(mean, self.width, [1, 1], activation_fn=tf.sigmoid,
                           biases_initializer=None, scope="gate")
        net = tf.concat([self.upsample(net, 32, 8), features[8]], axis=3)
        scores = slim.conv2d(net, self.num_classes, [1, 1], activation_fn=None, scope="logits")
        return Decoded(self.upsample(scores, 8, 1), net)
