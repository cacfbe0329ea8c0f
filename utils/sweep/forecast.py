"""Forecasts the time and the power of a sweep from earlier runs."""
import collections
import glob
import json
import os
from typing import Callable, List, Optional, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate.results import load_result
from utils.report.collect import read_record
from utils.runs import run_folder
from utils.runs.plans import PlannedRun
from utils.statistics.failures import constant_score
from utils.statistics.miou import METRICS

#: state: "finished", "failed", or "begun" of any other; seconds: of the whole run, extrapolated for
#: one that has only begun, None for one that failed; steps: its training steps; key, basenet,
#: seeds: of the run; folder: its `RunFolder`.
PastRun = collections.namedtuple("PastRun", "state key basenet seconds steps seeds folder")
#: Steps from which a run tells how long others of its kind will take.
_TELLING_STEPS = 20
#: In the order in which they are preferred.
_SPLITS = ("test", "validation")
#: Runs that a line names.
_MOST_NAMED = 5


def past_runs(root: str = run_folder.RUNS_DIR) -> List[PastRun]:
    """Lists the `PastRun`s of all run folders; leaves out unreadable ones, and those that have done
    too few steps to tell how long they will take."""
    found = []
    for path in sorted(glob.glob(os.path.join(root, "*", "runargs"))):
        try:
            record = read_record(os.path.dirname(path))
            seconds = _whole_seconds(record)
            if record.state == "failed" or seconds is not None:
                found.append(PastRun(
                    record.state if record.state in ("finished", "failed") else "begun",
                    record.key, record.args["basenet"], seconds, record.total_steps,
                    record.seeds, record.folder))
        except (UserError, OSError, KeyError):  # another program's, or damaged
            continue
    return found


def _whole_seconds(record):
    """Returns what a run takes in all, by what it has done; None where that is not known."""
    if not record.total_steps or record.state == "failed":
        return None
    if record.state == "finished":
        return None if record.hours is None else 3600 * record.hours
    step, seconds = (record.beat.get(name, 0) for name in ("step", "seconds"))
    return seconds * record.total_steps / step if step >= _TELLING_STEPS else None


def seconds_for(run: PlannedRun, past: Sequence[PastRun]) -> Optional[float]:
    """Estimates the seconds that a planned run will take; None where nothing like it has been run.

    The mean of runs of the same configuration; else the seconds per step of all runs of the same
    feature extractor, those of the same size of images and batch where there are any, but for runs
    so short that they took their time to start. Of each, finished runs come before those that have
    only begun.
    """
    for state in ("finished", "begun"):
        same = [one.seconds for one in past if one.state == state and one.key == run.key]
        if same:
            return float(np.mean(same))
    kin = [one for one in past if one.basenet == run.basenet and one.steps >= _TELLING_STEPS]
    for group in ([one for one in kin if _size(one.key) == _size(run.key)], kin):
        for state in ("finished", "begun"):
            alike = [(one.seconds, one.steps) for one in group if one.state == state]
            if alike:
                seconds, steps = np.sum(alike, axis=0)
                return float(seconds / steps) * run.total_steps
    return None


def _size(key):
    """Returns what the work of a step grows with."""
    flags = json.loads(key)
    return [flags.get(name) for name in ("pixels", "batch_size", "accumulate")]


def seed_sd(runs: Sequence[PlannedRun], past: Sequence[PastRun],
            tell: Callable[[str], None] = lambda line: None) -> Tuple[Optional[float], int]:
    """Estimates the sd over seeds of the mIoU, by past runs of the planned configurations.

    Variances are pooled over configurations, each on one test set with two seeds or more. The test
    split comes before validation, then the set with most seeds. Of runs with the same seeds the
    first counts. Runs that failed or collapsed are left out: seeds are planned for runs that train,
    and one collapsed run would dominate their spread.

    Args:
      tell: (line) is called with a line on what is left out.

    Returns:
      (sd, degrees of freedom); (None, 0) where no configuration has two seeds.
    """
    squares, freedom = 0.0, 0
    failed: List[str] = []
    collapsed: List[str] = []
    keys = {run.key for run in runs}
    for key in sorted(keys):
        own = [one for one in past if one.key == key]
        failed += [one.folder.name for one in own if one.state == "failed"]
        scores = max(_by_test_set([one for one in own if one.state == "finished"], collapsed),
                     key=len, default=())
        if len(scores) > 1:
            squares += np.var(scores, ddof=1) * (len(scores) - 1)
            freedom += len(scores) - 1
    for names, what in ((failed, "failed"), (collapsed, "collapsed")):
        if names:
            tell("the sd over seeds leaves out {} that {}: {} (fcn_report.py failures)".format(
                "1 run" if len(names) == 1 else f"{len(names)} runs", what, ", ".join(
                    names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")))
    return (float(np.sqrt(squares / freedom)), freedom) if freedom else (None, 0)


def _by_test_set(past, collapsed):
    """Returns [[score of each seed]] of runs of one configuration, by test set; those of the first
    split that has two seeds on one. Names of runs that collapsed are added to `collapsed`."""
    for split in _SPLITS:
        found, lost = {}, []
        for one in past:
            try:
                result = load_result(os.path.join(one.folder.test, split + ".npz"))
            except UserError:  # not tested, or damaged: reports say so
                continue
            score = result.scores.mean_iou
            if score <= constant_score(result.matrices, METRICS["miou_d"]):
                lost.append(one.folder.name)
            elif not np.isnan(score):
                test_set = result.meta.get("split_sha256", ""), result.names, result.class_names
                found.setdefault(test_set, {}).setdefault(one.seeds, score)
        if any(len(scores) > 1 for scores in found.values()):
            break
    collapsed += lost
    return [list(scores.values()) for scores in found.values()]
