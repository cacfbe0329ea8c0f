#!/usr/bin/env python
"""Many runs: configurations of fcn_train.py times seeds, as subprocesses of the ordinary script.

    python fcn_sweep.py plan sweep.yaml              the runs, the hours, and what they can show
    python fcn_sweep.py run sweep.yaml --jobs=auto   makes them; goes on where it was
    python fcn_sweep.py status decoders              done, running, failed, time left
    python fcn_sweep.py stop decoders                each run saves and ends; `run` goes on
    python fcn_sweep.py retry decoders               takes up failed runs again
    python fcn_sweep.py slurm sweep.yaml             writes an array script for a cluster
    python fcn_sweep.py task decoders 3              makes or resumes one run, here

A sweep is a YAML file (docs/sweeps.md) or flags after --, a flag that is given twice having two
values:

    python fcn_sweep.py run --name=decoders --seeds=5 -- --basenet=mobilenet_v1 --fcn16 --no-fcn16

Nothing is lost: what is finished is not made again, whoever made it; what was killed is resumed.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

import collections
import dataclasses
import os
import re
import sys
import time

from rich.console import Console

import fcn_train
from utils.errors import Interrupted, UserError, run_script
from utils.runs.flags import flag, parse_flags, split_command, split_words
from utils.sweep import display
from utils.sweep.claim import Claim, running_process, stop_process
from utils.sweep.engines import ENGINES, open_engine
from utils.sweep.matching import match
from utils.sweep.plan import SweepFolder, make_plan
from utils.sweep.scheduler import Scheduler, Task, resume_words
from utils.sweep.slurm import slurm_script
from utils.sweep.spec import SOURCES, grid_of_words, make_spec, read_spec
from utils.train.session import require_precision

TRAIN_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fcn_train.py")


@dataclasses.dataclass(frozen=True)
class SpecFlags(object):
    """What is swept, where no file says so."""
    name: str = flag("sweep", "name of the sweep", "sweep")
    seeds: str = flag("3", "how many seeds (1, 2, ...), or which: 1,5,7", "sweep")
    vary: str = flag(",".join(SOURCES), "the sources of randomness that the seeds change", "sweep")
    repeat: int = flag(1, "runs of each seed, to measure what is not repeatable", "sweep",
                       at_least=1)


@dataclasses.dataclass(frozen=True)
class RunFlags(SpecFlags):
    """How the runs are made."""
    jobs: str = flag("auto", "runs at once; auto measures what gives most runs an hour", "machine")
    engine: str = flag("local", "where they run", "machine", choices=ENGINES.names)
    address: str = flag("", "ray: the cluster (default: a local one)", "machine")
    cpus_per_run: float = flag(0.0, "ray, slurm: cores of a run (default: 1, slurm: all)",
                               "machine", at_least=0)
    gpus_per_run: float = flag(0.0, "ray, slurm: GPUs of a run", "machine", at_least=0)
    retry: bool = flag(False, "take up runs that failed before", "machine")
    plain: bool = flag(False, "lines instead of a live table", "machine")


@dataclasses.dataclass(frozen=True)
class NoFlags(object):
    """A command that takes a name alone."""


def parse(flags_type, argv):
    """(names, flags, words after --) of a command's line."""
    head, words = (argv[:argv.index("--")], argv[argv.index("--") + 1:]) if "--" in argv else (
        argv, [])
    named, rest = split_words(flags_type, head)
    flags, _ = parse_flags(flags_type, rest, __doc__)
    return named, flags, words


def planned(named, flags, words):
    """(`SweepFolder`, runs) of a sweep file or a command line, checked as fcn_train.py would."""
    if named and words:
        raise UserError("got the sweep file {} and flags after --: give one of them".format(
            named[0]))
    if not named and not words:
        raise UserError("expected a sweep file, or flags of fcn_train.py after -- (see --help)")
    if named:
        spec = read_spec(one_name(named, "a sweep file"))
    else:
        seeds = [number(seed) for seed in flags.seeds.split(",")]
        spec = make_spec(flags.name, grid=grid_of_words(words), vary=flags.vary.split(","),
                         seeds=seeds if "," in flags.seeds else seeds[0], repeat=flags.repeat)
    return SweepFolder(spec.name), make_plan(spec, prepare)


def prepare(words):
    """fcn_train.py's, with what it checks of this machine."""
    prepared = fcn_train.prepare(words)
    require_precision(prepared.flags.precision)
    return prepared


def number(text):
    """A whole number of --seeds."""
    if not re.match(" *[0-9]{1,10} *$", text):
        raise UserError("--seeds: got {!r}, expected how many (5), or which (1,5,7)".format(text))
    return int(text)


def one_name(named, what):
    """The only name on a command line."""
    if len(named) != 1:
        raise UserError("got {}, expected {}".format(" ".join(named) or "nothing", what))
    return named[0]


