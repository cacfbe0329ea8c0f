"""Reads image files, also those that TensorFlow would decode wrongly.

Every image becomes upright RGB of 8 bits. EXIF rotation is applied, CMYK and palettes are
converted, 16 bits and floats are reduced to 8, transparent parts are laid on white. Colour profiles
are left alone. No TensorFlow here.
"""
import collections
import io
from typing import Tuple

import numpy as np
from PIL import Image

from utils.data.image_opening import (
    bit_depth,
    count_pages,
    decode,
    orientation,
    read_bytes,
    upright_like,
)
from utils.errors import UserError

_WHITE = (255, 255, 255, 255)
#: Modes and extra samples of TIFF files whose last band says how opaque a pixel is.
_WITH_ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")
_TIFF_ALPHA, _TIFF_EXTRA_SAMPLES, _TIFF_SAMPLES = (1, 2), 338, 277
#: An image whose channels all span fewer of the 256 levels shows nothing.
_LEVELS = 16
#: How far floats may overshoot 0..1 or 0..255, as resampling does: a share of the range.
_OVERSHOOT = .01

FLOATS_TO_1 = "floats of 0 to 1, scaled to 0..255"
FLOATS_TO_255 = "floats of 0 to 255, rounded"
MORE_BANDS = "bands behind the third that are not marked as opacity, left out"
FIRST_PAGE = "several pages or frames, of which the first is taken"
FLAT = f"no channel spans more than {_LEVELS - 1} of 256 levels"

#: An image for the records. data: JPEG or PNG bytes. height, width: upright size in pixels.
#: full: (height, width) before it was scaled down. remarks: tuple of the texts above.
RecordImage = collections.namedtuple("RecordImage", "data height width full remarks")


def load_image(data: bytes, path: str) -> np.ndarray:
    """Decodes an image file as a viewer shows it.

    Args:
      data: the file's bytes.
      path: its name, for errors.

    Returns:
      uint8 [H, W, 3], upright RGB.

    Raises:
      UserError: no image, or values of which 8 bits would show nothing.
    """
    return load_with_remarks(data, path)[0]


def load_with_remarks(data: bytes, path: str) -> Tuple[np.ndarray, Tuple[str, ...]]:
    """Decodes as `load_image` does, and tells what was decided about the pixels.

    Returns:
      (uint8 [H, W, 3], tuple of remarks: FLOATS_TO_1 and so on).
    """
    image, data = decode(data, path)
    with image:
        image, remarks = _upright_rgb(image, data, path)
        return np.asarray(image), remarks


def _upright_rgb(image, data, path):
    """Returns (PIL image in RGB, remarks) of a decoded image."""
    deep = bit_depth(image, data) > 8 or image.mode[0] in "IF"
    try:
        rgb, remarks = _to_rgb(image, path)
    except (ValueError, OSError, KeyError) as error:
        raise UserError(f"{path}: pixels of the kind {image.mode} cannot be shown as RGB "
                        f"({error}); save the image as PNG or JPEG") from error
    if is_flat(rgb):
        if deep and not _is_constant(image):
            raise UserError(
                "{}: its values become {}..{} of 0..255, in which nothing can be seen; scale them "
                "to their whole range (12 bits in 16: times 16), save 8 bits, or leave the image "
                "out".format(path, *_extremes(rgb)))
        remarks.append(FLAT)
    return upright_like(rgb, image), tuple(remarks + _page_remarks(image, data))


def _to_rgb(image, path):
    """Returns (RGB, list of remarks), not yet turned upright."""
    if image.mode[0] == "F":
        return _from_floats(np.asarray(image), path)
    if image.mode[0] == "I":
        return _from_integers(np.asarray(image), path), []
    image, remarks = _without_more_bands(image)
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, _WHITE), image)
    return image if image.mode == "RGB" else image.convert("RGB"), remarks


