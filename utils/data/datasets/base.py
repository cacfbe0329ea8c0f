"""Describes a dataset family: its classes, and how to find and read its images and labels.

A new family is a new file in this folder:

    DATASETS.register("mine", SegDataset(
        name="mine", class_names=("background", "thing"), palette=((0, 0, 0), (255, 0, 0)),
        layout="images/<split>/*.jpg and masks/<split>/*.png",
        list_pairs=list_pairs, decode_label=read_index_mask))
"""
import dataclasses
import functools
import hashlib
import os
from typing import Any, Callable, Dict, List, Optional, Tuple

from utils.data.findings import SAVE_AS_1, Finding
from utils.data.labels import IGNORE_LABEL
from utils.data.masks.mask_set import MaskSet
from utils.data.masks.reading import COLOURS, INDICES, MaskClasses
from utils.errors import UserError, printable
from utils.registry import Registry
from utils.texts import read_lines

DATASETS = Registry("dataset family")


@dataclasses.dataclass(frozen=True)
class Pair:
    """One image and its label.

    Attributes:
      name: unique within the split; it names the image in logs and results. Bytes of it that are
        not UTF-8 are escaped.
      image: path of the image file.
      label: whatever the family's `decode_label` takes; mostly the path of a mask.
    """
    name: str
    image: str
    label: Any

    def __post_init__(self):
        object.__setattr__(self, "name", printable(self.name))


@dataclasses.dataclass(frozen=True)
class SourceOptions:
    """What a user may choose about a source folder; `open_source` refuses what a family lacks.

    Attributes:
      variant: one of the family's `variants`; empty for the first.
      categories: path of a file that groups categories into classes (coco).
      sbd: folder of the SBD release (pascal_seg); empty to look for it below the source.
      seed: chooses the validation images of a source that is not split.
      masks: "colours" or "indices" where either reading of mask files fits; empty for the one that
        fits all of them.
      ignore: values of mask files to ignore, beside 255.
      reduce_zero_label: whether 0 in mask files is ignored and 1 is the first class.
      crowd: "ignore" or "draw" as objects: what becomes of regions with iscrowd=1 (coco).
    """
    variant: str = ""
    categories: str = ""
    sbd: str = ""
    seed: int = 0
    masks: str = ""
    ignore: Tuple[int, ...] = ()
    reduce_zero_label: bool = False
    crowd: str = "ignore"


@dataclasses.dataclass(frozen=True)
class SegDataset:
    """A dataset family.

    Attributes:
      name: what --dataset_family says.
      class_names: one per class index; empty where the source tells (see `configure`).
      palette: (r, g, b) per class, for drawing.
      layout: one line that says what a source folder looks like, for errors and help.
      list_pairs: source folder -> {split: tuple of `Pair`}, in a fixed order; files need not exist.
        None where `configure` puts it in.
      decode_label: `Pair.label` -> uint8 [H, W] of class indices, IGNORE_LABEL where unlabelled.
        None where `configure` puts it in (see `with_masks`).
      decode_instances: `Pair.label` -> (what `decode_label` returns, uint16 [H, W] as
        `utils.data.instances` says, or None for an image whose objects are not known); None where
        the family tells no objects apart.
      label_path: `Pair.label` -> path to name in messages.
      variants: names of ways to split or read the source; the first is the default.
      configure: (family, source folder, SourceOptions) -> the family for this source; None where
        nothing depends on the source or on options.
      source_findings: source folder -> list of `utils.data.findings.Finding` on the listing: what
        is left out, ignored or doubtful, each counted and named. `check` shows them all; `convert`
        shows warnings and notes, and refuses a source with an error.
      render: (source folder, seed, counts) writes a source folder; for families made by rule.
      label_files: whether `Pair.label` is a path that must exist.
      ignored_remedy: what to do where all objects are ignored, for messages.
      first_value: what mask files hold for class 0.
      options: fields of `SourceOptions` that this family takes, of those that not every family
        takes: categories, crowd, sbd.
    """
    name: str
    class_names: Tuple[str, ...]
    palette: Tuple[Tuple[int, int, int], ...]
    layout: str
    list_pairs: Optional[Callable[[str], Dict[str, Tuple[Pair, ...]]]]
    decode_label: Optional[Callable[[Any], Any]]
    decode_instances: Optional[Callable[[Any], Tuple[Any, Optional[Any]]]] = None
    label_path: Callable[[Any], str] = str
    variants: Tuple[str, ...] = ()
    configure: Optional[Callable[..., "SegDataset"]] = None
    source_findings: Callable[[str], List[Finding]] = lambda source: []
    render: Optional[Callable[..., None]] = None
    label_files: bool = True
    ignored_remedy: str = SAVE_AS_1
    first_value: int = 0
    options: Tuple[str, ...] = ()

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    def decode(self, label: Any) -> Tuple[Any, Optional[Any]]:
        """Decodes a `Pair.label`: (label uint8 [H, W], instances uint16 [H, W] or None)."""
        if self.decode_instances is None:
            return self.decode_label(label), None
        return self.decode_instances(label)


def open_source(family: str, source: str, options: SourceOptions = SourceOptions()) -> SegDataset:
    """Opens a source folder; the family gets the folder's own classes where it has none.

    Raises:
      UserError: unknown family or variant, no such folder, or a folder of another layout.
    """
    dataset = DATASETS.get(family)
    if not os.path.isdir(source):
        raise UserError(f"--source={source}: no such folder; {dataset.name} expects "
                        f"{dataset.layout}")
    if options.variant and options.variant not in dataset.variants:
        raise UserError("--variant={}: {} has {}".format(
            options.variant, dataset.name, ", ".join(dataset.variants) or "no variants"))
    _check_own_options(dataset, options)
    _check_mask_options(dataset, options)
    if dataset.configure is not None:
        dataset = dataset.configure(dataset, source, options)
    _check_classes(dataset, source)
    return dataset


