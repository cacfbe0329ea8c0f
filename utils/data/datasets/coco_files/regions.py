"""The regions of each image of a COCO file, and what of its annotations cannot be used."""
import collections
import math
from typing import Any, Dict, List, Set

from utils.data.datasets.coco_files.file import CocoFile, same_id
from utils.data.datasets.coco_files.outlines import Region, fault, polygons
from utils.data.findings import Finding

#: {kind: (severity, what is wrong with the annotations, remedy)}
_TEXTS = {
    "unknown image": ("error", "have an image_id that the file does not list", "list the images, "
                      "or remove the annotations"),
    "unknown category": ("error", "have a category_id that the file does not list", "list the "
                         "categories, or remove the annotations"),
    "no outline": ("error", "have no outline but at most a box, and would be background",
                   "draw outlines, or remove the annotations"),
    "odd outline": ("error", "have an outline with an odd number of coordinates, expected x and y "
                    "of each point", "mend or remove them"),
    "unknown outline": ("error", "have an outline of an unknown form, expected polygons [[x, y, "
                        '...]] or {"size", "counts"}', "mend or remove them"),
    "in shares": ("error", "have outlines within one pixel, as shares of an image's size are",
                  "multiply x by the width and y by the height"),
    "iscrowd": ("error", "have an iscrowd that is neither 0 nor 1", "mend it"),
    "no annotation": ("error", "are no annotations: expected objects with image_id, category_id "
                      "and segmentation", "mend or remove them"),
    "points": ("warning", "have outlines of one or two points, which enclose nothing and are left "
               "out", "remove them, or draw the objects"),
    "stray points": ("note", "have parts of one or two points, which enclose nothing", "nothing is "
                     "lost"),
    "annotation id twice": ("warning", "have the id of another annotation", "all are drawn: look "
                            "for annotations that stand twice"),
}
_LEFT_OUT = ("no outline", "odd outline", "unknown outline", "points")
_CROWD_WORDS = {"0": 0, "1": 1, "": 0, "false": 0, "true": 1}


class Regions:
    """The regions of a file, with what is doubtful about its annotations.

    Args:
      file: the `CocoFile`.
      image_ids: the ids of its images.
      index_of: {category id: class index}; annotations of other categories are background.

    Attributes:
      of_image: {image id: list of `Region`}, in the order of the file.
      labelled: ids of the images that have an annotation of any category.
      per_class: {(class index, crowd): regions}.
      ungrouped: {category id: annotations} of the categories that are in no class.
    """

    def __init__(self, file: CocoFile, image_ids: Set[Any], index_of: Dict[Any, int]) -> None:
        self.of_image = collections.defaultdict(list)
        self.labelled = set()
        self.per_class, self.ungrouped = collections.Counter(), collections.Counter()
        self._file, self._image_ids, self._index_of = file, image_ids, index_of
        self._known = {one.id for one in file.categories}
        self._examples, self._counts = {}, collections.Counter()
        self._seen, self._in_shares = set(), 0
        for number, one in enumerate(file.annotations or (), 1):
            self._add(number, one)

    def _add(self, number, one):
        if not isinstance(one, dict):
            self._tell("no annotation", number, {})
            return
        image, category = same_id(one.get("image_id")), same_id(one.get("category_id"))
        own = same_id(one.get("id", "None"))
        if own in self._seen:
            self._tell("annotation id twice", number, one)
        elif own != "None":
            self._seen.add(own)
        if image not in self._image_ids or category not in self._known:
            self._tell("unknown image" if image not in self._image_ids else "unknown category",
                       number, one)
            return
        self.labelled.add(image)
        if category in self._index_of:
            self._add_region(number, one, image, self._index_of[category])
        else:
            self.ungrouped[category] += 1

    def _add_region(self, number, one, image, index):
        shape, crowd = one.get("segmentation"), _crowd(one.get("iscrowd"))
        problem = fault(shape)
        if problem or crowd is None:
            self._tell(problem or "iscrowd", number, one)
        if problem in _LEFT_OUT:
            return
        self.per_class[index, crowd or 0] += 1
        self._in_shares += _is_in_shares(shape)
        self.of_image[image].append(Region(index, crowd or 0, _area(one.get("area")), shape,
                                           one.get("id")))

    def _tell(self, kind, number, one):
        self._counts[kind] += 1
        shown = self._examples.setdefault(kind, [])
        if len(shown) < 2:
            own = one.get("id")
            name = f"annotation number {number}" if own is None else (
                f"annotation id {own}")
            shown.append("{} of image id {}, category id {}".format(
                name, one.get("image_id"), one.get("category_id")))

    def findings(self) -> List[Finding]:
        """Returns one finding for each kind of annotation that cannot be used as it is, with
        count."""
        drawn = sum(self.per_class.values())
        counts = dict(self._counts)
        if 2 * self._in_shares > drawn:
            counts["in shares"] = self._in_shares
        return [self._finding(kind, counts[kind]) for kind in _TEXTS if counts.get(kind)]

    def _finding(self, kind, count):
        severity, text, remedy = _TEXTS[kind]
        examples = self._examples.get(kind, [])
        shown = " ({}{})".format("; ".join(examples), "; ..." if count > len(examples) else "")
        return Finding(severity, kind, "{}: {} of {} annotations {}{}; {}".format(
            self._file.path, count, len(self._file.annotations), text, shown if examples else "",
            remedy))


def _crowd(value):
    """Returns 0 or 1; None for what means neither."""
    if value is None or value == 0 or value == 1:
        return int(value or 0)
    return _CROWD_WORDS.get(value.strip().lower()) if isinstance(value, str) else None


def _area(value):
    """Returns a positive number of pixels; None where the file gives none, so that they are
    counted."""
    if type(value) is not float and type(value) is not int:
        try:
            value = float(value)
        except (TypeError, ValueError):
            return None
    return value if 0 < value < math.inf else None


def _is_in_shares(shape):
    """Tells whether polygons lie within the first pixel of the image."""
    if not isinstance(shape, list):
        return False
    try:
        for part in polygons(shape):
            for value in part:
                if not 0 <= value <= 1:
                    return False  # mostly at the first number: a file has a million outlines
    except TypeError:  # no numbers, which is told where they are drawn
        return False
    return True
