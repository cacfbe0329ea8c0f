"""Small pictures of images and labels, encoded."""
import io
from typing import Sequence, Tuple

import numpy as np
from PIL import Image

from utils.drawing.colours import UNLABELLED, palette_png

#: Quality of WebP: half the size of JPEG at 64 pixels.
_QUALITY = 60


def thumbnail_size(height: int, width: int, side: int) -> Tuple[int, int]:
    """Returns (height, width) whose longer is `side`; those of smaller pictures stay."""
    scale = min(side / max(height, width), 1)
    return max(int(round(height * scale)), 1), max(int(round(width * scale)), 1)


def shrunk(image: np.ndarray, side: int) -> np.ndarray:
    """Returns an image whose longer side is at most `side`: uint8 [h, w, 3]."""
    height, width = thumbnail_size(image.shape[0], image.shape[1], side)
    if (height, width) == image.shape[:2]:
        return image
    return np.asarray(Image.fromarray(image).resize((width, height), Image.BOX))


def image_thumbnail(image: np.ndarray, side: int) -> bytes:
    """Encodes an image uint8 [H, W, 3] as WebP, its longer side at most `side`."""
    buffer = io.BytesIO()
    Image.fromarray(shrunk(image, side)).save(buffer, format="WEBP", quality=_QUALITY)
    return buffer.getvalue()


def label_thumbnail(label: np.ndarray, palette: Sequence[Tuple[int, int, int]],
                    side: int) -> bytes:
    """Encodes a label as a palette PNG, its longer side at most `side`; of each block the middle.

    Args:
      label: uint8 [H, W]; what is no class gets the value C, in the colour of unlabelled pixels.
      palette: (r, g, b) of each class.
      side: pixels.
    """
    rows, columns = (
        ((np.arange(count) + .5) * length / count).astype(np.intp)
        for count, length in zip(thumbnail_size(label.shape[0], label.shape[1], side),
                                 label.shape))
    small = label[rows[:, np.newaxis], columns]
    return palette_png(np.minimum(small, len(palette)), [*palette, UNLABELLED])
