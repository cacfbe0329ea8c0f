"""Makes the runs of a plan: starts, watches, resumes and gives up, on whatever engine runs them."""
import collections
import os
import re
import time
from typing import Any, Callable, List, Optional, Sequence

from utils.runs import run_folder
from utils.runs.plans import PlannedRun
from utils.runs.run_folder import RunFolder
from utils.sweep.matching import Found, match

WAITING, RUNNING, ELSEWHERE, DONE, FAILED = "waiting", "running", "elsewhere", "done", "failed"
#: A run that dies so often without a step of progress between is given up.
MOST_DEATHS = 3
#: Seconds between two looks at runs that other processes make.
_LOOK_AGAIN = 10

Event = collections.namedtuple("Event", "time index what")


class Task:
    """What has become of one planned run; `due`: whether it is to be made now."""

    def __init__(self, run: PlannedRun) -> None:
        self.run, self.status, self.folder, self.error = run, WAITING, None, ""
        self.due = True
        self.deaths, self.log_offset, self._last_step = 0, 0, -1

    def settle(self, found: Optional[Found], retry: bool = False) -> None:
        """Takes over what a run folder says.

        Args:
          found: a `matching.Found`, or None.
          retry: whether a failed run is taken up again.
        """
        self.folder, state = (found.folder, found.state) if found else (None, "")
        self.status = {"finished": DONE, "running": ELSEWHERE, "failed": FAILED}.get(state, WAITING)
        if self.folder and self.status == FAILED:
            self.error = self.folder.read_runinfo().get("error", "")
            if retry:
                self.status = WAITING

    @property
    def is_open(self) -> bool:
        """Whether it is due, and not yet at its end."""
        return self.due and self.status not in (DONE, FAILED)

    def step(self) -> int:
        """Tells the training steps done, by the folder's heartbeat."""
        return self.folder.heartbeat_step() if self.folder else 0

    def died(self) -> bool:
        """Counts a death in; true where it is one too many."""
        step = self.step()
        self.deaths = self.deaths + 1 if step <= self._last_step else 1
        self._last_step = max(step, self._last_step)
        return self.deaths >= MOST_DEATHS


class Scheduler:
    """Brings the runs of a plan to their end.

    Args:
      runs: list of `PlannedRun`, in the order to make them.
      engine: starts processes, see `utils.sweep.local.LocalEngine`.
      log_path: function of a run's number: the file for what it prints.
      retry: also runs that have failed before are taken up again.
      report: called with an `Event` when a run starts, ends, fails or is resumed.

    Of its `tasks` those are made that are due; who changes that calls `advance` again.
    """

    def __init__(self, runs: Sequence[PlannedRun], engine: Any, log_path: Callable[[int], str],
                 retry: bool = False, report: Callable[[Event], None] = lambda event: None) -> None:
        self.tasks = [Task(run) for run in runs]
        self._engine, self._log_path, self._report = engine, log_path, report
        self._retry = set(range(len(runs))) if retry else set()
        self._looked = 0.0
        self._look()

    def advance(self) -> bool:
        """Takes in what has ended and starts what there is room for.

        Returns:
          whether there is anything left to do of what is due.
        """
        for index, code in self._engine.finished():
            self._look()
            self._take_in(index, code)
        if time.time() - self._looked > _LOOK_AGAIN:
            self._look()
        room = self._engine.capacity - self._busy()
        for index, task in enumerate(self.tasks):
            if room > 0 and task.due and task.status == WAITING:
                self._start(index)
                room -= 1
        return any(task.is_open or task.status == RUNNING for task in self.tasks)

    def _busy(self):
        """Places that are taken, by runs of other processes of this machine too."""
        return sum(task.status == RUNNING or
                   task.status == ELSEWHERE and self._engine.shares_place_with(task.folder)
                   for task in self.tasks)

    def _look(self):
        """Looks what the run folders say; runs in our hands are known better."""
        self._looked = time.time()
        for index, task in enumerate(self.tasks):
            if task.status == RUNNING:
                task.folder = folder_in(self._log_path(index), task.log_offset) or task.folder
        held = [task.folder.path for task in self.tasks if task.status == RUNNING and task.folder]
        loose = [(index, task) for index, task in enumerate(self.tasks)
                 if task.status not in (RUNNING, FAILED)]
        for (index, task), found in zip(loose, match([task.run for _, task in loose], held)):
            task.settle(found, index in self._retry)

    def _start(self, index):
        task = self.tasks[index]
        self._retry.discard(index)
        task.log_offset = size_of(self._log_path(index))
        words = resume_words(task.folder, task.run) if task.folder else list(task.run.words)
        self._engine.start(index, words, self._log_path(index))
        self._tell(index, f"resumed, {task.folder.path}" if task.folder else "started")
        task.status = RUNNING

    def _take_in(self, index, code):
        """Decides on a run whose process has ended with an exit code."""
        task = self.tasks[index]
        task.settle(task.folder and Found(task.folder, task.folder.state(), ""))
        if task.status == DONE:
            self._tell(index, "done")
        elif task.status == FAILED:
            self._tell(index, "failed: " + task.error)
        elif task.folder is None:
            self._give_up(index, last_line(self._log_path(index)) or f"exit code {code}")
        elif task.status == WAITING and task.died():
            self._give_up(index, f"died {task.deaths} times at step {task.step()} (exit code "
                                 f"{code}): see {self._log_path(index)}")
        else:
            self._tell(index, "its process is gone at step {} (exit code {}): {}".format(
                task.step(), code, "will be resumed" if task.status == WAITING else
                "the folder still shows life, and is looked at again"))

    def _give_up(self, index, error):
        self.tasks[index].status, self.tasks[index].error = FAILED, error
        self._tell(index, "failed: " + error)

    def _tell(self, index, what):
        self._report(Event(time.time(), index, what))


def resume_words(folder: RunFolder, run: PlannedRun) -> List[str]:
    """Makes the flags that go on with a run folder: what the plan found may have moved since it
    began.

    Args:
      folder: the `RunFolder`.
      run: the `PlannedRun` that it is of.
    """
    return ["--resume=" + folder.path] + [
        word for word in run.words if word.startswith(("--datapath=", "--modelspath="))]


def size_of(path: str) -> int:
    """Counts the bytes of a file; 0 where there is none."""
    return os.path.getsize(path) if os.path.exists(path) else 0


def folder_in(path: str, offset: int = 0) -> Optional[RunFolder]:
    """Finds the `RunFolder` that fcn_train.py says it writes, in a log from a byte on; or None."""
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        file.seek(offset)
        said = re.findall(r"^run folder (.+)$", file.read().decode("utf-8", "replace"), re.M)
    return run_folder.RunFolder(said[-1].strip()) if said else None


def last_line(path: str) -> str:
    """Finds the last line of a file that says something; "" where there is none."""
    if not os.path.exists(path):
        return ""
    with open(path, errors="replace") as file:
        lines = [line.strip() for line in file if line.strip()]
    return lines[-1] if lines else ""
