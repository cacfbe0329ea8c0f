"""Objects of a test, and the pixels that true and predicted ones share: for scores by object size,
and for over- and under-segmentation.

An object is an 8-connected region of one class (stuff classes have such regions too). Semantic
labels do not tell touching instances of a class apart: two cars that overlap are one object. Where
records have instance ids, the true objects are the instances. numpy and scipy only.
"""
import collections
import dataclasses
from typing import Any, Dict, List, Optional

import numpy as np

from utils.data.labels import IGNORE_LABEL
from utils.errors import UserError
from utils.evaluate.observers.record import OBSERVERS, Observer
from utils.evaluate.observers.shared import once, true_regions
from utils.measures.regions import find_regions, shared_pixels
from utils.stored import read_arrays

_TYPES = dict(image=np.int32, label=np.uint8, area=np.int32, hit=np.int32, union=np.int32,
              pieces=np.int32, predicted_image=np.int32, predicted_label=np.uint8,
              predicted_area=np.int32, predicted_hit=np.int32, predicted_wholes=np.int32)
#: Older files lack these.
_PAIRS = ("pair_object", "pair_predicted", "pair_pixels")
_LATER = _PAIRS + ("instances",)

#: true, found: `regions.Regions` of an image's truth and prediction. i, j, pixels: int64 [pairs], a
#: true and a predicted region of one class, and how many pixels they share.
FoundObjects = collections.namedtuple("FoundObjects", "true found i j pixels")


def _no_pairs():
    return np.zeros(0, np.int32)


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
    One entry per pair of a true and a predicted object that share pixels; none in older files:
      pair_object, pair_predicted: int32, indices of the two among the above.
      pair_pixels: int32, the pixels that they share.
    instances: bool [], whether true objects are instances where these are known.
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
    pair_object: np.ndarray = dataclasses.field(default_factory=_no_pairs)
    pair_predicted: np.ndarray = dataclasses.field(default_factory=_no_pairs)
    pair_pixels: np.ndarray = dataclasses.field(default_factory=_no_pairs)
    instances: np.ndarray = dataclasses.field(default_factory=lambda: np.array(False))

    @property
    def has_pairs(self) -> bool:
        """Whether the pairs were stored."""
        return len(self.pair_pixels) == self.pieces.sum()


def find_objects(item: Any, num_classes: int) -> FoundObjects:
    """Finds the objects of one image.

    Args:
      item: has label and prediction, uint8 [H, W], and instances, uint16 [H, W] or None.
      num_classes: C; labels from C on are ignored, and so is what was predicted there.
    """
    ignored = item.label >= num_classes
    instances = _instances(item)
    true = once(item, true_regions, num_classes) if instances is None else find_regions(
        item.label, num_classes, instances)
    found = find_regions(np.where(ignored, IGNORE_LABEL, item.prediction), num_classes)
    return FoundObjects(true, found, *shared_pixels(true, found, item.label.size))


def _instances(item: Any) -> Optional[np.ndarray]:
    return getattr(item, "instances", None)


@OBSERVERS.register("objects")
class ObjectCounter(Observer):
    """Stores the `Objects` of a test.

    Args:
      num_classes: C; labels from C on are ignored, and so is what was predicted there.
    """
    instances = True

    def __init__(self, num_classes: int) -> None:
        self._num_classes = num_classes
        self._images = self._true = self._found = 0
        self._has_instances = False
        self._parts: Dict[str, List[np.ndarray]] = {name: [] for name in tuple(_TYPES) + _PAIRS}

    def add(self, item: Any) -> None:
        """Counts an item's objects in."""
        objects = once(item, find_objects, self._num_classes)
        true, found, i, j, shared = objects
        hit = np.bincount(i, shared, len(true.label))
        touched = np.bincount(i, found.area[j], len(true.label))
        for name, values in (
                ("image", np.full(len(true.label), self._images)), ("label", true.label),
                ("area", true.area), ("hit", hit), ("union", true.area + touched - hit),
                ("pieces", np.bincount(i, minlength=len(true.label))),
                ("predicted_image", np.full(len(found.label), self._images)),
                ("predicted_label", found.label), ("predicted_area", found.area),
                ("predicted_hit", np.bincount(j, shared, len(found.label))),
                ("predicted_wholes", np.bincount(j, minlength=len(found.label))),
                ("pair_object", i + self._true), ("pair_predicted", j + self._found),
                ("pair_pixels", shared)):
            self._parts[name].append(values.astype(_TYPES.get(name, np.int32)))
        self._images += 1
        self._true += len(true.label)
        self._found += len(found.label)
        self._has_instances |= _instances(item) is not None

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the fields of `objects()`, by name."""
        return dataclasses.asdict(self.objects())

    def objects(self) -> Objects:
        """Returns the `Objects` of what was added."""
        return Objects(instances=np.array(self._has_instances), **{
            name: np.concatenate([np.zeros(0, _TYPES.get(name, np.int32))] + parts)
            for name, parts in self._parts.items()})


def load_objects(path: str) -> Objects:
    """Reads a stored file.

    Raises:
      UserError: no such file, or a damaged one.
    """
    try:
        stored = read_arrays(path, tuple(_TYPES), _LATER)
        later = {name: stored.pop(name) for name in _LATER if name in stored}
        _require_objects(stored)
        objects = Objects(**stored, **later)
        _require_pairs(objects)
    except FileNotFoundError:
        raise UserError(f"{path}: no such objects; fcn_test.py writes them") from None
    except ValueError as error:
        raise UserError(f"{path}: not the objects of a test ({error}); test again") from None
    return objects


def _require_objects(stored):
    """Raises a ValueError where arrays are not of one entry per object."""
    for name, array in stored.items():
        whole = stored["predicted_image" if name.startswith("predicted_") else "image"]
        if array.shape != (whole.size,) or array.dtype.kind not in "iu":
            raise ValueError(f"{name}: {array.dtype} {array.shape}, expected whole numbers "
                             f"({whole.size},)")


def _require_pairs(objects):
    """Raises a ValueError where pairs are not of the objects."""
    for name, most in (("pair_object", len(objects.area)), ("pair_pixels", np.inf),
                       ("pair_predicted", len(objects.predicted_area))):
        array = getattr(objects, name)
        if array.shape != objects.pair_pixels.shape or array.ndim != 1 or (
                array.dtype.kind not in "iu"):
            raise ValueError(f"{name}: {array.dtype} {array.shape}, expected whole numbers, one "
                             "each pair")
        if len(array) and not 0 <= array.min() <= array.max() < most:
            raise ValueError(f"{name}: {array.min()} to {array.max()}, expected 0 to {most - 1}")
    if objects.instances.shape or objects.instances.dtype != bool:
        raise ValueError(f"instances: {objects.instances}, expected true or false")
