"""The tested runs of one configuration, as statistics take them."""
import dataclasses
import itertools
from typing import TYPE_CHECKING, Dict, List, Tuple

import numpy as np

from utils.errors import UserError
from utils.report.collect import COMPLETE, RunRecord, Seeds
from utils.report.configurations import Configuration
from utils.report.same_images import TestSet, difference
from utils.statistics.intervals import varies

if TYPE_CHECKING:
    from utils.report.study import Study


@dataclasses.dataclass(frozen=True)
class Sample:
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


def draw_sample(study: "Study", configuration: Configuration) -> Sample:
    """Takes the `Sample` of a configuration; S may be 0.

    Args:
      study: the `Study`, which gets a note on each run that is left out, or that has collapsed.

    Raises:
      UserError: its runs were tested on different images or classes.
    """
    tested = [record for record in configuration.records if _counts(study, record)]
    by_seed: Dict[Seeds, List[RunRecord]] = {}
    for record in tested:
        by_seed.setdefault(record.seeds, []).append(record)
    kept = [runs[0] for runs in by_seed.values()]
    signatures = [study.signature(record) for record in tested]
    for record, signature in zip(tested, signatures):
        if signature != signatures[0]:
            raise UserError(f"{tested[0].name} and {record.name} can not be compared: "
                            f"{difference(signatures[0], signature)}")
    test_set = signatures[0] if signatures else TestSet("", (), ())
    lost = {record.seeds: record for record in configuration.records
            if record.state == "failed" and record.seeds not in by_seed}
    repeats = tuple(np.array([study.score(record) for record in runs])
                    for runs in by_seed.values() if len(runs) > 1)
    scores = np.array([study.score(run) for run in kept])
    if len(scores) > 1 and not varies(scores):
        study.note(f"no interval over seeds: all {len(scores)} seeds of {configuration.label} "
                   f"score {100 * scores[0]:.2f} %, so their spread is unknown")
    collapsed = tuple(map(study.is_collapsed, kept))
    for record, score in itertools.compress(zip(kept, scores), collapsed):
        study.note(f"in the statistics, though it has collapsed: {record.name}, whose "
                   f"{100 * score:.2f} % is no more than the most frequent class everywhere gives")
    return Sample(configuration, tuple(kept), scores, collapsed, tuple(lost.values()), repeats,
                  test_set.names, test_set.class_names, test_set)


def _counts(study, record):
    """Tells whether a run enters statistics; a line in `notes` where it does not."""
    if record.state not in COMPLETE:
        study.note(f"not in the statistics: {record.name} is {record.state}{_progress(record)}")
        return False
    try:
        score = study.score(record)
    except UserError as error:
        study.note(f"not in the statistics: {error}")
        return False
    if np.isnan(score):
        study.note(f"not in the statistics: {record.name}: no labelled pixel in its test")
    return not np.isnan(score)


def _progress(record):
    if record.state == "failed":
        return ": " + str(record.info.get("error") or "no reason recorded").split("\n")[0]
    return f" at step {record.step} of {record.total_steps}"
