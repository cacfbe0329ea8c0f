"""Small pictures, many in one array: encoded files behind each other, and where each ends."""
import dataclasses
from typing import Any, Dict, List, Sequence

import numpy as np

from utils.drawing.thumbnails import label_thumbnail
from utils.evaluate.observers.files import load_found, require_shapes
from utils.evaluate.observers.record import OBSERVERS, Observer

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


@OBSERVERS.register("thumbnails")
class PredictionThumbnails(Observer):
    """Stores thumbnails of the predictions, palette PNGs.

    Args:
      num_classes: C.
    """

    def __init__(self, num_classes: int) -> None:
        self._pictures: List[bytes] = []

    def add(self, item: Any) -> None:
        """Takes in one image's prediction."""
        self._pictures.append(label_thumbnail(item.prediction, self.palette, SIDE))

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the fields of `Thumbnails`, by name."""
        return dataclasses.asdict(joined(self._pictures))


def load_thumbnails(path: str) -> Thumbnails:
    """Reads a stored file, "<run>/test/<result>.thumbnails.npz": the predictions.

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, Thumbnails, lambda stored: require_shapes(
        stored, data=(None,), ends=("n",)))
