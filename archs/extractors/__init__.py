"""Feature extractors, one file per family; a new file is found by itself."""
import importlib
import os
import pkgutil
from typing import List

from archs.extractors.record import (  # noqa: F401
    EXTRACTORS,
    FeatureExtractor,
    get_extractor,
    imagenet_accuracy,
)

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def class_names() -> List[str]:
    """Lists the short names of ImageNet's 1000 classes, in the order of every published head."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "imagenet_classes.txt")
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()
