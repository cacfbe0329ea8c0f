"""Tells which runs may judge the label of an image: those that did not train on it."""
import dataclasses
from typing import Sequence

import numpy as np

from utils.report.collect import RunRecord


@dataclasses.dataclass(frozen=True)
class Judges:
    """The runs that judge each image.

    Attributes:
      runs: bool [S, N]; of an image that all runs trained on, all.
      in_sample: bool [N], images that every run trained on: their memorised faults are missed.
    """
    runs: np.ndarray
    in_sample: np.ndarray


def find_judges(records: Sequence[RunRecord], split: str, names: Sequence[str]) -> Judges:
    """Finds the judges of a split's images.

    A run trained on the training images that its subset.txt names, or on all of them.

    Args:
      records: the S runs.
      split: whose images they are.
      names: of the N images.
    """
    trained = np.zeros((len(records), len(names)), bool)
    if split == "training":
        for row, record in zip(trained, records):
            row[:] = record.trained_on(names)
    in_sample = trained.all(0)
    return Judges(~trained | in_sample, in_sample)
