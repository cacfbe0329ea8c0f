"""From look to look: which runs of a plan are due, and what the looks have decided."""
from typing import Any, Callable, List, Optional, Sequence, Tuple

from utils.runs.plans import SweepPlan
from utils.sweep.matching import match
from utils.sweep.scheduler import DONE, FAILED, Scheduler, Task


class Progress:
    """Goes through the looks of a plan as their runs are made.

    Nothing is stored: who starts again comes to the same place by the same run folders.

    Args:
      plan: a `SweepPlan`.
      tasks: a `Task` for each of its runs; `due` of each is set.
      decide: function (plan, paths of run folders) -> an object. Its `lines` tell of each pair at
        the look that these runs make up; `undecided` has the keys of configurations with an open
        pair.

    Attributes:
      count: seeds of each configuration at the stage that is being made.
      is_over: whether nothing more is to be made.
    """

    def __init__(self, plan: SweepPlan, tasks: Sequence[Task], decide: Callable[..., Any]) -> None:
        self._plan, self._tasks, self._decide = plan, tasks, decide
        last = plan.asked[-1]
        self._stages = [count for count in plan.looks.seeds if count < last] + [last]
        # Who asks for a number of seeds beyond the looks gets it whatever these have decided.
        self._for_all = len(plan.asked) == 1 and self._is_extra(last)
        self._stage, self._keys = 0, frozenset(plan.keys)
        self.is_over = False
        self._set_due()

    count = property(lambda self: self._stages[self._stage])

    @property
    def look(self) -> Optional[Tuple[int, int]]:
        """(number, from 1; its seeds) of the look that is being made; None where it is none."""
        if self._is_extra(self.count):
            return None
        return 1 + self._plan.looks.seeds.index(self.count), self.count

    @property
    def goes_on(self) -> bool:
        """Whether a later stage may follow the one that is being made."""
        return not self.is_over and self._stage + 1 < len(self._stages)

    def words(self) -> str:
        """Returns a line on where the sweep is; "" where it is made at one go."""
        if len(self._stages) == 1:
            return ""
        if self.is_over:
            return "nothing more is due" if self._keys else "every pair is decided"
        return "due: the runs to {} seeds of each, {}".format(
            self.count, f"look {self.look[0]} of {len(self._plan.looks.seeds)}"
            if self.look else "beyond the looks")

    def advance(self) -> List[str]:
        """Takes the looks whose runs are all made.

        A run that has failed for good counts as made: it is lost to the comparison.

        Returns:
          list of lines on what they say.
        """
        lines = []
        while not self.is_over and not any(task.is_open for task in self._tasks):
            if self.look and len(self._plan.looks.seeds) > 1:
                lines += self._take_look()
            self._go_on()
            self._set_due()
        return lines

    def _go_on(self):
        last = len(self._stages) - 1
        if self._stage == last or not (self._keys or self._for_all):
            self.is_over = True
            return
        self._stage = self._stage + 1 if self._keys else last
        if self._stage == last and self._for_all:
            self._keys = frozenset(self._plan.keys)

    def _take_look(self):
        number, count = self.look
        folders = [task.folder.path for task, place in zip(self._tasks, self._plan.places)
                   if place < count and task.folder and task.status in (DONE, FAILED)]
        decision = self._decide(self._plan, folders)
        self._keys = frozenset(decision.undecided)
        return [f"look {number} of {len(self._plan.looks.seeds)}, {count} seeds of each: "
                f"{self._outcome(number)}"] + [
                "  " + line for line in decision.lines]

    def _outcome(self, number):
        if not self._keys:
            return "every pair is decided"
        if number == len(self._plan.looks.seeds):
            return "the last one"
        if not self.goes_on:
            return "some pairs are open, and the sweep file asks for no more"
        return (f"{len(self._keys)} of {len(self._plan.keys)} configurations have an open pair and "
                "go on")

    def _is_extra(self, count):
        return count not in self._plan.looks.seeds

    def _set_due(self):
        before = self._stages[self._stage - 1] if self._stage else 0
        for task, place in zip(self._tasks, self._plan.places):
            task.due = not self.is_over and place < self.count and (
                task.run.key in self._keys or place < before)


class LookByLook:
    """A `Scheduler` that goes on from look to look: `advance` and `tasks` are as there.

    Args:
      scheduler: a `Scheduler` of the plan's runs.
      progress: the `Progress` of its tasks.
      say: called with lines for people.
    """

    def __init__(self, scheduler: Scheduler, progress: Progress,
                 say: Callable[[str], None]) -> None:
        self._scheduler, self._progress, self._say = scheduler, progress, say
        self.tasks = scheduler.tasks

    def advance(self) -> bool:
        """Makes what is due; false when the last look is taken."""
        while not self._scheduler.advance():
            for line in self._progress.advance():
                self._say(line)
            if self._progress.is_over:
                return False
        return True


def settled_tasks(plan: SweepPlan, retry: bool = False) -> List[Task]:
    """Makes a `Task` for each run of a plan, by the run folders that there are.

    Args:
      retry: whether failed runs are to be taken up again.
    """
    tasks = [Task(run) for run in plan.runs]
    for task, found in zip(tasks, match(plan.runs)):
        task.settle(found, retry)
    return tasks
