"""FCN32, FCN16, FCN8 and FCN4 (Long, Shelhamer, Darrell, arXiv 1411.4038 and 1605.06211)."""
from typing import Any, Mapping

from archs.base import DECODERS, Decoded
from archs.extractors.record import FeatureExtractor
from archs.ladder import BaseFcnArch
from utils.errors import UserError
from utils.registry import Parameter
from utils.tf_compat import slim, tf


def finest_stride(flags: Any) -> int:
    """Returns the level of the finest skip connection: 32, 16, 8 or 4.

    fcn4 implies fcn8. fcn16 is on by default, so that being off it was turned off.

    Raises:
      UserError: --no-fcn16 together with a finer one.
    """
    if not flags.fcn16 and (flags.fcn8 or flags.fcn4):
        raise UserError("--no-fcn16 contradicts --{}: the finer skip connections build on the "
                        "coarser ones; leave out one of the two".format(
                            "fcn8" if flags.fcn8 else "fcn4"))
    if not flags.fcn16:
        return 32
    return 4 if flags.fcn4 else 8 if flags.fcn8 else 16


@DECODERS.register("FCN", start=Parameter(
    "zero", "how the weights of skip connections start: at zero, or at random as those of stride "
    "32", choices=("zero", "random")))
class FcnArch(BaseFcnArch):
    """Class scores at each stride, added from coarse to fine.

        FCN32: 1x1 scores of features[32]                          [H / 32, W / 32, classes]
        FCN16: upsampling by 2, + 1x1 scores of features[16]       [H / 16, W / 16, classes]
        FCN8:  upsampling by 2, + 1x1 scores of features[8]        [H / 8, W / 8, classes]
        FCN4:  upsampling by 2, + 1x1 scores of features[4]        [H / 4, W / 4, classes]
        upsampling from where it ends                              [H, W, classes]

    Fig. 3 of the paper, which ends at FCN8; FCN4 goes on likewise. The scores of the skip
    connections start at zero, so that training starts from FCN32; with start=random they start as
    those of stride 32 do, which is better on MobileNet V1 and worse on V2 (docs/results.md). With
    --trainable_upsampling the steps between strides are learned; as in the paper, the final one
    stays bilinear.

    Deviations: all layers are trained at once, from FCN32's zero, where the paper goes on from one
    trained net to the next. Upsampling is bilinear by the centres of receptive fields (--align),
    where the paper crops by hand.
    """
    FLAGS = ("trainable_upsampling", "fcn16", "fcn8", "fcn4", "align")
    VARIANTS = {"32": {"fcn16": False}, "16": {}, "8": {"fcn8": True}, "4": {"fcn4": True}}

    def __init__(self, extractor: FeatureExtractor, num_classes: int, flags: Any,
                 start: str = "zero") -> None:
        super().__init__(extractor, num_classes, flags)
        self.start = start
        self.finest = finest_stride(flags)
        self.trainable_upsampling = flags.trainable_upsampling
        if self.trainable_upsampling and self.finest == 32:
            raise UserError("--trainable_upsampling has nothing to train with --no-fcn16: the "
                            "final upsampling is always bilinear; leave out one of the two")

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        """As `BaseFcnArch`; the penultimate map is the deepest features, which scores are of."""
        return super().decode(features, is_training)._replace(penultimate=features[32])

    def decode_32s(self, features: Any) -> Any:
        return self._scores(features, "1x1_fcn32_logits", "random")

    def upsample_x2_32s(self, net: Any) -> Any:
        return self.upsample(net, 32, 16, self.trainable_upsampling, "upsample_x2_32s")

    def combine_16s(self, net: Any, features: Any) -> Any:
        return net + self._scores(features, "1x1_fcn16_logits", self.start)

    def upsample_x2_16s(self, net: Any) -> Any:
        return self.upsample(net, 16, 8, self.trainable_upsampling, "upsample_x2_16s")

    def combine_8s(self, net: Any, features: Any) -> Any:
        return net + self._scores(features, "1x1_fcn8_logits", self.start)

    def upsample_x2_8s(self, net: Any) -> Any:
        return self.upsample(net, 8, 4, self.trainable_upsampling, "upsample_x2_8s")

    def combine_4s(self, net: Any, features: Any) -> Any:
        return net + self._scores(features, "1x1_fcn4_logits", self.start)

    def upsample_final(self, net: Any) -> Any:
        return self.upsample(net, self.finest, 1)

    def _scores(self, features, scope, start):
        """A score per class at every place, linear in the features."""
        initializer = tf.zeros_initializer() if start == "zero" else slim.xavier_initializer()
        return slim.conv2d(features, self.num_classes, [1, 1], activation_fn=None,
                           weights_initializer=initializer, scope=scope)
