"""What a dataset family is: its classes, and how to find and read its images and labels.

A new family is a new file in this folder:

    DATASETS.register("mine", SegDataset(
        name="mine", class_names=("background", "thing"), palette=((0, 0, 0), (255, 0, 0)),
        layout="images/<split>/*.jpg and masks/<split>/*.png",
        list_pairs=list_pairs, decode_label=read_index_mask))
"""
import dataclasses
import hashlib
import os
from typing import Any, Callable, Dict, List, Optional, Tuple

from utils.data.findings import Finding
from utils.data.splits import SPLITS, canonical_split  # noqa: F401 (for families)
from utils.errors import UserError
from utils.registry import Registry

DATASETS = Registry("dataset family")
#: The label of pixels that count nowhere: not in the loss, not in a score.
IGNORE_LABEL = 255


@dataclasses.dataclass(frozen=True)
class Pair(object):
    """One image and its label.

    Attributes:
      name: unique within the split; it names the image in logs and results.
      image: path of the image file.
      label: whatever the family's `decode_label` takes; mostly the path of a mask.
    """
    name: str
    image: str
    label: Any


@dataclasses.dataclass(frozen=True)
class SourceOptions(object):
    """What a user may choose about a source folder. A family ignores what does not concern it.

    Attributes:
      variant: one of the family's `variants`; empty for the first.
      categories: path of a file that groups categories into classes (coco).
      sbd: folder of the SBD release (pascal_seg); empty to look for it below the source.
      seed: chooses the validation images of a source that is not split.
    """
    variant: str = ""
    categories: str = ""
    sbd: str = ""
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class SegDataset(object):
    """A dataset family.

    Attributes:
      name: what --dataset_family says.
      class_names: one per class index; empty where the source tells (see `configure`).
      palette: (r, g, b) per class, for drawing.
      layout: one line that says what a source folder looks like, for errors and help.
      list_pairs: source folder -> {split: tuple of `Pair`}, in a fixed order; files need not exist.
        None where `configure` puts it in.
      decode_label: `Pair.label` -> uint8 [H, W] of class indices, IGNORE_LABEL where unlabelled.
      label_path: `Pair.label` -> path to name in messages.
      variants: names of ways to split or read the source; the first is the default.
      configure: (family, source folder, SourceOptions) -> the family for this source; None where
        nothing depends on the source or on options.
      source_findings: source folder -> list of `utils.data.findings.Finding` on the listing: what is
        left out, ignored or doubtful, each counted and named. `check` shows them all; `convert`
        shows warnings and notes, and refuses a source with an error.
      render: (source folder, seed, counts) writes a source folder; for families made by rule.
      label_files: whether `Pair.label` is a path that must exist.
    """
    name: str
    class_names: Tuple[str, ...]
    palette: Tuple[Tuple[int, int, int], ...]
    layout: str
    list_pairs: Optional[Callable[[str], Dict[str, Tuple[Pair, ...]]]]
    decode_label: Callable[[Any], Any]
    label_path: Callable[[Any], str] = str
    variants: Tuple[str, ...] = ()
    configure: Optional[Callable[..., "SegDataset"]] = None
    source_findings: Callable[[str], List[Finding]] = lambda source: []
    render: Optional[Callable[..., None]] = None
    label_files: bool = True

    @property
    def num_classes(self):
        return len(self.class_names)


def open_source(family, source, options=SourceOptions()):
    """The `SegDataset` of a source folder, with the folder's own classes where the family has none.

    Raises:
      UserError: unknown family or variant, no such folder, or a folder of another layout.
    """
    dataset = DATASETS.get(family)
    if not os.path.isdir(source):
        raise UserError("--source={}: no such folder; {} expects {}".format(
            source, dataset.name, dataset.layout))
    if options.variant and options.variant not in dataset.variants:
        raise UserError("--variant={}: {} has {}".format(
            options.variant, dataset.name, ", ".join(dataset.variants) or "no variants"))
    if dataset.configure is not None:
        dataset = dataset.configure(dataset, source, options)
    return dataset


def read_list(path):
    """The non-empty lines of a list file, each as its list of words.

    Raises:
      UserError: no such file.
    """
    if not os.path.isfile(path):
        raise UserError("{}: no such list; expected one id or pair per line".format(path))
    with open(path) as file:
        rows = [line.split() for line in file]
    return [row for row in rows if row]


def split_by_hash(pairs, seed, validation_share=0.2):
    """Splits pairs by a hash of (seed, name): the same choice on every machine, and a new image
    moves no other across unless the share's rounding does.

    Returns:
      {"training": pairs, "validation": pairs}, each in the order given; at least one validation
      pair where there are two.
    """
    def rank(pair):
        return hashlib.sha1("{}:{}".format(seed, pair.name).encode("utf-8")).hexdigest()
    count = min(max(int(round(len(pairs) * validation_share)), 1), max(len(pairs) - 1, 0))
    chosen = {pair.name for pair in sorted(pairs, key=rank)[:count]}
    return {"training": tuple(pair for pair in pairs if pair.name not in chosen),
            "validation": tuple(pair for pair in pairs if pair.name in chosen)}


def distinct_palette(count):
    """`count` colours that differ, the first black: the PASCAL VOC colour map.

    Bits of the index go to the high bits of r, g and b in turn (VOC devkit, VOCcolormap.m).
    """
    def colour(index):
        channels = [0, 0, 0]
        for bit in range(8):
            for channel in range(3):
                channels[channel] |= (index >> (3 * bit + channel) & 1) << (7 - bit)
        return tuple(channels)
    return tuple(colour(index) for index in range(count))
