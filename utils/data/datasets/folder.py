"""A folder of one's own: images/, masks/ and classes.txt.

    images/<split>/*.jpg  masks/<split>/*.png      split: training, validation, test (train, val)
    images/*.jpg          masks/*.png              or flat: a fifth is chosen for validation
    classes.txt           one class a line, in the order of the masks' values; or `name r g b`

Masks hold class indices, and 255 where pixels are to be ignored. Where classes.txt gives a colour
to every class, RGB masks in those colours are read as well; a line `ignore r g b` names the colour
of ignored pixels. An image and its mask have the same name but for the ending.
"""
import dataclasses
import functools
import os

from utils.data.datasets.base import (DATASETS, Pair, SegDataset, canonical_split,
                                      distinct_palette, split_by_hash, with_masks)
from utils.data.findings import unpaired
from utils.data.masks import MaskClasses, read_index_mask
from utils.errors import UserError

_IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif")
_CLASSES = "classes.txt"
_IGNORE = "ignore"
_LAYOUT = "images/, masks/ and classes.txt (one class a line)"


def read_classes(path):
    """The class list of a folder.

    Returns:
      (names, colours, ignore colour): the colours are () and None where none are given.

    Raises:
      UserError: no such file, no class, a class twice, or colours for some classes only.
    """
    if not os.path.isfile(path):
        raise UserError("{}: no such file; write one class a line, in the order of the masks' "
                        "values (0 first)".format(path))
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    entries = [_parse_class(line, path) for line in lines if line and not line.startswith("#")]
    ignored = [colour for name, colour in entries if name == _IGNORE and colour]
    entries = [entry for entry in entries if entry[0] != _IGNORE]
    names, colours = [name for name, _ in entries], [colour for _, colour in entries if colour]
    if not names or len(set(names)) < len(names):
        raise UserError("{}: {} classes, {} of them different; expected different "
                        "names".format(path, len(names), len(set(names))))
    if len(colours) not in (0, len(names)) or len(set(colours)) < len(colours):
        raise UserError("{}: {} different colours for {} classes; give each its own, or give "
                        "none".format(path, len(set(colours)), len(names)))
    return tuple(names), tuple(colours), ignored[0] if ignored else None


def _parse_class(line, path):
    words = line.replace(",", " ").split()
    numbers = words[-3:]
    if len(words) < 4 or not all(word.isdigit() for word in numbers):
        return line, None
    colour = tuple(int(word) for word in numbers)
    if max(colour) > 255:
        raise UserError("{}: the colour of {!r} is {}, expected three numbers up to 255".format(
            path, words[0], colour))
    return " ".join(words[:-3]), colour


def _configure(family, source, options):
    names, colours, ignored = read_classes(os.path.join(source, _CLASSES))
    family = dataclasses.replace(
        family, class_names=names, palette=colours or distinct_palette(len(names)),
        list_pairs=functools.partial(list_pairs, seed=options.seed))
    return with_masks(family, source, options, MaskClasses(names, colours, ignored))


def _files(folder, endings):
    if not os.path.isdir(folder):
        return []
    return [name for name in sorted(os.listdir(folder))
            if name.lower().endswith(endings) and os.path.isfile(os.path.join(folder, name))]


def _split_folders(source):
    """{split: its folder's name below images/ and masks/}; {"": ""} for a flat source."""
    images = os.path.join(source, "images")
    if not os.path.isdir(images) or not os.path.isdir(os.path.join(source, "masks")):
        raise UserError("--source={}: no images/ and masks/ in it; expected {}".format(
            source, _LAYOUT))
    folders = [name for name in sorted(os.listdir(images))
               if os.path.isdir(os.path.join(images, name))]
    return {canonical_split(name): name for name in folders} or {"": ""}


def _pairs(source, name):
    images, masks = (os.path.join(source, part, name) for part in ("images", "masks"))
    stems = [(os.path.splitext(file)[0], file) for file in _files(images, _IMAGES)]
    return tuple(Pair(stem, os.path.join(images, file), os.path.join(masks, stem + ".png"))
                 for stem, file in stems)


def list_pairs(source, seed=0):
    pairs = {split: _pairs(source, name) for split, name in _split_folders(source).items()}
    return split_by_hash(pairs[""], seed) if "" in pairs else pairs


def source_findings(source):
    """Warns of masks without an image, and of images beside the split folders."""
    folders = _split_folders(source)
    paired = {path for name in folders.values() for pair in _pairs(source, name)
              for path in (pair.image, pair.label)}
    found = [os.path.join(source, part, name, file)
             for part in ("images", "masks") for name in sorted(set(folders.values()) | {""})
             for file in _files(os.path.join(source, part, name), _IMAGES)]
    return unpaired(path for path in found if path not in paired)


DATASETS.register("folder", SegDataset(
    name="folder", class_names=(), palette=(), layout=_LAYOUT,
    list_pairs=list_pairs, decode_label=read_index_mask, configure=_configure,
    source_findings=source_findings))
