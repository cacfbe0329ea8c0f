"""Data inside a page: numbers and pictures as text that scripts decode when it is looked at."""
import base64
import json
import zlib
from typing import Any, Dict, List, Sequence

import numpy as np

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
