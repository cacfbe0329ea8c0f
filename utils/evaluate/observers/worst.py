"""Pictures of the worst images of each kind of error, drawn while the test runs."""
import dataclasses
import io
from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np
from PIL import Image

from utils.drawing.marks import marked_photo, shrink_label, shrink_photo
from utils.evaluate.observers.error_types import wrong_pixels
from utils.evaluate.observers.files import load_found, require_shapes
from utils.evaluate.observers.objects import find_objects
from utils.evaluate.observers.record import OBSERVERS, Observer
from utils.evaluate.observers.shared import once
from utils.evaluate.observers.thumbnails import joined
from utils.measures.over_under import count_parts, lies_within
from utils.measures.regions import SPECK, paint

#: Kinds of error that have pictures, and how many of each.
KINDS = ("boundary", "extent", "segment", "over_segmented", "under_segmented")
PICTURES = 8
#: Longest side of a picture, in pixels; quality of WebP.
_SIDE, _QUALITY = 360, 70
#: Kinds of wrong pixels: the first `KINDS`, numbered from 1 as `measures.error_types` does.
_PIXEL_KINDS = 3
_OVER, _UNDER = map(KINDS.index, ("over_segmented", "under_segmented"))
#: Pixels that wrongly have the class, and those that lack it; parts of objects, in turn.
FALSE, MISSED = (230, 97, 1), (0, 158, 255)
PARTS = ((230, 97, 1), (0, 158, 255), (0, 200, 120), (240, 100, 200))
#: Outlines.
TRUTH, FOUND = (255, 255, 255), (255, 230, 60)


@dataclasses.dataclass(frozen=True)
class Worst:
    """Encoded pictures (WebP), the worst of each kind first.

    Attributes:
      kind: uint8 [P], index of `KINDS`.
      image: int32 [P], index of the image in the result.
      label: uint8 [P], the class that it is about.
      pixels: int32 [P], wrong pixels of the kind; objects, of the segmented kinds.
      data, ends: the pictures, as in `thumbnails.Thumbnails`.
    """
    kind: np.ndarray
    image: np.ndarray
    label: np.ndarray
    pixels: np.ndarray
    data: np.ndarray
    ends: np.ndarray

    def picture(self, index: int) -> bytes:
        """Returns an encoded picture."""
        start = self.ends[index - 1] if index else 0
        return self.data[start:self.ends[index]].tobytes()


class _Shrunk(NamedTuple):
    """An item, small: uint8 [h, w, 3], and uint8 [h, w] twice."""
    photo: np.ndarray
    label: np.ndarray
    prediction: np.ndarray


class Sketch(NamedTuple):
    """What a picture is drawn from, shrunk: a test draws only those that remain.

    Attributes:
      photo: uint8 [h, w, 3].
      marks: uint8 [h, w], 0 for none, else 1 + the index of a colour.
      truth, found: bool [h, w], where the class is.
      colours: of the marks.
    """
    photo: np.ndarray
    marks: np.ndarray
    truth: np.ndarray
    found: np.ndarray
    colours: Tuple[Tuple[int, int, int], ...]

    def picture(self) -> np.ndarray:
        """Draws uint8 [h, w, 3]."""
        return marked_photo(self.photo, self.marks, self.colours, (
            (self.truth, TRUTH), (self.found, FOUND)))


class _Entry(NamedTuple):
    """A picture that is among the worst so far."""
    score: Tuple[float, ...]
    image: int
    label: int
    pixels: int
    sketch: "Sketch"


