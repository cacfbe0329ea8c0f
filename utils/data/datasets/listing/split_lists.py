"""Lists that split a folder: train.txt, val.txt, test.txt with an id, a path or a pair a line."""
import os
import re
from typing import Dict, Iterator, List, Optional, Tuple

from utils.data.datasets.base import Pair, list_lines
from utils.data.findings import some
from utils.data.image_files import list_folder
from utils.data.splits import split_of
from utils.errors import UserError


def find_split_lists(source: str) -> Dict[str, str]:
    """Returns {split: path of its list} in a source folder: train.txt, val_list.txt and the like.

    Raises:
      UserError: two lists of one split.
    """
    lists = {}
    for name in list_folder(source):
        match = re.fullmatch(r"(?i)([a-z]+)(_list)?\.(txt|lst)", name)
        split = split_of(match.group(1)) if match else None
        if split and os.path.isfile(os.path.join(source, name)):
            first = lists.setdefault(split, os.path.join(source, name))
            if os.path.basename(first) != name:
                raise UserError(f"{os.path.join(source, name)}: lists the same split as {first}; "
                                "keep one")
    return lists


def cut(line: str) -> Iterator[Tuple[str, str]]:
    """Yields all ways to read a line as two words, at a blank, a tab or a comma; names may hold
    blanks."""
    for match in re.finditer(r"\s*[,;\t]\s*|\s+", line):
        yield line[:match.start()], line[match.end():]


def split_by_lists(lists: Dict[str, str], pairs: Tuple[Pair, ...], masks: List[str],
                   source: str) -> Dict[str, Tuple[Pair, ...]]:
    """Splits the pairs of a folder by its lists.

    Args:
      lists: {split: path of its list}.
      pairs: all pairs of the folder, by the names of files.
      masks: paths of all masks, for lists that name them.
      source: the folder.

    Returns:
      {split: pairs in the order of its list}.

    Raises:
      UserError: lines that name no image, counted and named; or no list for training.
    """
    if "training" not in lists:
        raise UserError(f"{next(iter(lists.values()))}: a list without train.txt beside it; add it")
    images = _keys(source, [(pair.image, pair) for pair in pairs])
    known = _keys(source, [(mask, mask) for mask in masks])
    return {split: tuple(_read(path, images, known)) for split, path in lists.items()}


def _read(path, images, masks):
    lines = list_lines(path)
    found = [_resolve(line, images, masks) for line in lines]
    strange = [line for line, pair in zip(lines, found) if pair is None]
    if strange:
        raise UserError(f"{path}: {len(strange)} of {len(lines)} lines name no image of this "
                        f"folder, or no mask of it: {some(strange, 3)}")
    return found


def _resolve(line, images, masks) -> Optional[Pair]:
    """Returns the pair that a line names, or None."""
    pair = _look_up(images, line)
    for image, mask in cut(line) if pair is None else ():
        pair, label = _look_up(images, image), _look_up(masks, mask)
        if pair is not None and label is not None:
            return Pair(pair.name, pair.image, label)
        pair = None
    return pair


def _keys(source, items):
    """Returns {way to name a file: its item}, None for names of several files.

    Names stand with and without the folder of all images or masks, with and without an ending.
    """
    found = {}
    for path, item in items:
        path = os.path.relpath(path, source).replace(os.sep, "/")
        parts = path.split("/")
        for start in range(min(len(parts), 2)):
            name = "/".join(parts[start:])
            for key in {name, os.path.splitext(name)[0]}:
                found[key] = item if found.get(key, item) == item else None
    return found


def _look_up(found, word):
    """Returns the item that a path names, whose first folders may be those of another machine."""
    parts = word.replace("\\", "/").split("/")
    keys = ["/".join(parts[start:]) for start in range(len(parts))]
    return next((found[key] for key in keys if found.get(key) is not None), None)
