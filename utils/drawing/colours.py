"""Labels as colours. PIL only, no display needed."""
import io
from typing import Sequence, Tuple

import numpy as np
from PIL import Image

PAPER = (255, 255, 255)
#: Right and wrong pixels, and those without a label: light, middle and dark, for every kind of eye.
RIGHT, WRONG, UNLABELLED = (198, 219, 239), (213, 94, 0), (60, 60, 60)
_HATCH = np.array([[28, 30, 34], [96, 100, 108]], np.uint8)
_STRIPE = 4


# ---- colours ----

def colourise(label: np.ndarray, palette: Sequence[Tuple[int, int, int]]) -> np.ndarray:
    """Class indices to colours.

    Args:
      label: uint8 [H, W]; values that are no class are hatched.
      palette: (r, g, b) of each class.

    Returns:
      uint8 [H, W, 3].
    """
    label = np.asarray(label)
    colours = np.array(palette, np.uint8).reshape(-1, 3)
    ignored = label >= len(colours)
    return np.where(ignored[..., np.newaxis], hatch(*label.shape),
                    colours[np.where(ignored, 0, label)])


def hatch(height: int, width: int) -> np.ndarray:
    """Returns uint8 [height, width, 3]: the pattern of pixels that are no class."""
    rows, columns = np.ogrid[:height, :width]
    return _HATCH[(rows + columns) // _STRIPE % 2]


def blend(image: np.ndarray, label: np.ndarray, palette: Sequence[Tuple[int, int, int]],
          alpha: float = 0.55) -> np.ndarray:
    """Returns the colours of a label laid over its image; ignored pixels show the image.

    Args:
      image: uint8 [H, W, 3].
      label: uint8 [H, W].
      alpha: share of the label's colour.

    Returns:
      uint8 [H, W, 3].
    """
    values, colours = np.arange(256), np.array(palette, np.uint8).reshape(-1, 3, 1)
    # A table per class and channel, and one that changes nothing: far faster than arithmetic.
    tables = np.concatenate([np.rint((1 - alpha) * values + alpha * colours),
                             np.broadcast_to(values, (1, 3, 256))]).astype(np.uint8)
    rows = np.minimum(label, len(colours)).astype(np.intp) * 256
    return np.stack([tables[:, channel].ravel()[rows + image[..., channel]]
                     for channel in range(3)], axis=-1)


def error_map(prediction: np.ndarray, truth: np.ndarray,
              num_classes: int) -> Tuple[np.ndarray, float]:
    """Colours the pixels of a prediction: `RIGHT`, `WRONG`, or not compared (`UNLABELLED`).

    Args:
      prediction, truth: uint8 [H, W]; truth that is no class is not compared.

    Returns:
      (uint8 [H, W, 3], the share of the compared pixels that is wrong; NaN where there are none).
    """
    labelled = truth < num_classes
    wrong = labelled & (prediction != truth)
    colours = np.array([UNLABELLED, RIGHT, WRONG], np.uint8)
    share = wrong.sum() / float(labelled.sum()) if labelled.any() else float("nan")
    return colours[labelled.astype(np.uint8) + wrong], share


def palette_png(label: np.ndarray, palette: Sequence[Tuple[int, int, int]]) -> bytes:
    """Returns PNG bytes of a label that keep its class indices and show its colours.

    Args:
      label: uint8 [H, W], class indices.
    """
    picture = Image.fromarray(np.ascontiguousarray(label)).convert("L")
    picture.putpalette([channel for colour in palette for channel in colour])
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


# ---- sheets ----

def contact_sheet(pictures: Sequence[np.ndarray], columns: int = 1) -> np.ndarray:
    """Pictures in rows, each cell as large as the largest.

    Args:
      pictures: list of uint8 [H, W, 3] of any sizes.
      columns: pictures in a row.

    Returns:
      uint8 [height, width, 3].
    """
    height = max(picture.shape[0] for picture in pictures)
    width = max(picture.shape[1] for picture in pictures)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * height, columns * width, 3), PAPER, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // columns * height, index % columns * width
        sheet[top:top + picture.shape[0], left:left + picture.shape[1]] = picture
    return sheet
