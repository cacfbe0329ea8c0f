"""Counts what a split holds, one example at a time. No TensorFlow."""
import collections
import hashlib
from typing import List, Optional

import numpy as np

from utils.data.images import load_image
from utils.data.instances import objects_of
from utils.data.sidecar import SplitInfo


class SplitCounter:
    """Gathers a `SplitInfo` while the examples of a split pass by.

    The hash covers names, images and labels in order. PNGs count by their pixels, since their bytes
    depend on the version of the library that compressed them. JPEGs count by their bytes, since
    their pixels depend on the decoder.

    Args:
      name: of the split.
      num_classes: C; pixels of labels from C on are counted as ignored.
    """

    def __init__(self, name: str, num_classes: int) -> None:
        self.name = name
        self._pixels = np.zeros(256, np.int64)
        self._images = np.zeros(256, np.int64)
        #: [a, b]: pixels of value b in the images in which value a occurs.
        self._together = np.zeros([256, 256], np.int64)
        self._num_classes = num_classes
        #: Objects of each label; None once an image has come without instances.
        self._objects: Optional[np.ndarray] = np.zeros(256, np.int64)
        self._sizes = collections.Counter()
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, name: str, digest: str, label: np.ndarray,
            instances: Optional[np.ndarray] = None) -> None:
        """Counts one example.

        Args:
          name: of the image.
          digest: `image_digest` of the image.
          label: uint8 [H, W].
          instances: uint16 [H, W], or None where they are not known; no part of the hash.
        """
        pixels = np.bincount(label.reshape(-1), minlength=256)
        self._pixels += pixels
        self._images += pixels > 0
        self._together[pixels > 0] += pixels
        self._sizes["{}x{}".format(*label.shape)] += 1
        self._hash.update("{}:{}:{}x{}:".format(name, digest, *label.shape).encode("utf-8"))
        self._hash.update(np.ascontiguousarray(label))
        self._count_objects(label, instances)
        self.count += 1

    def _count_objects(self, label, instances):
        if instances is None:
            self._objects = None
        elif self._objects is not None:
            self._objects += np.bincount(objects_of(instances, label)[1], minlength=256)

    def values(self) -> List[int]:
        """The label values that occur, sorted."""
        return [int(value) for value in np.flatnonzero(self._pixels)]

    def info(self, num_classes: Optional[int] = None) -> SplitInfo:
        """The `SplitInfo` of all that was added."""
        classes = self._num_classes if num_classes is None else num_classes
        return SplitInfo(
            name=self.name, count=self.count,
            pixels_per_class=tuple(int(n) for n in self._pixels[:classes]),
            images_per_class=tuple(int(n) for n in self._images[:classes]),
            image_pixels_per_class=tuple(
                int(n) for n in self._together[:classes, :classes].sum(axis=1)),
            ignored_pixels=int(self._pixels[classes:].sum()),
            sizes=dict(self._sizes.most_common()), sha256=self._hash.hexdigest(),
            instances_per_class=self._objects_per_class(classes))

    def _objects_per_class(self, classes):
        if self._objects is None or not self.count:
            return None
        return tuple(int(n) for n in self._objects[:classes])


def image_digest(data: bytes, path: str) -> str:
    """Hashes an image as the hash of a split does: a PNG by its pixels, a JPEG by its bytes."""
    if data.startswith(b"\x89PNG"):
        data = np.ascontiguousarray(load_image(data, path))
    return hashlib.sha256(data).hexdigest()
