"""A look over the masks of a data set: what they store, and which colours they show."""
import collections
import io
from typing import Iterable, List

from PIL import Image

from utils.data.image_opening import bit_depth, read_bytes
from utils.data.masks.files import load_mask
from utils.data.masks.reading import GREY, PALETTE
from utils.errors import UserError
from utils.ordered import ordered_map

#: What a mask holds. form, bits, rgb: as in `Mask`. palette: its bytes. pairs: the distinct (value,
#: packed colour), none where the pixels were not looked at.
MaskUse = collections.namedtuple("MaskUse", "path form bits rgb palette pairs")


def survey(paths: Iterable[str], pixels: bool) -> List[MaskUse]:
    """Looks at each mask that can be read.

    Args:
      paths: of the masks.
      pixels: whether to look at pixels in any case. Otherwise they are looked at only where
        headings differ in a way that may matter.
    """
    paths = list(paths)
    uses = [] if pixels else [use for use in ordered_map(_glance, paths) if use]
    if pixels or _headings_differ(uses):
        uses = [use for use in ordered_map(_look, paths) if use]
    return uses


def _glance(path):
    """Returns the `MaskUse` of a file's heading, or None."""
    try:
        data = read_bytes(path)
        image = Image.open(io.BytesIO(data))
        bits = bit_depth(image, data)
    except Exception:  # PIL's readers raise all kinds; decoding the file says what is wrong with it
        return None
    form = PALETTE if image.mode in ("P", "PA") else GREY
    return MaskUse(path, form, bits, image.mode[:3] == "RGB", _palette(image), frozenset())


def _palette(image):
    return bytes(image.palette.palette) if image.palette is not None else b""


def _look(path):
    try:
        mask = load_mask(read_bytes(path), path)
    except UserError:  # reading the mask later says what is wrong
        return None
    return MaskUse(path, mask.form, mask.bits, mask.rgb, b"", mask.pairs())


def _headings_differ(uses):
    """Tells whether palettes differ, masks of a few levels stand beside those of 256, or any is
    RGB."""
    longest = max([use.palette for use in uses], key=len, default=b"")
    kinds = {use.bits < 8 or use.form == PALETTE for use in uses}
    return len(kinds) > 1 or any(
        use.rgb or not longest.startswith(use.palette) for use in uses)
