"""Outlines of COCO regions, polygons or run-length codes, and the mask of an image drawn from them.

A `segmentation` is a list of polygons [x, y, x, y, ...] or {"size": [height, width], "counts"}.
The counts are run lengths down the columns: a list, or their compressed text.
"""
import collections
import dataclasses
from typing import Any, Optional, Tuple

import numpy as np
from PIL import Image

from utils.data.images import load_image, read_bytes
from utils.data.instances import numbered
from utils.data.labels import IGNORE_LABEL
from utils.errors import UserError

#: index: the class; crowd: 0 or 1; area: pixels, None where the file gives none; shape: the
#: segmentation; annotation: its id or None.
Region = collections.namedtuple("Region", "index crowd area shape annotation")
#: The farthest coordinate and the greatest length of an outline, in pixels. No image is wider, and
#: drawing takes memory in proportion to the length.
_FARTHEST, _LONGEST = 1e5, 1e6


@dataclasses.dataclass(frozen=True)
class Label:
    """What draws one image's mask.

    Attributes:
      path: the COCO file.
      image_id: the image's id in it.
      image: path of the image.
      size: (height, width) as the file says; None to take the image's own.
      regions: tuple of `Region`.
      crowds_ignored: whether crowds are ignored, and not drawn as objects.
    """
    path: str
    image_id: Any
    image: str
    size: Optional[Tuple[int, int]]
    regions: Tuple[Region, ...]
    crowds_ignored: bool = True


def describe(label: Label) -> str:
    """Names a label in messages."""
    return f"{label.path} (image id {label.image_id})"


def draw(label: Label) -> np.ndarray:
    """Draws the mask alone, as `draw_objects` does: uint8 [H, W]."""
    return draw_objects(label)[0]


def draw_objects(label: Label) -> Tuple[np.ndarray, np.ndarray]:
    """Draws the mask: ignored crowds first, then objects from the largest to the smallest.

    Returns:
      (uint8 [H, W] of class indices, IGNORE_LABEL in crowds where no object covers them;
      uint16 [H, W] of instances, objects in the order of the file: where outlines overlap, the
      object whose class the mask has).

    Raises:
      UserError: outlines that cannot be drawn, or a size that no image has.
    """
    size = label.size or load_image(read_bytes(label.image), label.image).shape[:2]
    if size[0] * size[1] > 2 * Image.MAX_IMAGE_PIXELS:  # more than PIL opens
        raise UserError(f"{describe(label)}: says that the image is {size[1]}x{size[0]} pixels; "
                        "mend its width and height")
    canvas = np.zeros(size[::-1], np.int32).T  # by columns, as run lengths are
    drawn = list(enumerate(_outlines(label, size), 1))
    for number, (_, outline) in sorted(drawn, key=_order):
        canvas[_pixels(outline, size)] = number
    canvas = np.ascontiguousarray(canvas)
    crowds = np.array([False] + [bool(region.crowd) for _, (region, _) in drawn])
    classes = np.array([0] + [region.index for _, (region, _) in drawn])
    try:
        instances = numbered(np.where(crowds, 0, np.arange(len(crowds)))[canvas])
    except ValueError as problem:
        raise UserError(f"{describe(label)}: {problem}; remove the smallest") from None
    return np.where(crowds, IGNORE_LABEL, classes).astype(np.uint8)[canvas], instances


def _order(item):
    region = item[1][0]
    return -region.crowd, -region.area


def _outlines(label, size):
    """Returns [(region, outline)]; each region with its area, and as an object where crowds are
    drawn."""
    found, problems = [], []
    for region in label.regions:
        try:
            outline = read_outline(region.shape, size)
        except ValueError as problem:
            problems.append(f"{_describe_region(label, region)}: {problem}")
            continue
        area = _pixels(outline, size).sum() if region.area is None else region.area
        crowd = region.crowd if label.crowds_ignored else 0
        found.append((region._replace(crowd=crowd, area=area), outline))
    if problems:
        raise UserError("{}; mend or remove it{}".format(problems[0], "" if len(problems) == 1 else
                        f" (and {len(problems) - 1} more outlines of this image)"))
    return found


def _describe_region(label, region):
    if region.annotation is None:
        return describe(label)
    return f"{label.path} (image id {label.image_id}, annotation id {region.annotation})"


def polygons(shape: list) -> list:
    """Returns the polygons of a list, each flat.

    Tools also write one polygon without the list around it, or points as pairs.

    Raises:
      TypeError: a list of another form.
    """
    first = shape[0]
    if not isinstance(first, list):
        return [shape]
    if first and isinstance(first[0], list):
        return [_flat(part) for part in shape]
    if len(shape) > 2 and all(len(part) == 2 for part in shape):
        return [_flat(shape)]
    return shape


