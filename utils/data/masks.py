"""Mask files: what they store and what a viewer shows, and the class indices that either gives.

A mask's value is what the file stores: the palette's index, the grey of 8 or 16 bits, the k of 1, 2
or 4 bits. Its colour is what every viewer shows. No TensorFlow here.
"""
import dataclasses
import re
from typing import Any, Dict, Optional, Tuple

import numpy as np

from utils.data.image_opening import bit_depth, decode, read_bytes, upright_like
from utils.errors import UserError

#: The label of pixels that count nowhere: not in the loss, not in a score.
IGNORE_LABEL = 255
#: How a mask stores its pixels.
PALETTE, GREY, COLOUR = "palette", "grey", "colour"
#: What a mask's pixels mean.
COLOURS, INDICES = "colours", "indices"
#: The greatest value that a mask file may hold, to be ignored.
GREATEST_VALUE = 65535
Colour = Tuple[int, int, int]
_GREY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L")
_COLOUR_MODES = ("RGB", "RGBA", "RGBX")
#: No colour that a file can show.
_NO_COLOUR = -1


@dataclasses.dataclass(frozen=True)
class MaskClasses(object):
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
        """{packed colour: class, or IGNORE_LABEL}."""
        found = {pack(self.ignore_colour): IGNORE_LABEL} if self.ignore_colour else {}
        found.update((pack(colour), index) for index, colour in enumerate(self.colours))
        return found

    def value_class(self, value: int) -> Optional[int]:
        """The class of a value, IGNORE_LABEL, or None where the value means nothing."""
        if value in self.ignore or value == IGNORE_LABEL:
            return IGNORE_LABEL
        if not 0 <= value < IGNORE_LABEL:
            return None
        label = int(self.labels(np.array([value]))[0])
        return label if 0 <= label < len(self.names) or label == IGNORE_LABEL else None

    def labels(self, values):
        """Labels of an array of values of 0..255, or ignored ones; unknown ones stay, or are -1."""
        if self.ignore:
            values = np.where(np.isin(values, self.ignore), IGNORE_LABEL, values)
        if self.reduce_zero_label:
            values = np.where(values == 0, IGNORE_LABEL,
                              np.where(values == IGNORE_LABEL, values, values - 1))
        return values if self.table is None else self.table[values]


@dataclasses.dataclass(frozen=True)
class Mask(object):
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

    def colours(self):
        """int32 [H, W] of the packed colours that a viewer shows, -1 for none."""
        if self.form == COLOUR:
            return self.shown
        last = len(self.shown) - 1
        return np.where(self.values <= last, self.shown[np.minimum(self.values, last)], _NO_COLOUR)

    def pairs(self):
        """The distinct (value, packed colour) of the pixels; the value is None for COLOUR."""
        if self.form == COLOUR:
            return frozenset((None, colour) for colour in _distinct(self.shown))
        shown = dict(enumerate(self.shown.tolist()))
        return frozenset((value, shown.get(value, _NO_COLOUR)) for value in _distinct(self.values))


def pack(colour: Colour) -> int:
    """One number for (r, g, b)."""
    return (colour[0] << 16) + (colour[1] << 8) + colour[2]


def unpack(packed: int) -> Colour:
    return packed >> 16, packed >> 8 & 255, packed & 255


def _distinct(values):
    """The sorted distinct numbers of an array, quickly where they stand in runs."""
    flat = values.reshape(-1)
    starts = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    return np.unique(flat[np.concatenate([[0], starts])]).tolist()


def load_mask(data: bytes, path: str) -> Mask:
    """Decodes a mask file, upright.

    Raises:
      UserError: no image, a JPEG, or pixels that are neither colours nor whole numbers from 0.
    """
    image, data = decode(data, path)
    with image:
        if image.format in ("JPEG", "MPO"):
            raise UserError("{}: the mask is a JPEG, whose compression changes labels; save masks "
                            "as PNG".format(path))
        bits = bit_depth(image, data)
        if image.mode in ("P", "PA"):
            return _palette_mask(image, bits)
        if image.mode in _GREY_MODES:
            return _grey_mask(image, data, bits, path)
        if image.mode in _COLOUR_MODES:
            return _colour_mask(image, bits, path)
        raise UserError("{}: the mask has pixels of the kind {}, expected class indices or the "
                        "colours of classes; save it as a PNG of 8 bits".format(path, image.mode))


def _palette_mask(image, bits):
    values = _first_band(image)
    palette = np.zeros([256, 3], np.int32)
    found = np.array(image.getpalette() or [], np.int32).reshape(-1, 3)[:256]
    palette[:len(found)] = found
    ramp = np.arange(256)[:, None]
    form = GREY if (found == ramp[:len(found)]).all() else PALETTE
    return Mask(form, values, bits, False, palette.dot([1 << 16, 1 << 8, 1]).astype(np.int32))


