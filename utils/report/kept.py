"""Scores of the checkpoints that runs kept on the way, from stored results or, failing those, from
the curve that a run wrote while it trained."""
import dataclasses
import os
import re
from typing import Optional, Tuple

import numpy as np

from utils.errors import UserError
from utils.report.collect import VALIDATION
from utils.report.common_steps import most_shared

#: Checkpoints of a run that a spread is computed of, at least.
FEWEST = 3
_SPLITS = ("validation", "test")


@dataclasses.dataclass(frozen=True)
class KeptScores(object):
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


def kept_steps(study, record, split):
    """Sorted iterations whose results on a split are stored."""
    begin, end = study.stem("#", split).split("#")
    pattern = re.compile(r"{}(\d+){}\.npz$".format(re.escape(begin), re.escape(end)))
    names = os.listdir(record.folder.test) if os.path.isdir(record.folder.test) else ()
    return sorted(int(match.group(1)) for match in map(pattern.match, names) if match)


def untested(study, record, split):
    """Iterations of the checkpoints that a run kept and that have no result on a split."""
    return sorted(set(record.folder.kept_checkpoints()) - set(kept_steps(study, record, split)))


def why_not_kept(study, sample):
    """Why a configuration has no `KeptScores`, in words."""
    kept = max(len(record.folder.kept_checkpoints()) for record in sample.records)
    tested = {split: max(len(kept_steps(study, record, split)) for record in sample.records)
              for split in _SPLITS}
    if max(kept, *tested.values()) < FEWEST:
        return "its runs keep {} checkpoints, {} are needed".format(
            max(kept, *tested.values()), FEWEST)
    short = [split for split in _SPLITS if tested[split] < FEWEST]
    if not any(tested[split] for split in short):
        return "its kept checkpoints are not tested on {}".format(" and ".join(short)) if short \
            else "no run has {} checkpoints that are tested on both splits".format(FEWEST)
    return "of a run's kept checkpoints at most {} tested, {} are needed".format(
        " and ".join("{} on {} {}".format(tested[split], split, _is(tested[split]))
                     for split in short), FEWEST)


def _is(count):
    return "is" if count == 1 else "are"


def kept_scores(study, sample):
    """`KeptScores` from stored results of both splits; None where no run has `FEWEST` of them.

    Runs that have too few in common with the others are left out, with a line in the study's notes.
    """
    tested = [set(kept_steps(study, record, "validation"))
              & set(kept_steps(study, record, "test")) for record in sample.records]
    while True:
        chosen, steps = most_shared(tested, FEWEST, study.options.last)
        records = [sample.records[index] for index in chosen]
        read = [[_scores(study, record, step) for step in steps] for record in records]
        unread = [(index, step) for index, row in zip(chosen, read)
                  for step, scores in zip(steps, row) if scores is None]
        if not unread:
            break
        for index, step in unread:  # without these others may share more
            tested[index].discard(step)
    if not chosen:
        return None
    _tell(study, sample, tested, chosen, steps, "tested on validation and test")
    scores = np.array(read)
    return KeptScores(tuple(record.name for record in records), np.array(steps), scores[:, :, 0],
                      scores[:, :, 1])


def _scores(study, record, step):
    """(on validation, on test) of a kept checkpoint; None and a note where one cannot be read."""
    try:
        return [study.score(record, study.stem(step, split)) for split in _SPLITS]
    except UserError as error:
        study.note("left out: {}".format(error))
        return None


def _tell(study, sample, steps, chosen, shared, what):
    """A line for each run that is left out: what it has, and what the others have in common."""
    for index, record in enumerate(sample.records):
        if index not in chosen:
            study.note("checkpoints: left out: run {} of {}: {} of its checkpoints {} {}, {} of the "
                       "{} of the {}".format(
                           record.name, sample.label, len(steps[index]), _is(len(steps[index])),
                           what, len(set(steps[index]) & set(shared)), len(shared),
                           "other run" if len(chosen) == 1 else
                           "other {} runs".format(len(chosen))))


def curve_scores(study, sample):
    """`KeptScores` from metrics.jsonl, without test; None where no run evaluated `FEWEST` times.

    Runs that share too few evaluations with the others are left out, with a note.
    """
    curves = [{step: value for step, value in record.curve(VALIDATION) if value == value}
              for record in sample.records]
    chosen, steps = most_shared([set(curve) for curve in curves], FEWEST, study.options.last)
    if not chosen:
        return None
    _tell(study, sample, [set(curve) for curve in curves], chosen, steps,
          "evaluated on validation")
    return KeptScores(tuple(sample.records[index].name for index in chosen), np.array(steps),
                      np.array([[curves[index][step] for step in steps] for index in chosen]), None)