def _check_own_options(dataset, options):
    for name in ("categories", "crowd", "sbd"):
        given = getattr(options, name) != getattr(SourceOptions, name)
        if given and name not in dataset.options:
            takers = [other for other in DATASETS.names() if name in DATASETS.get(other).options]
            raise UserError("--{}: {} has no use for it, only {}; leave the flag out".format(
                name, dataset.name, ", ".join(takers)))


def _check_mask_options(dataset, options):
    if options.masks not in ("", COLOURS, INDICES):
        raise UserError(f"--masks={options.masks}: choose one of {COLOURS}, {INDICES}")
    given = [name for name in ("masks", "ignore", "reduce_zero_label") if getattr(options, name)]
    if given and (not dataset.label_files or dataset.configure is None):
        raise UserError(f"--{given[0]}: {dataset.name} draws its masks itself, so that no file "
                        "holds values; leave the flag out")


def _check_classes(dataset, source):
    if dataset.num_classes > IGNORE_LABEL:
        raise UserError(f"--source={source}: {dataset.num_classes} classes, but a label holds "
                        f"{IGNORE_LABEL} at most (0..{IGNORE_LABEL - 1}; {IGNORE_LABEL} means "
                        "ignore); join or leave out classes")
    if dataset.num_classes == 1:
        raise UserError(f"--source={source}: one class ({dataset.class_names[0]}) is nothing to "
                        "learn; list two, the background and the object, and save the object as 1 "
                        "(255 means ignore)")


def with_masks(dataset: SegDataset, source: str, options: SourceOptions, classes: MaskClasses,
               **how: str) -> SegDataset:
    """Gives a family the masks of a source, files that are read by one rule for all of them.

    Args:
      dataset: the family, with its classes and `list_pairs`.
      source: the folder.
      options: what the user chose.
      classes: what the masks' values and colours mean, before the options.
      how: `foreign` and `where` of `MaskSet`.
    """
    classes = dataclasses.replace(classes, ignore=options.ignore,
                                  reduce_zero_label=options.reduce_zero_label)
    masks = MaskSet(classes, functools.partial(_mask_files, dataset, source), options.masks, **how)
    listing = dataset.source_findings
    chosen = options.ignore + ((0,) if options.reduce_zero_label else ())
    return dataclasses.replace(
        dataset, decode_label=masks, first_value=int(options.reduce_zero_label),
        ignored_remedy=remedy_of_ignoring(chosen) if chosen else dataset.ignored_remedy,
        source_findings=lambda folder: list(listing(folder)) + masks.findings())


def remedy_of_ignoring(values: Tuple[int, ...]) -> str:
    """Says what to do where ignored values leave one class."""
    return "do not ignore the value {}, or add images of another class".format(
        ", ".join(str(value) for value in values[:8]))


def check_values_of_list(path: str, classes: MaskClasses, options: SourceOptions) -> None:
    """Refuses --reduce_zero_label where a class list gives values itself (a table in `classes`)."""
    if options.reduce_zero_label and classes.table is not None:
        raise UserError(f"--reduce_zero_label: {path} gives values itself; ignore 0 by a line `0: "
                        "ignore` there")


def _mask_files(dataset, source):
    """Returns the paths of the masks that are there, each once, in the order of the listing."""
    paths = (pair.label for pairs in dataset.list_pairs(source).values() for pair in pairs)
    return [path for path in dict.fromkeys(paths)
            if not path.endswith(".mat") and os.path.isfile(path)]


def list_lines(path: str) -> List[str]:
    """Returns the lines of a list file that are not blank, without blanks at their ends.

    Raises:
      UserError: no such file, or no text.
    """
    if not os.path.isfile(path):
        raise UserError(f"{path}: no such list; expected one id or pair per line")
    return [line.strip() for line in read_lines(path) if line.strip()]


def split_by_hash(pairs: Tuple[Pair, ...], seed: int,
                  validation_share: float = 0.2) -> Dict[str, Tuple[Pair, ...]]:
    """Splits pairs by a hash of (seed, name), which is the same on every machine.

    A new image moves no other across, unless the share's rounding does.

    Returns:
      {"training": pairs, "validation": pairs}, each in the order given; at least one validation
      pair where there are two.
    """
    def rank(pair):
        return hashlib.sha1(f"{seed}:{pair.name}".encode()).hexdigest()
    count = min(max(int(round(len(pairs) * validation_share)), 1), max(len(pairs) - 1, 0))
    chosen = {pair.name for pair in sorted(pairs, key=rank)[:count]}
    return {"training": tuple(pair for pair in pairs if pair.name not in chosen),
            "validation": tuple(pair for pair in pairs if pair.name in chosen)}


def distinct_palette(count: int) -> Tuple[Tuple[int, int, int], ...]:
    """Returns `count` colours that differ, the first black: the PASCAL VOC colour map.

    Bits of the index go to the high bits of r, g and b in turn (VOC devkit, VOCcolormap.m).
    """
    def colour(index):
        channels = [0, 0, 0]
        for bit in range(8):
            for channel in range(3):
                channels[channel] |= (index >> (3 * bit + channel) & 1) << (7 - bit)
        return tuple(channels)
    return tuple(colour(index) for index in range(count))
