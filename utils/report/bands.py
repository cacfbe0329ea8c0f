"""Curves of several runs as one: middle and band over seeds at every step that all of them have."""
import dataclasses
from typing import Optional, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.report.collect import VALIDATION, RunRecord
from utils.statistics.intervals import ANYTHING, ROUNDING

stats = lazy_module("scipy.stats")


@dataclasses.dataclass(frozen=True)
class Band(object):
    """A metric of one configuration's runs over the steps of training.

    Attributes:
      records: S runs.
      steps: int [M].
      values: float64 [S, M].
    """
    records: Tuple[RunRecord, ...]
    steps: np.ndarray
    values: np.ndarray

    @property
    def mean(self):
        """[M]."""
        return self.values.mean(0)

    def interval(self, level=.95, within=ANYTHING):
        """(low [M], high [M]): t interval of the mean over seeds; the mean itself for one run.

        NaN at a step where all runs are the same, for that tells no spread.

        Args:
          within: what the mean can be, `SCORES` for mIoU; the interval is cut to that.
        """
        runs = len(self.values)
        if runs < 2:
            return self.mean, self.mean
        half = (stats.t.ppf((1 + level) / 2, runs - 1) * self.values.std(0, ddof=1)
                / np.sqrt(runs))
        half[np.ptp(self.values, axis=0) <= ROUNDING] = np.nan
        return np.maximum(self.mean - half, within[0]), np.minimum(self.mean + half, within[1])


def band(configuration, name=VALIDATION) -> Optional[Band]:
    """The `Band` of a configuration's runs, one of each seed; None without a common step.

    Runs that ended are taken where there are any, so that one that has just begun does not cut the
    others short.
    """
    by_seed = {}
    for record in configuration.records:
        by_seed.setdefault(record.seeds, record)
    ended = [record for record in by_seed.values() if record.state in ("finished", "")]
    records = tuple(ended or by_seed.values())
    curves = [dict(record.curve(name)) for record in records]
    curves = [(record, {step: value for step, value in curve.items() if value == value})
              for record, curve in zip(records, curves)]
    curves = [(record, curve) for record, curve in curves if curve]
    common = set.intersection(*[set(curve) for _, curve in curves]) if curves else set()
    steps = np.array(sorted(common), dtype=int)
    if not len(steps):
        return None
    return Band(tuple(record for record, _ in curves), steps,
                np.array([[curve[step] for step in steps] for _, curve in curves]))
