"""Converts image and label files of any family to records: sharded, in parallel, in order."""
import collections
from typing import Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
from PIL import Image

from utils.data.counting import SplitCounter, image_digest
from utils.data.datasets.base import Pair, SegDataset
from utils.data.findings import (
    SINGLE_CLASS,
    Finding,
    image_findings,
    listing_findings,
    missing_files,
    split_findings,
)
from utils.data.folders import new_dataset_folder
from utils.data.images import encode_png, image_for_record
from utils.data.instances import encode_instances, resized
from utils.data.labels import IGNORE_LABEL
from utils.data.progress import Progress, with_progress
from utils.data.records import SplitWriter, make_example
from utils.data.sidecar import DatasetInfo, write_info
from utils.data.splits import SPLITS
from utils.errors import UserError
from utils.ordered import ordered_map

#: An example on its way from the files to the records.
Loaded = collections.namedtuple(
    "Loaded", "name image digest label label_png instances height width remarks")


def convert(dataset: SegDataset, source: str, datapath: str, shards: int = 1, workers: int = 0,
            max_size: int = 0, overwrite: bool = False,
            progress: Progress = None,
            tell: Optional[Callable[[List[Finding]], None]] = None) -> DatasetInfo:
    """Writes a source folder as records with a sidecar, whole or not at all.

    Args:
      dataset: the family of the source (`open_source`).
      source: its folder.
      datapath: the folder to make.
      shards: files per split.
      workers: threads that read and encode; 0 for one per core. The records do not depend on it.
      max_size: longest side of an image, pixels; larger ones are scaled down. 0 for any size.
      overwrite: replaces a dataset that is at `datapath`.
      progress: makes a bar for each split.
      tell: called with the list of `Finding`s on the listing before anything is written, and with
        that on the images afterwards; or None.

    Returns:
      The `DatasetInfo` written.

    Raises:
      UserError: bad files, labels outside the class list, a listing with errors, or a target that
        may not be replaced.
    """
    pairs = dataset.list_pairs(source)
    check_pairs(dataset, source, pairs)
    findings = listing_findings(source, pairs) + list(dataset.source_findings(source))
    if tell:
        tell(findings)
    missing = missing_files(dataset, pairs)
    refuse_errors(findings + ([missing] if missing else []))
    remarks = []
    with new_dataset_folder(datapath, overwrite) as folder:
        splits = {split: _write_split(dataset, split, pairs[split], folder, shards, workers,
                                      max_size, progress, remarks)
                  for split in SPLITS if pairs.get(split)}
        info = DatasetInfo(dataset.name, dataset.class_names, dataset.palette, splits)
        _refuse_single_class(dataset, source, info)
        write_info(folder, info)
    if tell:
        tell(image_findings(remarks))
    return info


def refuse_errors(findings: Sequence[Finding]) -> None:
    """Raises a `UserError` with the first error among findings, and how many there are more."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise UserError(errors[0].text + (f" ({len(errors) - 1} more errors: fcn_data.py check "
                                          "shows them)" if len(errors) > 1 else ""))


def check_pairs(dataset: SegDataset, source: str, pairs: Dict[str, Tuple[Pair, ...]]) -> None:
    """Raises a `UserError` for a listing without training images."""
    if not pairs.get("training"):
        raise UserError(f"--source={source}: no training images; {dataset.name} expects "
                        f"{dataset.layout}")


def _refuse_single_class(dataset, source, info):
    for finding in split_findings(source, info.class_names, info.splits["training"],
                                  dataset.ignored_remedy):
        if finding.kind in SINGLE_CLASS:
            raise UserError(finding.text)


def _write_split(dataset, split, pairs, folder, shards, workers, max_size, progress, remarks):
    counter = SplitCounter(split, dataset.num_classes)
    with SplitWriter(folder, split, len(pairs), shards) as writer:
        loaded = ordered_map(lambda pair: load_pair(dataset, pair, max_size), pairs, workers)
        for pair, one in with_progress(zip(pairs, loaded), progress, split, len(pairs)):
            writer.write(make_example(
                one.name, one.image, one.label_png, one.height, one.width,
                b"" if one.instances is None else encode_instances(one.instances)))
            counter.add(one.name, one.digest, one.label, one.instances)
            remarks += [(pair.image, remark) for remark in one.remarks]
    return counter.info()


def load_pair(dataset: SegDataset, pair: Pair, max_size: int = 0) -> Loaded:
    """Reads one image and its label, and checks that they fit the dataset and each other.

    Raises:
      UserError: a line that names the file and the remedy.
    """
    image = image_for_record(pair.image, max_size)
    label, instances = dataset.decode(pair.label)
    path = dataset.label_path(pair.label)
    if label.shape != image.full:
        raise UserError(size_message(path, label.shape, pair.image, image.full))
    problem = outside_problem(dataset, label)
    if problem:
        raise UserError(f"{path}: {problem}")
    size = image.height, image.width
    if label.shape != size:
        label = np.asarray(Image.fromarray(label).resize(size[::-1], Image.NEAREST))
        instances = None if instances is None else resized(instances, *size)
    return Loaded(pair.name, image.data, image_digest(image.data, pair.image), label,
                  encode_png(label), instances, image.height, image.width, image.remarks)


def outside_problem(dataset: SegDataset, label: np.ndarray) -> Optional[str]:
    """Returns a line on the values of a source's label that are no class, or None."""
    outside = outside_values(label, dataset.num_classes)
    if not outside:
        return None
    text = outside_message(outside, dataset.num_classes, dataset.first_value)
    return text + (", or ignore values (--ignore, --reduce_zero_label)" if dataset.label_files
                   else "")


def outside_values(label: np.ndarray, num_classes: int) -> List[int]:
    """Returns the sorted label values that are neither a class nor IGNORE_LABEL."""
    values = np.flatnonzero(np.bincount(label.reshape(-1), minlength=256))
    return [int(value) for value in values if num_classes <= value != IGNORE_LABEL]


def outside_message(values: Sequence[int], num_classes: int, first: int = 0) -> str:
    """Returns one line for label values outside the class list.

    Args:
      values: of the label.
      num_classes: of the class list.
      first: what the file holds for class 0.
    """
    shown = ", ".join(str(value + first) for value in values[:6]) + (
        ", ..." if len(values) > 6 else "")
    return ("the label has the value{} {}, expected class indices {}..{} and {} for ignore; "
            "renumber the labels (visible greys are no indices) or lengthen the class list".format(
                "s" if len(values) > 1 else "", shown, first, num_classes - 1 + first,
                IGNORE_LABEL))


def size_message(label_path: str, label_shape: Tuple[int, int], image_path: str,
                 image_shape: Tuple[int, int]) -> str:
    """Returns one line for a label and an image of different sizes."""
    text = (f"{label_path}: the label is {label_shape[1]}x{label_shape[0]}, its image {image_path} "
            f"is {image_shape[1]}x{image_shape[0]}")
    if tuple(label_shape) == tuple(image_shape)[::-1]:
        return text + "; if EXIF rotates the image, rotate the label too, or strip the EXIF tag"
    return text + "; expected equal sizes: pair or resize them rightly"
