"""Pictures of the worst images of each kind of error, drawn while the test runs."""
import dataclasses

import numpy as np

from utils.evaluate.observers.files import load_found, require_shapes

#: Kinds of error that have pictures, and how many of each.
KINDS = ("boundary", "extent", "segment", "over_segmented", "under_segmented")
PICTURES = 8


@dataclasses.dataclass(frozen=True)
class Worst:
    """Encoded pictures (WebP), the worst of each kind first.

    Attributes:
      kind: uint8 [P], index of `KINDS`.
      image: int32 [P], index of the image in the result.
      label: uint8 [P], the class that it is about.
      pixels: int32 [P], wrong pixels of the kind; objects, of the segmented kinds.
      data, ends: the pictures, as in `thumbnails.Thumbnails`.
    """
    kind: np.ndarray
    image: np.ndarray
    label: np.ndarray
    pixels: np.ndarray
    data: np.ndarray
    ends: np.ndarray

    def picture(self, index: int) -> bytes:
        """Returns an encoded picture."""
        start = self.ends[index - 1] if index else 0
        return self.data[start:self.ends[index]].tobytes()


def load_worst(path: str) -> Worst:
    """Reads a stored file, "<run>/test/<result>.worst.npz".

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, Worst, lambda stored: require_shapes(
        stored, kind=("p",), image=("p",), label=("p",), pixels=("p",), data=(None,), ends=("p",)))
