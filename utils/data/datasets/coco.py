"""COCO data sets: instances become semantic masks, with any grouping of categories into classes.

A grouping file is JSON, one entry per class in order; class 0, background, comes by itself:

    {"person": ["person"], "vehicle": ["supercategory:vehicle"]}

Without one, every category is a class. Smaller instances are drawn over larger ones. Crowd regions
of a grouped category are ignored where no instance covers them, or drawn as instances. All else is
background.
"""
import collections
import contextlib
import dataclasses
import gc

from utils.data.datasets.base import DATASETS, Pair, SegDataset, distinct_palette, split_by_hash
from utils.data.datasets.coco_files.classes import read_classes
from utils.data.datasets.coco_files.file import read_coco
from utils.data.datasets.coco_files.images import Images, choose_folder, unlisted
from utils.data.datasets.coco_files.layout import ANY, LAYOUT_TEXT, LAYOUTS, find_files
from utils.data.datasets.coco_files.outlines import Label, describe, draw, draw_objects
from utils.data.datasets.coco_files.regions import Regions
from utils.data.findings import error, note, some, warning
from utils.errors import UserError


@dataclasses.dataclass(frozen=True)
class _Part:
    """One file of a data set, split "" where it is the only one."""
    split: str
    file: object
    images: Images
    regions: Regions


@contextlib.contextmanager
def _uncollected():
    """Reads without the garbage collector, which would take a third of the time.

    It would go through millions of lists again and again, none of which is garbage.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _configure(family, source, options):
    with _uncollected():
        return _read(family, source, options)


def _read(family, source, options):
    found, findings = find_files(source, options.variant)
    files = [(one, read_coco(one.path)) for one in found]
    findings += [note("no annotations", f"{file.path}: has no annotations; it is left out")
                 for one, file in files if _without_truth(one, file)]
    files = [(one, file) for one, file in files if not _without_truth(one, file)]
    if not files:
        raise UserError(f"{found[0].path}: has no annotations, and there is no other COCO file; "
                        "add those of training and validation")
    classes = read_classes([file for _, file in files], options.categories)
    parts = [_part(one, file, index_of)
             for (one, file), index_of in zip(files, classes.index_of)]
    findings += classes.findings + _findings(parts, classes.names, options.crowd)
    pairs = {part.split: _pairs(part, options.crowd) for part in parts}
    pairs = split_by_hash(pairs[""], options.seed) if "" in pairs else pairs
    return dataclasses.replace(
        family, class_names=classes.names, palette=distinct_palette(len(classes.names)),
        list_pairs=lambda unused_source: pairs, source_findings=lambda unused_source: findings)


def _without_truth(found, file):
    """Tells whether a file is a test split without annotations, of which masks would be wrong."""
    return found.split == "test" and not file.annotations


def _part(found, file, index_of):
    images = Images(file, choose_folder(found.folders, file))
    ids = {entry.id for entry in images.entries}
    return _Part(found.split, file, images, Regions(file, ids, index_of))


def _pairs(part, crowd):
    return tuple(Pair(entry.name, entry.path, Label(
        part.file.path, entry.id, entry.path, entry.size,
        tuple(part.regions.of_image.get(entry.id, ())), crowd == "ignore"))
        for entry in part.images.entries)


def _findings(parts, names, crowd):
    findings = []
    for part in parts:
        findings += part.images.findings() + part.regions.findings()
        findings += _unlabelled(part) + _ungrouped(part)
    findings += unlisted([part.images for part in parts])
    return findings + (_crowds(parts, names) if crowd == "ignore" else [])


def _unlabelled(part):
    """Findings on images to which no annotation belongs."""
    entries = part.images.entries
    bare = [entry.name for entry in entries if entry.id not in part.regions.labelled]
    if not bare:
        return []
    text = (f"{part.file.path}: {len(bare)} of {len(entries)} images have no annotation, so all of "
            f"them is background: {some(bare, 3)}")
    if len(bare) == len(entries):
        return [error("no annotations", text + "; annotate them, or export the annotations too")]
    return [(warning if 2 * len(bare) > len(entries) else note)("no annotation", text)]


def _ungrouped(part):
    """Findings on categories that a grouping leaves out."""
    counts = part.regions.ungrouped.most_common()
    if not counts:
        return []
    names = {one.id: one.name for one in reversed(part.file.categories)}
    return [note("in no class", "{}: {} annotations of {} categories that are in no class are "
                 "background: {}".format(part.file.path, sum(count for _, count in counts),
                                         len(counts), some([f"{names[one]} ({count})"
                                                            for one, count in counts], 5)))]


def _crowds(parts, names):
    """Returns a warning for each class that is mostly crowds, and a note on the others."""
    counts = sum((part.regions.per_class for part in parts), collections.Counter())
    shares = [(name, counts[index, 1], counts[index, 0] + counts[index, 1])
              for index, name in enumerate(names) if counts[index, 1]]
    mostly = [share for share in shares if 2 * share[1] > share[2]]
    findings = [warning("crowds", "{1} of {2} regions of {0} are crowds (iscrowd=1), hence "
                        "ignored; --crowd=draw draws them as objects, which masks of a brush "
                        "are".format(*share)) for share in mostly]
    rest = ["{1} of {2} of {0}".format(*share) for share in shares if share not in mostly]
    if rest:
        findings.append(note("some crowds", "regions that are crowds (iscrowd=1), hence ignored: "
                             f"{some(rest, 5)}; --crowd=draw draws them as objects"))
    return findings


DATASETS.register("coco", SegDataset(
    name="coco", class_names=(), palette=(), layout=LAYOUT_TEXT,
    list_pairs=None, decode_label=draw, decode_instances=draw_objects, label_path=describe,
    configure=_configure,
    ignored_remedy="regions with iscrowd=1 are ignored: --crowd=draw draws them as objects",
    variants=(ANY,) + tuple(layout.name for layout in LAYOUTS), label_files=False,
    options=("categories", "crowd")))
