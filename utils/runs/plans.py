"""Sweeps as they are stored: tmp/sweeps/<name>/plan.json, their runs and their planned looks.

A sweep writes the file before its first run, and a report reads it: the level at which a difference
is a claim depends on the number of planned looks.
"""
import dataclasses
import datetime
import json
import os
import re
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from utils.errors import UserError
from utils.files import write_text
from utils.runs import run_folder
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
#: Looks that a plan may have, and seeds that a look may be at.
MOST_LOOKS, MOST_SEEDS = 20, 10000


@dataclasses.dataclass(frozen=True)
class PlannedRun:
    """One training.

    Attributes:
      label: the configuration's name within the sweep.
      seed: what varies.
      repeat: 0, 1, ... among the runs of equal flags and seeds.
      words: the flags for fcn_train.py.
      key: the `run_folder.configuration_key` of the run folder that it will make.
      seeds: ((flag, seed), ...) that it will record.
      total_steps: training steps.
      basenet: feature extractor.
    """
    label: str
    seed: int
    repeat: int
    words: Tuple[str, ...]
    key: str
    seeds: Tuple[Tuple[str, int], ...]
    total_steps: int
    basenet: str

    @property
    def identity(self) -> Tuple[str, Tuple[Tuple[str, int], ...]]:
        """Equal for run folders of the same flags, data and seeds."""
        return self.key, self.seeds

    def __str__(self):
        text = f"{self.label}, seed {self.seed}"
        return text + (f", repeat {self.repeat + 1}" if self.repeat else "")


@dataclasses.dataclass(frozen=True)
class Declaration:
    """What a sweep says before its runs about how they will be compared.

    Attributes:
      looks: at how many seeds of each configuration.
      split: whose scores are compared.
      margin: points of mIoU up to which configurations count as equal.
      level: confidence level; 1 - level is the chance of a false claim at any look.
    """
    looks: Looks = Looks((3,))
    split: str = "test"
    margin: float = 1.0
    level: float = .95

    @property
    def alpha(self) -> float:
        """1 - level, without the last bits of that."""
        return round(1 - self.level, 12)

    @property
    def levels(self) -> Tuple[float, ...]:
        """The nominal level of each look."""
        return self.looks.levels(self.alpha)


@dataclasses.dataclass(frozen=True)
class ScreenedChoice:
    """A choice of a screen: two settings, each written as flags, "-" for none.

    Attributes:
      name: of the choice. a, b: its settings.
    """
    name: str
    a: str
    b: str


@dataclasses.dataclass(frozen=True)
class SweepPlan:
    """The runs of a sweep, in the order in which they are to be made, and its looks.

    Attributes:
      name: of the sweep.
      runs: `PlannedRun`s.
      declared: the `Declaration` in force: the first one, once runs have been made.
      asked: the numbers of seeds that the sweep file says now; `extra` are those not declared. The
        runs have all seeds that it ever said.
      declared_at: when, as text that `datetime` reads; "" where an older plan does not tell.
      screen: the choices of a screen; () for other sweeps. The labels of its runs are a letter A or
        B for each, and each run has a seed of its own.
    """
    name: str
    runs: Tuple[PlannedRun, ...]
    declared: Declaration
    asked: Tuple[int, ...]
    declared_at: str = ""
    screen: Tuple[ScreenedChoice, ...] = ()
    _places: Dict[Tuple[Optional[int], ...], int] = dataclasses.field(
        init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self):
        values = dict.fromkeys(map(_seed_values, self.runs))  # each once, in the order of the runs
        object.__setattr__(self, "_places", {seeds: at for at, seeds in enumerate(values)})

    looks = property(lambda self: self.declared.looks)
    split = property(lambda self: self.declared.split)
    margin = property(lambda self: self.declared.margin)
    level = property(lambda self: self.declared.level)

    @property
    def keys(self) -> Tuple[str, ...]:
        """The configurations' keys, each once, in order."""
        return tuple(dict.fromkeys(run.key for run in self.runs))

    @property
    def extra(self) -> Tuple[int, ...]:
        """Numbers of seeds at which no look was declared, and the sweep file has one now."""
        return tuple(count for count in self.asked if count not in self.looks.seeds)

    @property
    def false_claims(self) -> float:
        """Chance of a false claim were p < 1 - level a claim at the extra looks too."""
        return looks.beyond(self.looks.seeds, self.declared.levels, self.extra,
                            self.declared.alpha)

    def seed_order(self, seeds: Sequence[Optional[int]]) -> Optional[int]:
        """Finds the place of a run's seeds among those of the plan, from 0; None where the plan
        lacks them.

        Args:
          seeds: (initialisation, order, augmentation), as `RunRecord.seeds`.
        """
        return self._places.get(tuple(seeds))

    @property
    def places(self) -> Tuple[int, ...]:
        """The `seed_order` of each of the runs; in a screen, that within its configuration."""
        if not self.screen:
            return tuple(self._places[_seed_values(run)] for run in self.runs)
        seeds: Dict[str, Dict[Tuple[int, ...], int]] = {}
        own = [(seeds.setdefault(run.key, {}), _seed_values(run)) for run in self.runs]
        return tuple(places.setdefault(values, len(places)) for places, values in own)

    @property
    def levels(self) -> Dict[str, Tuple[int, ...]]:
        """Maps {configuration's key: 0 (A) or 1 (B) for each choice} of a screen."""
        return {run.key: tuple(int(letter == "B") for letter in run.label)
                for run in self.runs if self.screen}


def _seed_values(run):
    return tuple(dict(run.seeds)[flag] for flag in run_folder.SEED_FLAGS)


def now() -> str:
    """Tells the time as plans store it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


# ---- the file ----

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
    seeds = len(set(map(_seed_values, runs)))
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
