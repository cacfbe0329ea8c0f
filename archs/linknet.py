"""LinkNet (Chaurasia and Culurciello, arXiv 1707.03718) on any feature extractor."""
from typing import Any

from archs.base import DECODERS
from archs.blocks import conv_bn_relu
from archs.ladder import BaseFcnArch
from archs.resample import conv2d_transpose_at, transposed_crop
from utils.tf_compat import slim


@DECODERS.register("LinkNet")
class LinkNet(BaseFcnArch):
    """Decoder blocks whose outputs are added to the features of the same stride.

        block4: 1x1 C32 / 4, x2 by a transposed 3x3, 1x1 C16, + features[16]  [H / 16, W / 16, C16]
        block3: 1x1 C16 / 4, x2 by a transposed 3x3, 1x1 C8, + features[8]    [H / 8, W / 8, C8]
        block2: 1x1 C8 / 4, x2 by a transposed 3x3, 1x1 C4, + features[4]     [H / 4, W / 4, C4]
        block1: 1x1 C4 / 4, 3x3, 1x1 C4                                       [H / 4, W / 4, C4]
        x2 by a transposed 3x3, 32; 3x3 32                                    [H / 2, W / 2, 32]
        x2 by a transposed 2x2                                                [H, W, classes]

    Fig. 3 and Table 1 of the paper: a block squeezes to a quarter of its channels (1x1), doubles
    the size (3x3 transposed convolution) and widens (1x1) to the channels of the next encoder
    block, here the extractor's own. Batch norm and ReLU follow every convolution but the last. All
    skip connections are always used, and all upsampling is learned. It doubles the size from each
    level to the next, which takes an output stride of 32.
    """
    FINAL_CHANNELS = 32
    OUTPUT_STRIDES = (32,)

    def decode_32s(self, features: Any) -> Any:
        return features

    def upsample_x2_32s(self, net: Any) -> Any:
        return self._block(net, 32, 16, "block4")

    def combine_16s(self, net: Any, features: Any) -> Any:
        return net + features

    def upsample_x2_16s(self, net: Any) -> Any:
        return self._block(net, 16, 8, "block3")

    def combine_8s(self, net: Any, features: Any) -> Any:
        return net + features

    def upsample_x2_8s(self, net: Any) -> Any:
        return self._block(net, 8, 4, "block2")

    def combine_4s(self, net: Any, features: Any) -> Any:
        return net + features

    def penultimate(self, net: Any) -> Any:
        """Level 4 -> [N, H / 2, W / 2, 32]."""
        with conv_bn_relu():
            squeezed = slim.conv2d(net, _quarter(net), [1, 1], scope="block1/squeeze")
            net = slim.conv2d(squeezed, _quarter(net), [3, 3], scope="block1/filter")
            net = slim.conv2d(net, self.extractor.feature(4).channels, [1, 1], scope="block1/widen")
            # The last convolution moves by half a pixel, the first makes up for the rest.
            step = (self.extractor.feature(4).offset - .5) / 2
            net = self._double(net, self.FINAL_CHANNELS, step, "final/double")
            return slim.conv2d(net, self.FINAL_CHANNELS, [3, 3], scope="final/filter")

    def upsample_final(self, net: Any) -> Any:
        return conv2d_transpose_at(net, self.num_classes, 2, 2, 0, "final/logits",
                                   activation_fn=None)

    def _block(self, net, from_stride, to_stride, scope):
        """A decoder block: [N, h, w, m] -> [N, 2h, 2w, channels of `to_stride`]."""
        coarse, fine = self.extractor.feature(from_stride), self.extractor.feature(to_stride)
        with conv_bn_relu():
            squeezed = slim.conv2d(net, _quarter(net), [1, 1], scope=scope + "/squeeze")
            step = (coarse.offset - fine.offset) / to_stride
            doubled = self._double(squeezed, _quarter(net), step, scope + "/double")
            return slim.conv2d(doubled, fine.channels, [1, 1], scope=scope + "/widen")

    def _double(self, net, channels, step, scope):
        """A 3x3 transposed convolution of stride 2; `step` is that of `transposed_crop`."""
        crop = transposed_crop(self.align, 3, 2, step)
        return conv2d_transpose_at(net, channels, 3, 2, crop, scope)


def _quarter(net):
    return max(int(net.shape[-1]) // 4, 1)
