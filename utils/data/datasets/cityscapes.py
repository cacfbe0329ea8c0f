"""Cityscapes: gtFine labelIds to the 19 classes that are trained on.

Table and colours: github.com/mcordts/cityscapesScripts, helpers/labels.py. The labels of the test
split are not published, so there is no test split here.
"""
import dataclasses
import functools
import glob
import os
from typing import Dict, List, Tuple

import numpy as np

from utils.data.datasets.base import DATASETS, Pair, SegDataset, with_masks
from utils.data.datasets.listing.left_out import left_out
from utils.data.findings import Finding, note, some, unpaired, warning
from utils.data.image_files import visible_folders, walk_files
from utils.data.image_opening import read_bytes
from utils.data.instances import decode_ids, numbered
from utils.data.labels import IGNORE_LABEL
from utils.data.masks.reading import MaskClasses
from utils.errors import UserError

#: (labelId, class, colour) in the order of the train ids 0..18.
_CLASSES = (
    (7, "road", (128, 64, 128)), (8, "sidewalk", (244, 35, 232)), (11, "building", (70, 70, 70)),
    (12, "wall", (102, 102, 156)), (13, "fence", (190, 153, 153)), (17, "pole", (153, 153, 153)),
    (19, "traffic light", (250, 170, 30)), (20, "traffic sign", (220, 220, 0)),
    (21, "vegetation", (107, 142, 35)), (22, "terrain", (152, 251, 152)),
    (23, "sky", (70, 130, 180)), (24, "person", (220, 20, 60)), (25, "rider", (255, 0, 0)),
    (26, "car", (0, 0, 142)), (27, "truck", (0, 0, 70)), (28, "bus", (0, 60, 100)),
    (31, "train", (0, 80, 100)), (32, "motorcycle", (0, 0, 230)), (33, "bicycle", (119, 11, 32)))
_SPLITS = {"training": "train", "validation": "val"}
_LAST_ID = 33
_IMAGE = "_leftImg8bit.png"
#: Endings of labels, the preferred one first; the second is an export of the first.
_LABELS = _IDS, _TRAIN = "_gtFine_labelIds.png", "_gtFine_labelTrainIds.png"
#: Ending of the ids of objects: labelId * 1000 + number; below 1000 a labelId alone, of stuff and
#: of groups that are not told apart.
_INSTANCES, _PER_LABEL = "_gtFine_instanceIds.png", 1000


def _table():
    """Returns the class of each labelId 0..255; 34..254 stay outside the class list, and are
    reported."""
    table = np.arange(256, dtype=np.uint8)
    table[:_LAST_ID + 1] = IGNORE_LABEL
    for index, (label_id, _, _) in enumerate(_CLASSES):
        table[label_id] = index
    return table


_CLASS_OF_ID = _table()


def _find(source, part, split, ending):
    pattern = os.path.join(glob.escape(os.path.join(source, part, split)), "*", "*" + ending)
    return sorted(glob.glob(pattern))


def _label_of(source, split, image):
    """Returns the label ids of an image where they are there, else its train ids where those
    are."""
    city, name = os.path.split(image)
    start = os.path.join(source, "gtFine", split, os.path.basename(city), name[:-len(_IMAGE)])
    return start + (_IDS if os.path.isfile(start + _IDS) or not os.path.isfile(start + _TRAIN)
                    else _TRAIN)


def list_pairs(source: str) -> Dict[str, Tuple[Pair, ...]]:
    """Lists {split: pairs} of train and val, sorted by path.

    Raises:
      UserError: labels of training without any image.
    """
    pairs = {}
    for ours, split in _SPLITS.items():
        images = _find(source, "leftImg8bit", split, _IMAGE)
        pairs[ours] = tuple(Pair(os.path.basename(image)[:-len(_IMAGE)], image,
                                 _label_of(source, split, image)) for image in images)
    if not pairs["training"] and _labels(source, "train"):
        raise UserError(f"--source={source}: gtFine without leftImg8bit; unpack "
                        "leftImg8bit_trainvaltest there too")
    return pairs


def _labels(source, split):
    return [path for ending in _LABELS for path in _find(source, "gtFine", split, ending)]


