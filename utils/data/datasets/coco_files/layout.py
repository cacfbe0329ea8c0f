"""Finds the files of a COCO data set, as published and as annotation tools write it."""
import collections
import glob
import os
import re
from typing import Dict, List, Tuple

from utils.data.findings import Finding, note, some, warning
from utils.data.splits import SPLITS, split_of
from utils.errors import UserError

#: name: what --variant says. annotations: the files, with {} for a split's name, or a single file.
#: images: folders that may hold the images, the likeliest first.
Layout = collections.namedtuple("Layout", "name annotations images")
LAYOUTS = (
    Layout("2017", "annotations/instances_{}2017.json", ("{}2017", "images/{}2017", "images")),
    Layout("2014", "annotations/instances_{}2014.json", ("{}2014", "images/{}2014", "images")),
    Layout("splits", "annotations/instances_{}.json", ("images/{}", "{}", "images")),  # CVAT
    Layout("short", "annotations/{}.json", ("images/{}", "{}", "images")),
    Layout("roboflow", "{}/_annotations.coco.json", ("{}",)),
    Layout("single", "annotations/instances.json", ("images",)),
    Layout("default", "annotations/instances_default.json", ("images/default", "images")),  # CVAT
    Layout("labelstudio", "result.json", ("images", ".")),
    Layout("labelstudio_brush", "result_coco.json", ("images", ".")),
    Layout("roboflow_single", "_annotations.coco.json", (".",)),
    Layout("fiftyone", "labels.json", ("data",)),
    Layout("labelme", "annotations.json", ("images", "JPEGImages", ".")))
#: The variant that reads the one layout that is there.
ANY = "any"
LAYOUT_TEXT = ("annotations/instances_{train,val}2017.json with train2017/ and val2017/, "
               "annotations/instances.json with images/, or an export of CVAT, Label Studio or "
               "Roboflow (docs/data.md)")

#: split: "" for a file that is not split; path: the COCO file; folders: where images may be.
Found = collections.namedtuple("Found", "split path folders")


def find_files(source: str, variant: str = "") -> Tuple[List[Found], List[Finding]]:
    """Returns the COCO files of a source folder.

    Args:
      source: the folder.
      variant: name of the `Layout` to read; empty or `ANY` to look which is there.

    Returns:
      (`Found`s, training first; findings on other files that lie there).

    Raises:
      UserError: no file, files of several layouts, or two files of one split.
    """
    there = {layout.name: _files_of(source, layout) for layout in LAYOUTS}
    there = {name: files for name, files in there.items() if files}
    chosen = variant if variant not in ("", ANY) else _only(source, there)
    if chosen not in there:
        raise UserError("--variant={}: {} is not in {}; there is {}".format(
            variant, _layout(chosen).annotations, source, ", ".join(there) or "no other"))
    files = there[chosen]
    for split, found in files.items():
        if len(found) > 1:
            raise UserError("--source={}: two files of one split ({}): {}; remove one".format(
                source, split, " and ".join(os.path.relpath(one.path, source) for one in found)))
    splits = sorted(files, key=("",).__add__(SPLITS).index)
    return [files[split][0] for split in splits], list(_left_out(source, chosen, there))


def _layout(name):
    return next(layout for layout in LAYOUTS if layout.name == name)


def _files_of(source, layout):
    """Returns {split: list of `Found`} of a layout."""
    pattern = re.compile(re.escape(layout.annotations).replace(r"\{\}", "([A-Za-z]+)") + "$")
    found = collections.defaultdict(list)
    for path in sorted(glob.glob(os.path.join(
            glob.escape(source), layout.annotations.replace("{}", "*")))):
        match = pattern.match(os.path.relpath(path, source).replace(os.sep, "/"))
        word = match and match.group(1) if "{}" in layout.annotations else ""
        split = split_of(word) if word else word
        if split is not None and os.path.isfile(path):
            found[split].append(Found(split, path, tuple(
                os.path.normpath(os.path.join(source, part.format(word)))
                for part in layout.images)))
    return dict(found)


def _only(source, there: Dict[str, Dict]) -> str:
    """Returns the one layout that is there, with its images where several are."""
    complete = [name for name, files in there.items() if _has_training_images(files)]
    names = complete or list(there)
    if len(names) == 1:
        return names[0]
    if names:
        raise UserError("--source={}: files of several layouts: {}; choose one by {}".format(
            source, ", ".join(os.path.relpath(_first(there[name]).path, source) for name in names),
            " or ".join("--variant=" + name for name in names)))
    others = sorted(glob.glob(os.path.join(glob.escape(source), "*.json"))
                    + glob.glob(os.path.join(glob.escape(source), "*", "*.json")))
    raise UserError("--source={}: no instances file{}; expected {}".format(
        source, f" (there is {some([os.path.relpath(path, source) for path in others], 4)})"
        if others else "", LAYOUT_TEXT))


def _first(files):
    return next(iter(files.values()))[0]


def _has_training_images(files):
    return any(os.path.isdir(folder) for split in ("", "training") for one in files.get(split, ())
               for folder in one.folders)


def _left_out(source, chosen, there):
    for name, files in there.items():
        if name != chosen:
            yield note("left out", f"{_first(files).path}: left out beside "
                                   f"{_layout(chosen).annotations}; --variant={name} reads it")
    used = {one.path for files in there.values() for found in files.values() for one in found}
    for path in sorted(glob.glob(os.path.join(glob.escape(source), "annotations", "*.json"))):
        name = os.path.basename(path)
        if name.startswith("image_info_"):
            yield note("no annotations", f"{path}: a list of images without annotations; it is "
                                         "left out")
        elif name.startswith("instances_") and path not in used:
            yield warning("left out", f"{path}: names no split and is left out; rename it to "
                          "instances_train.json, or _val, or _test")
