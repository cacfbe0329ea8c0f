"""Image and mask files: what TensorFlow would decode wrongly becomes what it decodes rightly.

Every image becomes upright RGB: EXIF rotation applied, CMYK and palettes converted, 16 bits reduced
to 8, transparent parts laid on white. No TensorFlow here.
"""
import contextlib
import io
import struct

import numpy as np
from PIL import Image, ImageOps

from utils.errors import UserError

_ORIENTATION = 0x0112
_WHITE = (255, 255, 255, 255)
#: What PIL raises for files that are no image, end early or lie about their content.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error)


def read_bytes(path):
    """A file's bytes, with one clear line where it is missing or empty."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise UserError("{}: no such file; restore it or take it off the list".format(path))
    if not data:
        raise UserError("{}: the file is empty; copy it again".format(path))
    return data


@contextlib.contextmanager
def open_image(data, path):
    """The opened, fully decoded PIL image of a file's bytes.

    Raises:
      UserError: no image, truncated, or too large (PIL's limit, about 179 megapixels).
    """
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except Image.DecompressionBombError as error:
        raise UserError("{}: the image is too large ({}); scale it down or cut it into "
                        "tiles".format(path, str(error).split(",")[0]))
    except Image.UnidentifiedImageError:
        raise UserError("{}: not an image that can be read (first bytes {!r}); expected JPEG, PNG "
                        "or another common format".format(path, data[:4]))
    except _BROKEN as error:
        raise UserError("{}: the image is truncated or corrupt ({}); copy it again".format(
            path, str(error).split("\n")[0]))
    with image:
        yield image


def load_image(data, path):
    """Decodes an image file as a viewer shows it.

    Args:
      data: the file's bytes.
      path: its name, for errors.

    Returns:
      uint8 [H, W, 3], upright RGB.
    """
    with open_image(data, path) as image:
        return np.asarray(_upright_rgb(image))


def _orientation(image):
    try:
        return image.getexif().get(_ORIENTATION, 1)
    except _BROKEN:
        return 1


def _upright_rgb(image):
    if _orientation(image) not in (0, 1):
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, _WHITE), image).convert("RGB")
    return image.convert("RGB")


def _eight_bits(values):
    """16-bit grey to 8 bits. PIL's own conversion clips at 255 instead."""
    return (np.clip(values, 0, 65535).astype(np.uint16) >> 8).astype(np.uint8)


def _decoded_alike(image, data):
    """Whether TensorFlow decodes the file to what `load_image` gives."""
    if _orientation(image) not in (0, 1):
        return False
    if image.format in ("JPEG", "MPO"):
        return image.mode in ("L", "RGB")
    eight_bits = data[24:25] == b"\x08"  # IHDR: length, type, width, height, then the bit depth
    return (image.format == "PNG" and eight_bits and image.mode in ("L", "RGB")
            and "transparency" not in image.info)


def image_for_record(path, max_size=0):
    """An image as records keep it: the file's own bytes wherever TensorFlow decodes them rightly.

    Args:
      path: image file.
      max_size: longest side in pixels; larger images are scaled down. 0 for any size.

    Returns:
      (bytes, height, width): JPEG or PNG bytes; upright size in pixels.
    """
    data = read_bytes(path)
    with open_image(data, path) as image:
        shrinks = max_size and max(image.size) > max_size
        if not shrinks and _decoded_alike(image, data):
            return data, image.height, image.width
        image = _upright_rgb(image)
        if shrinks:
            image = image.resize(shrunk_size(image.size, max_size), Image.LANCZOS)
        return encode_png(np.asarray(image)), image.height, image.width


def shrunk_size(size, max_size):
    """(width, height) scaled so that the longer is `max_size`."""
    scale = max_size / float(max(size))
    return tuple(max(int(round(side * scale)), 1) for side in size)


def encode_png(pixels):
    """PNG bytes of uint8 [H, W] or [H, W, 3]."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def read_index_mask(path):
    """A mask whose pixel values are class indices: a one-channel or palette PNG.

    Palette PNGs give their indices, not their colours.

    Returns:
      uint8 [H, W].

    Raises:
      UserError: an RGB mask, a JPEG, or values above 255.
    """
    return read_mask(path)


def read_mask(path, colours=(), ignore_colour=None):
    """`read_index_mask` that also takes RGB masks, where the classes have colours.

    Args:
      path: mask file.
      colours: (r, g, b) of each class; () where colours mean nothing.
      ignore_colour: (r, g, b) of ignored pixels, or None.

    Returns:
      uint8 [H, W].
    """
    return mask_from_bytes(read_bytes(path), path, colours, ignore_colour)


def mask_from_bytes(data, path, colours=(), ignore_colour=None):
    """`read_mask` for a file's bytes; `path` names it in errors."""
    with open_image(data, path) as image:
        if image.format in ("JPEG", "MPO"):
            raise UserError("{}: the mask is a JPEG, whose compression changes labels; save masks "
                            "as PNG".format(path))
        if colours and image.mode in ("RGB", "RGBA"):
            return _colours_to_indices(np.asarray(image.convert("RGB")), path, colours,
                                       ignore_colour)
        return _indices(image, path)


def _indices(image, path):
    if image.mode not in ("1", "L", "P", "I", "I;16", "I;16B", "I;16L"):
        raise UserError("{}: the mask has {} channels ({}), expected one channel of class indices; "
                        "convert its colours to indices".format(
                            path, len(image.getbands()), image.mode))
    values = np.asarray(image).astype(np.int32)
    if values.max() > 255:
        raise UserError("{}: the mask has values up to {}, expected class indices and 255 for "
                        "ignore".format(path, values.max()))
    return values.astype(np.uint8)


def _colours_to_indices(pixels, path, colours, ignore_colour):
    codes = pixels.astype(np.int32).dot([1 << 16, 1 << 8, 1])
    known = list(colours) + ([ignore_colour] if ignore_colour else [])
    indices = list(range(len(colours))) + [255]
    table = {(r << 16) + (g << 8) + b: index for (r, g, b), index in zip(known, indices)}
    found, inverse = np.unique(codes, return_inverse=True)
    strange = [int(code) for code in found if int(code) not in table]
    if strange:
        code = strange[0]
        raise UserError("{}: the mask has the colour ({}, {}, {}), which classes.txt does not list "
                        "({} such colours); list it, as a class or as `ignore r g b`".format(
                            path, code >> 16, code >> 8 & 255, code & 255, len(strange)))
    return np.array([table[int(code)] for code in found], np.uint8)[inverse].reshape(codes.shape)
