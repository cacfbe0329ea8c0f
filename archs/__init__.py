"""What is computed: feature extractors, decoders, and `build_arch`, which puts the two together.

A decoder is a file in this folder, a feature extractor one in extractors/; both are found by
themselves. TensorFlow is used in their functions, not while they are imported (no `tf.` in default
values or decorators), so that help pages come at once.
"""
import importlib
import pkgutil

from archs.base import DECODERS, BaseFcnArch  # noqa: F401
from archs.extractors import EXTRACTORS, get_extractor  # noqa: F401

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def build_arch(flags, num_classes, output_stride=32):
    """The net that flags describe; `build_net` of the result makes its graph.

    Args:
      flags: an object with basenet, extended_arch ("" is FCN), trainable_upsampling, fcn16, fcn8,
        fcn4, depth_multiplier, align, weight_decay, bn_decay and noise_seed.
      num_classes: channels of the logits.
      output_stride: 32, or 16 or 8 for an atrous feature extractor; its weights fit all three.

    Raises:
      UserError: for unknown names and output strides, for flags that contradict one another, and
        for a decoder that cannot work at this output stride.
    """
    extractor = get_extractor(flags.basenet, flags.depth_multiplier, output_stride)
    return DECODERS.get(flags.extended_arch or "FCN")(extractor, num_classes, flags)
