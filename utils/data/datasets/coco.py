"""MS COCO: instances to semantic masks, with any grouping of categories into classes.

A grouping file is JSON, one entry per class in order; class 0, background, comes by itself:

    {"person": ["person"], "vehicle": ["supercategory:vehicle"]}

Without one, every category is a class. Smaller instances are drawn over larger ones. Crowd regions
of a grouped category are ignored where no instance covers them; all else is background.
"""
import collections
import dataclasses
import functools
import json
import os

import numpy as np

from utils.data.datasets.base import (DATASETS, IGNORE_LABEL, Pair, SegDataset, distinct_palette,
                                      split_by_hash)
from utils.errors import UserError

_BACKGROUND = "background"
_SUPER = "supercategory:"
#: {split: (instances file, image folder)} as published, and a single unsplit set.
_YEARS = ("2017", "2014")
_SINGLE = ("annotations/instances.json", "images")


@dataclasses.dataclass(frozen=True)
class _Annotation(object):
    """What draws one image's mask: its origin, size, and (class, crowd, area, shape) per region."""
    path: str
    image_id: int
    height: int
    width: int
    regions: tuple


def _read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        raise UserError("{}: no such file".format(path))
    except ValueError as error:
        raise UserError("{}: not JSON ({}); copy or mend it".format(path, error))


def _find_sets(source):
    """{split: (instances file, image folder)}."""
    for year in _YEARS:
        names = {split: ("annotations/instances_{}{}.json".format(name, year), name + year)
                 for split, name in (("training", "train"), ("validation", "val"))}
        found = {split: tuple(os.path.join(source, part) for part in parts)
                 for split, parts in names.items()
                 if os.path.isfile(os.path.join(source, parts[0]))}
        if "training" in found:
            return found
    single = tuple(os.path.join(source, part) for part in _SINGLE)
    if os.path.isfile(single[0]):
        return {"": single}
    raise UserError("--source={}: no instances file; expected {} with {}/, or {} with {}/".format(
        source, "annotations/instances_train2017.json", "train2017", *_SINGLE))


def read_grouping(path, categories):
    """The classes of a grouping file.

    Args:
      path: JSON file, see above.
      categories: COCO's list of {"id", "name", "supercategory"}.

    Returns:
      ((class name, frozenset of category ids), ...), background not among them.

    Raises:
      UserError: a name that COCO does not have, or a category in two classes.
    """
    groups = _read_json(path)
    if not isinstance(groups, dict) or not groups:
        raise UserError('{}: expected {{"class": ["category", "supercategory:name"], ...}}'.format(
            path))
    classes, owner = [], {}
    for name, members in groups.items():
        members = [members] if isinstance(members, str) else members
        ids = [one for member in members for one in _category_ids(path, member, categories)]
        for one in ids:
            if owner.setdefault(one, name) != name:
                raise UserError("{}: a category of {!r} is in {!r} too; put it in one class".format(
                    path, name, owner[one]))
        classes.append((name, frozenset(ids)))
    return tuple(classes)


def _category_ids(path, member, categories):
    key, value = ("supercategory", member[len(_SUPER):]) if member.startswith(_SUPER) else (
        "name", member)
    ids = [category["id"] for category in categories if category[key] == value]
    if not ids:
        raise UserError("{}: no {} {!r}; there are {}".format(path, key, value, ", ".join(
            sorted({category[key] for category in categories}))))
    return ids


def _configure(family, source, options):
    sets = {split: (_read_json(annotations), folder, annotations)
            for split, (annotations, folder) in _find_sets(source).items()}
    categories = next(iter(sets.values()))[0]["categories"]
    classes = read_grouping(options.categories, categories) if options.categories else tuple(
        (category["name"], frozenset([category["id"]]))
        for category in sorted(categories, key=lambda one: one["id"]))
    names = (_BACKGROUND,) + tuple(name for name, _ in classes)
    class_of = {one: index for index, (_, ids) in enumerate(classes, 1) for one in ids}
    return dataclasses.replace(
        family, class_names=names, palette=distinct_palette(len(names)),
        list_pairs=functools.partial(_list_pairs, sets, class_of, options.seed))


def _list_pairs(sets, class_of, seed, unused_source):
    pairs = {split: _pairs(content, folder, path, class_of)
             for split, (content, folder, path) in sets.items()}
    return split_by_hash(pairs[""], seed) if "" in pairs else pairs


def _pairs(content, folder, path, class_of):
    regions = collections.defaultdict(list)
    for one in content["annotations"]:
        if one["category_id"] in class_of:
            regions[one["image_id"]].append((class_of[one["category_id"]], one.get("iscrowd", 0),
                                             one["area"], one["segmentation"]))
    pairs = []
    for image in content["images"]:
        label = _Annotation(path, image["id"], image["height"], image["width"],
                            tuple(regions[image["id"]]))
        name = image["file_name"]
        pairs.append(Pair(os.path.splitext(name)[0], os.path.join(folder, name), label))
    return tuple(pairs)


def decode_label(annotation):
    """Draws the mask: crowds first, then instances from the largest to the smallest."""
    mask = np.zeros((annotation.height, annotation.width), np.uint8)
    for index, crowd, _, shape in sorted(annotation.regions, key=lambda one: (-one[1], -one[2])):
        mask[_region(annotation, shape)] = IGNORE_LABEL if crowd else index
    return mask


def _region(annotation, shape):
    """bool [H, W] of polygons or of a run-length code."""
    from pycocotools import mask as rle  # of use here only
    size = annotation.height, annotation.width
    try:
        if isinstance(shape, list):
            code = rle.merge(rle.frPyObjects(shape, *size))
        elif isinstance(shape["counts"], list):
            code = rle.frPyObjects(shape, *size)
        else:
            code = shape
        region = rle.decode(code).astype(bool)
    except (TypeError, KeyError, ValueError, IndexError) as error:
        raise UserError("{}: an outline that cannot be drawn ({}); mend or remove it".format(
            describe_label(annotation), error))
    if region.shape != size:
        raise UserError("{}: a run-length code of {}x{} in an image of {}x{}; mend or remove "
                        "it".format(describe_label(annotation), *(region.shape[::-1] + size[::-1])))
    return region


def describe_label(annotation):
    return "{} (image id {})".format(annotation.path, annotation.image_id)


DATASETS.register("coco", SegDataset(
    name="coco", class_names=(), palette=(),
    layout="annotations/instances_{train,val}2017.json with train2017/ and val2017/",
    list_pairs=None, decode_label=decode_label, label_path=describe_label,
    configure=_configure, label_files=False))
