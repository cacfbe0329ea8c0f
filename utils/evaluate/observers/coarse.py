"""A net's probabilities at 1/16 of its own scale, for disagreement of seeds and for heat maps."""
import dataclasses
from typing import Tuple

import numpy as np

from utils.evaluate.observers.files import load_found, require_shapes

#: Up to so many classes, all probabilities are stored; beyond, the `TOP` greatest of each block.
DENSE_CLASSES = 24
TOP = 4


@dataclasses.dataclass(frozen=True)
class Coarse:
    """Means of the softmax over blocks of 16 x 16 pixels of the net's scale, of N images.

    Blocks begin at the image's corner inside its letterbox; those at the far rims average what is
    there.

    Attributes:
      grid: int32 [N, 2], blocks of each image; what lies beyond is 0.
      label: uint8 [N, h, w, T], classes of the values; T is C, or `TOP` of the greatest.
      share: uint8 [N, h, w, T], probability times 255, rounded.
      classes: int32 [], C.
    """
    grid: np.ndarray
    label: np.ndarray
    share: np.ndarray
    classes: np.ndarray

    def probabilities(self, index: int) -> np.ndarray:
        """Returns the probabilities of one image: float32 [h, w, C], of sum 1.

        What the classes beyond the `TOP` greatest had is spread over them evenly.
        """
        height, width = self.grid[index]
        share = self.share[index, :height, :width].astype(np.float32) / 255
        label = self.label[index, :height, :width].astype(np.intp)
        count = int(self.classes)
        others = max(count - share.shape[-1], 1)
        rest = np.maximum(1 - share.sum(-1, keepdims=True), 0) / others
        dense = np.broadcast_to(rest, (height, width, count)).copy()
        np.put_along_axis(dense, label, share, axis=-1)
        return dense / dense.sum(-1, keepdims=True)


def pack(probabilities: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Returns (label, share) of `Coarse` for probabilities float32 [h, w, C]."""
    count = probabilities.shape[-1]
    if count <= DENSE_CLASSES:
        label = np.broadcast_to(np.arange(count, dtype=np.uint8), probabilities.shape)
    else:
        label = np.argsort(-probabilities, axis=-1, kind="stable")[..., :TOP].astype(np.uint8)
    share = np.take_along_axis(probabilities, label.astype(np.intp), axis=-1)
    return np.ascontiguousarray(label), np.rint(255 * share).astype(np.uint8)


def load_coarse(path: str) -> Coarse:
    """Reads a stored file, "<run>/test/<result>.coarse.npz".

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, Coarse, lambda stored: require_shapes(
        stored, grid=("n", 2), label=("n", "h", "w", "t"), share=("n", "h", "w", "t"), classes=()))
