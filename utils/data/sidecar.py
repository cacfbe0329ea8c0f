"""`dataset.json`: what stands beside the records of a dataset, counted when they were written."""
import dataclasses
import json
import os
from typing import Dict, Tuple

import numpy as np

from utils.data.datasets.base import IGNORE_LABEL
from utils.errors import UserError
from utils.files import write_text

SIDECAR = "dataset.json"
_FORMAT = 1


@dataclasses.dataclass(frozen=True)
class SplitInfo(object):
    """What one split holds.

    Attributes:
      name: "training", "validation" or "test".
      count: images.
      pixels_per_class: labelled pixels of each class, length C.
      images_per_class: images in which each class occurs, length C.
      ignored_pixels: pixels of no class.
      sizes: {"HxW": images of that size}, the commonest first.
      sha256: hash of names, images and labels in order; see `counting.SplitCounter`.
    """
    name: str
    count: int
    pixels_per_class: Tuple[int, ...]
    images_per_class: Tuple[int, ...]
    ignored_pixels: int
    sizes: Dict[str, int]
    sha256: str


@dataclasses.dataclass(frozen=True)
class DatasetInfo(object):
    """A converted dataset: classes, palette, and what each split holds.

    Attributes:
      legacy: records of raw pixels without a sidecar, as seg-mentor wrote them.
    """
    family: str
    class_names: Tuple[str, ...]
    palette: Tuple[Tuple[int, int, int], ...]
    splits: Dict[str, SplitInfo]
    ignore_label: int = IGNORE_LABEL
    legacy: bool = False

    @property
    def num_classes(self):
        return len(self.class_names)

    def split(self, name):
        """The `SplitInfo` of a split; a `UserError` that lists the splits where it is missing."""
        if name not in self.splits:
            raise UserError("the dataset has no split {!r}: it has {}".format(
                name, ", ".join(self.splits) or "none"))
        return self.splits[name]

    def class_frequencies(self, split="training"):
        """Share of each class in the labelled pixels of a split: float64 [C], sum 1 (or 0)."""
        pixels = np.array(self.split(split).pixels_per_class, np.float64)
        return pixels / max(pixels.sum(), 1.0)


def sidecar_path(datapath):
    return os.path.join(datapath, SIDECAR)


def write_info(datapath, info):
    """Writes the sidecar, whole or not at all."""
    values = dict(format=_FORMAT, family=info.family, class_names=info.class_names,
                  palette=info.palette, ignore_label=info.ignore_label,
                  splits={name: dataclasses.asdict(split) for name, split in info.splits.items()})
    write_text(sidecar_path(datapath), json.dumps(values, indent=1) + "\n")


def read_info(datapath):
    """The `DatasetInfo` of a folder with a sidecar.

    Raises:
      UserError: the sidecar is damaged, or of a newer version.
    """
    path = sidecar_path(datapath)
    try:
        with open(path, encoding="utf-8") as file:
            values = json.load(file)
        if values["format"] > _FORMAT:
            raise UserError("{}: written by a newer version (format {}, this one reads {}); update "
                            "or convert again".format(path, values["format"], _FORMAT))
        return _info(values)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError("{}: not a dataset sidecar ({}: {}); convert the dataset again".format(
            path, type(error).__name__, error))


def _info(values):
    splits = {name: SplitInfo(**dict(split, pixels_per_class=tuple(split["pixels_per_class"]),
                                     images_per_class=tuple(split["images_per_class"])))
              for name, split in values["splits"].items()}
    return DatasetInfo(
        family=values["family"], class_names=tuple(values["class_names"]),
        palette=tuple(tuple(colour) for colour in values["palette"]), splits=splits,
        ignore_label=values["ignore_label"])
