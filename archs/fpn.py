"""FPN for segmentation (Kirillov et al., Panoptic Feature Pyramid Networks, arXiv 1901.02446)."""
from typing import Any, Mapping

from archs.base import DECODERS, BaseArch, Decoded
from archs.blocks import conv_bn_relu
from archs.extractors.record import FeatureExtractor
from utils.registry import Parameter
from utils.tf_compat import slim, tf


@DECODERS.register("FPN", width=Parameter(
    64, "channels of the pyramid; the branches have half as many", at_least=2))
class FPN(BaseArch):
    """A pyramid of features from coarse to fine, and a branch from each of its levels to stride 4.

        pyramid, W channels                                 branch, W / 2 channels
        P32 = 1x1 features[32]                              3 x [3x3, upsampling]
        P16 = 1x1 features[16] + upsampling of P32          2 x [3x3, upsampling]
        P8  = 1x1 features[8]  + upsampling of P16          3x3, upsampling
        P4  = 1x1 features[4]  + upsampling of P8           3x3
        sum of the branches -> [H / 4, W / 4, W / 2] -> 1x1 scores -> upsampling by 4

    Sec. 3 and fig. 3 of the paper, which has 256 and 128 channels: `FPN:256`. At stride 4 they cost
    more than a MobileNet, hence 64 and 32 here. Batch norm and ReLU follow the convolutions of the
    branches.

    Deviations: batch norm in place of group norm; the pyramid is upsampled bilinearly, as --align
    says, in place of by nearest neighbour; the 3x3 convolutions that Lin et al. (arXiv 1612.03144)
    have after each sum are left to the branches, as in segmentation_models.pytorch. At output
    strides 16 and 8 the convolutions stay, and upsampling between levels of one stride enlarges
    nothing.
    """

    def __init__(self, extractor: FeatureExtractor, num_classes: int, flags: Any,
                 width: int) -> None:
        super().__init__(extractor, num_classes, flags)
        self.width = width

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        net, branches = None, []
        for level in (32, 16, 8, 4):
            lateral = slim.conv2d(features[level], self.width, [1, 1], activation_fn=None,
                                  scope=f"lateral_{level}")
            net = lateral if net is None else lateral + self.upsample(net, 2 * level, level)
            branches.append(self._branch(net, level))
        net = tf.add_n(branches)
        scores = slim.conv2d(net, self.num_classes, [1, 1], activation_fn=None, scope="logits")
        return Decoded(self.upsample(scores, 4, 1), net)

    def _branch(self, net, level):
        """[N, h, w, W] of a level -> [N, H / 4, W / 4, W / 2]."""
        scope = f"branch_{level}"
        with conv_bn_relu():
            if level == 4:
                return slim.conv2d(net, self.width // 2, [3, 3], scope=scope + "/to_4")
            while level > 4:
                net = slim.conv2d(net, self.width // 2, [3, 3], scope=f"{scope}/to_{level // 2}")
                net = self.upsample(net, level, level // 2)
                level //= 2
        return net
