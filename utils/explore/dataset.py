"""What is known of the images of a split, whatever net looks at them; made once, by extract.

    <datapath>/explore/<split>.thumbnails.npz    WebP of each image        utils.evaluate.observers
    <datapath>/explore/<split>.labels.npz        palette PNG of its label  .thumbnails
    <datapath>/explore/<split>.metadata.csv      a row for each image: name, and what was measured
    <datapath>/explore/<split>.json              {"split_sha256": of which images}

Users may add columns to the CSV.
"""
import csv
import dataclasses
from typing import Dict, Optional, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate.image_set import (  # noqa: F401  mark_image_set: for tests
    NAME,
    has_image_set,
    image_set_path,
    mark_image_set,
)
from utils.evaluate.observers.thumbnails import Thumbnails, load_thumbnails


@dataclasses.dataclass(frozen=True)
class Metadata:
    """Columns of values of N images.

    Attributes:
      numbers: {column: float64 [N]}; NaN for unknown.
      categories: {column: [N] of text}; "" for unknown.
    """
    numbers: Dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    categories: Dict[str, np.ndarray] = dataclasses.field(default_factory=dict)

    def with_columns(self, other: "Metadata") -> "Metadata":
        """Returns these columns and those of another, which win."""
        return Metadata(dict(self.numbers, **other.numbers),
                        dict(self.categories, **other.categories))


@dataclasses.dataclass(frozen=True)
class ImageSet:
    """The pictures and the metadata of a split's images.

    Attributes:
      thumbnails, labels: of the images and their labels; None for none.
      metadata: their columns.
    """
    thumbnails: Optional[Thumbnails]
    labels: Optional[Thumbnails]
    metadata: Metadata


def load_image_set(datapath: str, split: str, split_sha256: str,
                   names: Sequence[str]) -> Optional[ImageSet]:
    """Reads what extract has made of a split; None where it has not, or of other images.

    Raises:
      UserError: a file is damaged.
    """
    if not has_image_set(datapath, split, split_sha256):
        return None
    pictures = [load_thumbnails(image_set_path(datapath, split, what))
                for what in ("thumbnails.npz", "labels.npz")]
    return ImageSet(pictures[0], pictures[1], read_metadata(
        image_set_path(datapath, split, "metadata.csv"), names))


def read_metadata(path: str, names: Sequence[str]) -> Metadata:
    """Reads a CSV with a row for each image, in any order; one column is `NAME`.

    A column whose values are all numbers, or empty, is of numbers; any other is of categories.

    Args:
      path: the file.
      names: of the images, which give the order.

    Raises:
      UserError: no such file, no column of names, or images without a row.
    """
    header, rows = _read_rows(path)
    missing = [name for name in names if name not in rows]
    if missing:
        raise UserError(f"{path}: no row for {len(missing)} of {len(names)} images, the first is "
                        f"{missing[0]!r}: add them")
    made = Metadata()
    for place, column in enumerate(header):
        texts = [rows[name][place] for name in names]
        numbers = _numbers(texts)
        if column != NAME and numbers is not None:
            made.numbers[column] = numbers
        elif column != NAME:
            made.categories[column] = np.array(texts)
    return made


def _read_rows(path: str) -> Tuple[Sequence[str], Dict[str, Sequence[str]]]:
    """Returns (header, {name: row}) of a CSV."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            header, *rows = [row for row in csv.reader(file) if row] or [[]]
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; expected a CSV with a column {NAME!r}") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: not a CSV in UTF-8 ({error})") from None
    if NAME not in header:
        raise UserError("{}: columns {}, expected one called {!r}, the images' names".format(
            path, ", ".join(header) or "none", NAME))
    wrong = next((number for number, row in enumerate(rows, 2) if len(row) != len(header)), 0)
    if wrong:
        raise UserError(f"{path}: row {wrong} has not the {len(header)} columns of the header")
    return header, {row[header.index(NAME)]: row for row in rows}


def _numbers(texts: Sequence[str]) -> Optional[np.ndarray]:
    """Returns float64 [N] where all texts are numbers or empty, and one is a number; else None."""
    try:
        numbers = np.array([float(text) if text.strip() else np.nan for text in texts])
    except ValueError:
        return None
    return None if np.isnan(numbers).all() else numbers
