"""Which planned run is which run folder. A sweep keeps no record of its own of what is done: the
run folders tell, whoever made them."""
import collections
import glob
import os
from typing import List

from utils.errors import UserError
from utils.runs import run_folder

_UNREADABLE = (UserError, OSError, TypeError, KeyError)
#: Of several folders of one identity, those that are furthest count.
_RANKS = ("finished", "running", "killed", "interrupted", "failed", "")
#: folder: a `RunFolder`; state: as `RunFolder.state`; begun: text that sorts by time.
Found = collections.namedtuple("Found", "folder state begun")


def scan(root=run_folder.RUNS_DIR):
    """{identity: [`Found`, the furthest first]} of all run folders that can be read."""
    found = collections.defaultdict(list)
    for folder in _folders(root):
        try:
            identity, entry = _read(folder)
            found[identity].append(entry)
        except _UNREADABLE:  # another program's, or damaged: `unreadable` tells of it
            continue
    for entries in found.values():
        entries.sort(key=lambda entry: (_RANKS.index(entry.state), entry.begun))
    return found


def unreadable(root: str = run_folder.RUNS_DIR) -> List[str]:
    """A line on each run folder that cannot be read: what run it holds is not known, and a plan
    that has the run makes it again."""
    lines = []
    for folder in _folders(root):
        try:
            _read(folder)
        except _UNREADABLE as error:
            lines.append("{} is passed over, so that its run is made again where the plan has it: "
                         "{}".format(folder.path, error))
    return lines


def _folders(root):
    return [run_folder.RunFolder(os.path.dirname(path))
            for path in sorted(glob.glob(os.path.join(root, "*", "runargs")))]


def _read(folder):
    """(identity, `Found`) of a run folder."""
    identity = folder.group_key(), tuple(
        (flag, folder.seeds().get(flag)) for flag in run_folder.SEED_FLAGS)
    return identity, Found(folder, folder.state(), folder.read_runinfo().get("begun", ""))


def match(runs, taken=(), root=run_folder.RUNS_DIR):
    """The run folder of each planned run.

    Args:
      runs: list of `PlannedRun`.
      taken: paths of run folders that belong to other runs.

    Returns:
      list of `Found` or None; repeats of one identity get a folder each.
    """
    waiting = {identity: [entry for entry in entries if entry.folder.path not in taken]
               for identity, entries in scan(root).items()}
    return [waiting[run.identity].pop(0) if waiting.get(run.identity) else None for run in runs]
