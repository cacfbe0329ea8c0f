#!/usr/bin/env python
"""Many runs: configurations of fcn_train.py times seeds, as subprocesses of the ordinary script.

    python fcn_sweep.py plan sweep.yaml             runs, hours, detectable
    python fcn_sweep.py run sweep.yaml --jobs=auto  makes them; goes on
    python fcn_sweep.py status decoders             done, failed, time left
    python fcn_sweep.py stop decoders               each run saves and ends
    python fcn_sweep.py retry decoders              takes up failed runs again
    python fcn_sweep.py slurm sweep.yaml            array script for a cluster
    python fcn_sweep.py task decoders 3             makes or resumes one run

A sweep is a YAML file (docs/sweeps.md) or flags after --, a flag that is given twice having two
values:

    python fcn_sweep.py run --name=decoders --seeds=5 -- --basenet=mobilenet_v1 --fcn16 --no-fcn16

With --screen, or screen: in the file, choices of two settings each take few runs instead of every
combination; fcn_report.py effects tells what each gives.

With looks: [5, 10] in the file (or --looks=5,10) the configurations are compared after 5 seeds, and
those that are undecided get 10; false claims stay at 5 % in all.

With --folds=5 each configuration is trained without each fifth of the training images in turn:
fcn_explore.py labels --split=training then judges every label by runs that did not see it.

Nothing is lost: what is finished is not made again, whoever made it; what was killed is resumed.
"""
from typing import Any, Callable, Optional, Sequence, Tuple

from utils import needs  # noqa: F401  first: says what this Python lacks
from utils.runs.plans import SweepPlan

# isort: split

import collections
import dataclasses
import os
import re
import shlex
import sys
import time

from rich.console import Console

import fcn_train
from utils.errors import Interrupted, UserError, run_script
from utils.report.looks import decide
from utils.runs.commands import split_command
from utils.sweep import display
from utils.sweep.claim import Claim, running_process, stop_process
from utils.sweep.command_line import Line, NoFlags, RunFlags, SpecFlags, parse_line, parts_of_flags
from utils.sweep.engines import open_engine
from utils.sweep.folds import fold_configurations
from utils.sweep.matching import match
from utils.sweep.plan import SweepFolder, make_plan
from utils.sweep.progress import LookByLook, Progress, settled_tasks
from utils.sweep.scheduler import Scheduler, resume_words
from utils.sweep.slurm import slurm_script
from utils.sweep.spec import make_spec, read_spec
from utils.sweep.words import grid_of_words, screen_of_words
from utils.train.session import require_precision

TRAIN_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fcn_train.py")


def planned(line: Line, say: Callable[[str], None]) -> Tuple[SweepFolder, SweepPlan]:
    """Plans a sweep file or a command line, checked as by fcn_train.py: (`SweepFolder`,
    `SweepPlan`).

    Args:
      line: what `parse_line` returns.
      say: called with lines on what the sweep says otherwise than it did before its runs.
    """
    named, flags, given, words = line
    if named and words:
        raise UserError(f"got the sweep file {named[0]} and flags after --: give one of them")
    if not named and not words:
        raise UserError("expected a sweep file, or flags of fcn_train.py after -- (see --help)")
    if named:
        path = one_name(named, "a sweep file")
        said = {field.name for field in dataclasses.fields(SpecFlags)} - {"screen"}
        for name in sorted(given & said):
            raise UserError(f"--{name}: the sweep file {path} says that: write it there")
        spec = read_spec(path, flags.screen)
    else:
        grid = screen_of_words(words) if flags.screen else {"grid": grid_of_words(words)}
        spec = make_spec(flags.name, vary=flags.vary.split(","), repeat=flags.repeat,
                         **grid, **parts_of_flags(flags, given))
    folder = SweepFolder(spec.name)
    spec = spec._replace(configurations=fold_configurations(
        spec.folds, spec.configurations, folder.path))
    plan, notes = make_plan(spec, prepare, folder)
    for note in notes:
        say(note)
    return folder, plan


