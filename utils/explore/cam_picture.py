"""The picture of `cam`: image, truth, prediction, mean map and its sd over seeds."""
import io
import os
from typing import TYPE_CHECKING, Iterator, List, Tuple

import numpy as np
from PIL import Image

from utils.drawing.colours import colourise
from utils.drawing.heat import heat_colours, heat_over
from utils.drawing.panel import captioned
from utils.explore.cam import SeedMaps, arrays, kind, lines, majority, summarise
from utils.files import write_bytes
from utils.lazy import lazy_module

if TYPE_CHECKING:
    from utils.evaluate.cam import Explained

ndimage = lazy_module("scipy.ndimage")


def write_cam(explained: "Explained", path: str) -> Iterator[str]:
    """Writes the picture, and its numbers beside it; yields lines for the user.

    Args:
      path: of the picture, a PNG.
    """
    found = summarise(explained)
    picture, numbers = io.BytesIO(), io.BytesIO()
    Image.fromarray(draw_cam(explained, found)).save(picture, "PNG")
    np.savez_compressed(numbers, **arrays(explained, found))
    beside = os.path.splitext(path)[0] + ".npz"
    write_bytes(path, picture.getvalue())
    write_bytes(beside, numbers.getvalue())
    yield from lines(explained, found)
    yield f"written: {path} and {beside}"


def draw_cam(explained: "Explained", found: SeedMaps) -> np.ndarray:
    """Draws the picture: uint8 [height, width, 3].

    Every map is divided by its own greatest value first. The sd is drawn from 0 to .5.
    """
    seeds, layer = len(explained.maps), explained.maps[0].layer
    prediction = majority([own.prediction for own in explained.maps], len(explained.class_names))
    asked = 2 * np.sum([own.mask for own in explained.maps], 0) > seeds
    if explained.target.kind == "pixel":  # whose own outline is one pixel, which nobody sees
        asked = _around(asked)
    labels = [prediction]
    parts: List[Tuple[str, np.ndarray]] = [("image", explained.image)]
    if explained.truth is not None:
        labels.append(explained.truth)
        parts.append(("truth", colourise(explained.truth, explained.palette)))
    parts.append(("prediction" + (f": of most of {seeds} seeds" if seeds > 1 else ""),
                  colourise(prediction, explained.palette)))
    what = kind(explained) if seeds == 1 else f"mean of {seeds} maps, each with maximum 1"
    parts.append((f"layer {layer}: {what}", heat_over(explained.image, found.mean, asked)))
    if found.sd is not None:
        parts.append((f"sd over {seeds} seeds: 0 to .5", heat_colours(2 * found.sd)))
    title = (f"{kind(explained)} of {explained.class_names[explained.label]}, layer {layer}: "
             f"{explained.target} of {os.path.basename(explained.name)}")
    return captioned(parts, labels, explained.class_names, explained.palette, title)


def _around(mask):
    """Returns the pixels within a hundredth of the picture's longer side of those of a mask."""
    reach = 2 + max(mask.shape) // 100
    return ndimage.binary_dilation(mask, iterations=reach)