def source_findings(source: str) -> List[Finding]:
    """Finds what the folder holds beside its pairs.

    Warnings name labels without an image, and images under other names or in other places than
    Cityscapes has. Notes count labels of train ids, and the files of splits that are not read.
    """
    pairs = [pair for members in list_pairs(source).values() for pair in members]
    labels = {pair.label for pair in pairs}
    folders = [os.path.join("leftImg8bit", split) for split in _SPLITS.values()]
    return (_train_ids(labels) + _without_instances(labels) + unpaired(_lonely(source, labels))
            + left_out(source, folders, [pair.image for pair in pairs]) + _unread_splits(source))


def _lonely(source, labels):
    """Labels without an image; train ids of an image whose label ids are read do not count."""
    starts = {path[:-len(_IDS)] for path in labels if path.endswith(_IDS)}
    found = [path for split in _SPLITS.values() for path in _labels(source, split)]
    return [path for path in found if path not in labels
            and not (path.endswith(_TRAIN) and path[:-len(_TRAIN)] in starts)]


def _train_ids(labels):
    count = sum(path.endswith(_TRAIN) for path in labels)
    return [note("train ids", f"{count} of {len(labels)} labels: read as train ids, since their "
                              "labelIds are not there")] if count else []


def _without_instances(labels):
    """A warning where some labels have the ids of objects beside them, and others do not."""
    missing = sorted(path for path in labels if not os.path.isfile(_instances_of(path)))
    if len(missing) in (0, len(labels)):
        return []
    return [warning("instance ids", f"{len(missing)} of {len(labels)} labels have no {_INSTANCES} "
                    "beside them, so that splits with them count as without instances: "
                    f"{some(missing, 3)}")]


def _instances_of(label):
    return label[:-len(_TRAIN if label.endswith(_TRAIN) else _IDS)] + _INSTANCES


def _unread_splits(source):
    root = os.path.join(source, "leftImg8bit")
    counts = [(name, len(walk_files(os.path.join(root, name)).files))
              for name in visible_folders(root) if name not in _SPLITS.values()]
    return [note("unread split", f"{os.path.join(root, name)}: not read ({count} files); only "
                                 "train and val are") for name, count in counts if count]


def _decode_label(of_ids, of_train_ids, path):
    return (of_train_ids if path.endswith(_TRAIN) else of_ids)(path)


def _decode_instances(decode_label, path):
    """Decodes a label, and the ids beside it: (uint8 [H, W], uint16 [H, W] or None)."""
    label, beside = decode_label(path), _instances_of(path)
    if not os.path.isfile(beside):
        return label, None
    ids = decode_ids(read_bytes(beside), beside)
    if ids.shape != label.shape:
        raise UserError("{}: {}x{}, but its label is {}x{} (height x width); take both from one "
                        "release of gtFine".format(beside, *(ids.shape + label.shape)))
    objects = (ids >= _PER_LABEL) & (label != IGNORE_LABEL)
    classes = _CLASS_OF_ID[np.minimum(ids // _PER_LABEL, len(_CLASS_OF_ID) - 1)]
    wrong = ids[objects & (classes != label)]
    if wrong.size:
        raise UserError(f"{beside}: {wrong.size} pixels are of objects of other classes than "
                        f"{path} has there, the first of {wrong[0]}; take both from one release of "
                        "gtFine, or remove the instanceIds")
    return label, numbered(np.where(objects, ids, 0))


def _configure(family, source, options):
    """Reads both kinds of labels, each with its own meaning of values."""
    if options.reduce_zero_label:
        raise UserError("--reduce_zero_label: the ids of cityscapes are given; leave it out")
    ids = with_masks(family, source, options, MaskClasses(family.class_names, table=_CLASS_OF_ID))
    train = with_masks(family, source, options, MaskClasses(family.class_names))
    decode_label = functools.partial(_decode_label, ids.decode_label, train.decode_label)
    return dataclasses.replace(ids, decode_label=decode_label, decode_instances=functools.partial(
        _decode_instances, decode_label))


DATASETS.register("cityscapes", SegDataset(
    name="cityscapes",
    class_names=tuple(name for _, name, _ in _CLASSES),
    palette=tuple(colour for _, _, colour in _CLASSES),
    layout="leftImg8bit/{train,val}/<city>/*.png and gtFine/{train,val}/<city>/*_labelIds.png",
    list_pairs=list_pairs, decode_label=None, configure=_configure,
    source_findings=source_findings))
