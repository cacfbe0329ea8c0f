"""The tested runs of one configuration, as statistics take them."""
import dataclasses
from typing import Tuple

import numpy as np

from utils.report.collect import RunRecord
from utils.report.configurations import Configuration
from utils.report.test_sets import TestSet


@dataclasses.dataclass(frozen=True)
class Sample(object):
    """The tested runs of one configuration, one of each seed.

    Attributes:
      configuration: the `Configuration`.
      records: S runs.
      scores: float64 [S], the metric of each.
      collapsed: bool [S], whether a run scores no more than the most frequent class everywhere.
      lost: runs that failed, of seeds that no other run has: they have no score.
      repeats: groups of scores of runs with the same seeds, each of two or more.
      names, class_names: of the images and classes of the test set.
      signature: the `TestSet`.
    """
    configuration: Configuration
    records: Tuple[RunRecord, ...]
    scores: np.ndarray
    collapsed: Tuple[bool, ...]
    lost: Tuple[RunRecord, ...]
    repeats: Tuple[np.ndarray, ...]
    names: Tuple[str, ...]
    class_names: Tuple[str, ...]
    signature: TestSet

    label = property(lambda self: self.configuration.label)
