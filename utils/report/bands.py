"""Curves of several runs as one: middle and band over seeds at every step that all of them have."""
import dataclasses
from typing import Callable, Dict, List, Optional, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.report.collect import COMPLETE, RunRecord, Seeds
from utils.report.common_steps import most_shared
from utils.report.configurations import Configuration
from utils.runs.metric_lines import VALIDATION
from utils.statistics.intervals import ANYTHING, ROUNDING

stats = lazy_module("scipy.stats")


@dataclasses.dataclass(frozen=True)
class Band:
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
    def mean(self) -> np.ndarray:
        """[M]."""
        return self.values.mean(0)

    def interval(self, level: float = .95,
                 within: Tuple[float, float] = ANYTHING) -> Tuple[np.ndarray, np.ndarray]:
        """Computes the t interval of the mean over seeds; the mean itself for one run.

        Args:
          within: what the mean can be, `SCORES` for mIoU; the interval is cut to that.

        Returns:
          (low [M], high [M]); NaN at a step where all runs are the same, which tells no spread.
        """
        runs = len(self.values)
        if runs < 2:
            return self.mean, self.mean
        half = (stats.t.ppf((1 + level) / 2, runs - 1) * self.values.std(0, ddof=1)
                / np.sqrt(runs))
        half[np.ptp(self.values, axis=0) <= ROUNDING] = np.nan
        return np.maximum(self.mean - half, within[0]), np.minimum(self.mean + half, within[1])


def band(configuration: Configuration, name: str = VALIDATION,
         tell: Optional[Callable[[str], None]] = None) -> Optional[Band]:
    """Makes the `Band` of a configuration's runs, one of each seed; None where none has a value.

    Where runs have ended, only they are taken: a run that has just begun would cut the others
    short. Of these the band has the runs that share most steps (`most_shared`).

    Args:
      tell: (line) is called with each run that is left out, by name, and why; None where nobody
        asks.
    """
    by_seed: Dict[Seeds, List[RunRecord]] = {}
    for record in configuration.records:
        by_seed.setdefault(record.seeds, []).append(record)
    ended = {seeds: [one for one in runs if one.state in COMPLETE]
             for seeds, runs in by_seed.items()}
    if any(ended.values()):
        by_seed = ended
    records = [runs[0] for runs in by_seed.values() if runs]
    curves = [{step: value for step, value in record.curve(name) if value == value}
              for record in records]
    tell = tell or (lambda line: None)
    chosen, steps = most_shared([set(curve) for curve in curves])
    if not chosen:
        tell(f"{configuration.label}: no run of it has evaluated itself")
        return None
    for record in configuration.records:
        _tell(tell, record, records, curves, chosen, steps)
    return Band(tuple(records[index] for index in chosen), np.array(steps, dtype=int),
                np.array([[curves[index][step] for step in steps] for index in chosen]))


def _tell(tell, record, records, curves, chosen, steps):
    """Says why a run is in no band, by name; nothing where it is in one or repeats the seed of
    one."""
    if record not in records:
        if record.state not in COMPLETE:
            tell("{} is {}{}, and others of its configuration ended".format(
                record.name, record.state, "" if record.step is None else
                f" at step {record.step}"))
        return
    index = records.index(record)
    if not curves[index]:
        tell(f"{record.name} has not evaluated itself")
    elif index not in chosen:
        tell("{} has {} of the {} evaluations that the other{} of its configuration share{}".format(
            record.name, len(set(curves[index]) & set(steps)), len(steps),
            "s" if len(chosen) > 1 else "", "" if len(chosen) > 1 else "s"))
