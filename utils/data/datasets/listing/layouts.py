"""Finds the folders of each split among users' images and masks.

    images/<split>/...   masks/<split>/...    split: train, val, test and longer words for them
    images/...           masks/...            not split
    <split>/images/...   <split>/masks/...    split first
    <split>/...          <split>_masks/...    or <split>_images/...
"""
import os
import re
from typing import Dict, List, NamedTuple, Optional, Tuple

from utils.data.image_files import is_image, list_folder, visible_folders, walk_files
from utils.data.splits import split_of
from utils.errors import UserError

LAYOUT = "images/, masks/ and classes.txt (one class a line)"
_IMAGES = ("images", "image", "imgs", "img", "img_dir")
_MASKS = ("masks", "mask", "labels", "label", "annotations", "ann_dir", "gt")
_BESIDE = ("_masks", "_mask", "_labels", "_label", "annot")
#: Words at the beginning of a folder's name that make it look like a split's.
_SPLIT_LIKE = ("train", "val", "test", "dev", "eval")


class Part(NamedTuple):
    """Folders of images and of their masks, relative to the source."""
    images: str
    masks: str


class Layout(NamedTuple):
    """Which folders of a source belong to which split.

    Attributes:
      parts: of each split; its name is "" where the source is not split.
      roots: the folders that hold the parts.
      ignored: folders that belong to no part, relative to the source.
    """
    parts: Dict[str, List[Part]]
    roots: Tuple[str, ...]
    ignored: Tuple[str, ...]


def find_layout(source: str) -> Layout:
    """Returns the layout of a source folder.

    Raises:
      UserError: none of the known ones, or folders that may be two things.
    """
    images, masks = _choose(source, "", _IMAGES), _choose(source, "", _MASKS)
    if images and masks:
        return _split_below(source, images, masks)
    layout = _split_first(source)
    if layout is None:
        raise UserError("--source={}: no images/ and masks/ in it{}; expected {}".format(
            source, " ({}/ without {})".format(images or masks, "masks/" if images else "images/")
            if images or masks else "", LAYOUT))
    return layout


def _choose(source, below, names) -> Optional[str]:
    """Returns the folder of some kind in source/below: the one of the first name, or the only
    one."""
    folder = os.path.join(source, below) if below else source
    found = [name for name in visible_folders(folder) if name.lower() in names]
    if names[0] in found:
        return names[0]
    if len(found) > 1:
        raise UserError("{}: {} may all be the {}; keep one, or name it {}".format(
            folder, ", ".join(name + "/" for name in found), names[0], names[0]))
    return found[0] if found else None


def _split_below(source, images, masks):
    """Finds images/<split>/ and masks/<split>/, or images/ and masks/ without splits."""
    folders = visible_folders(os.path.join(source, images))
    splits = [name for name in folders if split_of(name)]
    for name in folders:
        if name not in splits and name.lower().startswith(_SPLIT_LIKE):
            raise UserError(f"{os.path.join(source, images, name)}: unknown split {name!r}; name "
                            "the folder train, val or test")
    others = tuple(name for name in visible_folders(source) if name not in (images, masks)
                   and (split_of(name) or name.lower() in _IMAGES + _MASKS))
    if not splits:
        _refuse_deeper_splits(source, images)
        return Layout({"": [Part(images, masks)]}, (images, masks), others)
    parts = {}
    for name in splits:
        parts.setdefault(split_of(name), []).append(
            Part(images + "/" + name, _masks_of(source, masks, name)))
    others += tuple(images + "/" + name for name in folders if name not in splits)
    return Layout(parts, (images, masks), others)


def _masks_of(source, masks, split):
    """Returns the folder of a split's masks: of the same name, of the same split, or one for
    all."""
    folders = visible_folders(os.path.join(source, masks))
    same = [name for name in folders if split_of(name) == split_of(split)]
    if split in folders or len(same) > 1:
        return masks + "/" + split
    if same:
        return masks + "/" + same[0]
    loose = [name for name in list_folder(os.path.join(source, masks)) if is_image(name)]
    return masks if loose and not any(split_of(name) for name in folders) else masks + "/" + split


def _refuse_deeper_splits(source, images):
    for file in walk_files(os.path.join(source, images)).files:
        for name in file.split("/")[1:-1]:
            if split_of(name):
                raise UserError(f"{os.path.join(source, images, file)}: a split's folder below "
                                f"another folder; expected {images}/{name}/...")


def _split_first(source):
    """Returns <split>/images/ and <split>/masks/, or <split>/ and <split>_masks/; None for
    others."""
    folders = visible_folders(source)
    parts = {}
    for name in folders:
        word = re.sub("(?i)[_-]?({})$".format("|".join(_IMAGES)), "", name)
        part = _part_of(source, name, word, folders) if split_of(word) else None
        if part:
            parts.setdefault(split_of(word), []).append(part)
    roots = sorted({folder.split("/")[0] for members in parts.values() for part in members
                    for folder in part})
    ignored = tuple(name for name in folders if split_of(name) and name not in roots)
    return Layout(parts, tuple(roots), ignored) if parts else None


def _part_of(source, name, word, folders):
    """Returns the `Part` of a split's folder, or None where neither images/ nor masks are with
    it."""
    images, masks = _choose(source, name, _IMAGES), _choose(source, name, _MASKS)
    beside = [one for one in folders if one.lower() in [word.lower() + end for end in _BESIDE]]
    if beside and not (images and masks):
        return Part(name + "/" + images if images else name, beside[0])
    return Part(name + "/" + images, name + "/" + (masks or _MASKS[0])) if images else None