def named_sweep(named):
    """The `SweepFolder` that a command line names, by the sweep's name or its file."""
    name = one_name(named, "the name of a sweep")
    return SweepFolder(read_spec(name).name if name.endswith((".yaml", ".yml")) else name)


def run_plan(argv):
    """Says what would be made."""
    named, flags, words = parse(SpecFlags, argv)
    _, runs = planned(named, flags, words)
    display.print_plan(runs, Console())


def run_run(argv):
    """Makes the runs."""
    named, flags, words = parse(RunFlags, argv)
    folder, runs = planned(named, flags, words)
    return make_runs(folder, runs, flags)


def run_retry(argv):
    """Takes up the failed runs of a sweep again, and whatever else is left."""
    named, flags, words = parse(RunFlags, argv)
    folder = named_sweep(named)
    return make_runs(folder, folder.read_plan(), dataclasses.replace(flags, retry=True))


def make_runs(folder, runs, flags):
    """The scheduler's loop, with a table."""
    console = Console()
    with Claim(folder) as claim:
        folder.write_plan(runs)
        display.print_plan(runs, console)
        engine = open_engine(flags, TRAIN_SCRIPT, runs, folder, console.print)
        claim.record(engine.capacity)
        scheduler = Scheduler(
            runs, engine, folder.log, flags.retry,
            lambda event: console.print("{}  {}: {}".format(
                time.strftime("%H:%M:%S", time.localtime(event.time)), runs[event.index],
                event.what), highlight=False, markup=False, soft_wrap=True))
        stopped = display.watch(scheduler, engine, console, flags.plain)
    failed = sum(task.status == "failed" for task in scheduler.tasks)
    console.print(display.status_table(scheduler.tasks))
    if stopped:
        raise Interrupted("each run has saved; go on with: python fcn_sweep.py run")
    console.print("{} of {} runs are done{}; next: python fcn_report.py errorbars".format(
        sum(task.status == "done" for task in scheduler.tasks), len(runs),
        ", {} failed (fcn_sweep.py retry {})".format(failed, folder.name) if failed else ""))
    return 1 if failed else 0


def run_status(argv):
    """What has become of a sweep."""
    named, _, _ = parse(NoFlags, argv)
    folder = named_sweep(named)
    runs, console = folder.read_plan(), Console()
    tasks = [Task(run) for run in runs]
    for task, found in zip(tasks, match(runs)):
        task.settle(found)
    console.print(display.status_table(tasks))
    for task in tasks:
        if task.status == "failed":
            console.print("failed: {}: {}".format(task.run, task.error), markup=False,
                          highlight=False, soft_wrap=True)
    process = running_process(folder)
    left = display.time_left(tasks, display.expected_seconds(tasks),
                             process["jobs"] if process else 1)
    console.print("time left: {}; {}".format(
        display.duration(left), "running as process {pid} on {host}, {jobs} at once".format(
            **process) if process else "no process is making runs (fcn_sweep.py run goes on)"))


def run_stop(argv):
    """Asks the process of a sweep to stop; each of its runs saves first."""
    named, _, _ = parse(NoFlags, argv)
    folder = named_sweep(named)
    folder.read_plan()
    print(stop_process(folder))


def run_slurm(argv):
    """Writes an array script, one task for each run."""
    named, flags, words = parse(RunFlags, argv)
    folder, runs = planned(named, flags, words)
    folder.write_plan(runs)
    print("wrote {}: look it over, then sbatch it".format(slurm_script(
        folder, runs, os.path.abspath(__file__), flags.cpus_per_run, flags.gpus_per_run)))


def run_task(argv):
    """Makes, resumes or leaves alone one run, in this process."""
    named, _, _ = parse(NoFlags, argv)
    if len(named) != 2 or not re.match("[0-9]{1,9}$", named[1]):
        raise UserError("got {}, expected the name of a sweep and the number of a run".format(
            " ".join(named) or "nothing"))
    runs = SweepFolder(named[0]).read_plan()
    if int(named[1]) >= len(runs):
        raise UserError("run {}: the sweep {} has runs 0 to {}".format(
            named[1], named[0], len(runs) - 1))
    found = match(runs)[int(named[1])]
    if found and found.state in ("finished", "running"):
        print("{} is {}".format(found.folder.path, found.state))
        return
    run = runs[int(named[1])]
    words = resume_words(found.folder, run) if found else list(run.words)
    os.execv(sys.executable, [sys.executable, TRAIN_SCRIPT] + words)


COMMANDS = collections.OrderedDict(
    plan=run_plan, run=run_run, status=run_status, stop=run_stop, retry=run_retry,
    slurm=run_slurm, task=run_task)


def main(argv):
    command, words = split_command(argv, COMMANDS, __doc__)
    return COMMANDS[command](words)


if __name__ == "__main__":
    run_script(main)
