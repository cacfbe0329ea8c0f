"""Masks: what they store and what a viewer shows, and the class indices that either gives.

A mask's value is what the file stores: a palette's index, or a grey of 1 to 16 bits. Its colour is
what every viewer shows. No TensorFlow here.
"""
import dataclasses
from typing import Any, Dict, FrozenSet, Optional, Tuple

import numpy as np

from utils.data.labels import IGNORE_LABEL
from utils.errors import UserError

#: How a mask stores its pixels.
PALETTE, GREY, COLOUR = "palette", "grey", "colour"
#: What a mask's pixels mean.
COLOURS, INDICES = "colours", "indices"
#: The greatest value that a mask file can hold, and that --ignore takes.
GREATEST_VALUE = 65535
Colour = Tuple[int, int, int]
#: How many colours of a mask are looked at; a class list has 255 at most.
_MOST_COLOURS = 1024
#: No colour that a file can show.
NO_COLOUR = -1


@dataclasses.dataclass(frozen=True)
class MaskClasses:
    """What the values and the colours of masks stand for.

    Attributes:
      names: of the classes.
      colours: (r, g, b) of each class; () where colours mean nothing.
      ignore_colour: (r, g, b) of ignored pixels, or None.
      ignore: values of the files that are ignored, beside 255.
      reduce_zero_label: whether 0 is ignored and all other values but 255 count from 1.
      table: int [256] from values to classes, -1 for values that mean nothing; None where the value
        is the class.
    """
    names: Tuple[str, ...]
    colours: Tuple[Colour, ...] = ()
    ignore_colour: Optional[Colour] = None
    ignore: Tuple[int, ...] = ()
    reduce_zero_label: bool = False
    table: Any = None

    def colour_classes(self) -> Dict[int, int]:
        """Returns {packed colour: class, or IGNORE_LABEL}."""
        found = {pack(self.ignore_colour): IGNORE_LABEL} if self.ignore_colour else {}
        found.update((pack(colour), index) for index, colour in enumerate(self.colours))
        return found

    def value_class(self, value: int) -> Optional[int]:
        """Returns the class of a value, IGNORE_LABEL, or None where the value means nothing."""
        if value in self.ignore or value == IGNORE_LABEL:
            return IGNORE_LABEL
        if not 0 <= value < IGNORE_LABEL:
            return None
        label = int(self.labels(np.array([value]))[0])
        return label if 0 <= label < len(self.names) or label == IGNORE_LABEL else None

    def labels(self, values: np.ndarray) -> np.ndarray:
        """Returns the labels of an array of values.

        Values of 0..255 or ignored ones are expected. Unknown ones stay as they are, or become -1
        where there is a table.
        """
        if self.ignore:
            values = np.where(np.isin(values, self.ignore), IGNORE_LABEL, values)
        if self.reduce_zero_label:
            values = np.where(values == 0, IGNORE_LABEL,
                              np.where(values == IGNORE_LABEL, values, values - 1))
        return values if self.table is None else self.table[values]


@dataclasses.dataclass(frozen=True)
class Mask:
    """A decoded mask file.

    Attributes:
      form: PALETTE, GREY or COLOUR.
      values: int32 [H, W] of what the file stores; None for COLOUR.
      bits: of a value, as stored.
      rgb: whether the file stores three channels; GREY ones are then equal.
      shown: int32 [H, W] of packed colours for COLOUR; else the packed colour by value.
    """
    form: str
    values: Any
    bits: int
    rgb: bool
    shown: Any

    def colours(self) -> np.ndarray:
        """Returns int32 [H, W] of the packed colours that a viewer shows, -1 for none."""
        if self.form == COLOUR:
            return self.shown
        last = len(self.shown) - 1
        return np.where(self.values <= last, self.shown[np.minimum(self.values, last)], NO_COLOUR)

    def pairs(self) -> FrozenSet[Tuple[Optional[int], int]]:
        """Returns the distinct (value, packed colour) of the pixels.

        Of COLOUR masks the values are None, and the colours are more than any class list holds, but
        not all of the mask.
        """
        if self.form == COLOUR:
            return frozenset((None, colour) for colour in _distinct(self.shown)[:_MOST_COLOURS])
        shown = dict(enumerate(self.shown.tolist()))
        return frozenset((value, shown.get(value, NO_COLOUR)) for value in _distinct(self.values))


def pack(colour: Colour) -> int:
    """Returns one number for (r, g, b)."""
    return (colour[0] << 16) + (colour[1] << 8) + colour[2]


def unpack(packed: int) -> Colour:
    """Returns (r, g, b) of one number."""
    return packed >> 16, packed >> 8 & 255, packed & 255


def parse_ignore(text: str) -> Tuple[int, ...]:
    """Parses --ignore: (0, 255) for "0,255"; a `UserError` for what is no list of mask values."""
    parts = [part.strip() for part in text.split(",")] if text else []
    if not all(part.isdecimal() and int(part) <= GREATEST_VALUE for part in parts):
        raise UserError(f"--ignore: got {text!r}, expected values of mask files, as in 0 or "
                        "0,255")
    return tuple(int(part) for part in parts)


def _distinct(values):
    """Returns the sorted distinct numbers of an array, quickly where they stand in runs."""
    flat = values.reshape(-1)
    starts = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    return np.unique(flat[np.concatenate([[0], starts])]).tolist()


def read_indices(mask: Mask, path: str, classes: MaskClasses) -> np.ndarray:
    """Reads a mask's values as labels.

    Returns:
      uint8 [H, W]; values that are no class stay as they are.

    Raises:
      UserError: a mask of colours, or values above 255.
    """
    if mask.form == COLOUR:
        raise UserError(f"{path}: the mask has 3 channels (RGB), expected one channel of class "
                        "indices; convert its colours to indices, or give each class its "
                        "colour (name r g b) in the class list")
    found = [value for value in _distinct(mask.values) if value not in classes.ignore]
    if found and found[-1] > 255:
        raise UserError(f"{path}: the mask has values up to {found[-1]}, expected class indices "
                        f"and 255 for ignore; --ignore={found[-1]} ignores it")
    strange = [value for value in found if classes.labels(np.array([value]))[0] < 0]
    if strange:
        raise UserError("{}: the mask has values that the class list lacks ({}); add them to the "
                        "list, or ignore them (--ignore={})".format(
                            path, ", ".join(str(value) for value in strange[:8]), strange[0]))
    return classes.labels(mask.values).astype(np.uint8)


def read_colours(mask: Mask, path: str, classes: MaskClasses, remedy: str = "") -> np.ndarray:
    """Reads a mask's colours as labels, by the colours of the classes.

    Args:
      mask: the decoded file.
      path: its name, for errors.
      classes: the classes and their colours.
      remedy: what to do about other colours, where it is not to list them.

    Returns:
      uint8 [H, W].

    Raises:
      UserError: a colour that the class list does not have.
    """
    table, colours = classes.colour_classes(), mask.colours()
    found = _distinct(colours)
    strange = [colour for colour in found if colour not in table]
    if strange:
        shown = "({}, {}, {})".format(*unpack(strange[0])) if strange[0] >= 0 else "of 16 bits"
        raise UserError("{}: the mask has the colour {}, which the class list does not have ({} "
                        "such colours); {}".format(path, shown, len(strange), remedy or (
                            "list it, as a class or as `ignore r g b`")))
    labels = np.array([table[colour] for colour in found], np.uint8)
    return labels[np.searchsorted(found, colours)]
