"""Data inside a page: numbers and pictures as text that scripts decode when it is looked at."""
import base64
import io
import json
import zlib
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
from PIL import Image

#: Pictures of a block: one that lies in a file of its own is loaded when one of them is looked at.
CHUNK = 1000


def packed(values: np.ndarray) -> str:
    """Packs numbers: base64 of the deflated bytes of a little-endian array."""
    values = np.ascontiguousarray(values)
    data = values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


def picture_blocks(name: str, pictures: Sequence[bytes]) -> Dict[str, str]:
    """Makes "<name>-0", "<name>-1" .. of `CHUNK` pictures each, a line of base64 for each picture.

    Args:
      pictures: encoded; an empty one gives an empty line.
    """
    lines = [base64.b64encode(one).decode("ascii") for one in pictures]
    return {f"{name}-{place // CHUNK}": "\n".join(lines[place:place + CHUNK])
            for place in range(0, len(lines), CHUNK)}


def label_blocks(name: str, pictures: Sequence[bytes]) -> Optional[Dict[str, str]]:
    """Makes blocks of `CHUNK` label images each, packed together: half the bytes of their PNGs.

    A block is uint8: height and width of each, then the classes of all.

    Args:
      pictures: palette PNGs, at most 255 pixels a side.

    Returns:
      {"<name>-0": text, ..}; None where a picture is of another kind.
    """
    labels = list(map(_read_label, pictures))
    made = {}
    for place in range(0, len(labels), CHUNK):
        part = labels[place:place + CHUNK]
        if any(one is None for one in part):
            return None
        sizes = np.array([one.shape for one in part], np.uint8)  # type: ignore[union-attr]
        made[f"{name}-{place // CHUNK}"] = packed(np.concatenate(
            [sizes.ravel()] + [one.ravel() for one in part]))  # type: ignore[union-attr]
    return made


def _read_label(picture: bytes) -> Optional[np.ndarray]:
    """Returns the classes of a palette PNG, uint8 [H, W]; None for any other picture."""
    if not picture.startswith(b"\x89PNG"):
        return None
    image = Image.open(io.BytesIO(picture))
    return np.asarray(image) if image.mode == "P" and max(image.size) < 256 else None


def as_json(values: Any) -> str:
    """Writes JSON that cannot end the element of a page in which it stands."""
    text = json.dumps(values, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def as_script(name: str, text: str) -> str:
    """Writes a block as a script, for a file beside the page."""
    return f"exploreBlock({json.dumps(name)}, {json.dumps(text)});\n"


def data_address(picture: bytes) -> str:
    """Returns the data: address of a WebP, PNG or JPEG."""
    kinds: List[Any] = [(b"RIFF", "webp"), (b"\x89PNG", "png"), (b"\xff\xd8", "jpeg")]
    kind = next((name for start, name in kinds if picture.startswith(start)), "webp")
    return f"data:image/{kind};base64," + base64.b64encode(picture).decode("ascii")
