"""Objects of a test: connected components of truth and prediction, for scores by object size.

An object is an 8-connected region of one class (stuff classes have such regions too). Semantic
labels do not tell touching instances of a class apart: two cars that overlap are one object.
numpy and scipy only.
"""
import dataclasses
import io
import os
import zipfile

import numpy as np
from scipy import ndimage

from utils.errors import UserError
from utils.files import write_bytes

_EIGHT_NEIGHBOURS = np.ones((3, 3), int)
#: Stands for what is no class, in truth and prediction.
_IGNORED = 255
_TYPES = dict(image=np.int32, label=np.uint8, area=np.int32, hit=np.int32, union=np.int32,
              pieces=np.int32, predicted_image=np.int32, predicted_label=np.uint8,
              predicted_area=np.int32, predicted_hit=np.int32, predicted_wholes=np.int32)


@dataclasses.dataclass(frozen=True)
class Objects(object):
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


class ObjectCounter(object):
    """Collects the `Objects` of a test; `add` fits `evaluate(observe=...)`.

    Args:
      num_classes: C; labels from C on are ignored, and so is what was predicted there.
    """

    def __init__(self, num_classes):
        self._num_classes = num_classes
        self._images = 0
        self._parts = {name: [] for name in _TYPES}

    def add(self, item):
        """Counts an item's objects in; item: has label and prediction, uint8 [H, W]."""
        ignored = item.label >= self._num_classes
        truth = np.where(ignored, _IGNORED, item.label)
        prediction = np.where(ignored, _IGNORED, item.prediction)
        boxes_of_truth, boxes_of_prediction = _class_boxes(truth), _class_boxes(prediction)
        for label in range(self._num_classes):
            box = _around(boxes_of_truth.get(label), boxes_of_prediction.get(label))
            if box is not None:
                self._add_class(label, truth[box] == label, prediction[box] == label)
        self._images += 1

    def _add_class(self, label, truth, prediction):
        true, true_count = ndimage.label(truth, _EIGHT_NEIGHBOURS)
        found, found_count = ndimage.label(prediction, _EIGHT_NEIGHBOURS)
        area = np.bincount(true.ravel(), minlength=true_count + 1)
        found_area = np.bincount(found.ravel(), minlength=found_count + 1)
        both = truth & prediction
        pairs, shared = np.unique(
            true[both].astype(np.int64) * (found_count + 1) + found[both], return_counts=True)
        i, j = pairs // (found_count + 1), pairs % (found_count + 1)
        hit = np.bincount(i, shared, true_count + 1)
        touched = np.bincount(i, found_area[j], true_count + 1)
        for name, values in (
                ("area", area), ("hit", hit), ("union", area + touched - hit),
                ("pieces", np.bincount(i, minlength=true_count + 1)),
                ("predicted_area", found_area),
                ("predicted_hit", np.bincount(j, shared, found_count + 1)),
                ("predicted_wholes", np.bincount(j, minlength=found_count + 1)),
                ("image", np.full(true_count + 1, self._images)),
                ("label", np.full(true_count + 1, label)),
                ("predicted_image", np.full(found_count + 1, self._images)),
                ("predicted_label", np.full(found_count + 1, label))):
            self._parts[name].append(values[1:].astype(_TYPES[name]))  # 0 is what is no object

    def objects(self):
        """The `Objects` of what was added."""
        return Objects(**{
            name: np.concatenate([np.zeros(0, _TYPES[name])] + parts)
            for name, parts in self._parts.items()})


def _class_boxes(classes):
    """{class: bounding box as slices} of a uint8 [H, W]."""
    boxes = ndimage.find_objects(classes.astype(np.int32) + 1)
    return {label: box for label, box in enumerate(boxes) if box is not None}


def _around(one, other):
    """The smallest box around two, either of which may be None."""
    if one is None or other is None:
        return one or other
    return tuple(slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other))


def objects_path(result_path):
    """Where the objects of a result are stored: beside it, <stem>.objects.npz."""
    return os.path.splitext(result_path)[0] + ".objects.npz"


def save_objects(path, objects):
    """Writes the file, whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **dataclasses.asdict(objects))
    write_bytes(path, buffer.getvalue())


def load_objects(path):
    """Reads a stored file.

    Raises:
      UserError: no such file, or a damaged one.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return Objects(**{name: stored[name] for name in _TYPES})
    except FileNotFoundError:
        raise UserError("{}: no such objects; fcn_test.py writes them".format(path))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError("{}: not the objects of a test ({}); test again".format(path, error))
