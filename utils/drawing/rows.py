"""Rows of pictures, each above its label, and what they show. PIL only."""
from dataclasses import dataclass
from typing import List, Sequence, Tuple

import numpy as np
from PIL import Image

from utils.drawing.colours import PAPER, colourise
from utils.drawing.panel import legend_strip, text_strip

#: Between pictures; height of letters; both in pixels.
_GAP, _TEXT = 6, 15


@dataclass(frozen=True)
class Cell:
    """A picture and its label, with a line above.

    Attributes:
      caption: the line.
      image: uint8 [H, W, 3].
      label: uint8 [H, W]; values that are no class are hatched.
    """
    caption: str
    image: np.ndarray
    label: np.ndarray


def draw_rows(rows: Sequence[Sequence[Cell]], class_names: Sequence[str],
              palette: Sequence[Tuple[int, int, int]], above: Sequence[str],
              below: Sequence[str], side: int) -> np.ndarray:
    """Draws rows of pictures, images above their labels, between lines of text.

    Args:
      rows: of equally many cells, all of the same size.
      class_names, palette: of the C classes; the legend names those that occur.
      above, below: lines of text.
      side: longest side of a picture, pixels; smaller ones are enlarged by a whole factor.

    Returns:
      uint8 [height, width, 3].
    """
    drawn = [_row([_cell(cell, palette, side) for cell in row]) for row in rows]
    width = drawn[0].shape[1]
    shown = np.unique([value for row in rows for cell in row for value in np.unique(cell.label)])
    classes = [index for index in shown if index < len(class_names)]
    legend = legend_strip([class_names[index] for index in classes],
                          [palette[index] for index in classes], width,
                          ignored=len(classes) < len(shown), text_size=_TEXT)
    return np.vstack([text_strip(above, width, _TEXT)] + drawn
                     + [legend, text_strip(below, width, _TEXT)])


def _cell(cell, palette, side):
    image = _sized(cell.image, side, Image.BILINEAR)
    label = colourise(_sized(cell.label, side, Image.NEAREST), palette)
    caption = text_strip([cell.caption], image.shape[1], _TEXT)
    return np.vstack([caption, image, _paper(_GAP // 2, image), label])


def _sized(pixels, side, resample):
    """Returns uint8 [h, w] or [h, w, 3] with a longest side near `side`."""
    height, width = pixels.shape[:2]
    longest = max(height, width)
    if longest <= side:
        factor = side // longest
        return pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    size = [max(int(round(length * side / float(longest))), 1) for length in (width, height)]
    return np.asarray(Image.fromarray(pixels).resize(size, resample))


def _paper(height, below):
    return np.full((height, below.shape[1], 3), PAPER, np.uint8)


def _row(cells: List[np.ndarray]) -> np.ndarray:
    gap = np.full((cells[0].shape[0], _GAP, 3), PAPER, np.uint8)
    parts = [part for cell in cells for part in (gap, cell)] + [gap]
    row = np.hstack(parts)
    return np.vstack([row, _paper(_GAP, row)])
