"""Chooses images of a split by a file of names, and counts them; nothing else is decoded.

    # what the file may look like
    0001TP_006690
    0001TP_006720
"""
import collections
import dataclasses
import hashlib
import sys
from typing import List

from utils.data.class_pixels import read_label
from utils.data.counting import SplitCounter
from utils.data.findings import some
from utils.data.scan import features, scan
from utils.data.split import Split, Subset
from utils.errors import UserError
from utils.ordered import ordered_map
from utils.texts import read_lines

#: Names that a note on those that stand twice tells.
_MOST_NAMED = 3


def read_names(path: str) -> List[str]:
    """Reads a file of names, one a line, each name once; tells on stderr which stand there twice.

    Blanks around names and blank lines do not count. Lines that begin with # are among the result:
    an image may be called so.

    Args:
      path: a text file.

    Raises:
      UserError: no such file, no text, or no line in it.
    """
    try:
        lines = [line.strip() for line in read_lines(path)]
    except FileNotFoundError:
        raise UserError(f"--subset={path}: no such file; expected names of training images, one a "
                        "line") from None
    names = collections.Counter(filter(None, lines))
    twice = [name for name, count in names.items() if count > 1 and not _may_be_comment(name)]
    if twice:
        sys.stderr.write(f"note: --subset={path}: {len(twice)} name{'s' * (len(twice) > 1)} more "
                         f"than once, each counts once: {some(twice, _MOST_NAMED)}\n")
    if not names:
        raise UserError(f"--subset={path}: the file is empty; expected names of training images, "
                        "one a line")
    return list(names)


def _may_be_comment(name):
    return name.startswith("#")


def choose_subset(split: Split, path: str) -> Split:
    """Returns a split with those of its images alone whose names stand in a file.

    Their order is that of the records. A file that names all images gives the split itself.

    Args:
      split: whole.
      path: as `read_names`.

    Raises:
      UserError: a name that no image has, no name at all, or a damaged record.
    """
    wanted = read_names(path)
    counter = SplitCounter(split.name, split.info.num_classes)
    places, names = [], []
    for place, name, label in _labels(split, frozenset(wanted)):
        places.append(place)
        names.append(name)
        counter.add(name, "", label)
    _require_known(path, split, wanted, frozenset(names))
    if len(places) == split.count:
        return split
    counts = dataclasses.replace(counter.info(), sha256=_hash(split, names))
    return dataclasses.replace(split, subset=Subset(tuple(places), tuple(names), counts))


def _labels(split, wanted):
    """Yields (place, name, label uint8 [H, W]) of the images wanted."""
    def decode(found):
        place, name, record = found
        return place, name, read_label(record, split.raw_pixels)
    return ordered_map(decode, (found for found in _named(split) if found[1] in wanted))


def _named(split):
    """Yields (place, name, `Record`) of all records of a split."""
    records = (record for path in split.files for record in scan(path))
    for place, record in enumerate(records):
        yield place, _name(record) or f"{split.name}_{place}", record  # as tests call it


def _name(record):
    found = features(record).get("name")
    return found.bytes_list.value[0].decode("utf-8", "replace") if found else ""


def _require_known(path, split, wanted, found):
    unknown = [name for name in wanted if name not in found and not _may_be_comment(name)]
    if unknown:
        raise UserError(
            f"--subset={path}: {len(unknown)} of {len(unknown) + len(found)} names are of no image "
            f"of the {split.name} split, the first is {unknown[0]!r}; expected names as "
            f"{next(_named(split))[1]!r}, as the records in {split.folder} have them")
    if not found:
        raise UserError(f"--subset={path}: no name in it, but comments; expected names of "
                        f"{split.name} images, one a line")


def _hash(split, names):
    digest = hashlib.sha256(f"{split.sha256}:".encode())
    for name in names:
        digest.update(f"{len(name)}:{name}".encode())
    return digest.hexdigest()
