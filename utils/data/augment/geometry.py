"""Composes scale, place, rotation and mirror of an image in a window into one resample."""
import dataclasses
from typing import Any, Sequence, Tuple

import numpy as np

from utils.data.augment.registry import AUGMENTATIONS, operation, range_problem
from utils.registry import Parameter


@dataclasses.dataclass(frozen=True)
class Geometry:
    """How an image is seen through a window: scaled, placed, rotated, and mirrored at last.

    Attributes:
      window: (height, width) of the window, pixels.
      label: uint8 [H, W], the image's labels, for operations that look before they place it.
      scale: float32, from the image's pixels to the window's, before it is rounded to `size`.
      size: (height, width) that the image is resized to, whole numbers of at least 1.
      start: (top, left), where the resized image begins in the window: positive where it is padded,
        negative where it is cropped.
      degrees: by which the image is turned counter-clockwise about the window's centre.
      mirrored: whether left and right of the window change places.
    """
    window: Tuple[int, int]
    label: np.ndarray
    scale: np.float32
    size: Tuple[int, int]
    start: Tuple[int, int]
    degrees: float = 0.0
    mirrored: bool = False

    def replace(self, **changes: Any) -> "Geometry":
        """Copies it with other values of some attributes."""
        return dataclasses.replace(self, **changes)

    def placed(self, scale: np.float32, places: np.ndarray) -> "Geometry":
        """Returns the image at another scale and place.

        Args:
          scale: float32.
          places: float32 [2], of the window's room above and left of the image, in [0, 1]. The room
            is negative where the image is larger than the window.
        """
        size = np.maximum(np.rint(scale * np.float32(self.label.shape)), 1).astype(np.int32)
        start = np.rint(np.float32(self.window - size) * places)
        return self.replace(scale=scale, size=_whole(size), start=_whole(start))

    def affine(self, shape: Sequence[int]) -> np.ndarray:
        """Returns the map from points of the window to those of the image at `shape` (height,
        width).

        Returns:
          float64 [2, 3]: x and y of the image from (x, y, 1) of the window. Pixels' centres lie at
          halves.
        """
        height, width = self.window
        turn, (y, x) = np.radians(self.degrees), np.divide(shape, self.size)
        cosine, sine = np.cos(turn), np.sin(turn)
        mirror = [[-1, 0, width], [0, 1, 0], [0, 0, 1]] if self.mirrored else np.eye(3)
        turned = [[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]
        resized = [[x, 0, -x * self.start[1]], [0, y, -y * self.start[0]], [0, 0, 1]]
        centre = np.array([[1, 0, width / 2.0], [0, 1, height / 2.0], [0, 0, 1]])
        return (resized @ centre @ turned @ np.linalg.inv(centre) @ mirror)[:2]


def letterboxed(window: Tuple[int, int], label: np.ndarray) -> Geometry:
    """Returns the `Geometry` that fits an image into a window, keeping its aspect, centred.

    It is that of `utils.data.resize.letterbox_box`, in float32 as there.

    Args:
      window: (height, width), pixels.
      label: uint8 [H, W].
    """
    room, size = np.float32(window), np.float32(label.shape)
    scale = (room / size).min()
    inner = np.maximum(np.minimum(np.rint(size * scale), room), 1)
    return Geometry(window, label, scale, _whole(inner), _whole(np.floor((room - inner) / 2)))


def _whole(pair):
    return int(pair[0]), int(pair[1])


# ---- operations ----

def _factor(default, which):
    # Beyond 16 a window shows a few pixels of an image.
    return Parameter(default, which + " factor", more_than=0, at_most=16)


@AUGMENTATIONS.register("scale", low=_factor(0.5, "least"), high=_factor(2.0, "greatest"))
@operation("geometry", draws=3, shared_from=0, problem=range_problem)
def scale(geometry: Geometry, numbers: np.ndarray, low: float, high: float) -> Geometry:
    """Scales the image by a factor on what fits the window, then crops or pads it at random."""
    # In float32 from here on, as TensorFlow computed it: else a rounding differs now and then.
    factor = np.float32(low) + np.float32(high - low) * numbers[0]
    return geometry.placed(geometry.scale * factor, numbers[1:])


@AUGMENTATIONS.register("flip")
@operation("geometry", draws=1, shared_from=3)
def flip(geometry: Geometry, numbers: np.ndarray) -> Geometry:
    """Mirrors every other image, left and right."""
    return geometry.replace(mirrored=bool(numbers[0] < 0.5))


@AUGMENTATIONS.register("rotate", degrees=Parameter(10.0, "largest angle to either side",
                                                    at_least=0, at_most=180))
@operation("geometry", draws=1)
def rotate(geometry: Geometry, numbers: np.ndarray, degrees: float) -> Geometry:
    """Turns the image about the window's centre, to either side."""
    return geometry.replace(degrees=degrees * (2.0 * float(numbers[0]) - 1.0))
