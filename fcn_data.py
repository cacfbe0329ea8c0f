"""Converts a dataset to records, checks one, describes one.

    python fcn_data.py convert --dataset_family=camvid --source=CamVid --datapath=data/camvid
    python fcn_data.py check --dataset_family=camvid --source=CamVid
    python fcn_data.py check --datapath=data/camvid
    python fcn_data.py describe --datapath=data/camvid
    python fcn_data.py describe --datapath=data/camvid --augmented --augment=crop,hue

Each takes --help.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
import os
from typing import List, Optional

from tqdm import tqdm

from utils.data.augment import AUGMENTATIONS, Augmentation
from utils.data.augmented_sheet import draw_augmented
from utils.data.check import check_source
from utils.data.check_records import check_records
from utils.data.convert import convert
from utils.data.copies import CHOICES, MOST
from utils.data.datasets import DATASETS, SourceOptions, open_source
from utils.data.describe import describe_text, draw_contact_sheet
from utils.data.findings import class_findings, count, report
from utils.data.folders import check_target
from utils.data.images import encode_png
from utils.data.masks.reading import parse_ignore
from utils.data.records import open_dataset, open_split, require_records
from utils.data.splits import SPLITS, canonical_split, parse_counts
from utils.errors import UserError, run_script
from utils.files import write_bytes
from utils.registry import Spelling
from utils.runs.commands import split_command
from utils.runs.flags import flag, parse_flags, parse_size
from utils.runs.train_flags import SEPARATORS
from utils.runs.train_flags.data import (
    DataFlags,
    all_operations,
    require_one_size,
    settle_augmentation,
)
from utils.values import require_folder_to_write


@dataclasses.dataclass(frozen=True)
class _SourceFlags:
    """Which dataset is meant; convert and check share these flags."""
    dataset_family: str = flag("", "what the source is", group="dataset")
    source: str = flag("", "folder of images and labels as published", group="dataset",
                       path="from")
    datapath: str = flag("", "folder of records and dataset.json", group="dataset",
                         path="from")
    variant: str = flag("", "another split of the source, where the family has one: {}".format(
        "; ".join("{}: {}".format(name, ", ".join(DATASETS.get(name).variants))
                  for name in DATASETS.names() if DATASETS.get(name).variants)), group="dataset")
    categories: str = flag("", "coco: JSON file that groups categories into classes, "
                           'as {"vehicle": ["car", "supercategory:vehicle"]}', group="dataset",
                           path="from")
    crowd: str = flag("ignore", "coco: what becomes of regions with iscrowd=1; draw takes them for "
                      "objects", group="dataset", choices=("ignore", "draw"))
    sbd: str = flag("", "pascal_seg: folder of the SBD release, if it is not below or beside the "
                    "source", group="dataset", path="from")
    seed: int = flag(0, "chooses the validation images of an unsplit source; draws shapes",
                     group="dataset")
    masks: str = flag("", "what mask files hold, where both fit: colours or indices",
                      group="dataset")
    ignore: str = flag("", "values of mask files to ignore beside 255, as in 0 or 0,255",
                       group="dataset")
    reduce_zero_label: bool = flag(False, "0 in mask files is ignored, 1 is the first class "
                                   "(ADE20K)", group="dataset")
    workers: int = flag(0, "threads that read; 0 for one per core", at_least=0, at_most=1024)


@dataclasses.dataclass(frozen=True)
class ConvertFlags(_SourceFlags):
    """What to convert, and how the records are written."""
    shards: int = flag(1, "files per split", at_least=1, at_most=100000)
    max_size: int = flag(0, "scale images down to this longest side; 0 for never", at_least=0)
    overwrite: bool = flag(False, "replace a dataset that is there")
    counts: str = flag("400,100,100", "shapes: training, validation and test images to draw")


@dataclasses.dataclass(frozen=True)
class CheckFlags(_SourceFlags):
    """What to check, and how much of it to show."""
    all: bool = flag(False, "show every finding, not only the first few of a kind")
    copies: str = flag("auto", "compare all images for copies: re-encoded, resized, mirrored, cut "
                       f"to a part; auto: up to {MOST:,} of them", choices=CHOICES,
                       since="2026-11-26")


#: Group of the flags of --augmented, and its images where --images is not given.
_AUGMENTED, _AUGMENTED_IMAGES = "views of --augmented, as flags of fcn_train.py", 4


@dataclasses.dataclass(frozen=True)
class DescribeFlags:
    """What to describe, and where its contact sheet goes."""
    datapath: str = flag("", "folder of records and dataset.json", path="from")
    dataset_family: str = flag("", "names the classes of seg-mentor's raw-pixel records")
    split: str = flag("training", "what the contact sheet shows", choices=SPLITS,
                      convert=canonical_split)
    images: int = flag(12, "images on the contact sheet (default: 12, with --augmented 4)",
                       at_least=1)
    out: str = flag("", "PNG file of the contact sheet; else contact_sheet_<split>.png, with "
                    "--augmented contact_sheet_<split>_augmented.png, in datapath", path="file")
    augmented: bool = flag(False, "draw images beside views of them, as fcn_train.py sees them "
                           "with the flags below")
    pixels: str = flag(DataFlags.pixels, "size of the views: 512 or 360x480", _AUGMENTED)
    augment: str = flag("", "what happens to images at random, several separated by commas",
                        _AUGMENTED)
    random_scale: str = flag(DataFlags.random_scale, "LO,HI: scale by a random factor; \"\" for "
                             "none", _AUGMENTED)
    flip: bool = flag(DataFlags.flip, "mirror images at random", _AUGMENTED)
    seed: int = flag(0, "of the views", _AUGMENTED)
    views: int = flag(4, "views of each image", _AUGMENTED, at_least=1, at_most=100)


def _parse(flags_type, argv, description, *required):
    flags, _ = parse_flags(flags_type, argv, description, {"dataset_family": DATASETS.names()})
    _require(flags, *required)
    return flags


def _require(flags, *names):
    remedies = {"dataset_family": "choose one of {}".format(", ".join(DATASETS.names())),
                "source": "give the folder of images and labels",
                "datapath": "give the folder of records"}
    for name in names:
        if not getattr(flags, name):
            raise UserError(f"--{name} is missing: {remedies[name]} (see --help)")


def _open(flags):
    options = SourceOptions(flags.variant, flags.categories, flags.sbd, flags.seed,
                            crowd=flags.crowd, masks=flags.masks, ignore=parse_ignore(flags.ignore),
                            reduce_zero_label=flags.reduce_zero_label)
    return open_source(flags.dataset_family, flags.source, options)


def _bar(split, total):
    return tqdm(total=total, desc=split, unit="image", dynamic_ncols=True, disable=None)


def _draw_missing_source(flags):
    """Draws the source of a family that is drawn by rule, where the folder is empty or missing."""
    family = DATASETS.get(flags.dataset_family)
    if family.render is None or os.path.isdir(flags.source) and os.listdir(flags.source):
        return
    counts = parse_counts(flags.counts)
    print(f"drawing {family.name} into {flags.source}")
    family.render(flags.source, flags.seed, counts)


def _tell(findings):
    """Prints the findings of a listing but its errors, which end the conversion with a line."""
    for line in report([finding for finding in findings if finding.severity != "error"]):
        print(line)


def run_convert(argv: List[str]) -> None:
    """Converts a source folder to records; `argv` holds the flags of `convert`."""
    flags = _parse(ConvertFlags, argv, "Converts a dataset to records.",
                   "dataset_family", "source", "datapath")
    require_folder_to_write("datapath", flags.datapath)
    check_target(flags.datapath, flags.overwrite)
    _draw_missing_source(flags)
    dataset = _open(flags)
    info = convert(dataset, flags.source, flags.datapath, flags.shards, flags.workers,
                   flags.max_size, flags.overwrite, _bar, _tell)
    for split in info.splits.values():
        print(f"{split.name}: {split.count} images")
    for finding in class_findings(flags.datapath, info, dataset.ignored_remedy):
        print(f"warning: {finding.text}")
    print(f"{info.family}: {info.num_classes} classes, written to {flags.datapath}")


def run_check(argv: List[str]) -> int:
    """Prints the findings on a source folder, or on records; returns 1 where one is an error."""
    flags = _parse(CheckFlags, argv, "Looks for what training would suffer from: in a source "
                   "folder (--dataset_family, --source), in records (--datapath), or both. Exits "
                   "with 1 where there is any.")
    if not flags.source and not flags.datapath:
        raise UserError("--source and --datapath are missing: give --source and --dataset_family "
                        "for a source folder, --datapath for records, or all (see --help)")
    findings = []
    if flags.source:
        _require(flags, "dataset_family")
        findings += check_source(_open(flags), flags.source, flags.workers, _bar, flags.copies)
    if flags.datapath:
        findings += check_records(flags.datapath, flags.dataset_family, flags.workers, _bar,
                                  flags.copies)
    for line in report(findings, 0 if flags.all else 5):
        print(line)
    errors = count(findings, "error")
    print("{} errors, {} warnings".format(errors, count(findings, "warning")))
    return 1 if errors else 0


def run_describe(argv: List[str]) -> None:
    """Prints what records hold, and draws their contact sheet."""
    flags, given = parse_flags(
        DescribeFlags, argv, "Prints what records hold, and draws a contact sheet.",
        {"dataset_family": DATASETS.names(),
         "augment": Spelling(AUGMENTATIONS, SEPARATORS["augment"], empty=True)})
    _require(flags, "datapath")
    flags = _settled(flags, given)
    info = open_dataset(flags.datapath, flags.dataset_family)
    print("\n".join(describe_text(info)))
    require_records(flags.datapath, flags.split)
    end, draw = ("_augmented", _draw_augmented) if flags.augmented else ("", _draw_contact_sheet)
    out = flags.out or os.path.join(flags.datapath, f"contact_sheet_{flags.split}{end}.png")
    write_bytes(out, encode_png(draw(flags, info)))
    print(f"\ncontact sheet: {out}")


def _settled(flags, given):
    """Returns the flags of describe, checked: what is of --augmented alone is not given else."""
    if flags.augmented:
        require_one_size(flags)
        images = flags.images if "images" in given else _AUGMENTED_IMAGES
        return dataclasses.replace(settle_augmentation(flags, given), images=images)
    for field in dataclasses.fields(DescribeFlags):
        if field.metadata["group"] == _AUGMENTED and field.name in given:
            raise UserError(f"--{field.name} is of the views that --augmented shows: give that too")
    return flags


def _draw_contact_sheet(flags, info):
    return draw_contact_sheet(flags.datapath, flags.split, info, flags.images)


def _draw_augmented(flags, info):
    return draw_augmented(
        open_split(flags.datapath, flags.split, info), parse_size(flags.pixels),
        Augmentation.parse(all_operations(flags), flags.seed), flags.images, flags.views)


COMMANDS = {"convert": run_convert, "check": run_check, "describe": run_describe}


def main(argv: List[str]) -> Optional[int]:
    """Runs a command; `argv` holds its name and its flags."""
    command, words = split_command(argv, COMMANDS, __doc__)
    return COMMANDS[command](words)


if __name__ == "__main__":
    run_script(main)
