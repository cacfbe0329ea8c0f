"""Scores of the checkpoints that runs kept on the way, from stored results or, failing those, from
the curve that a run wrote while it trained."""
import dataclasses
import os
import re
from typing import Optional, Tuple

import numpy as np

from utils.errors import UserError
from utils.report.collect import VALIDATION


#: Checkpoints of a run that a spread is computed of, at least.
FEWEST = 3


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
    rest = study.stem(split="-")[1:]
    pattern = re.compile(r"{}_(\d+){}\.npz$".format(re.escape(split), re.escape(rest)))
    names = os.listdir(record.folder.test) if os.path.isdir(record.folder.test) else ()
    return sorted(int(match.group(1)) for match in map(pattern.match, names) if match)


def untested(study, record, split):
    """Iterations of the checkpoints that a run kept and that have no result on a split."""
    return sorted(set(record.folder.kept_checkpoints()) - set(kept_steps(study, record, split)))


def why_not_kept(study, sample):
    """Why a configuration has no `KeptScores`, in words."""
    counts = [len(record.folder.kept_checkpoints()) for record in sample.records]
    if max(counts) < FEWEST:
        return "its runs keep {} checkpoints, {} are needed".format(max(counts), FEWEST)
    tested = [[record for record in sample.records if not untested(study, record, split)]
              for split in ("validation", "test")]
    if all(tested):
        return "its runs share fewer than {} tested checkpoints of the same step".format(FEWEST)
    return "its kept checkpoints are not tested on {}".format(" and ".join(
        split for split, runs in zip(("validation", "test"), tested) if not runs))


def kept_scores(study, sample):
    """`KeptScores` from stored results of both splits; None where the runs share too few (3)."""
    found = [(record, set(kept_steps(study, record, "validation"))
              & set(kept_steps(study, record, "test"))) for record in sample.records]
    found = [(record, steps) for record, steps in found if steps]
    steps = sorted(set.intersection(*[steps for _, steps in found])) if found else []
    steps = steps[-study.options.last:]
    if len(steps) < FEWEST:
        return None
    try:
        scores = {split: np.array([[study.score(record, study.stem(step, split)) for step in steps]
                                   for record, _ in found]) for split in ("validation", "test")}
    except UserError as error:
        study.note("left out: {}".format(error))
        return None
    return KeptScores(tuple(record.name for record, _ in found), np.array(steps),
                      scores["validation"], scores["test"])


def curve_scores(study, sample):
    """`KeptScores` from metrics.jsonl, without test; None where the runs share too few (3)."""
    curves = [(record, {step: value for step, value in record.curve(VALIDATION) if value == value})
              for record in sample.records]
    curves = [(record, curve) for record, curve in curves if curve]
    steps = sorted(set.intersection(*[set(curve) for _, curve in curves])) if curves else []
    steps = steps[-study.options.last:]
    if len(steps) < FEWEST:
        return None
    return KeptScores(tuple(record.name for record, _ in curves), np.array(steps),
                      np.array([[curve[step] for step in steps] for _, curve in curves]), None)
