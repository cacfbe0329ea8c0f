"""U-Net (Ronneberger et al., arXiv 1505.04597) with the up-blocks of pix2pix (arXiv 1611.07004)."""
from typing import Any, Dict, Mapping

from archs.base import DECODERS, BaseArch, Decoded
from archs.blocks import conv_bn_relu
from archs.extractors.record import EXTRACTORS, FeatureExtractor
from archs.resample import conv2d_transpose_at, transposed_crop
from utils.registry import Parameter
from utils.tf_compat import slim, tf

#: (channels in widths, from level, to level) of each up-block.
_UP_BLOCKS = ((8, 32, 16), (4, 16, 8), (2, 8, 4), (1, 4, 2))


@DECODERS.register(
    "UNet",
    width=Parameter(64, "channels at stride 2; 2, 4 and 8 times as many at 4, 8 and 16",
                    at_least=1),
    skips=Parameter("features", "what is joined at each stride: the features that other decoders "
                    "read, or a MobileNet V2's expansions", choices=("features", "expansions")))
class UNet(BaseArch):
    """Up-blocks from stride 32 to 2; each doubles the size and appends the features found there.

        features[32] [h, w, C]
        up_16: upsampling, 3x3 512, append features[16] -> [2h, 2w, 512 + C16]
        up_8:  upsampling, 3x3 256, append features[8]  -> [4h, 4w, 256 + C8]
        up_4:  upsampling, 3x3 128, append features[4]  -> [8h, 8w, 128 + C4]
        up_2:  upsampling, 3x3 64, append features[2]   -> [16h, 16w, 64 + C2]
        3x3 scores, upsampling                          -> [32h, 32w, classes]

    That is fig. 1 of the paper with a classifier as its left half, as TensorFlow's tutorial "Image
    segmentation" has it (tensorflow_examples, pix2pix.py, `upsample`). Batch norm and ReLU follow
    every convolution but the last. Upsampling is bilinear; with --trainable_upsampling each pair of
    upsampling and 3x3 convolution is a 3x3 transposed convolution of stride 2, as in the tutorial.
    Where two levels have one stride, which is so at output strides 16 and 8, it has stride 1.

    With `skips=expansions`, and a MobileNet V2, the net is the tutorial's: it joins the maps that
    the first units of the next level expand (layer_15, 8, 5 and 3, of 576, 192, 144 and 96
    channels), and starts from layer_18 in place of the last convolution.

    Deviations: weights start as He et al. say, not from N(0, 0.02). The paper has two convolutions
    at each stride of its right half; the tutorial and this net have one. With bilinear upsampling
    the scores are made at stride 2, so that no map of features has the size of the image.
    """
    FLAGS = ("trainable_upsampling", "align")

    def __init__(self, extractor: FeatureExtractor, num_classes: int, flags: Any, width: int,
                 skips: str) -> None:
        expands = skips == "expansions"
        super().__init__(extractor.trunk() if expands else extractor, num_classes, flags)
        self.width = width
        self.trainable_upsampling = flags.trainable_upsampling
        self._maps = (extractor.expansions + self.extractor.features[-1:] if expands
                      else extractor.features)

    @classmethod
    def problem(cls, extractor: FeatureExtractor, skips: str = "features",
                **parameters: Any) -> str:
        """As `BaseArch`; expansions are to be had of some feature extractors only."""
        if skips == "expansions" and not extractor.expansions:
            return "skips=expansions wants {}: choose it, or leave skips out".format(
                " or ".join(name for name in EXTRACTORS.names()
                            if EXTRACTORS.get(name).expansions))
        return super().problem(extractor, **parameters)

    def end_points(self) -> Dict[Any, str]:
        return {feature.level: feature.end_point for feature in self._maps}

    def decode(self, features: Mapping[Any, Any], is_training: bool) -> Decoded:
        net = features[32]
        for widths, coarse, fine in _UP_BLOCKS:
            with conv_bn_relu():
                net = self._up(net, widths * self.width, coarse, fine, f"up_{fine}")
            net = tf.concat([net, features[fine]], axis=3)
        if self.trainable_upsampling:
            return Decoded(self._up(net, self.num_classes, 2, 1, "logits", activation_fn=None), net)
        scores = slim.conv2d(net, self.num_classes, [3, 3], activation_fn=None, scope="logits")
        return Decoded(self.upsample(scores, 2, 1), net)

    def _up(self, net, channels, coarse, fine, scope, **conv_args):
        """Upsampling and a 3x3 convolution, or both as one transposed convolution."""
        if not self.trainable_upsampling:
            return slim.conv2d(self.upsample(net, coarse, fine), channels, [3, 3], scope=scope,
                               **conv_args)
        of = self.extractor.feature
        stride, offset = (of(fine).stride, of(fine).offset) if fine > 1 else (1, 0)
        factor = of(coarse).stride // stride
        crop = transposed_crop(self.align, 3, factor, (of(coarse).offset - offset) / stride)
        return conv2d_transpose_at(net, channels, 3, factor, crop, scope, **conv_args)
