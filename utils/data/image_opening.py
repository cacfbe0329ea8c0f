"""Opens image files of any kind, whatever their metadata hold. No TensorFlow here."""
import contextlib
import io
import logging
import struct
import warnings
from typing import Iterator, Optional, Tuple

from PIL import Image

from utils.errors import UserError

# PIL warns of broken EXIF and of large images, and logs what a `UserError` says in its own words.
warnings.filterwarnings("ignore", module="PIL")
logging.getLogger("PIL").addHandler(logging.NullHandler())

#: EXIF's tag of the orientation, and the type of its value.
_ORIENTATION, _SHORT = 0x0112, 3
#: How a stored image is turned upright, by its EXIF orientation; 1 and all others stay as they are.
_TURNS = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM,
          5: Image.TRANSPOSE, 6: Image.ROTATE_270, 7: Image.TRANSVERSE, 8: Image.ROTATE_90}
#: Formats that may hold several pages or frames.
_PAGED = ("TIFF", "GIF", "WEBP", "PNG")
#: Markers of JPEG segments that say nothing of the pixels: APP1 to APP13, APP15 and comments.
_JPEG_NOTES = frozenset(range(0xE1, 0xEE)) | {0xEF, 0xFE}
_EXIF = b"Exif\0\0"
_SCAN = 0xDA
#: PNG chunks without which the pixels cannot be shown.
_PNG_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_PNG_START = b"\x89PNG\r\n\x1a\n"


def read_bytes(path: str) -> bytes:
    """Reads a file's bytes; a `UserError` where it is missing, empty or cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; restore it or take it off the list") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    if not data:
        raise UserError(f"{path}: the file is empty; copy it again")
    return data


@contextlib.contextmanager
def open_image(data: bytes, path: str) -> Iterator[Image.Image]:
    """Opens the fully decoded PIL image of a file's bytes, and closes it when the block ends.

    Raises:
      UserError: no image, truncated, or too large (PIL's limit, about 179 megapixels).
    """
    image, _ = decode(data, path)
    with image:
        yield image


def decode(data: bytes, path: str) -> Tuple[Image.Image, bytes]:
    """Decodes an image file; metadata that PIL cannot read are left out.

    Returns:
      (PIL image, fully decoded; the bytes that it was decoded from: the file's own, or those
      without metadata).

    Raises:
      UserError: as `open_image`.
    """
    problem = None
    for candidate in _candidates(data):
        try:
            return _load(candidate), candidate
        except Image.DecompressionBombError as error:
            raise UserError("{}: the image is too large ({}); scale it down or cut it into "
                            "tiles".format(path, str(error).split(",")[0])) from error
        except Exception as error:  # PIL's readers raise all kinds; the file is at fault
            problem = problem or error
    if isinstance(problem, Image.UnidentifiedImageError):
        raise UserError(f"{path}: not an image that can be read (first bytes {data[:4]!r}); "
                        "expected JPEG, PNG or another common format")
    raise UserError("{}: the image is truncated or corrupt ({}); copy it again".format(
        path, str(problem).split("\n")[0] or type(problem).__name__))


def _load(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def _candidates(data):
    """Yields the bytes of a file; then, for a JPEG or PNG, without notes but EXIF, and without
    any."""
    yield data
    for keep_exif in (True, False):
        bare = without_metadata(data, keep_exif)
        if bare and bare != data:
            yield bare


def without_metadata(data: bytes, keep_exif: bool = False) -> Optional[bytes]:
    """Returns a JPEG's or PNG's bytes without what PIL reads beside the pixels; None for other
    files."""
    if data.startswith(b"\xff\xd8"):
        return _bare_jpeg(data, keep_exif)
    if data.startswith(_PNG_START):
        return _bare_png(data, keep_exif)
    return None


def _bare_jpeg(data, keep_exif):
    kept, place = [data[:2]], 2
    while data[place:place + 1] == b"\xff" and place + 4 <= len(data):
        marker = data[place + 1]
        if marker == _SCAN:
            return b"".join(kept) + data[place:]
        end = place + 2 + struct.unpack(">H", data[place + 2:place + 4])[0]
        is_exif = keep_exif and data[place + 4:place + 10] == _EXIF
        if marker not in _JPEG_NOTES or is_exif:
            kept.append(data[place:end])
        place = end
    return None


def _bare_png(data, keep_exif):
    kept, place = [_PNG_START], len(_PNG_START)
    while place + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[place:place + 8])
        if kind in _PNG_PIXELS or keep_exif and kind == b"eXIf":
            kept.append(data[place:place + 12 + length])
        place += 12 + length
    return b"".join(kept)


def orientation(image: Image.Image) -> int:
    """Returns the EXIF orientation that is still to be applied to a decoded image: 1 to 8.

    PIL turns TIFF files while it decodes them. Any other value, or none, counts as 1.
    """
    if image.format == "TIFF":
        return 1
    try:
        found = _read_orientation(image.info.get("exif") or b"")
        if found is None:
            found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # PIL's reader raises all kinds on broken EXIF; the pixels are sound
        return 1
    return found if isinstance(found, int) and found in _TURNS else 1


def _read_orientation(exif):
    """Returns the orientation in the first directory of an EXIF block, or None.

    Other entries are not looked at: what PIL makes of an orientation beside a broken entry depends
    on its version.
    """
    block = exif[len(_EXIF):] if exif.startswith(_EXIF) else exif
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(block[:4]))
    if order is None or len(block) < 8:
        return None
    start = struct.unpack(order + "I", block[4:8])[0]
    if start + 2 > len(block):
        return None
    end = start + 2 + 12 * struct.unpack(order + "H", block[start:start + 2])[0]
    for place in range(start + 2, min(end, len(block)) - 11, 12):
        tag, kind, count, value = struct.unpack(order + "HHIH", block[place:place + 10])
        if tag == _ORIENTATION and kind == _SHORT and count:
            return value
    return None


def upright_like(pixels: Image.Image, image: Image.Image) -> Image.Image:
    """Returns a PIL image made from a decoded one, turned as the EXIF orientation of that says."""
    turn = _TURNS.get(orientation(image))
    return pixels if turn is None else pixels.transpose(turn)


def count_pages(image: Image.Image, data: bytes) -> int:
    """Counts the pages or frames of a file; PIL decodes the first.

    Args:
      image: PIL image decoded from `data`.
      data: bytes of the file.
    """
    if image.format not in _PAGED:
        return 1
    try:
        return getattr(Image.open(io.BytesIO(data)), "n_frames", 1)
    except Exception:  # PIL's readers raise all kinds on broken pages; the first is decoded
        return 1


def bit_depth(image: Image.Image, data: bytes) -> int:
    """Bits of a channel as the file stores it, where it says so; else 8.

    Args:
      image: PIL image decoded from `data`.
      data: the file's bytes.
    """
    if image.format == "PNG":
        return data[24]  # IHDR: length, type, width, height, then the bit depth
    if image.format == "TIFF":
        found = image.tag_v2.get(258, 8)
        return int(found[0] if isinstance(found, tuple) else found)
    return 8
