"""A folder of one's own: images/, masks/ and classes.txt.

    images/<split>/*.jpg  masks/<split>/*.png      split: train, val, test, or a word for one
    images/*.jpg          masks/*.png              or flat: split by train.txt, val.txt, test.txt,
                                                   or without them a fifth is for validation
    classes.txt           one class a line, in the order of the masks' values; or `name r g b`

Other ways to lay out folders are in `layouts`, other names of masks in `mask_names`, other class
lists in `class_lists`. Images may lie in further folders, whose names are part of their ids.

Masks hold class indices, and 255 where pixels are to be ignored. Where classes.txt gives a colour
to every class, RGB masks in those colours are read as well. A line `ignore r g b` names the colour
of ignored pixels; a line `ignore` ignores the value that it stands for.
"""
import dataclasses
import functools
import os
from typing import Dict, List, NamedTuple, Tuple

from utils.data.datasets.base import (
    DATASETS,
    Pair,
    SegDataset,
    check_values_of_list,
    distinct_palette,
    remedy_of_ignoring,
    split_by_hash,
    with_masks,
)
from utils.data.datasets.listing.class_lists import (
    find_class_list,
    read_class_list,
    unread_class_lists,
)
from utils.data.datasets.listing.layouts import LAYOUT, find_layout
from utils.data.datasets.listing.left_out import left_out
from utils.data.datasets.listing.mask_names import check_stems, match_masks, stem
from utils.data.datasets.listing.split_lists import find_split_lists, split_by_lists
from utils.data.findings import Finding, error, note, some
from utils.data.image_files import is_image, walk_files
from utils.data.masks.files import read_index_mask
from utils.data.masks.reading import MaskClasses
from utils.errors import UserError

_NO_MASK = "no mask"


class _Found(NamedTuple):
    """The pairs of a `layouts.Part`, and what there is to say of them."""
    pairs: Tuple[Pair, ...]
    findings: Tuple[Finding, ...]


# ---- The classes. ----

def _configure(family, source, options):
    path = find_class_list(source)
    classes = read_class_list(path)
    family = dataclasses.replace(
        family, class_names=classes.names,
        palette=classes.colours or distinct_palette(len(classes.names)),
        list_pairs=functools.partial(list_pairs, seed=options.seed),
        source_findings=functools.partial(_findings, classes),
        ignored_remedy=remedy_of_ignoring(classes.ignored) if classes.ignored
        else family.ignored_remedy)
    check_values_of_list(path, classes, options)
    return with_masks(family, source, options, MaskClasses(
        classes.names, classes.colours, classes.ignore_colour, table=classes.table), where=path)


def _findings(classes, source):
    return list(classes.findings) + unread_class_lists(source) + source_findings(source)


# ---- The pairs. ----

def list_pairs(source: str, seed: int = 0) -> Dict[str, Tuple[Pair, ...]]:
    """Returns {split: pairs}; see `SegDataset`.

    Raises:
      UserError: an unknown layout, names that fit several ways, lists of other files.
    """
    layout = find_layout(source)
    pairs = {split: _joined(source, parts) for split, parts in layout.parts.items()}
    if "" not in pairs:
        return pairs
    lists = find_split_lists(source)
    if not lists:
        return split_by_hash(pairs[""], seed)
    return split_by_lists(lists, pairs[""], _paths(source, layout.parts[""][0].masks), source)


def _joined(source, parts):
    """Returns the pairs of a split's folders; a `UserError` where two folders hold one name."""
    owner, pairs = {}, []
    for part in parts:
        for pair in _match(source, part).pairs:
            if owner.setdefault(pair.name, part) != part:
                raise UserError(f"{os.path.join(source, owner[pair.name].images)} and "
                                f"{os.path.join(source, part.images)} are one split, and both hold "
                                f"{pair.name!r}; rename one, or leave one folder out")
            pairs.append(pair)
    return tuple(pairs)


def _paths(source, folder):
    return [os.path.join(source, folder, file) for file in walk_files(
        os.path.join(source, folder)).files if is_image(file)]


def _match(source, part) -> _Found:
    images, masks = (os.path.join(source, folder) for folder in part)
    image_files, mask_files = ([file for file in walk_files(folder).files if is_image(file)]
                               for folder in (images, masks))
    check_stems(image_files, images)
    found = match_masks(image_files, mask_files, masks)
    pairs = tuple(Pair(stem(file), os.path.join(images, file),
                       os.path.join(masks, found.masks.get(file, stem(file) + ".png")))
                  for file in image_files)
    findings = [note("mask names", f"{masks}: {found.rule}")] if found.rule else []
    lonely = [file for file in image_files if file not in found.masks]
    strange = sorted(set(mask_files) - set(found.masks.values()))
    if lonely and (strange or len(lonely) == len(image_files)):
        others = strange or [file for file in walk_files(masks).files if not is_image(file)]
        findings.append(_without_masks(masks, image_files, lonely, others))
    return _Found(pairs, tuple(findings))


def _without_masks(masks, images, lonely, others):
    there = "there is " + some(others, 3) if others else (
        "the folder is empty" if os.path.isdir(masks) else "there is no such folder")
    return error(_NO_MASK, "{}: no mask for {} of {} images ({}); looked for {} (or .tif, .bmp, "
                 ".gif, or one ending that all masks share); {}".format(
                     masks, len(lonely), len(images), some(lonely, 3), stem(lonely[0]) + ".png",
                     there))


# ---- What is left out or was decided. ----

def source_findings(source: str) -> List[Finding]:
    """Finds what a folder holds beside its pairs, how masks were found, which folders are one."""
    layout = find_layout(source)
    listed = "" in layout.parts and find_split_lists(source)  # and may pair other names
    findings = [one for parts in layout.parts.values() for part in parts
                for one in _match(source, part).findings if not (listed and one.kind == _NO_MASK)]
    for split, parts in layout.parts.items():
        if len(parts) > 1:
            findings.append(note("folders", "{}: read as one split, {}".format(
                " and ".join(os.path.join(source, part.images) for part in parts), split)))
    pairs = [pair for members in list_pairs(source).values() for pair in members]
    used = [path for pair in pairs for path in (pair.image, pair.label)]
    return (findings + _list_findings(source, layout)
            + left_out(source, layout.roots, used, layout.ignored, "list it or remove it"
                       if listed else "add its partner or remove it"))


def _list_findings(source, layout):
    lists = find_split_lists(source)
    if lists and "" not in layout.parts:
        return [note("lists", f"{some(sorted(lists.values()))}: not read, since folders split the "
                              "images")]
    if lists:
        return [note("lists", f"{some(sorted(lists.values()))}: split the images")]
    folders = sorted({pair.name.split("/")[0] for pair in _joined(source, layout.parts.get("", ()))
                      if "/" in pair.name})
    return [note("folders", f"{os.path.join(source, layout.roots[0])}: no folder named train, val "
                            f"or test, so that its folders ({some(folders)}) are one set, of which "
                            "a fifth is for validation")] if folders else []


DATASETS.register("folder", SegDataset(
    name="folder", class_names=(), palette=(), layout=LAYOUT,
    list_pairs=list_pairs, decode_label=read_index_mask, configure=_configure,
    source_findings=source_findings))
