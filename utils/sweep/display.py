"""Shows a sweep on a terminal."""
import collections
import heapq
import time
from typing import Any, List, Optional, Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table

from utils.runs.plans import PlannedRun, SweepPlan
from utils.sweep import forecast, scheduler
from utils.sweep.look_lines import look_lines
from utils.sweep.matching import Found, match
from utils.sweep.progress import LookByLook
from utils.sweep.scheduler import Task
from utils.sweep.screen_lines import choice_table, screen_lines
from utils.train.loop import StopRequest

#: Seconds between two looks at the processes.
_TICK = 1.0
#: Seconds between two estimates of how long runs take.
_ESTIMATE = 60.0


def duration(seconds: Optional[float]) -> str:
    """Writes "1 h 05 min", "12 min", "40 s"; "unknown" for None."""
    if seconds is None:
        return "unknown"
    minutes = int(round(seconds / 60))
    if seconds < 60:
        return f"{int(round(seconds))} s"
    return "{} h {:02d} min".format(*divmod(minutes, 60)) if minutes >= 60 else f"{minutes} min"


def plan_table(runs: Sequence[PlannedRun], found: Sequence[Optional[Found]],
               seconds: Sequence[Optional[float]]) -> Table:
    """Makes a row for each configuration: its runs, those that are done already, the time of one.

    Args:
      runs: list of `PlannedRun`.
      found: list of `matching.Found` or None, one for each.
      seconds: list of expected seconds or None, one for each.
    """
    table = Table("configuration", "runs", "done", "steps", "time of a run")
    for label, members in _by_label(runs).items():
        done = sum(found[i] is not None and found[i].state == "finished" for i in members)
        table.add_row(label, str(len(members)), str(done), str(runs[members[0]].total_steps),
                      duration(seconds[members[0]]))
    return table


def status_table(tasks: Sequence[Task]) -> Table:
    """Makes a row for each configuration: done, running with their steps, failed, waiting, and
    those that no look has asked for yet."""
    later = any(not task.due and task.status == scheduler.WAITING for task in tasks)
    table = Table("configuration", "done", "running", "failed", "waiting",
                  *["not due"] * later)
    for label, members in _by_label([task.run for task in tasks]).items():
        own = [tasks[i] for i in members]
        count = collections.Counter(task.status for task in own)
        running = ", ".join(
            f"seed {task.run.seed} {task.step() / max(task.run.total_steps, 1):.0%}"
            for task in own if task.status in (scheduler.RUNNING, scheduler.ELSEWHERE))
        due = sum(task.due and task.status == scheduler.WAITING for task in own)
        table.add_row(label, str(count[scheduler.DONE]), running, str(count[scheduler.FAILED]),
                      str(due), *[str(count[scheduler.WAITING] - due)] * later)
    return table


def _by_label(runs):
    """Returns {label: [index of each of its runs]}, in the order of the plan."""
    members = collections.OrderedDict()
    for index, run in enumerate(runs):
        members.setdefault(run.label, []).append(index)
    return members


def time_left(tasks: Sequence[Task], seconds: Sequence[Optional[float]],
              capacity: int) -> Optional[float]:
    """Estimates the seconds until the last run that is due ends; None where a run's time is not
    known, or nothing can run now. Each waiting run takes the place that is free first.

    Args:
      tasks: list of `scheduler.Task`.
      seconds: expected seconds of each, or None.
      capacity: runs at once.
    """
    if not capacity:  # a cluster whose nodes are gone
        return None
    running: List[float] = []
    waiting: List[float] = []
    for task, whole in zip(tasks, seconds):
        if not task.is_open:
            continue
        if whole is None:
            return None
        done = task.step() / max(task.run.total_steps, 1)
        rest = whole * (1 - min(done, 1.0))
        (waiting if task.status == scheduler.WAITING else running).append(rest)
    ends = [0.0] * capacity
    for rest in running + waiting:
        heapq.heapreplace(ends, ends[0] + rest)
    return max(ends)


def expected_seconds(tasks: Sequence[Task]) -> List[Optional[float]]:
    """Estimates what each task's run will take in all, by the runs so far; or None."""
    past = forecast.past_runs()
    return [forecast.seconds_for(task.run, past) for task in tasks]


def print_plan(plan: SweepPlan, console: Console) -> None:
    """Prints the runs, the hours, the looks, and the differences that they can detect."""
    past, found = forecast.past_runs(), match(plan.runs, tell=lambda line: console.print(
        f"warning: {line}", highlight=False, markup=False))
    members = [i for i, place in enumerate(plan.places) if place < plan.asked[-1]]
    runs, found = [plan.runs[i] for i in members], [found[i] for i in members]
    seconds = [forecast.seconds_for(run, past) for run in runs]
    if plan.screen:
        console.print(choice_table(plan))
    console.print(plan_table(runs, found, seconds))
    todo = [(plan.places[i], one) for i, one, there in zip(members, seconds, found)
            if not (there and there.state == "finished")]
    first, several = plan.looks.seeds[0], len(plan.looks.seeds) > 1
    console.print("{} runs{}, {} to make, {}".format(
        len(runs), " at most" if several else "", len(todo), _time_needed(todo)))
    if several:
        to_first = [one for one in todo if one[0] < first]
        console.print(f"to the first look, at {first} seeds of each: {len(to_first)} to make, "
                      f"{_time_needed(to_first)}")
    left_out: List[str] = []
    spread = forecast.seed_sd(runs, past, left_out.append)
    said = screen_lines(plan, *spread) if plan.screen else look_lines(plan.declared, *spread)
    for line in said + left_out:
        console.print(line, highlight=False, soft_wrap=True)


def _time_needed(todo):
    """Words for how long runs take, each (place, expected seconds or None)."""
    seconds = [one for _, one in todo]
    if None in seconds:
        return "of unknown length, as no run of this feature extractor has been made yet"
    return f"{duration(sum(seconds))} if one at a time"


def watch(planner: LookByLook, engine: Any, console: Console, plain: bool) -> bool:
    """Advances a `LookByLook` until all is done, with a live table; true where it was asked to
    stop."""
    live = Live(console=console, auto_refresh=False, transient=True)
    shown = console.is_terminal and not plain
    seconds, estimated = [], -_ESTIMATE
    with StopRequest() as stop:
        if shown:
            live.start()
        try:
            while planner.advance() and not stop.requested:
                if shown:
                    if time.monotonic() - estimated >= _ESTIMATE:
                        seconds, estimated = expected_seconds(planner.tasks), time.monotonic()
                    table = status_table(planner.tasks)
                    table.caption = "time left: {}".format(duration(
                        time_left(planner.tasks, seconds, engine.capacity)))
                    live.update(table, refresh=True)
                time.sleep(_TICK)
        finally:
            live.stop()
            engine.terminate()
        return stop.requested
