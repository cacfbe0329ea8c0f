"""A net's probabilities at 1/16 of its own scale, for disagreement of seeds and for heat maps."""
import dataclasses
from typing import Any, Dict, List, Tuple

import numpy as np

from utils.evaluate.observers.files import load_found, padded_stack, require_shapes
from utils.evaluate.observers.record import OBSERVERS, Observer

#: Up to so many classes, all probabilities are stored; beyond, the `TOP` greatest of each block.
DENSE_CLASSES = 24
TOP = 4
#: Side of a block, pixels of the net's own scale.
BLOCK = 16


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


@OBSERVERS.register("coarse")
class CoarseKeeper(Observer):
    """Stores the `Coarse` of a test.

    Args:
      num_classes: C.
    """
    reads = ("blocks", "boxes")

    def __init__(self, num_classes: int) -> None:
        self._num_classes = num_classes
        self._packed: List[Tuple[np.ndarray, np.ndarray]] = []

    def add(self, item: Any) -> None:
        """Takes in one image's blocks."""
        blocks, box = (item.outputs[name] for name in self.reads)
        height, width = -(-box[2:] // BLOCK)
        self._packed.append(pack(blocks[:height, :width]))

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the fields of `Coarse`, by name."""
        labels, shares = zip(*self._packed)
        return dict(grid=np.array([label.shape[:2] for label in labels], np.int32),
                    label=padded_stack(labels), share=padded_stack(shares),
                    classes=np.int32(self._num_classes))


def load_coarse(path: str) -> Coarse:
    """Reads a stored file, "<run>/test/<result>.coarse.npz".

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, Coarse, lambda stored: require_shapes(
        stored, grid=("n", 2), label=("n", "h", "w", "t"), share=("n", "h", "w", "t"), classes=()))
