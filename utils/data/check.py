"""Checks a source folder: finds all that a conversion would stumble over."""
import collections
import hashlib
import os
from typing import List

from utils.data.convert import outside_problem, size_message
from utils.data.copies import Copies
from utils.data.counting import SplitCounter
from utils.data.datasets.base import SegDataset
from utils.data.findings import (
    Duplicates,
    Finding,
    class_findings,
    error,
    image_findings,
    listing_findings,
    unlabelled,
)
from utils.data.images import load_with_remarks, read_bytes
from utils.data.progress import Progress, with_progress
from utils.data.sidecar import DatasetInfo
from utils.errors import UserError
from utils.measures.picture_hashes import sketch
from utils.ordered import ordered_map

#: What one pair holds. digest: None where the image cannot be read; label: None likewise.
_Inspected = collections.namedtuple("_Inspected", "findings digest label remarks sketch")


def check_source(dataset: SegDataset, source: str, workers: int = 0,
                 progress: Progress = None, copies: str = "auto") -> List[Finding]:
    """Looks at every image and label of a source.

    Args:
      dataset: the family of the folder (`open_source`).
      source: the folder.
      workers: threads that read; 0 for one per core.
      progress: as in `convert`.
      copies: whether pictures are compared, of `copies.CHOICES`.
    """
    listed = dataset.list_pairs(source)
    findings = listing_findings(source, listed) + list(dataset.source_findings(source))
    duplicates, counters, remarks = Duplicates(), {}, []
    near = Copies(dataset.num_classes, copies)
    for split, pairs in listed.items():
        counters[split] = SplitCounter(split, dataset.num_classes)
        inspected = ordered_map(lambda pair: _inspect(dataset, pair, near.wanted), pairs,
                                workers)
        for one, pair in with_progress(zip(inspected, pairs), progress, split, len(pairs)):
            findings += one.findings
            remarks += [(pair.image, remark) for remark in one.remarks]
            if one.digest is not None:
                findings += duplicates.add(split, pair.image, one.digest)
                near.add(split, pair.image, pair.name, one.digest, one.sketch)
            if one.label is not None:
                counters[split].add(pair.name, one.digest, one.label)
                findings += unlabelled(pair.image, one.label, dataset.num_classes)
    splits = {split: counter.info() for split, counter in counters.items() if listed[split]}
    info = DatasetInfo(dataset.name, dataset.class_names, dataset.palette, splits)
    images = sum(len(pairs) for pairs in listed.values())
    return (findings + near.findings() + image_findings(remarks, images)
            + class_findings(source, info, dataset.ignored_remedy))


def _inspect(dataset, pair, wanted):
    findings, digest, pixels, shape, label, remarks = [], None, None, None, None, ()
    try:
        data = read_bytes(pair.image)
        pixels, remarks = load_with_remarks(data, pair.image)
        digest, shape = hashlib.sha1(data).hexdigest(), pixels.shape[:2]
    except UserError as problem:
        findings.append(error(_image_kind(pair), str(problem)))
    try:
        label, _ = dataset.decode(pair.label)
        findings += _label_findings(dataset, pair, shape, label)
    except UserError as problem:
        findings.append(error(_label_kind(dataset, pair), str(problem)))
    made = sketch(pixels, label) if wanted and pixels is not None and label is not None else None
    return _Inspected(findings, digest, label, remarks, made)


def _image_kind(pair):
    return "unreadable image" if os.path.isfile(pair.image) else "missing image"


def _label_kind(dataset, pair):
    missing = dataset.label_files and not os.path.isfile(pair.label)
    return "missing label" if missing else "unreadable label"


def _label_findings(dataset, pair, shape, label):
    path = dataset.label_path(pair.label)
    if shape and label.shape != shape:
        yield error("size", size_message(path, label.shape, pair.image, shape))
    problem = outside_problem(dataset, label)
    if problem:
        yield error("values", f"{path}: {problem}")
