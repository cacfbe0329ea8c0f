"""The classes that a net thinks most probable at each pixel, small enough to be kept.

With them any label of the images can be judged without the net: the given one, and copies of it
with planted faults.
"""
import dataclasses
import zlib
from typing import Any, Dict, List, Tuple

import numpy as np

from utils.evaluate.observers.files import load_found, require_shapes
from utils.evaluate.observers.record import OBSERVERS, Observer
from utils.evaluate.observers.thumbnails import Thumbnails, joined

#: Classes that are kept of each pixel; what a probability of 1 is stored as.
TOP, SCALE = 3, 255
_LEVEL = 6


@dataclasses.dataclass(frozen=True)
class Opinions:
    """The most probable classes of each pixel of N images, at the net's own scale.

    Pixels are those of the image inside its letterbox.

    Attributes:
      size: int32 [N, 2], height and width of what is stored.
      image_size: int32 [N, 2], height and width of the image.
      data, ends: compressed planes, behind each other as in `thumbnails.Thumbnails`.
      kept: int32 [], K: classes that are kept of each pixel.
      classes: int32 [], C.
    """
    size: np.ndarray
    image_size: np.ndarray
    data: np.ndarray
    ends: np.ndarray
    kept: np.ndarray
    classes: np.ndarray

    def planes(self, index: int) -> Tuple[np.ndarray, np.ndarray]:
        """Returns (classes, probabilities times 255) of an image: uint8 [K, h, w] each, the most
        probable first."""
        stored = zlib.decompress(Thumbnails(self.data, self.ends)[index])
        planes = np.frombuffer(stored, np.uint8).reshape(2, int(self.kept), *self.size[index])
        return planes[0], np.cumsum(planes[1], axis=-1, dtype=np.uint8)

    def probabilities(self, index: int) -> np.ndarray:
        """Returns the probabilities of an image: float32 [h, w, C], of sum 1.

        What the classes beyond the kept ones had is spread over them evenly.
        """
        label, share = (np.moveaxis(one, 0, -1) for one in self.planes(index))
        count = int(self.classes)
        share = share.astype(np.float32) / SCALE
        rest = np.maximum(1 - share.sum(-1, keepdims=True), 0) / max(count - int(self.kept), 1)
        dense = np.broadcast_to(rest, rest.shape[:2] + (count,)).copy()
        np.put_along_axis(dense, label.astype(np.intp), share, axis=-1)
        return dense / dense.sum(-1, keepdims=True)


def pack(opinions: np.ndarray) -> bytes:
    """Compresses classes and probabilities, uint8 [h, w, 2K] of the output "opinions".

    Of probabilities the differences along rows are stored: where a net is sure they are 0.
    """
    label, share = np.split(np.moveaxis(opinions, -1, 0), 2)
    steps = np.diff(share, axis=-1, prepend=np.uint8(0))
    return zlib.compress(np.concatenate([label, steps]).tobytes(), _LEVEL)


@OBSERVERS.register("opinions")
class OpinionKeeper(Observer):
    """Stores the `Opinions` of a test.

    Args:
      num_classes: C.
    """
    reads = ("opinions", "boxes")

    def __init__(self, num_classes: int) -> None:
        self._num_classes = num_classes
        self._packed: List[bytes] = []
        self._sizes: List[Tuple[int, ...]] = []
        self._image_sizes: List[Tuple[int, ...]] = []

    def add(self, item: Any) -> None:
        """Takes in one image's opinions, without its letterbox."""
        seen, box = (item.outputs[name] for name in self.reads)
        top, left, height, width = box
        self._packed.append(pack(seen[top:top + height, left:left + width]))
        self._sizes.append((height, width))
        self._image_sizes.append(item.prediction.shape)

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the fields of `Opinions`, by name."""
        stored = joined(self._packed)
        return dict(size=np.array(self._sizes, np.int32),
                    image_size=np.array(self._image_sizes, np.int32),
                    data=stored.data, ends=stored.ends,
                    kept=np.int32(min(TOP, self._num_classes)), classes=np.int32(self._num_classes))


def load_opinions(path: str) -> Opinions:
    """Reads a stored file, "<run>/test/<result>.opinions.npz".

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, Opinions, lambda stored: require_shapes(
        stored, size=("n", 2), image_size=("n", 2), data=(None,), ends=("n",), kept=(),
        classes=()))
