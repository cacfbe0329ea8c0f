"""Measures, once for a machine and a net, how many runs at once give most runs an hour."""
import dataclasses
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from typing import Callable, List, Sequence

from utils.errors import UserError
from utils.files import write_text
from utils.machine import usable_cores
from utils.runs.metric_lines import read_lines
from utils.runs.plans import PlannedRun
from utils.runs.train_flags import TrainFlags
from utils.stored import COUNT, read_object
from utils.sweep.local import split_cores
from utils.sweep.plan import SweepFolder

#: Steps before the clock starts (graph, first steps), and how long it runs.
_WARM_STEPS = 4
_SECONDS = 20.0
_LONGEST_START = 180.0
#: Flags whose values are paths, which a trial in a folder of its own needs whole.
_PATHS = tuple(field.name for field in dataclasses.fields(TrainFlags) if field.metadata["path"])


def candidates(count: int) -> List[int]:
    """Lists numbers of processes to try on so many cores: 1, 2, 4, ... and all.

    >>> candidates(6)
    [1, 2, 4, 6]
    """
    tried = [2 ** power for power in range(count.bit_length()) if 2 ** power < count]
    return tried + [count]


def best_jobs(script: str, runs: Sequence[PlannedRun], folder: SweepFolder,
              say: Callable[[str], None]) -> int:
    """Measures the number of processes with most training steps a second in all, each on its share
    of the cores. It is remembered in tmp/sweeps/jobs.json.

    Args:
      script: path of fcn_train.py.
      runs: list of `PlannedRun`; the first stands for all.
      folder: the `SweepFolder`.
      say: called with lines for people.
    """
    available, path = usable_cores(), os.path.join(os.path.dirname(folder.path), "jobs.json")
    if len(available) == 1:
        return 1
    key = json.dumps([platform.node(), len(available), runs[0].key])
    known = _read(path)
    if key not in known:
        speeds = {}
        for jobs in candidates(len(available)):
            speeds[jobs] = steps_per_second(script, runs[0].words, split_cores(available, jobs))
            say(f"jobs: {jobs} at once on {len(available) / jobs:.3g} cores each make "
                f"{speeds[jobs]:.2f} training steps a second")
        known[key] = max(speeds, key=speeds.__getitem__)
        write_text(path, json.dumps(known, indent=1) + "\n")
    say(f"jobs: {known[key]} at once")
    return known[key]


def _read(path):
    try:
        known = read_object(path, {})
    except UserError:
        return {}
    return {key: jobs for key, jobs in known.items() if COUNT.holds(jobs) and jobs}


def trial_words(words: Sequence[str]) -> List[str]:
    """Makes the flags of a run that only trains, and writes a line for each step."""
    kept = []
    for word in words:
        name, _, value = word[2:].partition("=")
        if name in _PATHS and value:
            word = f"--{name}={os.path.abspath(value)}"
        kept.append(word)
    return kept + ["--steps=1000000", "--eval_every=1000000", "--keep_every=0", "--log_every=1",
                   "--name=trial"]


def steps_per_second(script: str, words: Sequence[str], shares: Sequence[Sequence[int]]) -> float:
    """Measures the steps a second that trainings make together.

    Args:
      script: path of fcn_train.py.
      words: flags of one.
      shares: list of the cores of each.

    Returns:
      float; 0 where one of them does not get going.
    """
    with tempfile.TemporaryDirectory() as scratch:
        processes = [subprocess.Popen(
            [sys.executable, script] + trial_words(words), cwd=scratch, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in shares]
        try:
            for process, share in zip(processes, shares):
                if hasattr(os, "sched_setaffinity"):
                    os.sched_setaffinity(process.pid, share)
            return _measure(processes, scratch)
        finally:
            for process in processes:
                process.kill()
            for process in processes:
                process.wait()


def _measure(processes, scratch):
    deadline = time.time() + _LONGEST_START
    while min(_steps(scratch, len(processes))) < _WARM_STEPS:
        if time.time() > deadline or any(process.poll() is not None for process in processes):
            return 0.0
        time.sleep(0.2)
    begin, before = time.time(), sum(_steps(scratch, len(processes)))
    time.sleep(_SECONDS)
    return (sum(_steps(scratch, len(processes))) - before) / (time.time() - begin)


def _steps(scratch, count):
    """Steps that each of the trials has made."""
    found = []
    for number in range(1, count + 1):
        lines = read_lines(os.path.join(scratch, "tmp", f"trial__{number}",
                                        "metrics.jsonl"))
        found.append(lines[-1]["step"] if lines else 0)
    return found