def prepare(words: Sequence[str]) -> Any:
    """Prepares a training as fcn_train.py does, and checks its precision on this machine."""
    prepared = fcn_train.prepare(words)
    require_precision(prepared.flags.precision)
    return prepared


def one_name(named: Sequence[str], what: str) -> str:
    """Returns the only name on a command line; a `UserError` where there are others, or none."""
    if len(named) != 1:
        raise UserError("got {}, expected {}".format(" ".join(named) or "nothing", what))
    return named[0]


def named_sweep(named: Sequence[str]) -> SweepFolder:
    """Finds the `SweepFolder` that a command line names, by the sweep's name or its file."""
    name = one_name(named, "the name of a sweep")
    return SweepFolder(read_spec(name).name if name.endswith((".yaml", ".yml")) else name)


def teller(console: Console) -> Callable[[str], None]:
    """Prints a line as it is."""
    return lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True)


def run_plan(argv: Sequence[str]) -> None:
    """Says what would be made."""
    console = Console()
    _, plan = planned(parse_line(SpecFlags, argv, page("plan")), teller(console))
    display.print_plan(plan, console)


def run_run(argv: Sequence[str]) -> int:
    """Makes the runs."""
    line = parse_line(RunFlags, argv, page("run"))
    folder, plan = planned(line, teller(Console()))
    return make_runs(folder, plan, line[1], ["run", *argv])


def run_retry(argv: Sequence[str]) -> int:
    """Takes up the failed runs of a sweep again, and whatever else is left."""
    named, flags, _, _ = parse_line(RunFlags, argv, page("retry"))
    folder = named_sweep(named)
    return make_runs(folder, folder.read_plan(), dataclasses.replace(flags, retry=True),
                     ["retry", *argv])


def make_runs(folder: SweepFolder, plan: SweepPlan, flags: RunFlags, words: Sequence[str]) -> int:
    """Makes the runs from look to look, with a live table; `words`, the command and what is behind
    it, go on with them."""
    console = Console()
    say = teller(console)
    with Claim(folder) as claim:
        folder.write_plan(plan)
        display.print_plan(plan, console)
        engine = open_engine(flags, TRAIN_SCRIPT, plan.runs, folder, console.print)
        claim.record(engine.capacity)
        scheduler = Scheduler(
            plan.runs, engine, folder.log, flags.retry,
            lambda event: say("{}  {}: {}".format(
                time.strftime("%H:%M:%S", time.localtime(event.time)), plan.runs[event.index],
                event.what)))
        progress = Progress(plan, scheduler.tasks, decide)
        stopped = display.watch(LookByLook(scheduler, progress, say), engine, console, flags.plain)
    console.print(display.status_table(scheduler.tasks))
    if stopped:
        raise Interrupted("each run that had begun has saved; go on with: python fcn_sweep.py "
                          + " ".join(map(shlex.quote, words)))
    statuses = collections.Counter(task.status for task in scheduler.tasks)
    left, failed = statuses["waiting"], statuses["failed"]
    console.print("{} of {} runs are done{}{}; next: python fcn_report.py {}".format(
        statuses["done"], len(plan.runs), f", {left} not needed" if left else "",
        f", {failed} failed (fcn_sweep.py retry {folder.name})" if failed else "",
        "effects" if plan.screen else "compare" if len(plan.looks.seeds) > 1 else "errorbars"))
    return 1 if failed else 0