def _without_more_bands(image):
    """Returns a TIFF's three colours, without near infrared and the like that PIL takes for
    opacity."""
    if image.format != "TIFF" or len(image.getbands()) < 3:
        return image, []
    extra = image.tag_v2.get(_TIFF_EXTRA_SAMPLES, ())
    extra = extra if isinstance(extra, tuple) else (extra,)
    bands = image.tag_v2.get(_TIFF_SAMPLES, 3)
    if bands < 4 or image.mode[:3] != "RGB" or set(extra) & set(_TIFF_ALPHA):
        return image, []
    if len(image.getbands()) > 3:
        image = Image.merge("RGB", image.split()[:3])
    return image, [MORE_BANDS]


def _from_floats(values, path):
    """Returns (RGB, remarks) of grey floats: 0..1 or 0..255, by the greatest value."""
    least, greatest = (float(values.min()), float(values.max())) if np.isfinite(
        values).all() else (float("nan"),) * 2
    for top, remark in ((1., FLOATS_TO_1), (255., FLOATS_TO_255)):
        if -_OVERSHOOT * top <= least and greatest <= top * (1 + _OVERSHOOT):
            grey = np.round(np.clip(values, 0, top) * (255 / top)).astype(np.uint8)
            return Image.fromarray(grey).convert("RGB"), [remark]
    raise UserError(f"{path}: the image holds floats of {least:.4g} to {greatest:.4g}, expected "
                    "0..1 or 0..255; scale them, or save 8 bits")


def _from_integers(values, path):
    """Returns RGB of 16-bit grey: the high byte. PIL's own conversion clips at 255 instead."""
    least, greatest = int(values.min()), int(values.max())
    if least < 0 or greatest > 65535:
        raise UserError(f"{path}: the image holds integers of {least} to {greatest}, expected "
                        "0..65535; scale them, or save 8 bits")
    return Image.fromarray((values.astype(np.uint16) >> 8).astype(np.uint8)).convert("RGB")


def is_flat(rgb: Image.Image) -> bool:
    """Tells whether every channel of an RGB image spans a few levels only."""
    return all(greatest - least < _LEVELS for least, greatest in rgb.getextrema())


def _extremes(rgb):
    found = rgb.getextrema()
    return min(least for least, _ in found), max(greatest for _, greatest in found)


def _is_constant(image):
    found = image.getextrema()
    pairs = found if isinstance(found[0], tuple) else (found,)
    return all(least == greatest for least, greatest in pairs)


def _page_remarks(image, data):
    return [FIRST_PAGE] if count_pages(image, data) > 1 else []


def _decoded_alike(image, data):
    """Tells whether TensorFlow decodes the file to what `load_image` gives."""
    if orientation(image) != 1:
        return False
    if image.format in ("JPEG", "MPO"):
        return image.mode in ("L", "RGB")
    return (image.format == "PNG" and bit_depth(image, data) == 8 and image.mode in ("L", "RGB")
            and "transparency" not in image.info)


def image_for_record(path: str, max_size: int = 0) -> RecordImage:
    """Reads an image for the records: the file's own bytes where TensorFlow decodes them rightly.

    Args:
      path: image file.
      max_size: longest side in pixels; larger images are scaled down. 0 for any size.

    Returns:
      `RecordImage`.

    Raises:
      UserError: as `load_image`.
    """
    image, data = decode(read_bytes(path), path)
    with image:
        rgb, remarks = _upright_rgb(image, data, path)
        full = rgb.height, rgb.width
        shrinks = max_size and max(full) > max_size
        if not shrinks and _decoded_alike(image, data):
            return RecordImage(data, full[0], full[1], full, remarks)
        if shrinks:
            rgb = rgb.resize(shrunk_size(rgb.size, max_size), Image.LANCZOS)
        return RecordImage(encode_png(np.asarray(rgb)), rgb.height, rgb.width, full, remarks)


def shrunk_size(size: Tuple[int, int], max_size: int) -> Tuple[int, int]:
    """Returns (width, height) scaled so that the longer is `max_size`."""
    scale = max_size / float(max(size))
    return tuple(max(int(round(side * scale)), 1) for side in size)


def encode_png(pixels: np.ndarray) -> bytes:
    """Returns PNG bytes of uint8 [H, W] or [H, W, 3], or uint16 [H, W]."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()
