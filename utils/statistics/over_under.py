"""Over- and under-segmentation of a test: ROM and RUM, and ARMBench's rule. numpy only.

Takes `utils.evaluate.observers.objects.Objects` with pairs. ROM and RUM: Zhang, Mehta & Caspi,
Rethinking Semantic Segmentation Evaluation, arXiv 2101.08418: any two regions of a class that share
a pixel count.
"""
from typing import Any, Dict, Tuple

import numpy as np

from utils.measures.over_under import count_parts

#: What `count_by_image` counts of an image and a class, in this order. true, found: regions of
#: truth and prediction. cut: true ones that two or more predicted ones overlap; cutting: predicted
#: ones that overlap one of those; cuts: predicted ones beyond the first, summed over true ones.
#: joined, joining, joins: the same with the roles exchanged. over: true ones in parts by ARMBench's
#: rule; over_parts: their parts. under, under_parts: predicted ones, and their true parts.
COUNTS = ("true", "found", "cut", "cutting", "cuts", "joined", "joining", "joins", "over",
          "over_parts", "under", "under_parts")


def count_by_image(objects: Any, images: int, num_classes: int,
                   larger_than: int = 0) -> np.ndarray:
    """Counts regions, cuts and joins of each image and class.

    Args:
      objects: `Objects` with pairs.
      images: N.
      num_classes: C.
      larger_than: leaves out regions of so many pixels or fewer, as if they were not there.

    Returns:
      int64 [N, C, 12], by `COUNTS`.
    """
    i, j, shared = objects.pair_object, objects.pair_predicted, objects.pair_pixels
    kept = (objects.area[i] > larger_than) & (objects.predicted_area[j] > larger_than)
    i, j, shared = i[kept], j[kept], shared[kept]
    cells = [image.astype(np.int64) * num_classes + label for image, label in (
        (objects.image, objects.label), (objects.predicted_image, objects.predicted_label))]
    true, found = objects.area > larger_than, objects.predicted_area > larger_than
    size = images * num_classes

    def summed(cell, values):
        return np.bincount(cell, values, size)
    columns = [summed(cells[0], true), summed(cells[1], found)]
    columns += _overlaps(i, j, cells, summed) + _overlaps(j, i, cells[::-1], summed)
    for whole, area, cell in ((i, objects.predicted_area[j], cells[0]),
                              (j, objects.area[i], cells[1])):
        parts = count_parts(whole, area, shared, len(cell))
        columns += [summed(cell, parts > 1), summed(cell, np.where(parts > 1, parts, 0))]
    return np.rint(np.stack(columns, -1)).astype(np.int64).reshape(images, num_classes, -1)


def _overlaps(i, j, cells, summed):
    """Returns [regions in pieces, regions that overlap one of those, pieces beyond the first]."""
    pieces = np.bincount(i, minlength=len(cells[0]))
    others = np.zeros(len(cells[1]), bool)
    others[j[pieces[i] > 1]] = True
    return [summed(cells[0], pieces > 1), summed(cells[1], others),
            summed(cells[0], np.maximum(pieces - 1, 0))]


def ror_rur(counts: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Computes the ratios of over- and under-segmented regions.

    Args:
      counts: [..., 12] of an image, or summed over images.

    Returns:
      (ROR, RUR), float64 [...], 0..1; 0 where truth or prediction has no region.
    """
    of = _named(counts)
    pairs = of["true"] * of["found"]
    over, under = (
        np.divide(part, pairs, out=np.zeros(np.shape(pairs)), where=pairs > 0)
        for part in (of["cut"] * of["cutting"], of["joined"] * of["joining"]))
    return over, under


def rom_rum(counts: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Computes the over- and under-segmentation measures of single images.

    Both grow with the number of regions: of the sums over many images they would be 1.

    Args:
      counts: [..., 12] of an image.

    Returns:
      (ROM, RUM), float64 [...], 0 (none) to 1.
    """
    of, (over, under) = _named(counts), ror_rur(counts)
    return np.tanh(over * of["cuts"]), np.tanh(under * of["joins"])


def _named(counts) -> Dict[str, np.ndarray]:
    """Returns {name: float64 [...]} of counts [..., 12]."""
    return dict(zip(COUNTS, np.moveaxis(np.asarray(counts, np.float64), -1, 0)))
