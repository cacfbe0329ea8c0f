"""What Seg-Grad-CAM explains, and where its map stands in an image. numpy and scipy only."""
import dataclasses
import re
from typing import Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.measures.regions import find_regions


@dataclasses.dataclass(frozen=True)
class Target:
    """The pixels whose scores are explained.

    Attributes:
      kind: "class", all pixels predicted as the class; "object", the connected ones of them at a
        place; "box", those in a box; "pixel", one pixel whatever its class.
      place: of an object or pixel (x, y); of a box (left, top, right, bottom), all included.
    """
    kind: str = "class"
    place: Tuple[int, ...] = ()

    def __str__(self) -> str:
        where = ",".join(map(str, self.place))
        return {"class": "all its pixels", "object": f"the object at {where}",
                "box": f"its pixels in {where}", "pixel": f"the pixel {where}"}[self.kind]

    def mask(self, prediction: np.ndarray, label: int) -> np.ndarray:
        """Finds the pixels in a run's prediction: bool [H, W], none where it has no such pixel.

        Args:
          prediction: uint8 [H, W].
          label: the class.

        Raises:
          UserError: the place is not within the image.
        """
        self._require_within(prediction.shape)
        if self.kind == "pixel":
            made = np.zeros(prediction.shape, bool)
            made[self.place[1], self.place[0]] = True
            return made
        of_class = prediction == label
        if self.kind == "object":
            return _component(of_class, *self.place)
        if self.kind == "box":
            left, top, right, bottom = self.place
            made = np.zeros_like(of_class)
            made[top:bottom + 1, left:right + 1] = of_class[top:bottom + 1, left:right + 1]
            return made
        return of_class

    def _require_within(self, shape):
        height, width = shape
        columns, rows = self.place[::2], self.place[1::2]
        if any(x >= width for x in columns) or any(y >= height for y in rows):
            raise UserError(f"{','.join(map(str, self.place))} is outside of the image, which is "
                            f"{width} pixels wide and {height} high: expected x,y from 0,0")


def parse_target(pixel: str, at: str) -> Target:
    """Reads the flags --pixel=x,y and --object=x,y or --object=left,top,right,bottom.

    Raises:
      UserError: both are given, or one is no such place.
    """
    if pixel and at:
        raise UserError("--pixel and --object contradict each other: give one of them")
    if pixel:
        return Target("pixel", _place(pixel, "pixel", (2,)))
    if at:
        place = _place(at, "object", (2, 4))
        if len(place) == 4 and (place[0] > place[2] or place[1] > place[3]):
            raise UserError(f"--object={at}: expected left,top,right,bottom, with left up to right "
                            "and top up to bottom")
        return Target("object" if len(place) == 2 else "box", place)
    return Target()


def _place(text, name, counts):
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in counts or not all(re.match("[0-9]{1,6}$", part) for part in parts):
        expected = "x,y" if counts == (2,) else "x,y or left,top,right,bottom"
        raise UserError(f"--{name}: got {text!r}, expected {expected} in the image's own pixels")
    return tuple(map(int, parts))


def _component(mask, x, y):
    """Returns the 8-connected region of a mask that holds a pixel; none where it is not in it."""
    found = find_regions(np.where(mask, 0, 1).astype(np.uint8), 1)
    run = np.searchsorted(found.starts, y * mask.shape[1] + x, "right") - 1
    if not mask[y, x]:
        return np.zeros_like(mask)
    lengths = np.diff(np.append(found.starts, mask.size))
    return np.repeat(found.region == found.region[run], lengths).reshape(mask.shape)


# ---- between an image, the net's view of it, and a layer's cells ----

def in_view(mask: np.ndarray, box: Sequence[int], view_size: Sequence[int]) -> np.ndarray:
    """Marks the pixels of a view that are nearest to those of a mask: float32 [h, w].

    Args:
      mask: bool [H, W], of the image.
      box: top, left, height, width of the image in its view.
      view_size: (h, w).
    """
    made = np.zeros(tuple(view_size), np.float32)
    rows, columns = np.nonzero(mask)
    top, left, height, width = box
    made[top + _nearest(rows, mask.shape[0], height),
         left + _nearest(columns, mask.shape[1], width)] = 1
    return made


def _nearest(places, size, seen):
    return np.minimum(((places + .5) * seen / size).astype(np.intp), seen - 1)


def in_image(cells: np.ndarray, stride: float, offset: float, box: Sequence[int],
             size: Sequence[int]) -> np.ndarray:
    """Interpolates a layer's cells at the pixels of an image: float32 [H, W].

    Cell i stands at pixel stride * i + offset of the view, the centre of its receptive field.
    Beyond the outermost centres their values are repeated.

    Args:
      cells: [h, w].
      stride, offset: of the layer, in pixels of the view.
      box: top, left, height, width of the image in its view.
      size: (H, W) of the image.
    """
    rows, columns = (_weights(count, stride, offset, start, seen, whole) for count, start, seen,
                     whole in zip(cells.shape, box[:2], box[2:], size))
    return (rows @ np.asarray(cells, np.float64) @ columns.T).astype(np.float32)


def _weights(count, stride, offset, start, seen, size):
    """Returns how much each of `count` cells counts at each of `size` pixels: [size, count]."""
    view = start + (np.arange(size) + .5) * seen / size - .5
    places = np.clip((view - offset) / stride, 0, count - 1)
    return np.maximum(1 - np.abs(places[:, np.newaxis] - np.arange(count)), 0)


def cells_within(shape: Sequence[int], stride: float, offset: float,
                 box: Sequence[int]) -> Tuple[slice, slice]:
    """Finds the cells whose centres lie within the image, not on the bars beside it.

    Args:
      shape: (h, w) of the layer.
      stride, offset: of the layer, in pixels of the view.
      box: top, left, height, width of the image in its view.

    Returns:
      slices of rows and columns; all of them where no centre lies within.
    """
    return tuple(_within(count, stride, offset, start, seen)  # type: ignore[return-value]
                 for count, start, seen in zip(shape, box[:2], box[2:]))


def _within(count, stride, offset, start, seen):
    centres = stride * np.arange(count) + offset
    inside = np.flatnonzero((centres >= start - .5) & (centres < start + seen - .5))
    return slice(inside[0], inside[-1] + 1) if len(inside) else slice(None)
