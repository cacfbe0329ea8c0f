"""Reads PNGs of class indices that strangers made. What they hold is decided by their headers
before anything is unpacked."""
import io
import struct
from typing import Tuple

import numpy as np
from PIL import Image

from utils.compete import faults as kinds
from utils.compete.archive import Refused
from utils.data.labels import IGNORE_LABEL

_START = b"\x89PNG\r\n\x1a\n"
#: Chunks that the pixels need; colours and notes are left out.
_NEEDED = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_GREY, _PALETTE = 0, 3
_COLOUR_TYPES = {2: "RGB", 4: "grey with opacity", 6: "RGBA"}
_OTHERS = ((b"\xff\xd8", "JPEG"), (b"GIF8", "GIF"), (b"BM", "BMP"), (b"II*\0", "TIFF"),
           (b"MM\0*", "TIFF"), (b"RIFF", "WebP"), (b"PK", "zip"), (b"\x93NUMPY", "NumPy array"))


def read_indices(data: bytes, size: Tuple[int, int], num_classes: int) -> np.ndarray:
    """Decodes the class indices of one image.

    Args:
      data: bytes of the file.
      size: (height, width) of the image.
      num_classes: C.

    Returns:
      uint8 [height, width], below C.

    Raises:
      Refused: anything else; it says which fault, and what was got and expected.
    """
    found, colour, depth, bare = _header(data)
    if found != size:
        raise Refused(kinds.SIZE, "got {}x{}, expected {}x{}, height x width".format(
            *found + size))
    if colour not in (_GREY, _PALETTE):
        raise Refused(kinds.COLOURS, _COLOUR_TYPES.get(colour, f"colour type {colour}"))
    if depth != 8 and not (colour == _PALETTE and depth in (1, 2, 4)):
        raise Refused(kinds.DEPTH, f"{depth} bits")
    indices = _decode(bare, size)
    if indices.max() >= num_classes:
        raise Refused(kinds.VALUES, _outside(indices, num_classes))
    return indices


def _header(data):
    """Returns ((height, width), colour type, bit depth, the file without what pixels do not
    need)."""
    if not data.startswith(_START):
        raise Refused(kinds.NOT_PNG, next((kind for start, kind in _OTHERS
                                           if data.startswith(start)), f"begins {data[:4]!r}"))
    kept, place, seen = [_START], len(_START), []
    while place + 12 <= len(data) and seen[-1:] != [b"IEND"]:
        length, kind = struct.unpack_from(">I4s", data, place)
        seen.append(kind)
        if kind in _NEEDED:
            kept.append(data[place:place + 12 + length])
        place += 12 + length
    if place > len(data) or seen[-1:] != [b"IEND"] or seen[0] != b"IHDR" or (
            seen.count(b"IHDR") > 1 or len(kept[1]) != 25):
        raise Refused(kinds.TRUNCATED, "cut short")
    width, height, depth, colour = struct.unpack_from(">IIBB", kept[1], 8)
    return (height, width), colour, depth, b"".join(kept)


def _decode(data, size):
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.size != size[::-1] or image.mode not in ("L", "P"):
                raise ValueError(f"an image of {image.size} in mode {image.mode}")
            image.load()  # some versions of NumPy and Pillow hide what goes wrong in np.array
            return np.array(image)
    except Exception as error:  # PIL's readers raise all kinds; the file is at fault
        raise Refused(kinds.TRUNCATED, str(error).split("\n")[0]) from None


def _outside(indices, num_classes):
    values = np.unique(indices[indices >= num_classes])
    text = ", ".join(map(str, values[:4])) + ", ..." * (len(values) > 4)
    ignored = f" ({IGNORE_LABEL} is for labels)" if IGNORE_LABEL in values else ""
    return f"{text}, expected 0 to {num_classes - 1}{ignored}"