def _flat(points):
    return [value for point in points for value in point]


def fault(shape: Any) -> str:
    """Says what is wrong with the form of a segmentation, a key of `coco_files.regions`; "" for
    nothing.

    Numbers are not looked at: there are millions of them.
    """
    if isinstance(shape, dict):
        counts = shape.get("counts")
        return "" if counts and isinstance(counts, (list, str)) else "no outline"
    if not shape:
        return "no outline"
    try:
        lengths = [len(part) for part in polygons(shape)]
    except (TypeError, KeyError):
        return "unknown outline"
    if [length for length in lengths if length % 2]:
        return "odd outline"
    if max(lengths) < 6:
        return "points"
    return "stray points" if min(lengths) < 6 else ""


def read_outline(shape: Any, size: Tuple[int, int]) -> Any:
    """Returns a segmentation as it is drawn, without the parts of one or two points, which enclose
    nothing.

    Args:
      shape: a segmentation without a `fault`.
      size: (height, width) of the image.

    Returns:
      list of float64 [2 * points]; or int64 run lengths down the columns.

    Raises:
      ValueError: numbers that are none or absurd, or a run-length code of another size.
    """
    if isinstance(shape, dict):
        return _read_runs(shape, size)
    return [_read_polygon(part, size) for part in polygons(shape) if len(part) >= 6]


def _read_polygon(part, size):
    try:
        values = np.array(part, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("an outline with a coordinate that is no number") from None
    if values.ndim != 1:
        raise ValueError("an outline of lists within lists")
    farthest = float(np.abs(values).max())
    if not farthest <= _FARTHEST:  # so that NaN is refused
        raise ValueError("an outline with the coordinate "
                         f"{next(one for one in values.tolist() if not abs(one) <= _FARTHEST)} in "
                         f"an image of {size[1]}x{size[0]}")
    if farthest * len(values) > _LONGEST and np.abs(values[2:] - values[:-2]).sum() > _LONGEST:
        raise ValueError(f"an outline that is longer than {_LONGEST:.0f} pixels")
    return values


def _read_runs(shape, size):
    counts, own = shape["counts"], shape.get("size") or size
    try:
        height, width = (int(side) for side in own)
        runs = _decompressed(counts) if isinstance(counts, str) else np.array(counts, np.float64)
        with np.errstate(invalid="ignore"):
            whole = runs.ndim == 1 and (runs >= 0).all() and (runs == np.floor(runs)).all()
    except (TypeError, ValueError, OverflowError):
        raise ValueError("a run-length code that cannot be read") from None
    if (height, width) != tuple(size):
        raise ValueError(f"a run-length code of {width}x{height} in an image of "
                         f"{size[1]}x{size[0]}")
    if not whole or runs.sum() != size[0] * size[1]:
        raise ValueError(f"a run-length code of {runs.sum():.0f} pixels in an image of "
                         f"{size[1]}x{size[0]}")
    return runs.astype(np.int64)


def _decompressed(text):
    """Returns the run lengths of a compressed code (cocoapi, common/maskApi.c: rleFrString).

    A character holds five bits, the lowest first, and whether more follow. From the fourth run on,
    the difference to the run before the last is stored. The library's own decoder reads beyond the
    end of a code that is cut short.
    """
    values = np.frombuffer(text.encode("ascii"), np.uint8).astype(np.int64) - 48
    ends = np.flatnonzero(values & 32 == 0)
    if values.min() < 0 or values.max() > 63 or values[-1] & 32:
        raise ValueError("a compressed run-length code that is damaged")
    starts = np.append(0, ends[:-1] + 1)
    lengths = ends + 1 - starts
    if lengths.max() > 7:
        raise ValueError("a compressed run-length code that is damaged")
    shifts = 5 * (np.arange(len(values)) - np.repeat(starts, lengths))
    runs = np.add.reduceat((values & 31) << shifts, starts)
    runs -= np.where(values[ends] & 16, 1 << 5 * lengths, 0)
    runs[1::2] = runs[1::2].cumsum()
    runs[2::2] = runs[2::2].cumsum()
    return runs


def _pixels(outline, size):
    """Marks the pixels that an outline of `read_outline` encloses: bool [H, W]."""
    if isinstance(outline, list):
        from pycocotools import mask as rle  # of use here only
        return rle.decode(rle.merge(rle.frPyObjects(outline, *size))).view(bool)
    inside = (np.arange(len(outline)) % 2).astype(bool)
    return np.repeat(inside, outline).reshape(size[::-1]).T
