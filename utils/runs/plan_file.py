"""Plans of sweeps as they are stored: tmp/sweeps/<name>/plan.json.

A sweep writes the file before its first run, and a report reads it: the level at which a difference
is a claim depends on the number of planned looks.
"""
import dataclasses
import json
import os
import re
from typing import Iterable, List, Tuple

from utils.errors import UserError
from utils.files import write_text
from utils.runs import run_folder
from utils.runs.plans import (
    MOST_LOOKS,
    MOST_SEEDS,
    Declaration,
    PlannedRun,
    ScreenedChoice,
    SweepPlan,
    seed_values,
)
from utils.statistics import looks
from utils.statistics.looks import Looks
from utils.stored import (
    COUNT,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    WHOLE,
    Kind,
    many,
    object_problem,
    one_of,
    optional,
)

SWEEPS_DIR = os.path.join(run_folder.RUNS_DIR, "sweeps")
PLAN_FILE = "plan.json"

_SEED = Kind("[flag, seed]", lambda pair: isinstance(pair, list) and len(pair) == 2
             and TEXT.holds(pair[0]) and WHOLE.holds(pair[1]))
_RUN = {"label": TEXT, "seed": WHOLE, "repeat": COUNT, "words": many(TEXT), "key": TEXT,
        "seeds": Kind("the seed of each of {}".format(", ".join(run_folder.SEED_FLAGS)),
                      lambda seeds: many(_SEED).holds(seeds)
                      and sorted(dict(seeds)) == sorted(run_folder.SEED_FLAGS)),
        "total_steps": COUNT, "basenet": TEXT}
_RISING = Kind("rising numbers of seeds, 2 or more where there are several",
               lambda seeds: many(COUNT).holds(seeds) and 1 <= len(seeds) <= MOST_LOOKS
               and seeds == sorted(set(seeds)) and seeds[-1] <= MOST_SEEDS
               and seeds[0] >= (2 if len(seeds) > 1 else 1))
_DECLARATION = {
    "looks": _RISING, "spending": one_of(*looks.SPENDINGS), "split": TEXT,
    "margin": Kind("a number from 0 on", lambda value: NUMBER.holds(value) and value >= 0),
    "level": Kind("a number between 0 and 1", lambda value: NUMBER.holds(value) and 0 < value < 1)}
_CHOICE = {"name": TEXT, "a": TEXT, "b": TEXT}
_SCREEN = Kind("a list of choices, each with name, a and b", lambda value: many(OBJECT).holds(
    value) and not any(object_problem(one, _CHOICE, tuple(_CHOICE)) for one in value))
_PLAN = {"runs": Kind("a list of runs", lambda value: isinstance(value, list) and value),
         "declared": OBJECT, "declared_at": optional(TIME), "asked": _RISING,
         "screen": _SCREEN}


def write_plan(path: str, plan: SweepPlan) -> None:
    """Stores a `SweepPlan`, whole or not at all."""
    declared = plan.declared
    write_text(path, json.dumps({
        "declared": {"looks": declared.looks.seeds, "spending": declared.looks.spending,
                     "split": declared.split, "margin": declared.margin, "level": declared.level},
        "declared_at": plan.declared_at or None, "asked": plan.asked,
        "screen": [dataclasses.asdict(choice) for choice in plan.screen],
        "runs": [dataclasses.asdict(run) for run in plan.runs]}, indent=1) + "\n")


def read_plan(path: str, name: str = "") -> SweepPlan:
    """Reads a stored `SweepPlan`; a list of runs, as sweeps without looks wrote, is one too.

    Args:
      path: the file.
      name: of the sweep; by default that of the folder.

    Raises:
      FileNotFoundError: there is none.
      UserError: it is damaged.
    """
    try:
        with open(path, encoding="utf-8") as file:
            stored = json.load(file)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON ({error}): run the sweep again") from error
    if isinstance(stored, list):
        stored = {"runs": stored}
    problem = _plan_problem(stored)
    if problem:
        raise UserError(f"{path} is damaged, {problem}: run the sweep again")
    runs = tuple(PlannedRun(**dict({name: entry[name] for name in _RUN},
                                   words=tuple(entry["words"]),
                                   seeds=tuple((flag, seed) for flag, seed in entry["seeds"])))
                 for entry in stored["runs"])
    seeds = len(set(map(seed_values, runs)))
    declared = stored.get("declared")
    return SweepPlan(
        name or os.path.basename(os.path.dirname(os.path.abspath(path))), runs,
        _declaration(declared) if declared else Declaration(Looks((seeds,))),
        tuple(stored.get("asked", (seeds,))), str(stored.get("declared_at") or ""),
        tuple(ScreenedChoice(**{name: one[name] for name in _CHOICE})
              for one in stored.get("screen", ())))


def _declaration(stored):
    return Declaration(Looks(tuple(stored["looks"]), stored["spending"]), stored["split"],
                       float(stored["margin"]), float(stored["level"]))


def _plan_problem(stored):
    """Says what is wrong with a stored plan, or ""."""
    problem = object_problem(stored, _PLAN, ("runs",))
    if not problem and "declared" in stored:
        problem = object_problem(stored["declared"], _DECLARATION, tuple(_DECLARATION))
    if problem:
        return problem
    problems = (object_problem(entry, _RUN, tuple(_RUN)) for entry in stored["runs"])
    return next((problem for problem in problems if problem), "") or _screen_problem(stored)


def _screen_problem(stored):
    """Says what is wrong with the labels of a screen's runs, or ""."""
    choices = len(stored.get("screen", ()))
    wrong = [entry["label"] for entry in stored["runs"] if choices and not re.match(
        f"[AB]{{{choices}}}$", entry["label"])]
    return f"'label' is {wrong[0]!r}, expected a letter A or B for each choice" if wrong else ""


def plans_of(keys: Iterable[str], root: str = SWEEPS_DIR) -> Tuple[List[SweepPlan], List[str]]:
    """Finds the stored plans that have all of some configurations.

    Args:
      keys: `PlannedRun.key`s, which are those of run folders.
      root: the folder of all sweeps.

    Returns:
      (list of `SweepPlan`, the first declared first; list of lines on plans that are damaged).
    """
    found, notes = [], []
    for name in sorted(os.listdir(root)) if os.path.isdir(root) else []:
        path = os.path.join(root, name, PLAN_FILE)
        if not os.path.isfile(path):
            continue
        try:
            plan = read_plan(path)
        except UserError as error:
            notes.append(f"left out: the plan of the sweep {name}: {error}")
            continue
        if set(keys) <= set(plan.keys):
            found.append(plan)
    return sorted(found, key=lambda plan: plan.declared_at), notes
