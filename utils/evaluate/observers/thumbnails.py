"""Small pictures, many in one array: encoded files behind each other, and where each ends."""
import dataclasses
from typing import Sequence

import numpy as np

from utils.evaluate.observers.files import load_found, require_shapes

#: Longest side of a thumbnail, in pixels.
SIDE = 64


@dataclasses.dataclass(frozen=True)
class Thumbnails:
    """Encoded pictures (WebP of images, palette PNG of labels), one for each image.

    Attributes:
      data: uint8 [bytes], all of them behind each other.
      ends: int64 [N], where each ends.
    """
    data: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, index: int) -> bytes:
        start = self.ends[index - 1] if index else 0
        return self.data[start:self.ends[index]].tobytes()


def joined(pictures: Sequence[bytes]) -> Thumbnails:
    """Puts encoded pictures into one `Thumbnails`."""
    ends = np.cumsum([len(one) for one in pictures], dtype=np.int64)
    return Thumbnails(np.frombuffer(b"".join(pictures), np.uint8), ends)


def load_thumbnails(path: str) -> Thumbnails:
    """Reads a stored file, "<run>/test/<result>.thumbnails.npz": the predictions.

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, Thumbnails, lambda stored: require_shapes(
        stored, data=(None,), ends=("n",)))
