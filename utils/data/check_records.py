"""Checks converted records: they are whole, sound, and what the sidecar says."""
import collections
import dataclasses
from typing import List

from utils.data.convert import outside_message, outside_values
from utils.data.copies import Copies
from utils.data.counting import SplitCounter, image_digest
from utils.data.datasets import DATASETS
from utils.data.findings import (
    SAVE_AS_1,
    Duplicates,
    Finding,
    class_findings,
    error,
    unlabelled,
    warning,
)
from utils.data.images import load_image
from utils.data.instances import decode_ids, instances_problem
from utils.data.masks.files import mask_from_bytes
from utils.data.progress import Progress, with_progress
from utils.data.records import existing_splits, open_dataset, shard_problem, split_paths
from utils.data.scan import features, scan
from utils.data.seg_mentor import unpack, unpack_pixels
from utils.errors import UserError
from utils.measures.picture_hashes import sketch
from utils.ordered import ordered_map

#: One sound record; `problem` is a line where it is not.
_Inspected = collections.namedtuple(
    "_Inspected", "problem record name digest label instances sketch")


def check_records(datapath: str, family: str = "", workers: int = 0,
                  progress: Progress = None, copies: str = "auto") -> List[Finding]:
    """Reads every record of a folder.

    Args:
      datapath: folder of records.
      family: names the classes of seg-mentor's raw-pixel records.
      workers: threads that decode; 0 for one per core.
      progress: as in `convert`.
      copies: whether pictures are compared, of `copies.CHOICES`.

    Raises:
      UserError: no folder, or no records in it.
    """
    if not existing_splits(datapath):
        open_dataset(datapath, family)  # says what is missing
    try:
        info = open_dataset(datapath, family)
    except UserError as problem:
        return [error("sidecar", str(problem))]
    findings = list(_listing_findings(datapath, info))
    duplicates, near, found = Duplicates(), Copies(info.num_classes, copies), {}
    for split in existing_splits(datapath):
        found[split], more = _check_split(datapath, split, info, duplicates, near, workers,
                                          progress)
        findings += more
    remedy = (DATASETS.get(info.family).ignored_remedy if info.family in DATASETS.names()
              else SAVE_AS_1)
    findings += near.findings()
    return findings + class_findings(datapath, dataclasses.replace(info, splits=found), remedy)


def _listing_findings(datapath, info):
    present = existing_splits(datapath)
    for split in info.splits:
        if split not in present:
            yield error("missing split", f"{datapath}: the records of {split} are missing; copy "
                                         "them or convert again")
    for split in present:
        problem = shard_problem(split_paths(datapath, split))
        if problem:
            yield error("shards", f"{datapath}: {problem}")
        if split not in info.splits:
            yield warning("foreign split", f"{datapath}: dataset.json knows nothing of {split}; "
                                           "remove its records or convert again")


def _check_split(datapath, split, info, duplicates, near, workers, progress):
    """Returns (SplitInfo as counted, findings) of a split."""
    expected = info.splits.get(split)
    findings, counter = [], SplitCounter(split, info.num_classes)
    records = _records(split_paths(datapath, split), findings)
    inspected = ordered_map(lambda record: _inspect(record, info, near.wanted), records,
                            workers)
    for one in with_progress(inspected, progress, split, expected.count if expected else None):
        if one.problem:
            findings.append(error("record", one.problem))
        else:
            name = one.name or f"{split}_{counter.count}"
            counter.add(name, one.digest, one.label, one.instances)
            place = f"{one.record} ({name})"
            findings += duplicates.add(split, place, one.digest)
            near.add(split, place, name, one.digest, one.sketch)
            findings += unlabelled(place, one.label, info.num_classes)
    if expected:
        findings += _compare(datapath, expected, counter.info(), info.class_names)
    return counter.info(), findings


def _records(paths, findings):
    """Yields the records of all files; damage ends a file, and becomes a finding."""
    for path in paths:
        try:
            yield from scan(path)
        except UserError as problem:
            findings.append(error("corrupt", str(problem)))


def _compare(datapath, expected, found, class_names):
    """Errors where what was counted is not what the sidecar says of a split."""
    if found.count != expected.count:
        yield error("count", f"{datapath}: {expected.name} holds {found.count} sound records, "
                             f"dataset.json says {expected.count}; convert again")
        return
    if found.sha256 != expected.sha256:
        yield error("hash", f"{datapath}: the records of {expected.name} are not those that "
                            f"dataset.json describes (hash {found.sha256[:12]}, expected "
                            f"{str(expected.sha256)[:12]}); convert again")
    for what, counted, said in _statistics(class_names, found, expected):
        if counted != said:
            yield error("statistics", f"{datapath}: {what} of {expected.name} are {counted}, "
                                      f"dataset.json says {said}; convert again")


def _statistics(class_names, found, expected):
    """Yields (what, as counted, as the sidecar says)."""
    for what, key in (("pixels", "pixels_per_class"), ("images", "images_per_class"),
                      ("pixels of images", "image_pixels_per_class"),
                      ("objects", "instances_per_class")):
        counted, said = getattr(found, key), getattr(expected, key)
        if said is None:  # the sidecar is older than this count
            continue
        if counted is None:
            yield "the instances", "not in every record", "that they are"
            continue
        if len(counted) != len(said):
            yield f"{what} per class", f"of {len(counted)} classes", \
                f"of {len(said)}"
        for name, one, other in zip(class_names, counted, said):
            yield f"the {what} with {name}", one, other
    yield "the ignored pixels", found.ignored_pixels, expected.ignored_pixels
    for size in sorted(set(found.sizes) | set(expected.sizes)):
        yield f"the images of {size}", found.sizes.get(size, 0), expected.sizes.get(size, 0)


def _inspect(record, info, wanted):
    try:
        if info.raw_pixels:
            made = sketch(*unpack_pixels(record)) if wanted else None
            return _Inspected(None, record, "", *unpack(record), None, made)
        return _Inspected(None, record, *_decode(record, info, wanted))
    except UserError as problem:
        return _Inspected(str(problem), record, "", "", None, None, None)


def _decode(record, info, wanted):
    """Returns (name, digest of the image, label, instances or None, sketch or None) of an encoded
    record; a `UserError` that names it."""
    found = features(record)
    try:
        name, image, label = (found[key].bytes_list.value[0] for key in ("name", "image", "label"))
        size = tuple(found[key].int64_list.value[0] for key in ("height", "width"))
    except (KeyError, IndexError):
        raise UserError("{}: expected image, label, name, height and width, got {}; convert "
                        "again".format(record, ", ".join(sorted(found)) or "nothing")) from None
    label = mask_from_bytes(label, f"{record}, label")
    picture = load_image(image, f"{record}, image")
    shape = picture.shape[:2]
    if not label.shape == shape == size:
        raise UserError("{}: image {}x{}, label {}x{}, size noted {}x{} (height x width); convert "
                        "again".format(record, *(shape + label.shape + size)))
    outside = outside_values(label, info.num_classes)
    if outside:
        raise UserError(f"{record}: {outside_message(outside, info.num_classes)}")
    return (name.decode("utf-8", "replace"), image_digest(image, str(record)), label,
            _instances(record, found, label, info.num_classes),
            sketch(picture, label) if wanted else None)


def _instances(record, found, label, num_classes):
    if "instances" not in found:
        return None
    instances = decode_ids(found["instances"].bytes_list.value[0], f"{record}, instances")
    problem = instances_problem(instances, label, num_classes)
    if problem:
        raise UserError(f"{record}: {problem}; convert again")
    return instances
