"""Instances: which object a pixel belongs to, beside the label that says of which class it is.

uint16 [H, W]; 0 where there is no object: stuff, crowds, ignored pixels. The objects of an image
are numbered from 1 on, over all classes, and each has pixels of its own class alone. Records store
them as PNG of 16 bits. numpy and PIL only.
"""
from typing import Tuple

import numpy as np
from PIL import Image

from utils.data.image_opening import open_image
from utils.data.images import encode_png
from utils.errors import UserError

#: The greatest number of an object.
MOST_OBJECTS = 65535
#: Values that a label of 8 bits can have.
_LABELS = 256


def numbered(ids: np.ndarray) -> np.ndarray:
    """Numbers the objects that have a pixel 1, 2, ... in the order of their ids.

    Args:
      ids: whole numbers [H, W] from 0 on; 0 is no object.

    Returns:
      uint16 [H, W].

    Raises:
      ValueError: more than `MOST_OBJECTS` objects.
    """
    present = np.flatnonzero(np.bincount(ids.reshape(-1), minlength=1))
    objects = present[present > 0]
    if len(objects) > MOST_OBJECTS:
        raise ValueError(f"{len(objects)} objects, at most {MOST_OBJECTS} can be told apart")
    numbers = np.zeros(int(ids.max()) + 1 if ids.size else 1, np.uint16)
    numbers[objects] = np.arange(1, len(objects) + 1)
    return numbers[ids]


def encode_instances(instances: np.ndarray) -> bytes:
    """Returns PNG bytes, of 16 bits, of uint16 [H, W]."""
    return encode_png(instances)


def decode_ids(data: bytes, path: str) -> np.ndarray:
    """Decodes a PNG of ids: int32 [H, W]; `path` names it in errors.

    Raises:
      UserError: no image of one channel of whole numbers.
    """
    with open_image(data, path) as image:
        if image.mode not in ("L", "I", "I;16", "I;16B"):
            raise UserError(f"{path}: ids of objects with pixels of the kind {image.mode}, "
                            "expected a PNG of one channel and 16 bits")
        return np.asarray(image).astype(np.int32)


def resized(instances: np.ndarray, height: int, width: int) -> np.ndarray:
    """Scales uint16 [H, W] as labels are scaled; objects that lose all pixels have no number."""
    picture = Image.fromarray(instances.astype(np.int32))
    return numbered(np.asarray(picture.resize((width, height), Image.NEAREST)))


def objects_of(instances: np.ndarray, label: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Lists the objects of an image.

    Args:
      instances: uint16 [H, W].
      label: uint8 [H, W].

    Returns:
      (number, label) of each pair that occurs, int64, sorted; an object of one class has one pair.
    """
    pairs = np.flatnonzero(np.bincount(
        (instances.astype(np.int64) * _LABELS + label).reshape(-1), minlength=1))
    numbers, labels = pairs // _LABELS, pairs % _LABELS
    return numbers[numbers > 0], labels[numbers > 0]


def instances_problem(instances: np.ndarray, label: np.ndarray, num_classes: int) -> str:
    """Says why numbers cannot be those of a label's objects, or ""."""
    if instances.shape != label.shape:
        return "the instances are {}x{}, the label {}x{} (height x width)".format(
            *(instances.shape + label.shape))
    numbers, labels = objects_of(instances, label)
    if (labels >= num_classes).any():
        return f"the object {numbers[labels >= num_classes][0]} has ignored pixels"
    twice = numbers[1:][numbers[1:] == numbers[:-1]]
    if twice.size:
        return f"the object {twice[0]} has pixels of several classes"
    if not np.array_equal(numbers, np.arange(1, len(numbers) + 1)):
        return f"the {len(numbers)} objects are not numbered 1..{len(numbers)}"
    return ""
