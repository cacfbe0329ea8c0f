"""Converts a dataset to records, checks one, describes one.

    python fcn_data.py convert --dataset_family=camvid --source=CamVid --datapath=data/camvid
    python fcn_data.py check --dataset_family=camvid --source=CamVid
    python fcn_data.py check --datapath=data/camvid
    python fcn_data.py describe --datapath=data/camvid

Each takes --help.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
import os
import re
from typing import Dict, List, Optional, Tuple

from tqdm import tqdm

from utils.data.check import check_source
from utils.data.check_records import check_records
from utils.data.convert import convert
from utils.data.datasets import DATASETS, SourceOptions, open_source
from utils.data.describe import describe_text, draw_contact_sheet
from utils.data.findings import class_findings, count, report
from utils.data.folders import check_target
from utils.data.images import encode_png
from utils.data.masks.reading import GREATEST_VALUE
from utils.data.records import open_dataset
from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError, run_script
from utils.files import write_bytes
from utils.runs.commands import split_command
from utils.runs.flags import flag, parse_flags
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


@dataclasses.dataclass(frozen=True)
class DescribeFlags:
    """What to describe, and where its contact sheet goes."""
    datapath: str = flag("", "folder of records and dataset.json", path="from")
    dataset_family: str = flag("", "names the classes of seg-mentor's raw-pixel records")
    split: str = flag("training", "what the contact sheet shows", choices=SPLITS,
                      convert=canonical_split)
    images: int = flag(12, "images on the contact sheet", at_least=1)
    out: str = flag("", "PNG file of the contact sheet; else contact_sheet_<split>.png in datapath",
                    path="file")


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


def parse_ignore(text: str) -> Tuple[int, ...]:
    """Parses --ignore: (0, 255) for "0,255"; a `UserError` for what is no list of mask values."""
    parts = [part.strip() for part in text.split(",")] if text else []
    if not all(part.isdigit() and int(part) <= GREATEST_VALUE for part in parts):
        raise UserError(f"--ignore: got {text!r}, expected values of mask files, as in 0 or "
                        "0,255")
    return tuple(int(part) for part in parts)


def _bar(split, total):
    return tqdm(total=total, desc=split, unit="image", dynamic_ncols=True, disable=None)


def parse_counts(text: str) -> Dict[str, int]:
    """Parses --counts: {split: images} for "400,100,100"."""
    parts = text.split(",")
    if len(parts) != len(SPLITS) or not all(re.match(" *[0-9]{1,6} *$", part) for part in parts):
        raise UserError(f"--counts: got {text!r}, expected three numbers: training, validation and "
                        "test images, as in 400,100,100")
    counts = {split: int(part) for split, part in zip(SPLITS, parts)}
    if not counts["training"]:
        raise UserError(f"--counts: got {text!r}, expected at least one training image, the first "
                        "number")
    return counts


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
        findings += check_source(_open(flags), flags.source, flags.workers, _bar)
    if flags.datapath:
        findings += check_records(flags.datapath, flags.dataset_family, flags.workers, _bar)
    for line in report(findings, 0 if flags.all else 5):
        print(line)
    errors = count(findings, "error")
    print("{} errors, {} warnings".format(errors, count(findings, "warning")))
    return 1 if errors else 0


def run_describe(argv: List[str]) -> None:
    """Prints what records hold, and draws their contact sheet."""
    flags = _parse(DescribeFlags, argv, "Prints what records hold, and draws a contact sheet.",
                   "datapath")
    info = open_dataset(flags.datapath, flags.dataset_family)
    print("\n".join(describe_text(info)))
    out = flags.out or os.path.join(flags.datapath, f"contact_sheet_{flags.split}.png")
    sheet = draw_contact_sheet(flags.datapath, flags.split, info, flags.images)
    write_bytes(out, encode_png(sheet))
    print(f"\ncontact sheet: {out}")


COMMANDS = {"convert": run_convert, "check": run_check, "describe": run_describe}


def main(argv: List[str]) -> Optional[int]:
    """Runs a command; `argv` holds its name and its flags."""
    command, words = split_command(argv, COMMANDS, __doc__)
    return COMMANDS[command](words)


if __name__ == "__main__":
    run_script(main)
