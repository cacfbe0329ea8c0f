"""Makes what is known of the images of a split, whatever net looks at them.

    <datapath>/explore/<split>.thumbnails.npz    WebP of each image
    <datapath>/explore/<split>.labels.npz        palette PNG of its label; C is unlabelled
    <datapath>/explore/<split>.metadata.csv      a row for each image: name, and what was measured
    <datapath>/explore/<split>.json              {"split_sha256": of which images}

Users may add columns to the CSV. `utils.explore.dataset` reads all this. No TensorFlow.
"""
import csv
import dataclasses
import io
import json
import os
from typing import Any, Dict, List, Sequence, Tuple

from utils.data.split import Split
from utils.drawing.thumbnails import image_thumbnail, label_thumbnail, shrunk
from utils.errors import UserError
from utils.evaluate.observers.record import Observer
from utils.evaluate.observers.thumbnails import SIDE, joined
from utils.evaluate.results import write_arrays
from utils.files import remove_leftovers, write_text
from utils.measures.photographs import (
    Value,
    label_measures,
    photograph_measures,
    size_measures,
    table_lines,
)
from utils.stored import TEXT, read_object

FOLDER = "explore"
#: Column of the CSV that says which image a row is of.
NAME = "name"
#: Longer side of the photographs that are measured, in pixels.
_MEASURED_SIDE = 256


def image_set_path(datapath: str, split: str, what: str) -> str:
    """Returns the path of "thumbnails.npz", "labels.npz", "metadata.csv" or "json"."""
    return os.path.join(datapath, FOLDER, f"{split}.{what}")


def has_image_set(datapath: str, split: str, split_sha256: str) -> bool:
    """Tells whether the pictures and metadata of these very images are there."""
    path = image_set_path(datapath, split, "json")
    return os.path.isfile(path) and read_object(path, {"split_sha256": TEXT}, "remove it").get(
        "split_sha256") == split_sha256


def mark_image_set(datapath: str, split: str, split_sha256: str) -> None:
    """Says which images the files are of; to be written last."""
    write_text(image_set_path(datapath, split, "json"), json.dumps(
        {"split_sha256": split_sha256}) + "\n")


class Photographs(Observer):
    """Makes thumbnails of photographs, and measures them."""
    images = True

    def __init__(self) -> None:
        self.thumbnails: List[bytes] = []
        self.rows: List[Dict[str, Value]] = []

    def add(self, item: Any) -> None:
        """Takes in one image; item: has name and image, uint8 [H, W, 3]."""
        picture = shrunk(item.image, _MEASURED_SIDE)
        self.thumbnails.append(image_thumbnail(picture, SIDE))
        self.rows.append(dict({NAME: item.name}, **size_measures(*item.image.shape[:2]),
                              **photograph_measures(picture)))

    def write_table(self, path: str) -> None:
        """Writes the CSV of what was measured; columns that a user has added to it stay.

        Raises:
          UserError: the place cannot be written to.
        """
        lines = table_lines(self.rows)
        with_added(path, lines)
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(lines)
        write_text(path, buffer.getvalue())


class ImageSet(Photographs):
    """Makes the pictures and the metadata of a split's images.

    Args:
      split: the records.
    """
    instances = True

    def __init__(self, split: Split) -> None:
        super().__init__()
        self._split = split
        self.labels: List[bytes] = []

    def add(self, item: Any) -> None:
        """Takes in one image and its label."""
        super().add(item)
        info = self._split.info
        self.labels.append(label_thumbnail(item.label, info.palette, SIDE))
        self.rows[-1].update(label_measures(
            item.label, info.class_names, item.instances))
        self.rows[-1][NAME] = self._split.image_name(item.index, item.name)

    def write(self, datapath: str) -> str:
        """Writes all files, each whole or not at all; returns what they begin with.

        Raises:
          UserError: the place cannot be written to.
        """
        name = self._split.name
        start = image_set_path(datapath, name, "")
        _require_folder(os.path.dirname(start))
        remove_leftovers(start)
        for what, pictures in (("thumbnails", self.thumbnails), ("labels", self.labels)):
            write_arrays(image_set_path(datapath, name, what + ".npz"),
                         dataclasses.asdict(joined(pictures)))
        self.write_table(image_set_path(datapath, name, "metadata.csv"))
        mark_image_set(datapath, name, self._split.sha256)
        return start + "*"


def require_writable(datapath: str) -> None:
    """Raises a `UserError` where the pictures and the metadata cannot be written."""
    _require_folder(os.path.join(datapath, FOLDER))


def _require_folder(folder: str) -> None:
    """Makes a folder, and tries it."""
    try:
        os.makedirs(folder, exist_ok=True)
        write_text(os.path.join(folder, ".writable"), "")
        os.remove(os.path.join(folder, ".writable"))
    except OSError as error:
        raise UserError(f"{folder}: pictures and metadata of the images cannot be written "
                        f"({error.strerror}): give a folder for them, as --pictures=pictures, and "
                        "look at them with --datapath=pictures") from None


def with_added(path: str, lines: List[List[str]]) -> None:
    """Takes the columns that a user has added to a table over, in place.

    Args:
      path: the table as it is on the disk; need not be there.
      lines: the new one, its header first, with a column `NAME`.
    """
    header, rows = _read_table(path)
    added = [place for place, column in enumerate(header) if column not in lines[0]]
    key = lines[0].index(NAME)
    for line in lines if added else ():
        row: Sequence[str] = header if line is lines[0] else rows.get(line[key], ())
        line.extend(row[place] if place < len(row) else "" for place in added)


def _read_table(path: str) -> Tuple[List[str], Dict[str, List[str]]]:
    """Returns (header, {name: row}) of a table; nothing where there is none that can be read."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = [line for line in csv.reader(file) if line]
    except (OSError, UnicodeDecodeError, csv.Error):
        return [], {}
    if not lines or NAME not in lines[0]:
        return [], {}
    key = lines[0].index(NAME)
    return lines[0], {line[key]: line for line in lines[1:] if len(line) > key}
