"""LinkNet (Chaurasia and Culurciello, arXiv 1707.03718) on any feature extractor."""
import math

from archs import layers
from archs.base import DECODERS, BaseFcnArch
from utils.errors import UserError
from utils.tf_compat import slim


@DECODERS.register("LinkNet")
class LinkNet(BaseFcnArch):
    """Decoder blocks whose outputs are added to the encoder's features of the same stride.

    Fig. 3 and Table 1 of the paper: a block squeezes to a quarter of its channels (1x1), doubles
    the size (3x3 transposed convolution) and widens (1x1) to the channels of the next encoder
    block, here the extractor's own. Batch norm and ReLU follow every convolution but the last. All
    skip connections are always used, all upsampling is learned: --fcn8, --fcn4 and
    --trainable_upsampling change nothing.
    """
    FINAL_CHANNELS = 32

    def __init__(self, extractor, num_classes, flags):
        super().__init__(extractor, num_classes, flags)
        if self.finest == 32:
            raise UserError("--no-fcn16 contradicts --extended_arch=LinkNet, which always uses all "
                            "skip connections; leave out one of the two")
        if extractor.output_stride != 32:
            raise UserError("LinkNet doubles the size from each level to the next: it wants output "
                            f"stride 32, not {extractor.output_stride}")
        self.finest = 4

    def decode_32s(self, features):
        return features

    def upsample_x2_32s(self, net):
        return self._block(net, 32, 16, "block4")

    def combine_16s(self, net, features):
        return net + features

    def upsample_x2_16s(self, net):
        return self._block(net, 16, 8, "block3")

    def combine_8s(self, net, features):
        return net + features

    def upsample_x2_8s(self, net):
        return self._block(net, 8, 4, "block2")

    def combine_4s(self, net, features):
        return net + features

    def upsample_final(self, net):
        with self._conv_scope():
            squeezed = slim.conv2d(net, _quarter(net), [1, 1], scope="block1/squeeze")
            net = slim.conv2d(squeezed, _quarter(net), [3, 3], scope="block1/filter")
            net = slim.conv2d(net, self.extractor.feature(4).channels, [1, 1], scope="block1/widen")
            # The last convolution moves by half a pixel, the first makes up for the rest.
            step = (self.extractor.feature(4).offset - .5) / 2
            net = self._double(net, self.FINAL_CHANNELS, step, "final/double")
            net = slim.conv2d(net, self.FINAL_CHANNELS, [3, 3], scope="final/filter")
        return layers.conv2d_transpose_at(net, self.num_classes, 2, 2, 0, "final/logits",
                                          activation_fn=None)

    def _block(self, net, from_stride, to_stride, scope):
        """A decoder block: [N, h, w, m] -> [N, 2h, 2w, channels of `to_stride`]."""
        coarse, fine = self.extractor.feature(from_stride), self.extractor.feature(to_stride)
        with self._conv_scope():
            squeezed = slim.conv2d(net, _quarter(net), [1, 1], scope=scope + "/squeeze")
            step = (coarse.offset - fine.offset) / to_stride
            doubled = self._double(squeezed, _quarter(net), step, scope + "/double")
            return slim.conv2d(doubled, fine.channels, [1, 1], scope=scope + "/widen")

    def _double(self, net, channels, step, scope):
        """A 3x3 transposed convolution of stride 2.

        Args:
          step: where coarse feature 0 stands on the fine grid; with --align=centers the nearest of
            the two places that the kernel can take, else as SAME padding has it.
        """
        crop = 1 if self.align == "centers" and math.floor(step + .5) < 1 else 0
        return layers.conv2d_transpose_at(net, channels, 3, 2, crop, scope)

    def _conv_scope(self):
        return slim.arg_scope([slim.conv2d, slim.conv2d_transpose],
                              normalizer_fn=slim.batch_norm,
                              weights_initializer=slim.variance_scaling_initializer())


def _quarter(net):
    return max(int(net.shape[-1]) // 4, 1)
