"""Matches planned runs with run folders. A sweep keeps no record of its own of what is done: the
run folders tell, whoever made them."""
import collections
import glob
import os
from typing import Any, Callable, Collection, Dict, List, Optional, Sequence

from utils.errors import UserError
from utils.runs import run_folder
from utils.runs.plans import PlannedRun

#: Of several folders of one identity, those that are furthest count.
_RANKS = ("finished", "running", "killed", "interrupted", "failed", "")
#: folder: a `RunFolder`; state: as `RunFolder.state`; begun: text that sorts by time.
Found = collections.namedtuple("Found", "folder state begun")


def scan(root: str = run_folder.RUNS_DIR,
         tell: Callable[[str], None] = lambda line: None) -> Dict[Any, List[Found]]:
    """Maps {identity: [`Found`, the furthest first]} over all run folders that can be read.

    Args:
      tell: called with a line on each of the others: what run it holds is not known, and a plan
        that has the run makes it again.
    """
    found = collections.defaultdict(list)
    for path in sorted(glob.glob(os.path.join(root, "*", "runargs"))):
        folder = run_folder.RunFolder(os.path.dirname(path))
        try:
            identity = folder.group_key(), tuple(
                (flag, folder.seeds().get(flag)) for flag in run_folder.SEED_FLAGS)
            info = folder.read_runinfo()
            found[identity].append(Found(folder, folder.state(), info.get("begun", "")))
        except (UserError, OSError, TypeError, KeyError) as error:  # another program's, or damaged
            tell(f"{folder.path} is passed over, so that its run is made again where the plan has "
                 f"it: {error}")
    for entries in found.values():
        entries.sort(key=lambda entry: (_RANKS.index(entry.state), entry.begun))
    return found


def match(runs: Sequence[PlannedRun], taken: Collection[str] = (), root: str = run_folder.RUNS_DIR,
          tell: Callable[[str], None] = lambda line: None) -> List[Optional[Found]]:
    """Finds the run folder of each planned run.

    Args:
      runs: list of `PlannedRun`.
      taken: paths of run folders that belong to other runs.
      tell: as in `scan`.

    Returns:
      list of `Found` or None; repeats of one identity get a folder each.
    """
    waiting = {identity: [entry for entry in entries if entry.folder.path not in taken]
               for identity, entries in scan(root, tell).items()}
    return [waiting[run.identity].pop(0) if waiting.get(run.identity) else None for run in runs]
