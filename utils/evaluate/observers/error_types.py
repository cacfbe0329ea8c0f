"""Of which kind a class's wrong pixels are: at a boundary, of extent, of a whole segment."""
import dataclasses
from typing import Any, Dict, List

import numpy as np

from utils.evaluate.observers.files import load_found, require_shapes
from utils.evaluate.observers.record import OBSERVERS, Observer
from utils.evaluate.observers.shared import once, true_regions
from utils.measures.error_types import TYPES, WrongPixels, find_wrong_pixels


@dataclasses.dataclass(frozen=True)
class ErrorTypes:
    """Pixels of each kind, of N images and C classes, at the images' own size.

    Attributes:
      counts: int32 [N, C, 7], by `TYPES` (Bernhard et al., WACV 2024, sec. 3): true positives;
        false positives and false negatives at a boundary; those of extent; those of segments.
      rims: int32 [N, C, 2], pixels in both rims, and in either, of truth and prediction: Boundary
        IoU is the sum of the first over that of the second (Cheng et al., CVPR 2021).
    """
    counts: np.ndarray
    rims: np.ndarray


def wrong_pixels(item: Any, num_classes: int) -> WrongPixels:
    """Returns the `WrongPixels` of an item."""
    return find_wrong_pixels(item.label, item.prediction, num_classes,
                             once(item, true_regions, num_classes))


@OBSERVERS.register("error_types")
class ErrorTypeCounter(Observer):
    """Stores the `ErrorTypes` of a test."""

    def __init__(self, num_classes: int) -> None:
        self._num_classes = num_classes
        self._counts: List[np.ndarray] = []
        self._rims: List[np.ndarray] = []

    def add(self, item: Any) -> None:
        """Counts an image's wrong pixels, and those of the rims."""
        wrong = once(item, wrong_pixels, self._num_classes)
        self._counts.append(wrong.counts)
        self._rims.append(wrong.rims)

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the fields of `ErrorTypes`, by name."""
        classes = self._num_classes
        return {"counts": np.array(self._counts, np.int32).reshape(-1, classes, len(TYPES)),
                "rims": np.array(self._rims, np.int32).reshape(-1, classes, 2)}


def load_error_types(path: str) -> ErrorTypes:
    """Reads a stored file, "<run>/test/<result>.error_types.npz".

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, ErrorTypes, lambda stored: require_shapes(
        stored, counts=("n", "c", len(TYPES)), rims=("n", "c", 2)))