def _first_band(image):
    """int32 [H, W], upright."""
    band = image if len(image.getbands()) == 1 else image.getchannel(0)
    return np.asarray(upright_like(band, image)).astype(np.int32)


def _grey_mask(image, data, bits, path):
    values = _first_band(image)
    if image.mode == "LA" and bits > 8:
        raise UserError(_DEEP.format(path, "grey and opacity"))
    if values.min() < 0:
        raise UserError("{}: the mask has values down to {}, expected class indices from 0 and 255 "
                        "for ignore".format(path, values.min()))
    greatest, full = _stored_range(image, data, bits)
    if greatest != full:
        values = np.round(values * (greatest / float(full))).astype(np.int32)
    return Mask(GREY, values, bits, False, _grey_colours(greatest))


def _stored_range(image, data, bits):
    """(the greatest value that the file can store, what PIL makes of it)."""
    if image.mode == "1":
        return 1, 1
    full = 65535 if image.mode[0] == "I" else 255
    if image.format == "PPM":
        return _pgm_maximum(data), full
    return ((1 << bits) - 1 if bits < 8 else full), full


def _pgm_maximum(data):
    """The third number of a PGM's heading, between whose words there may be comments."""
    heading = re.sub(br"#[^\r\n]*", b"", data[:4096]).split(None, 4)
    return int(heading[3]) if len(heading) > 3 and heading[3].isdigit() else 255


def _grey_colours(greatest):
    """The packed colours that a viewer shows for the values 0..greatest, by value.

    Values of 16 bits up to 255 are greys of 8 bits, and so are v * 257; others are no colour.
    """
    if greatest <= 255:
        return np.round(np.arange(greatest + 1) * (255. / greatest)).astype(np.int32) * 0x010101
    colours = np.full([65536], _NO_COLOUR, np.int32)
    greys = np.arange(256, dtype=np.int32)
    colours[greys * 257] = colours[greys] = greys * 0x010101
    return colours


def _colour_mask(image, bits, path):
    """RGB; a mask of equal channels is grey, whatever it is stored as."""
    pixels = np.asarray(upright_like(image, image))[:, :, :3].astype(np.int32)
    if (pixels[:, :, :1] == pixels[:, :, 1:]).all():
        if bits > 8:
            raise UserError(_DEEP.format(path, "RGB"))
        return Mask(GREY, pixels[:, :, 0], bits, True, _grey_colours(255))
    return Mask(COLOUR, None, bits, True, pixels.dot([1 << 16, 1 << 8, 1]).astype(np.int32))


_DEEP = ("{}: the mask is {} of 16 bits, of which small values cannot be told apart; save masks as "
         "PNG of one channel and 8 bits")


def read_indices(mask: Mask, path: str, classes: MaskClasses):
    """A mask's values as labels.

    Returns:
      uint8 [H, W]; values that are no class stay as they are.

    Raises:
      UserError: a mask of colours, or values above 255.
    """
    if mask.form == COLOUR:
        raise UserError("{}: the mask has 3 channels (RGB), expected one channel of class "
                        "indices; convert its colours to indices, or give each class its "
                        "colour (name r g b) in the class list".format(path))
    found = [value for value in _distinct(mask.values) if value not in classes.ignore]
    if found and found[-1] > 255:
        raise UserError("{}: the mask has values up to {}, expected class indices and 255 for "
                        "ignore; --ignore={} ignores it".format(path, found[-1], found[-1]))
    strange = [value for value in found if classes.labels(np.array([value]))[0] < 0]
    if strange:
        raise UserError("{}: the mask has values that the class list lacks ({}); add them to the "
                        "list, or ignore them (--ignore={})".format(
                            path, ", ".join(str(value) for value in strange[:8]), strange[0]))
    return classes.labels(mask.values).astype(np.uint8)


def read_colours(mask: Mask, path: str, classes: MaskClasses):
    """A mask's colours as labels, by the colours of the classes.

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
                        "such colours); list it, as a class or as `ignore r g b`".format(
                            path, shown, len(strange)))
    labels = np.array([table[colour] for colour in found], np.uint8)
    return labels[np.searchsorted(found, colours)]


def read_index_mask(path: str):
    """A mask file whose values are class indices, whatever its palette shows: uint8 [H, W]."""
    return mask_from_bytes(read_bytes(path), path)


def mask_from_bytes(data: bytes, path: str):
    """`read_index_mask` for a file's bytes; `path` names it in errors."""
    return read_indices(load_mask(data, path), path, MaskClasses(()))
