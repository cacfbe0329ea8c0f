"""Makes a training view of an image and its label, by Pillow.

On a CPU the input takes its time from the net, so that it has to be fast. Pillow's resize computes
only the pixels of a crop, and works beside Python's other threads. It is antialiased as that of
`utils.data.resize` (a test holds the two together), but rounds pixels to whole numbers.
"""
from typing import Callable, Tuple

import numpy as np
from PIL import Image

from utils.data.aligned import aligned, aligned_empty
from utils.data.augment.colour import Colour
from utils.data.augment.geometry import Geometry
from utils.data.datasets.base import IGNORE_LABEL


def view(image: np.ndarray, geometry: Geometry, colour: Colour) -> Tuple[np.ndarray, np.ndarray]:
    """Resamples an image and its label once, and looks at them through a window.

    Args:
      image: uint8 [H, W, 3].
      geometry: where the window shows them; it holds the label.
      colour: how the image's colours are mapped; where it does not reach stays black.

    Returns:
      (uint8 [height, width, 3], zero where the image does not reach; uint8 [height, width], the
      nearest pixel, IGNORE_LABEL there).
    """
    label = geometry.label
    if geometry.degrees:
        return _turned(image, geometry, colour), _turned_label(label, geometry)
    spans = [_span(*axis) for axis in zip(geometry.window, geometry.size, geometry.start,
                                          label.shape)]
    shown = _seen(image, geometry, spans, Image.BILINEAR, 0, colour.apply)
    return shown, _seen(label, geometry, spans, Image.NEAREST, IGNORE_LABEL, lambda label: label)


# ---- not turned: a resize of what is seen ----

def _span(window, size, start, source):
    """What an axis of a window shows: (pixels of the window, [first, end) of the source), or None
    where the image is out of sight."""
    first, end = max(start, 0), min(start + size, window)
    if first >= end:
        return None
    scale = float(source) / size
    # A float's last digit must not lead beyond the image, which Pillow refuses.
    return slice(first, end), (first - start) * scale, min((end - start) * scale, source)


def _seen(pixels, geometry, spans, kernel, background, finish: Callable):
    """Returns the window onto `pixels`, an array of its own; `finish` maps the picture that is
    seen."""
    window = geometry.window
    seen = aligned_empty(tuple(window) + pixels.shape[2:])
    if None in spans:
        seen[...] = background
        return seen
    (rows, top, bottom), (columns, left, right) = spans
    size = columns.stop - columns.start, rows.stop - rows.start
    resized = Image.fromarray(pixels).resize(size, kernel, box=(left, top, right, bottom))
    resized = finish(resized)
    if size != (window[1], window[0]):
        seen[...] = background
    if geometry.mirrored:  # by Pillow: NumPy takes a quarter of the time of the resize for it
        resized = resized.transpose(Image.FLIP_LEFT_RIGHT)
        columns = slice(window[1] - columns.stop, window[1] - columns.start)
    seen[rows, columns] = np.asarray(resized)
    return seen


# ---- turned: an affine transform ----

def _turned(image, geometry, colour):
    """Returns the window onto an image that is turned, bilinear. Pillow's transform is not
    antialiased: an image that shrinks does so first."""
    picture = Image.fromarray(image)
    height, width = np.minimum(geometry.size, image.shape[:2]).tolist()
    if (height, width) != image.shape[:2]:
        picture = picture.resize((width, height), Image.BILINEAR)
    return _transformed(colour.apply(picture), geometry, (height, width), Image.BILINEAR, 0)


def _turned_label(label, geometry):
    return _transformed(Image.fromarray(label), geometry, label.shape, Image.NEAREST, IGNORE_LABEL)


def _transformed(picture, geometry, shape, kernel, background):
    height, width = geometry.window
    fill = (background,) * len(picture.getbands())
    return aligned(np.asarray(picture.transform(
        (width, height), Image.AFFINE, geometry.affine(shape).ravel().tolist(), kernel,
        fillcolor=fill if len(fill) > 1 else background)))
