"""Objects of a test: connected components of truth and prediction, for scores by object size.

An object is an 8-connected region of one class (stuff classes have such regions too). Semantic
labels do not tell touching instances of a class apart: two cars that overlap are one object.
numpy and scipy only.
"""
import dataclasses
from typing import Any, Dict, List

import numpy as np

from utils.data.labels import IGNORE_LABEL
from utils.errors import UserError
from utils.evaluate.observers.record import OBSERVERS, Observer
from utils.measures.regions import find_regions, shared_pixels
from utils.stored import read_arrays

_TYPES = dict(image=np.int32, label=np.uint8, area=np.int32, hit=np.int32, union=np.int32,
              pieces=np.int32, predicted_image=np.int32, predicted_label=np.uint8,
              predicted_area=np.int32, predicted_hit=np.int32, predicted_wholes=np.int32)


@dataclasses.dataclass(frozen=True)
class Objects:
    """The objects of all images of a test; areas in pixels of the images' own resolution.

    Attributes, one entry per object of the truth:
      image: int32, index of the image in the result.
      label: uint8, class.
      area: int32.
      hit: int32, its pixels that were predicted as its class; hit / area is its recall.
      union: int32, it and all predicted objects of its class that share a pixel with it; hit /
        union is its IoU.
      pieces: int32, how many predicted objects those are; above 1, it is over-segmented.
    One entry per predicted object:
      predicted_image, predicted_label, predicted_area: as above.
      predicted_hit: int32, its pixels whose truth is its class; 0 for an invented object.
      predicted_wholes: int32, objects of the truth that it shares a pixel with; above 1, it is
        under-segmented.
    """
    image: np.ndarray
    label: np.ndarray
    area: np.ndarray
    hit: np.ndarray
    union: np.ndarray
    pieces: np.ndarray
    predicted_image: np.ndarray
    predicted_label: np.ndarray
    predicted_area: np.ndarray
    predicted_hit: np.ndarray
    predicted_wholes: np.ndarray


@OBSERVERS.register("objects")
class ObjectCounter(Observer):
    """Stores the `Objects` of a test.

    Args:
      num_classes: C; labels from C on are ignored, and so is what was predicted there.
    """

    def __init__(self, num_classes: int) -> None:
        self._num_classes = num_classes
        self._images = 0
        self._parts: Dict[str, List[np.ndarray]] = {name: [] for name in _TYPES}

    def add(self, item: Any) -> None:
        """Counts an item's objects in; item: has label and prediction, uint8 [H, W]."""
        ignored = item.label >= self._num_classes
        true = find_regions(item.label, self._num_classes)
        found = find_regions(np.where(ignored, IGNORE_LABEL, item.prediction), self._num_classes)
        i, j, shared = shared_pixels(true, found, item.label.size)
        hit = np.bincount(i, shared, len(true.label))
        touched = np.bincount(i, found.area[j], len(true.label))
        for name, values in (
                ("image", np.full(len(true.label), self._images)), ("label", true.label),
                ("area", true.area), ("hit", hit), ("union", true.area + touched - hit),
                ("pieces", np.bincount(i, minlength=len(true.label))),
                ("predicted_image", np.full(len(found.label), self._images)),
                ("predicted_label", found.label), ("predicted_area", found.area),
                ("predicted_hit", np.bincount(j, shared, len(found.label))),
                ("predicted_wholes", np.bincount(j, minlength=len(found.label)))):
            self._parts[name].append(values.astype(_TYPES[name]))
        self._images += 1

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the fields of `objects()`, by name."""
        return dataclasses.asdict(self.objects())

    def objects(self) -> Objects:
        """Returns the `Objects` of what was added."""
        return Objects(**{
            name: np.concatenate([np.zeros(0, _TYPES[name])] + parts)
            for name, parts in self._parts.items()})


def load_objects(path: str) -> Objects:
    """Reads a stored file.

    Raises:
      UserError: no such file, or a damaged one.
    """
    try:
        stored = read_arrays(path, tuple(_TYPES))
        _require_objects(stored)
    except FileNotFoundError:
        raise UserError(f"{path}: no such objects; fcn_test.py writes them") from None
    except ValueError as error:
        raise UserError(f"{path}: not the objects of a test ({error}); test again") from None
    return Objects(**stored)


def _require_objects(stored):
    """Raises a ValueError where arrays are not of one entry per object."""
    for name, array in stored.items():
        whole = stored["predicted_image" if name.startswith("predicted_") else "image"]
        if array.shape != (whole.size,) or array.dtype.kind not in "iu":
            raise ValueError(f"{name}: {array.dtype} {array.shape}, expected whole numbers "
                             f"({whole.size},)")
