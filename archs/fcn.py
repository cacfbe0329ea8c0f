"""FCN32, FCN16, FCN8 and FCN4 (Long, Shelhamer, Darrell, arXiv 1411.4038 and 1605.06211)."""
from archs.base import DECODERS, BaseFcnArch
from utils.errors import UserError
from utils.tf_compat import slim, tf


@DECODERS.register("FCN")
class FcnArch(BaseFcnArch):
    """Class scores at each stride, added from coarse to fine.

    The scores of the skip connections start at zero, so that training starts from FCN32. With
    --trainable_upsampling the steps between strides are learned; as in the paper, the final one
    stays bilinear.
    """

    def __init__(self, extractor, num_classes, flags):
        super().__init__(extractor, num_classes, flags)
        if self.trainable_upsampling and self.finest == 32:
            raise UserError("--trainable_upsampling has nothing to train with --no-fcn16: the "
                            "final upsampling is always bilinear; leave out one of the two")

    def decode_32s(self, features):
        return self._scores(features, "1x1_fcn32_logits", slim.xavier_initializer())

    def upsample_x2_32s(self, net):
        return self.upsample(net, 32, 16, self.trainable_upsampling, "upsample_x2_32s")

    def combine_16s(self, net, features):
        return net + self._scores(features, "1x1_fcn16_logits", tf.zeros_initializer())

    def upsample_x2_16s(self, net):
        return self.upsample(net, 16, 8, self.trainable_upsampling, "upsample_x2_16s")

    def combine_8s(self, net, features):
        return net + self._scores(features, "1x1_fcn8_logits", tf.zeros_initializer())

    def upsample_x2_8s(self, net):
        return self.upsample(net, 8, 4, self.trainable_upsampling, "upsample_x2_8s")

    def combine_4s(self, net, features):
        return net + self._scores(features, "1x1_fcn4_logits", tf.zeros_initializer())

    def upsample_final(self, net):
        return self.upsample(net, self.finest, 1)

    def _scores(self, features, scope, initializer):
        """A score per class at every place, linear in the features."""
        return slim.conv2d(features, self.num_classes, [1, 1], activation_fn=None,
                           weights_initializer=initializer, scope=scope)
