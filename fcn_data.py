"""Converts a dataset to records, checks one, describes one.

    python fcn_data.py convert --dataset_family=camvid --source=CamVid --datapath=data/camvid
    python fcn_data.py check --dataset_family=camvid --source=CamVid
    python fcn_data.py check --datapath=data/camvid
    python fcn_data.py describe --datapath=data/camvid

Each takes --help.
"""
import dataclasses
import os

from tqdm import tqdm

from utils.data.convert import convert
from utils.data.datasets import DATASETS, SourceOptions, open_source
from utils.data.datasets.base import SPLITS
from utils.errors import UserError, run_script
from utils.runs.flags import flag, parse_flags


@dataclasses.dataclass(frozen=True)
class ConvertFlags(object):
    dataset_family: str = flag("", "what the source is")
    source: str = flag("", "folder of the images and labels as published")
    datapath: str = flag("", "folder to make: records and dataset.json")
    shards: int = flag(1, "files per split", at_least=1)
    workers: int = flag(0, "threads that read and encode; 0 for one per core", at_least=0)
    max_size: int = flag(0, "scale larger images down to this longest side; 0 for never", at_least=0)
    overwrite: bool = flag(False, "replace a dataset that is there")
    variant: str = flag("", "another way to split the source, where the family has one")
    categories: str = flag("", "coco: JSON file that groups categories into classes")
    sbd: str = flag("", "pascal_seg: folder of the SBD release, if it is not below the source")
    seed: int = flag(0, "chooses the validation images of an unsplit source; renders shapes")
    counts: str = flag("400,100,100", "shapes: training, validation and test images to render")


def _require(flags, *names):
    for name in names:
        if not getattr(flags, name):
            raise UserError("--{} is missing (see --help)".format(name))


def _source_options(flags):
    return SourceOptions(flags.variant, flags.categories, flags.sbd, flags.seed)


def _bar(split, total):
    return tqdm(total=total, desc=split, unit="image", dynamic_ncols=True, disable=None)


def parse_counts(text):
    """{split: images} for "400,100,100"."""
    parts = text.split(",")
    if len(parts) != len(SPLITS) or not all(part.strip().isdigit() for part in parts):
        raise UserError("--counts: got {!r}, expected three numbers: training, validation and test "
                        "images, as in 400,100,100".format(text))
    return {split: int(part) for split, part in zip(SPLITS, parts)}


def _is_empty(folder):
    return not os.path.isdir(folder) or not os.listdir(folder)


def run_convert(argv):
    flags, _ = parse_flags(ConvertFlags, argv, "Converts a dataset to records.",
                           {"dataset_family": DATASETS.names()})
    _require(flags, "dataset_family", "source", "datapath")
    family = DATASETS.get(flags.dataset_family)
    if family.render is not None and _is_empty(flags.source):
        print("rendering {} into {}".format(family.name, flags.source))
        family.render(flags.source, flags.seed, parse_counts(flags.counts))
    dataset = open_source(flags.dataset_family, flags.source, _source_options(flags))
    info = convert(dataset, flags.source, flags.datapath, flags.shards, flags.workers,
                   flags.max_size, flags.overwrite, _bar)
    for split in info.splits.values():
        print("{}: {} images".format(split.name, split.count))
    print("{}: {} classes, written to {}".format(info.family, info.num_classes, flags.datapath))


COMMANDS = {"convert": run_convert}


def main(argv):
    if not argv or argv[0] in ("-h", "--help"):
        print(__doc__)
        return None if argv else 2
    if argv[0] not in COMMANDS:
        raise UserError("unknown command {!r}: choose one of {}".format(
            argv[0], ", ".join(COMMANDS)))
    return COMMANDS[argv[0]](argv[1:])


if __name__ == "__main__":
    run_script(main)