def run_status(argv: Sequence[str]) -> None:
    """Says what has become of a sweep."""
    named, _, _, _ = parse_line(NoFlags, argv, page("status"))
    folder, console = named_sweep(named), Console()
    plan = folder.read_plan()
    tasks = settled_tasks(plan)
    progress = Progress(plan, tasks, decide)
    lines = progress.advance()
    console.print(display.status_table(tasks))
    for task in tasks:
        if task.status == "failed":
            console.print(f"failed: {task.run}: {task.error}", markup=False,
                          highlight=False, soft_wrap=True)
    for line in lines + [progress.words()] * bool(progress.words()):
        teller(console)(line)
    process = running_process(folder)
    left = display.time_left(tasks, display.expected_seconds(tasks),
                             process["jobs"] if process else 1)
    console.print("time left: {}; {}".format(
        display.duration(left), "running as process {pid} on {host}, {jobs} at once".format(
            **process) if process else "no process is making runs (fcn_sweep.py run goes on)"))


def run_stop(argv: Sequence[str]) -> None:
    """Asks the process of a sweep to stop; each of its runs saves first."""
    named, _, _, _ = parse_line(NoFlags, argv, page("stop"))
    folder = named_sweep(named)
    folder.read_plan()
    print(stop_process(folder))


def run_slurm(argv: Sequence[str]) -> None:
    """Writes an array script, one task for each run that is due."""
    line, say = parse_line(RunFlags, argv, page("slurm")), teller(Console())
    folder, plan = planned(line, say)
    folder.write_plan(plan)
    tasks = settled_tasks(plan, line[1].retry)
    progress = Progress(plan, tasks, decide)
    for text in progress.advance():
        say(text)
    due = [index for index, task in enumerate(tasks) if task.is_open]
    if not due:
        print("no run is due{}".format(": slurm --retry takes up failed ones" if any(
            task.status == "failed" for task in tasks) else ""))
        return
    path = slurm_script(folder, due, os.path.abspath(__file__), line[1].cpus_per_run,
                        line[1].gpus_per_run)
    print(f"wrote {path}: look it over, then sbatch it")
    if progress.words():
        print("{}{}".format(progress.words(), "; when they are made, give this command again"
                            if progress.goes_on else ""))


def run_task(argv: Sequence[str]) -> None:
    """Makes, resumes or leaves alone one run, in this process."""
    named, _, _, _ = parse_line(NoFlags, argv, page("task"))
    if len(named) != 2 or not re.match("[0-9]{1,9}$", named[1]):
        raise UserError("got {}, expected the name of a sweep and the number of a run".format(
            " ".join(named) or "nothing"))
    runs = SweepFolder(named[0]).read_plan().runs
    if int(named[1]) >= len(runs):
        raise UserError(f"run {named[1]}: the sweep {named[0]} has runs 0 to {len(runs) - 1}")
    found = match(runs)[int(named[1])]
    if found and found.state in ("finished", "running"):
        print(f"{found.folder.path} is {found.state}")
        return
    run = runs[int(named[1])]
    words = resume_words(found.folder, run) if found else list(run.words)
    os.execv(sys.executable, [sys.executable, TRAIN_SCRIPT] + words)


#: {command: what is behind it on its line}.
WORDS = {"plan": "SWEEP.yaml", "run": "SWEEP.yaml", "slurm": "SWEEP.yaml", "status": "SWEEP",
         "stop": "SWEEP", "retry": "SWEEP", "task": "SWEEP NUMBER"}


def page(command: str) -> str:
    """Writes what the help page of a command says first."""
    return (f"python fcn_sweep.py {command} {WORDS[command]}\n\n{COMMANDS[command].__doc__}\n\n"
            "python fcn_sweep.py --help shows all commands, and what a sweep is.")


COMMANDS = collections.OrderedDict(
    plan=run_plan, run=run_run, status=run_status, stop=run_stop, retry=run_retry,
    slurm=run_slurm, task=run_task)


def main(argv: Sequence[str]) -> Optional[int]:
    """Runs the command that the line names; returns its exit code, None for 0."""
    command, words = split_command(argv, COMMANDS, __doc__)
    return COMMANDS[command](words)


if __name__ == "__main__":
    run_script(main)
