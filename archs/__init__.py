"""What is computed: feature extractors, decoders, and `build_arch`, which puts the two together.

A decoder is a file in this folder, a feature extractor one in extractors/; both are found by
themselves. TensorFlow is used in their functions, not while they are imported (no `tf.` in default
values or decorators), so that help pages come at once.
"""
import importlib
import pkgutil

from archs.base import DECODERS, BaseArch, NetOutput  # noqa: F401
from archs.choices import (  # noqa: F401
    build_arch,
    choose_variants,
    net_choices,
    net_problem,
    require_flags_taken,
)
from archs.extractors import EXTRACTORS, get_extractor, imagenet_accuracy  # noqa: F401

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