@OBSERVERS.register("worst")
class WorstImages(Observer):
    """Stores the `Worst` images of a test.

    Of pixels, those images are worst of which the largest share is wrong in one class; of objects,
    those with most of them over- or under-segmented in one class, specks left out. No class has
    more than its share of the pictures of a kind, so that large classes leave room for others.
    """
    images = instances = True

    def __init__(self, num_classes: int) -> None:
        self._num_classes, self._images = num_classes, 0
        self._most = max(2, -(-PICTURES // num_classes))
        self._kept: List[List[_Entry]] = [[] for _ in KINDS]

    def add(self, item: Any) -> None:
        """Keeps pictures of an image that is among the worst; item has its image too."""
        counts = once(item, wrong_pixels, self._num_classes).counts
        for kind in range(_PIXEL_KINDS):
            pixels = counts[:, 1 + 2 * kind] + counts[:, 2 + 2 * kind]
            for label in np.flatnonzero(pixels):
                self._offer(kind, label, pixels[label], (pixels[label] / item.label.size,), item)
        for kind, whole, parts in segmented_objects(item, self._num_classes):
            objects = np.bincount(whole.label[parts > 1], minlength=self._num_classes)
            pieces = np.bincount(whole.label, np.where(parts > 1, parts, 0), self._num_classes)
            for label in np.flatnonzero(objects):
                self._offer(kind, label, objects[label], (objects[label], pieces[label]), item)
        self._images += 1

    def _offer(self, kind, label, pixels, score, item):
        """Keeps a picture, if it is among the worst of its kind."""
        kept = self._kept[kind]
        same = [entry for entry in kept if entry.label == label]
        rivals = same if len(same) >= self._most else kept if len(kept) >= PICTURES else []
        if rivals:
            least = min(rivals, key=_order)
            if score <= least.score:
                return
            kept[:] = [entry for entry in kept if entry is not least]
        kept.append(_Entry(score, self._images, int(label), int(pixels),
                           sketch(item, kind, int(label), self._num_classes)))

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the fields of `Worst`, by name."""
        found = [(kind, entry) for kind, kept in enumerate(self._kept)
                 for entry in sorted(kept, key=_order, reverse=True)]
        pictures = joined([_webp(entry.sketch.picture()) for _, entry in found])
        return {"kind": np.array([kind for kind, _ in found], np.uint8),
                "image": np.array([entry.image for _, entry in found], np.int32),
                "label": np.array([entry.label for _, entry in found], np.uint8),
                "pixels": np.array([entry.pixels for _, entry in found], np.int32),
                "data": pictures.data, "ends": pictures.ends}


def _order(entry):
    """The worst is the greatest; of equal ones, the first image."""
    return entry.score, -entry.image


def _webp(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", quality=_QUALITY)
    return buffer.getvalue()


def segmented_objects(item: Any, num_classes: int) -> List[Tuple[int, Any, np.ndarray]]:
    """Finds objects in parts by ARMBench's rule; specks are neither objects nor parts.

    Returns:
      [(index of `KINDS`, `Regions`, int64 [regions] of their parts)], over-segmented true objects
      first, then under-segmented predicted ones; an object is in parts from 2 on.
    """
    true, found, i, j, shared = once(item, find_objects, num_classes)
    large = (true.area[i] > SPECK) & (found.area[j] > SPECK)
    i, j, shared = i[large], j[large], shared[large]
    return [(_OVER, true, count_parts(i, found.area[j], shared, len(true.label))),
            (_UNDER, found, count_parts(j, true.area[i], shared, len(found.label)))]


def sketch(item: Any, kind: int, label: int, num_classes: int) -> Sketch:
    """Makes the `Sketch` of what is wrong with a class in an image.

    Wrong pixels are marked: those that wrongly have the class, and those that lack it. Of objects
    in parts, the parts are marked, each in another colour than the last.

    Args:
      item: has image, label and prediction.
      kind: index of `KINDS`.
      label: the class.
    """
    pixels = kind < _PIXEL_KINDS
    marks = (_pixel_marks if pixels else _part_marks)(item, kind, label, num_classes)
    small = once(item, _shrunk, num_classes)
    return Sketch(small.photo, marks, small.label == label, small.prediction == label,
                  (FALSE, MISSED) if pixels else PARTS)


def _shrunk(item, _):
    return _Shrunk(shrink_photo(item.image, _SIDE), shrink_label(item.label, _SIDE),
                   shrink_label(item.prediction, _SIDE))


def _shrunk_kinds(item, num_classes):
    """Returns the shrunk pictures of kinds, of wrong and of missed pixels."""
    wrong = once(item, wrong_pixels, num_classes)
    return shrink_label(wrong.false, _SIDE), shrink_label(wrong.missed, _SIDE)


def _pixel_marks(item, kind, label, num_classes):
    """Returns uint8 [h, w]: 1 where pixels wrongly have the class, 2 where they lack it."""
    small, kinds = once(item, _shrunk, num_classes), once(item, _shrunk_kinds, num_classes)
    marks = ((small.prediction == label) & (kinds[0] == kind + 1)).astype(np.uint8)
    marks[(small.label == label) & (kinds[1] == kind + 1)] = 2
    return marks


def _part_marks(item, kind, label, num_classes):
    """Returns uint8 [h, w]: 1 to 4 in the parts of the class's objects that are in parts."""
    objects = once(item, find_objects, num_classes)
    _, whole, parts = segmented_objects(item, num_classes)[kind - _PIXEL_KINDS]
    pairs = (objects.i, objects.j)
    (of_whole, of_part), part = (pairs, objects.found) if kind == _OVER else (
        pairs[::-1], objects.true)
    chosen = lies_within(objects.pixels, part.area[of_part]) & (part.area[of_part] > SPECK) & (
        parts[of_whole] > 1) & (whole.label[of_whole] == label)
    order = np.argsort(of_whole[chosen], kind="stable")
    colours = np.zeros(len(part.label), np.uint8)
    colours[of_part[chosen][order]] = 1 + np.arange(len(order)) % len(PARTS)
    return shrink_label(paint(part, colours, item.label.shape), _SIDE)


def load_worst(path: str) -> Worst:
    """Reads a stored file, "<run>/test/<result>.worst.npz".

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, Worst, lambda stored: require_shapes(
        stored, kind=("p",), image=("p",), label=("p",), pixels=("p",), data=(None,), ends=("p",)))
