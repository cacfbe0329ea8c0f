"""A photo that is darkened but for marked pixels, with outlines. PIL only."""
from typing import Sequence, Tuple

import numpy as np
from PIL import Image

Colour = Tuple[int, int, int]

#: Share of its brightness that a photo keeps beside the marks; share of colour in a mark.
_DARK, _MARK = .45, .8


def marked_photo(image: np.ndarray, marks: np.ndarray, colours: Sequence[Colour],
                 outlines: Sequence[Tuple[np.ndarray, Colour]], side: int) -> np.ndarray:
    """Draws marks and outlines on a photo.

    Args:
      image: uint8 [H, W, 3].
      marks: uint8 [H, W]; 0 for none, else 1 + the index of a colour.
      colours: of the marks.
      outlines: (mask bool [H, W], colour); where two meet, they alternate.
      side: longest side of the picture; a smaller image keeps its size.

    Returns:
      uint8 [h, w, 3].
    """
    size = _fitted(image.shape[:2], side)
    picture = np.asarray(Image.fromarray(image).resize(size[::-1], Image.BILINEAR), np.float32)
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, image.shape))
    kept = marks[rows][:, columns]
    picture = picture * _DARK
    table = np.array([(0, 0, 0)] + list(colours), np.float32)
    picture += (kept > 0)[..., np.newaxis] * _MARK * (table[kept] - picture)
    made = np.rint(picture).astype(np.uint8)
    dashes = np.add.outer(np.arange(size[0]), np.arange(size[1])) // 3 % len(outlines)
    rims = [_rim(mask[rows][:, columns]) for mask, _ in outlines]
    several = np.sum(rims, axis=0) > 1
    for turn, (rim, (_, colour)) in enumerate(zip(rims, outlines)):
        made[rim & (~several | (dashes == turn))] = colour
    return made


def _fitted(shape, side):
    """Returns (height, width) with a longest side of at most `side`."""
    factor = min(side / max(shape), 1)
    return tuple(max(int(round(length * factor)), 1) for length in shape)


def _rim(mask):
    """Returns the mask's pixels that have a neighbour, by an edge, outside it; not the picture's
    own border."""
    padded = np.pad(mask, 1, "edge")
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inside
