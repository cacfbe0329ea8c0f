"""What a sweep will take and what it can show, from the runs that there are."""
import collections
import glob
import os

import numpy as np

from utils.errors import UserError
from utils.evaluate.results import load_result
from utils.report.collect import read_record
from utils.runs import run_folder

#: seconds: of the whole run; steps: its training steps; key, basenet: what it trained; miou: of its
#: last test (test split, else validation), NaN where there is none.
PastRun = collections.namedtuple("PastRun", "key basenet seconds steps miou")


def past_runs(root=run_folder.RUNS_DIR):
    """The `PastRun`s of all finished run folders; unreadable ones are left out."""
    found = []
    for path in sorted(glob.glob(os.path.join(root, "*", "runargs"))):
        try:
            record = read_record(os.path.dirname(path))
            if record.state == "finished" and record.total_steps and record.hours is not None:
                found.append(PastRun(record.key, record.args["basenet"], 3600 * record.hours,
                                     record.total_steps, _miou(record.folder)))
        except (UserError, OSError, KeyError):  # another program's, or damaged
            continue
    return found


def _miou(folder):
    for split in ("test", "validation"):
        path = os.path.join(folder.test, split + ".npz")
        if os.path.exists(path):
            return load_result(path).scores.mean_iou
    return float("nan")


def seconds_for(run, past):
    """Seconds that a planned run will take, or None where nothing like it has been run.

    The mean of finished runs of the same configuration; else of the same feature extractor, by
    their seconds per step.
    """
    same = [one.seconds for one in past if one.key == run.key]
    if same:
        return float(np.mean(same))
    alike = [one.seconds / one.steps for one in past if one.basenet == run.basenet]
    return float(np.mean(alike)) * run.total_steps if alike else None


def seed_sd(runs, past):
    """(pooled sd over seeds of the mIoU of past runs of these configurations, degrees of freedom);
    (None, 0) where no configuration has two runs."""
    squares, freedom = 0.0, 0
    for key in {run.key for run in runs}:
        scores = [one.miou for one in past if one.key == key and one.miou == one.miou]
        if len(scores) > 1:
            squares += np.var(scores, ddof=1) * (len(scores) - 1)
            freedom += len(scores) - 1
    return (float(np.sqrt(squares / freedom)), freedom) if freedom else (None, 0)
