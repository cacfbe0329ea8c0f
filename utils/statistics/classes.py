"""IoU of each class over the seeds, and where two configurations differ. Exploratory."""
import dataclasses
from typing import Optional, Tuple

import numpy as np

from utils.evaluate.confusion import class_iou
from utils.statistics.intervals import SCORES, Interval, SeedSummary, summarise
from utils.statistics.many import benjamini_hochberg
from utils.statistics.miou import check_matrices, check_same_test_set, presence, rare_classes
from utils.statistics.seed_tests import welch

#: To be printed with every per-class comparison.
EXPLORATORY = ("exploratory: p-values are corrected over the classes by Benjamini-Hochberg, so 5 % "
               "of those below .05 are expected to be false")


@dataclasses.dataclass(frozen=True)
class ClassRow(object):
    """One class of the split.

    Attributes:
      index: of the class. images: that it occurs in. pixels: true ones.
      rare: whether it occurs in fewer than 30 images, where its IoU says little.
      iou_a: `SeedSummary` of its IoU (summed over images), its interval cut to 0..1.
      iou_b: the same of the second configuration; None without one, as is what follows.
      difference: mean of A minus mean of B; interval: Welch's; p: Welch's, NaN for single runs.
      p_adjusted: Benjamini-Hochberg over the classes.
    """
    index: int
    images: int
    pixels: int
    rare: bool
    iou_a: SeedSummary
    iou_b: Optional[SeedSummary] = None
    difference: float = np.nan
    interval: Optional[Interval] = None
    p: float = np.nan
    p_adjusted: float = np.nan


def class_table(a, b=None, fewer_than=30, level=.95) -> Tuple[ClassRow, ...]:
    """A row for each class that occurs in the split.

    Args:
      a: [S, N, C, C], runs of one configuration.
      b: [S', N, C, C], of another on the same images, or None.

    Raises:
      ValueError: different test sets.
    """
    a = check_matrices(a, 4)
    images, pixels = presence(a[0]).sum(0), a[0].sum((0, 2))
    rare = set(rare_classes(a[0], fewer_than))
    iou = class_iou(a.sum(1))
    rows = [ClassRow(int(index), int(images[index]), int(pixels[index]), index in rare,
                     summarise(iou[:, index], level, SCORES)) for index in np.flatnonzero(images)]
    if b is None:
        return tuple(rows)
    b = check_matrices(b, 4)
    check_same_test_set(a, b)
    other = class_iou(b.sum(1))
    tests = [welch(iou[:, row.index], other[:, row.index], level) for row in rows]
    adjusted = benjamini_hochberg([test.p for test in tests])
    return tuple(dataclasses.replace(
        row, iou_b=summarise(other[:, row.index], level, SCORES), difference=test.difference,
        interval=test.interval, p=test.p, p_adjusted=float(p))
        for row, test, p in zip(rows, tests, adjusted))
