"""Collects the scores of the checkpoints that runs kept while they trained.

They are from stored results or, where there are none, from the run's curve.
"""
import dataclasses
from typing import TYPE_CHECKING, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from utils.errors import UserError
from utils.report.collect import RunRecord
from utils.report.common_steps import most_shared
from utils.runs.metric_lines import VALIDATION
from utils.runs.result_name import stored_results
from utils.statistics.components import CheckpointComponents, pooled_lag1

if TYPE_CHECKING:
    from utils.report.sample import Sample
    from utils.report.study import Study

#: Checkpoints of a run that a spread is computed of, at least.
FEWEST = 3
#: Checkpoints that tell mostly whether they hang together: of five runs whose checkpoints correlate
#: by .8 it is noticed in .91 of cases with ten, in .26 with five (`CheckpointComponents`).
ENOUGH = 10
_SPLITS = ("validation", "test")


@dataclasses.dataclass(frozen=True)
class KeptScores:
    """The last M checkpoints of S runs.

    Attributes:
      names: of the runs.
      steps: int [M].
      validation: float64 [S, M].
      test: float64 [S, M], or None where only the training curve is there.
    """
    names: Tuple[str, ...]
    steps: np.ndarray
    validation: np.ndarray
    test: Optional[np.ndarray]


def kept_steps(study: "Study", record: RunRecord, split: str) -> List[int]:
    """Lists, sorted, the iterations whose results on a split are stored."""
    return sorted(int(name.checkpoint) for name in stored_results(record.folder.test)
                  if name.checkpoint.isdigit() and name == study.asked.of(split, name.checkpoint))


def untested(study: "Study", record: RunRecord, split: str) -> List[int]:
    """Lists the iterations of checkpoints that a run kept and that have no result on a split."""
    return sorted(set(record.folder.kept_checkpoints()) - set(kept_steps(study, record, split)))


def why_not_kept(study: "Study", sample: "Sample") -> str:
    """Tells why a configuration has no `KeptScores`."""
    kept = max(len(record.folder.kept_checkpoints()) for record in sample.records)
    tested = {split: max(len(kept_steps(study, record, split)) for record in sample.records)
              for split in _SPLITS}
    if max(kept, *tested.values()) < FEWEST:
        return f"its runs keep {max(kept, *tested.values())} checkpoints, {FEWEST} are needed"
    short = [split for split in _SPLITS if tested[split] < FEWEST]
    if not any(tested[split] for split in short):
        return "its kept checkpoints are not tested on {}".format(" and ".join(short)) if short \
            else f"no run has {FEWEST} checkpoints that are tested on both splits"
    return "of a run's kept checkpoints at most {} tested, {} are needed".format(
        " and ".join(f"{tested[split]} on {split} {_is(tested[split])}"
                     for split in short), FEWEST)


def _is(count):
    return "is" if count == 1 else "are"


def kept_scores(study: "Study", sample: "Sample") -> Optional[KeptScores]:
    """Reads the `kept_of` a configuration's runs; the study notes each that is left out."""
    found, left_out = kept_of(study, sample.records)
    _tell(study, sample, left_out, found, "tested on validation and test")
    return found


def kept_of(study: "Study",
            records: Sequence[RunRecord]) -> Tuple[Optional[KeptScores], Dict[int, Set[int]]]:
    """Reads `KeptScores` from stored results of both splits, of the runs that share most.

    Returns:
      (`KeptScores`, {index of a run that is left out: its steps}); (None, {}) where no run has
      `FEWEST`.
    """
    tested = [set(kept_steps(study, record, "validation"))
              & set(kept_steps(study, record, "test")) for record in records]
    while True:
        chosen, steps = most_shared(tested, FEWEST, study.options.last)
        read = [[_scores(study, records[index], step) for step in steps] for index in chosen]
        unread = [(index, step) for index, row in zip(chosen, read)
                  for step, scores in zip(steps, row) if scores is None]
        if not unread:
            break
        for index, step in unread:  # without these others may share more
            tested[index].discard(step)
    if not chosen:
        return None, {}
    scores = np.array(read)
    kept = KeptScores(tuple(records[index].name for index in chosen), np.array(steps),
                      scores[:, :, 0], scores[:, :, 1])
    return kept, {index: own for index, own in enumerate(tested) if index not in chosen}


def _scores(study, record, step):
    """Returns (on validation, on test) of a kept checkpoint; None and a note where one cannot be
    read."""
    try:
        return [study.score(record, study.stem(step, split)) for split in _SPLITS]
    except UserError as error:
        study.note(f"left out: {error}")
        return None


def _tell(study, sample, left_out, found, what):
    """Returns a line for each run that is left out: what it has, and what the others have in
    common."""
    for index, steps in left_out.items():
        study.note("checkpoints: left out: {} of {}: {} of its checkpoints {} {}, {} of the {} of "
                   "the {}".format(
                       sample.records[index].name, sample.label, len(steps), _is(len(steps)), what,
                       len(set(steps) & set(found.steps.tolist())), len(found.steps),
                       "other run" if len(found.names) == 1 else
                       f"other {len(found.names)} runs"))


def curve_scores(study: "Study", sample: "Sample") -> Optional[KeptScores]:
    """Reads `KeptScores` from metrics.jsonl, without test.

    None where no run evaluated `FEWEST` times.

    Runs that share too few evaluations with the others are left out, with a note.
    """
    curves = [{step: value for step, value in record.curve(VALIDATION) if value == value}
              for record in sample.records]
    chosen, steps = most_shared([set(curve) for curve in curves], FEWEST, study.options.last)
    if not chosen:
        return None
    found = KeptScores(tuple(sample.records[index].name for index in chosen), np.array(steps),
                       np.array([[curves[index][step] for step in steps] for index in chosen]),
                       None)
    _tell(study, sample, {index: set(curve) for index, curve in enumerate(curves)
                          if index not in chosen}, found, "evaluated on validation")
    return found


def together_text(luck: Sequence[CheckpointComponents]) -> Tuple[str, ...]:
    """Tells in sentences what lag 1 says of the checkpoints' noise; () where it says nothing.

    Args:
      luck: the `CheckpointComponents` of some configurations.
    """
    lag1 = pooled_lag1(luck)
    if lag1 is None:
        return ()
    if lag1.hangs_together:
        return (f"Neighbouring checkpoints hang together: lag 1 is {lag1.value:+.2f} over all "
                f"runs, of independent ones it is {lag1.independent:+.2f}. So the noise of "
                "checkpoints is larger than that around the trend, and the spread over seeds holds "
                "a part of it.",)
    most = max(parts.checkpoints for parts in luck)
    return () if most >= ENOUGH else (
        f"Whether neighbouring checkpoints hang together, {most} of them hardly tell: keep and "
        f"test {ENOUGH} (--test_kept={ENOUGH}). Where they do, their noise is larger than that "
        "around the trend.",)
