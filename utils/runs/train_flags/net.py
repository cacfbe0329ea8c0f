"""Flags of the net."""
import dataclasses

from utils.runs.flags import flag
from utils.runs.roles import SEG_MENTOR

#: Strides that the deepest features of every feature extractor can have.
OUTPUT_STRIDES = (32, 16, 8)


@dataclasses.dataclass(frozen=True)
class ArchFlags:
    """What is needed to build a net, apart from the number of classes."""

    basenet: str = flag("vgg_16", "the feature extractor", "net",
                        role="net", since=SEG_MENTOR, marks="headline usual")
    extended_arch: str = flag("", "the decoder; \"\" is FCN", "net",
                              role="decoder", since=SEG_MENTOR, marks="usual")
    trainable_upsampling: bool = flag(
        False, "learn the x2 upsampling of an FCN instead of keeping it bilinear", "net",
        role="net", since=SEG_MENTOR, label="learned_upsampling")
    fcn16: bool = flag(True, "add the skip from stride 16 (--no-fcn16: FCN32)", "net",
                       role="decoder", since=SEG_MENTOR)
    fcn8: bool = flag(False, "add the skip from stride 8 too", "net",
                      role="decoder", since=SEG_MENTOR)
    fcn4: bool = flag(False, "add the skips from strides 8 and 4 too", "net",
                      role="decoder", since=SEG_MENTOR)
    align: str = flag(
        "centers", "where upsampled scores stand: on the centres of the receptive fields, on plain "
        "half-pixel centres, or as a transposed convolution (seg-mentor's)", "net",
        choices=("centers", "half_pixel", "transposed"), role="net")
    depth_multiplier: float = flag(1.0, "width of a MobileNet", "net", more_than=0, at_most=8,
                                   role="net")
    output_stride: int = flag(
        32, "stride of the deepest features: 16 and 8 make them finer, at a cost, without other "
        "weights", "net", choices=OUTPUT_STRIDES, role="net", since="2026-11-26")
    weight_decay: float = flag(4e-5, "L2 penalty on convolution weights", "training", at_least=0,
                               role="net")
    bn_decay: float = flag(0.99, "decay of batch norm's moving averages", "training",
                           more_than=0, at_most=1, role="net")

    @property
    def noise_seed(self) -> int:
        """Seed of dropout; of no effect where nothing is trained."""
        return 0
