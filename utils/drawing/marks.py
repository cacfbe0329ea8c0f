"""A photo that is darkened but for marked pixels, with outlines. PIL only."""
from typing import Sequence, Tuple

import numpy as np
from PIL import Image

Colour = Tuple[int, int, int]

#: Share of its brightness that a photo keeps beside the marks; share of colour in a mark.
_DARK, _MARK = .55, .8
#: Length of the dashes of outlines that coincide, in pixels.
_DASH = 3


def shrink_photo(image: np.ndarray, side: int) -> np.ndarray:
    """Shrinks a photo, uint8 [H, W, 3], to a longest side; a smaller one keeps its size."""
    height, width = _fitted(image.shape[:2], side)
    return np.asarray(Image.fromarray(image).resize((width, height), Image.BILINEAR))


def shrink_label(label: np.ndarray, side: int) -> np.ndarray:
    """Shrinks a picture of values, [H, W], as `shrink_photo` does, by nearest neighbours."""
    rows, columns = (np.arange(new) * old // new
                     for new, old in zip(_fitted(label.shape, side), label.shape))
    return label[rows][:, columns]


def _fitted(shape, side):
    """Returns (height, width) with a longest side of at most `side`."""
    factor = min(side / max(shape), 1)
    return tuple(max(int(round(length * factor)), 1) for length in shape)


def marked_photo(image: np.ndarray, marks: np.ndarray, colours: Sequence[Colour],
                 outlines: Sequence[Tuple[np.ndarray, Colour]]) -> np.ndarray:
    """Draws marks and outlines on a photo.

    Args:
      image: uint8 [H, W, 3].
      marks: uint8 [H, W]; 0 for none, else 1 + the index of a colour.
      colours: of the marks.
      outlines: (mask bool [H, W], colour); where several meet, they alternate.

    Returns:
      uint8 [H, W, 3].
    """
    picture = image * np.float32(_DARK)
    table = np.array([(0, 0, 0)] + list(colours), np.float32)
    picture += (marks > 0)[..., np.newaxis] * _MARK * (table[marks] - picture)
    made = np.rint(picture).astype(np.uint8)
    dashes = np.add.outer(*map(np.arange, marks.shape)) // _DASH % len(outlines)
    rims = [rim(mask) for mask, _ in outlines]
    several = np.sum(rims, axis=0) > 1
    for turn, (own, (_, colour)) in enumerate(zip(rims, outlines)):
        made[own & (~several | (dashes == turn))] = colour
    return made


def rim(mask: np.ndarray) -> np.ndarray:
    """Finds the mask's pixels that have a neighbour, by an edge, outside it: bool [H, W]; the
    picture's own border is none."""
    padded = np.pad(mask, 1, "edge")
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inside
