"""IoU of each class over the seeds, and where two configurations differ. Exploratory."""
import dataclasses
import itertools
from typing import Optional, Sequence, Tuple

import numpy as np

from utils.measures.confusion import class_iou
from utils.statistics.intervals import SCORES, Interval, SeedSummary, summarise
from utils.statistics.many import benjamini_hochberg
from utils.statistics.miou import check_matrices, check_same_test_set, presence, rare_classes
from utils.statistics.seed_tests import claim, welch

#: To be printed with every per-class comparison.
EXPLORATORY = ("exploratory: p-values are corrected over the classes of all pairs of these "
               "configurations by Benjamini-Hochberg, so 5 % of those below .05 are expected to be "
               "false")


@dataclasses.dataclass(frozen=True)
class ClassRow:
    """One class of the split.

    Attributes:
      index: of the class. images: that it occurs in. pixels: true ones.
      rare: whether it occurs in fewer than 30 images, where its IoU says little.
      iou: `SeedSummary` of its IoU (summed over images), its interval cut to 0..1.
    """
    index: int
    images: int
    pixels: int
    rare: bool
    iou: SeedSummary


@dataclasses.dataclass(frozen=True)
class ClassDifference:
    """One class of a pair of configurations.

    Attributes:
      index: of the class.
      difference: of the mean IoUs.
      interval, p: of `seed_tests.claim`; None and NaN for single runs, and where all agree.
      p_adjusted: Benjamini-Hochberg over all classes of all pairs.
    """
    index: int
    difference: float
    interval: Optional[Interval]
    p: float
    p_adjusted: float


def class_table(runs: np.ndarray, fewer_than: int = 30, level: float = .95) -> Tuple[ClassRow, ...]:
    """Makes a row for each class that occurs in the split, of one configuration's runs [S, N, C,
    C]."""
    runs = check_matrices(runs, 4)
    images, pixels = presence(runs[0]).sum(0), runs[0].sum((0, 2))
    rare = set(rare_classes(runs[0], fewer_than))
    iou = class_iou(runs.sum(1))
    return tuple(ClassRow(int(index), int(images[index]), int(pixels[index]), index in rare,
                          summarise(iou[:, index], level, SCORES))
                 for index in np.flatnonzero(images))


def differences_from_first(configurations: Sequence[np.ndarray],
                           level: float = .95) -> Tuple[Tuple[ClassDifference, ...], ...]:
    """Tells where the first configuration differs from each of the others, class by class.

    p-values are those of `seed_tests.claim`, so they hold with unequal numbers of runs. They are
    corrected by Benjamini-Hochberg over all classes of all pairs of the configurations, not only of
    the given pairs. For the first configuration is usually the best mean of all, and the best by
    luck differs from all others.

    Args:
      configurations: K arrays [S, N, C, C] on the same images.

    Returns:
      K - 1 tuples of `ClassDifference`, one for each class that occurs in the split.

    Raises:
      ValueError: different test sets.
    """
    runs = [check_matrices(matrices, 4) for matrices in configurations]
    for matrices in runs[1:]:
        check_same_test_set(runs[0], matrices)
    classes = np.flatnonzero(presence(runs[0][0]).any(0))
    iou = [class_iou(matrices.sum(1)) for matrices in runs]
    pairs = list(itertools.combinations(range(len(runs)), 2))
    claims = [[_claim(iou[i][:, index], iou[j][:, index], level) for index in classes]
              for i, j in pairs]
    p = np.array([[found.p for found in row] for row in claims]).reshape(len(pairs), len(classes))
    adjusted = benjamini_hochberg(p)
    # The pairs of the first configuration come first.
    return tuple(tuple(
        ClassDifference(int(index), found.test.difference, found.interval, found.p, float(one))
        for index, found, one in zip(classes, row, adjusted_row))
        for row, adjusted_row in list(zip(claims, adjusted))[:len(runs) - 1])


def _claim(a, b, level):
    return claim(welch(a, b, level), len(a), len(b), level)
