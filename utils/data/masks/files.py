"""Mask files of any kind, decoded to what they store and what a viewer shows."""
import re

import numpy as np

from utils.data.image_opening import bit_depth, count_pages, decode, read_bytes, upright_like
from utils.data.masks.reading import (
    COLOUR,
    GREY,
    NO_COLOUR,
    PALETTE,
    Mask,
    MaskClasses,
    read_indices,
)
from utils.errors import UserError

_GREY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L")
_COLOUR_MODES = ("RGB", "RGBA", "RGBX")
_DEEP = ("{}: the mask is {} of 16 bits, of which small values cannot be told apart; save masks as "
         "PNG of one channel and 8 bits")


def load_mask(data: bytes, path: str) -> Mask:
    """Decodes a mask file, upright.

    Raises:
      UserError: no image, a JPEG, or pixels that are neither colours nor whole numbers from 0.
    """
    image, data = decode(data, path)
    with image:
        if image.format in ("JPEG", "MPO"):
            raise UserError(f"{path}: the mask is a JPEG, whose compression changes labels; save "
                            "masks as PNG")
        pages = count_pages(image, data)
        if pages > 1:
            raise UserError(f"{path}: the mask has {pages} pages or frames, expected one; save one "
                            "image of class indices")
        bits = bit_depth(image, data)
        if image.mode in ("P", "PA"):
            return _palette_mask(image, bits)
        if image.mode in _GREY_MODES:
            return _grey_mask(image, data, bits, path)
        if image.mode in _COLOUR_MODES:
            return _colour_mask(image, data, bits, path)
        raise UserError(f"{path}: the mask has pixels of the kind {image.mode}, expected class "
                        "indices or the colours of classes; save it as a PNG of 8 bits")


def _palette_mask(image, bits):
    values = _first_band(image)
    palette = np.zeros([256, 3], np.int32)
    found = np.array(image.getpalette() or [], np.int32).reshape(-1, 3)[:256]
    palette[:len(found)] = found
    ramp = np.arange(256)[:, None]
    form = GREY if (found == ramp[:len(found)]).all() else PALETTE
    return Mask(form, values, bits, False, palette.dot([1 << 16, 1 << 8, 1]).astype(np.int32))


def _first_band(image):
    """Returns int32 [H, W], upright."""
    band = image if len(image.getbands()) == 1 else image.getchannel(0)
    return np.asarray(upright_like(band, image)).astype(np.int32)


def _grey_mask(image, data, bits, path):
    values = _first_band(image)
    if image.mode == "LA" and bits > 8:
        raise UserError(_DEEP.format(path, "grey and opacity"))
    if values.min() < 0:
        raise UserError(f"{path}: the mask has values down to {values.min()}, expected class "
                        "indices from 0 and 255 for ignore")
    greatest, full = _stored_range(image, data, bits)
    if greatest != full:
        values = np.round(values * (greatest / float(full))).astype(np.int32)
    return Mask(GREY, values, bits, False, _grey_colours(greatest))


def _stored_range(image, data, bits):
    """Returns (the greatest value that the file can store, what PIL makes of it)."""
    if image.mode == "1":
        return 1, 1
    full = 65535 if image.mode[0] == "I" else 255
    if image.format == "PPM":
        return _pgm_maximum(data), full
    return ((1 << bits) - 1 if bits < 8 else full), full


def _pgm_maximum(data):
    """Returns the third number of a PGM's heading, between whose words there may be comments."""
    heading = re.sub(br"#[^\r\n]*", b"", data[:4096]).split(None, 4)
    return int(heading[3]) if len(heading) > 3 and heading[3].isdigit() else 255


def _grey_colours(greatest):
    """Returns the packed colours that a viewer shows for the values 0..greatest, by value.

    Values of 16 bits up to 255 are greys of 8 bits, and so are v * 257; others are no colour.
    """
    if greatest <= 255:
        return np.round(np.arange(greatest + 1) * (255. / greatest)).astype(np.int32) * 0x010101
    colours = np.full([65536], NO_COLOUR, np.int32)
    greys = np.arange(256, dtype=np.int32)
    colours[greys * 257] = colours[greys] = greys * 0x010101
    return colours


def _colour_mask(image, data, bits, path):
    """Returns RGB; a mask of equal channels is grey, whatever it is stored as."""
    pixels = np.asarray(upright_like(image, image))[:, :, :3].astype(np.int32)
    if (pixels[:, :, :1] == pixels[:, :, 1:]).all():
        greatest, full = _stored_range(image, data, bits)
        if bits > 8 or greatest > 255:
            raise UserError(_DEEP.format(path, "RGB"))
        values = np.round(pixels[:, :, 0] * (greatest / float(full))).astype(np.int32)
        return Mask(GREY, values, bits, True, _grey_colours(greatest))
    return Mask(COLOUR, None, bits, True, pixels.dot([1 << 16, 1 << 8, 1]).astype(np.int32))


def read_index_mask(path: str) -> np.ndarray:
    """Reads a mask whose values are class indices, whatever its palette shows: uint8 [H, W]."""
    return mask_from_bytes(read_bytes(path), path)


def mask_from_bytes(data: bytes, path: str) -> np.ndarray:
    """Decodes a file's bytes as `read_index_mask` does; `path` names them in errors."""
    return read_indices(load_mask(data, path), path, MaskClasses(()))
