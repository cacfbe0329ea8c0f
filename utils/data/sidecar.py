"""Reads and writes `dataset.json`, the sidecar that describes and counts a dataset's records."""
import dataclasses
import json
import os
import re
from typing import Dict, Optional, Tuple

import numpy as np

from utils.data.labels import IGNORE_LABEL
from utils.errors import UserError
from utils.files import write_text
from utils.stored import (
    COLOUR,
    COUNT,
    OBJECT,
    TEXT,
    Kind,
    many,
    named,
    object_problem,
    optional,
    read_object,
)

SIDECAR = "dataset.json"
_FORMAT = 1
_REMEDY = "copy it again, or convert the dataset again"
_KINDS = {"family": TEXT, "class_names": many(TEXT), "palette": many(COLOUR),
          "ignore_label": COUNT, "splits": named(OBJECT)}
_SPLIT_KINDS = {"name": TEXT, "count": COUNT, "pixels_per_class": many(COUNT),
                "images_per_class": many(COUNT), "ignored_pixels": COUNT, "sha256": TEXT,
                "sizes": Kind("{height x width: images}", lambda value: named(COUNT).holds(value)
                              and all(re.match(r"\d{1,9}x\d{1,9}$", size) for size in value))}
#: What sidecars from before 2026-11-26 do not have.
_LATER_KINDS = {name: optional(many(COUNT))
                for name in ("image_pixels_per_class", "instances_per_class")}


@dataclasses.dataclass(frozen=True)
class SplitInfo:
    """The counts of one split.

    Attributes:
      name: "training", "validation" or "test".
      count: images.
      pixels_per_class: labelled pixels of each class, length C.
      images_per_class: images in which each class occurs, length C.
      ignored_pixels: pixels of no class.
      sizes: {"HxW": images of that size}, the commonest first.
      sha256: hash of names, images and labels in order; see `counting.SplitCounter`.
      image_pixels_per_class: labelled pixels of the images in which each class occurs, length C;
        None where the sidecar does not say.
      instances_per_class: objects of each class, length C; None where the records of an image, or
        of all, do not tell objects apart.
    """
    name: str
    count: int
    pixels_per_class: Tuple[int, ...]
    images_per_class: Tuple[int, ...]
    ignored_pixels: int
    sizes: Dict[str, int]
    sha256: str
    image_pixels_per_class: Optional[Tuple[int, ...]] = None
    instances_per_class: Optional[Tuple[int, ...]] = None


@dataclasses.dataclass(frozen=True)
class DatasetInfo:
    """A converted dataset: its classes, its palette and the counts of its splits.

    Attributes:
      raw_pixels: whether its records are seg-mentor's, of raw pixels and without a sidecar.
    """
    family: str
    class_names: Tuple[str, ...]
    palette: Tuple[Tuple[int, int, int], ...]
    splits: Dict[str, SplitInfo]
    raw_pixels: bool = False

    @property
    def num_classes(self) -> int:
        return len(self.class_names)

    def split(self, name: str) -> SplitInfo:
        """Returns the counts of a split; a `UserError` lists the splits where it is missing."""
        if name not in self.splits:
            raise UserError("the dataset has no split {!r}: it has {}".format(
                name, ", ".join(self.splits) or "none"))
        return self.splits[name]

    def class_frequencies(self, split: str = "training") -> np.ndarray:
        """Computes each class's share of the labelled pixels: float64 [C], of sum 1 or 0."""
        pixels = np.array(self.split(split).pixels_per_class, np.float64)
        return pixels / max(pixels.sum(), 1.0)


def sidecar_path(datapath: str) -> str:
    """Names the sidecar of a folder of records."""
    return os.path.join(datapath, SIDECAR)


def write_info(datapath: str, info: DatasetInfo) -> None:
    """Writes the sidecar, whole or not at all."""
    values = dict(format=_FORMAT, family=info.family, class_names=info.class_names,
                  palette=info.palette, ignore_label=IGNORE_LABEL,
                  splits={name: dataclasses.asdict(split) for name, split in info.splits.items()})
    write_text(sidecar_path(datapath), json.dumps(values, indent=1) + "\n")


def read_info(datapath: str) -> DatasetInfo:
    """Reads the sidecar of a folder.

    Raises:
      UserError: the sidecar is damaged, or of a newer version.
    """
    path = sidecar_path(datapath)
    values = read_object(path, {"format": COUNT}, _REMEDY, ("format",))
    if values["format"] > _FORMAT:
        raise UserError("{}: written by a newer version (format {}, this one reads {}); update "
                        "or convert again".format(path, values["format"], _FORMAT))
    problem = _problem(values)
    if problem:
        raise UserError(f"{path} is damaged, {problem}: {_REMEDY}")
    return _info(values)


def _problem(values):
    """Says what is wrong with a sidecar of this format, or ""."""
    problem = object_problem(values, _KINDS, tuple(_KINDS))
    if problem:
        return problem
    if values["ignore_label"] != IGNORE_LABEL:
        return "ignore_label is {}, expected {}".format(values["ignore_label"], IGNORE_LABEL)
    classes = len(values["class_names"])
    if not classes or len(values["palette"]) != classes:
        return "{} classes and {} colours".format(classes, len(values["palette"]))
    for name, split in values["splits"].items():
        problem = object_problem(split, dict(_SPLIT_KINDS, **_LATER_KINDS), tuple(_SPLIT_KINDS))
        problem = problem or _count_problem(split, classes)
        if problem:
            return f"split {name!r}, {problem}"
    return ""


def _count_problem(split, classes):
    """Says which counts of a split contradict each other, or ""."""
    pixels, images = split["pixels_per_class"], split["images_per_class"]
    if not len(pixels) == len(images) == classes:
        return f"counts of other than {classes} classes"
    sizes = [tuple(int(side) for side in size.split("x")) + (count,)
             for size, count in split["sizes"].items()]
    if sum(count for _, _, count in sizes) != split["count"]:
        return "the images of each size do not add up to its count"
    if sum(pixels) + split["ignored_pixels"] != sum(h * w * count for h, w, count in sizes):
        return "the pixels of the classes do not add up to those of its images"
    if any((pixel == 0) != (image == 0) or image > split["count"]
           for pixel, image in zip(pixels, images)):
        return "images_per_class does not fit pixels_per_class"
    around = split.get("image_pixels_per_class")
    if around is not None and (len(around) != classes or any(
            not pixel <= pixels_around <= sum(pixels)
            for pixel, pixels_around in zip(pixels, around))):
        return "image_pixels_per_class does not fit pixels_per_class"
    objects = split.get("instances_per_class")
    if objects is not None and (len(objects) != classes or any(
            count > pixel for count, pixel in zip(objects, pixels))):
        return "instances_per_class does not fit pixels_per_class"
    return ""


def _split_info(split):
    later = {name: None if split.get(name) is None else tuple(split[name])
             for name in _LATER_KINDS}
    return SplitInfo(pixels_per_class=tuple(split["pixels_per_class"]),
                     images_per_class=tuple(split["images_per_class"]),
                     **later, **{key: split[key] for key in (
                         "name", "count", "ignored_pixels", "sizes", "sha256")})


def _info(values):
    splits = {name: _split_info(split) for name, split in values["splits"].items()}
    return DatasetInfo(
        family=values["family"], class_names=tuple(values["class_names"]),
        palette=tuple(tuple(colour) for colour in values["palette"]), splits=splits)
