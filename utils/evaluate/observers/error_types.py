"""Of which kind a class's wrong pixels are: at a boundary, of extent, of a whole segment."""
import dataclasses

import numpy as np

from utils.evaluate.observers.files import load_found, require_shapes

#: The last axis of `ErrorTypes.counts`.
TYPES = ("hit", "false_boundary", "missed_boundary", "false_extent", "missed_extent",
         "false_segment", "missed_segment")


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


def load_error_types(path: str) -> ErrorTypes:
    """Reads a stored file, "<run>/test/<result>.error_types.npz".

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, ErrorTypes, lambda stored: require_shapes(
        stored, counts=("n", "c", len(TYPES)), rims=("n", "c", 2)))
