"""The runs of a sweep, in the order in which they are to be made."""
import dataclasses
import json
import os
import re
from typing import Tuple

from utils.errors import UserError
from utils.files import write_text
from utils.runs import run_folder
from utils.stored import COUNT, TEXT, WHOLE, Kind, many, object_problem
from utils.sweep.spec import flag_words, labels, seed_words

SWEEPS_DIR = os.path.join(run_folder.RUNS_DIR, "sweeps")


@dataclasses.dataclass(frozen=True)
class PlannedRun(object):
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
    def identity(self):
        """Equal for run folders of the same flags, data and seeds."""
        return self.key, self.seeds

    def __str__(self):
        text = "{}, seed {}".format(self.label, self.seed)
        return text + (", repeat {}".format(self.repeat + 1) if self.repeat else "")


def make_plan(spec, prepare):
    """The `PlannedRun`s of a sweep, seeds breadth-first: every configuration gets its first seed
    before any gets its second.

    Args:
      spec: a `Spec`.
      prepare: `fcn_train.prepare`; says what is wrong with a configuration before anything starts.

    Raises:
      UserError: a configuration cannot be trained, or two are the same.
    """
    runs, known = [], {}
    for configuration, label in zip(spec.configurations, labels(spec.configurations)):
        words = flag_words(configuration)
        try:
            prepared = prepare(words + seed_words(spec, spec.seeds[0]))
        except UserError as error:
            raise UserError("{}configuration {!r}: {}".format(
                _place(spec, configuration, str(error)), label, error))
        flags = dataclasses.asdict(prepared.flags)
        key = run_folder.configuration_key(flags, prepared.info.splits["training"].sha256)
        if key in known:
            raise UserError("configurations {!r} and {!r} are the same: leave one out".format(
                known[key], label))
        known[key] = label
        for seed in spec.seeds:
            for repeat in range(spec.repeat):
                runs.append(PlannedRun(
                    label, seed, repeat, tuple(words + seed_words(spec, seed)), key,
                    _recorded_seeds(spec, seed), prepared.total_steps, prepared.flags.basenet))
    order = {seed: place for place, seed in enumerate(spec.seeds)}
    return sorted(runs, key=lambda run: (run.repeat, order[run.seed]))


def _place(spec, configuration, message):
    """"sweep.yaml, line 7: ", where the flag stands that a message is about; "" where no line is
    known."""
    for flag in re.findall(r"--(\w+)", message):
        place = spec.places.get((flag, str(configuration.get(flag))))
        if place:
            return place + ": "
    return ""


def _recorded_seeds(spec, seed):
    return tuple((flag, seed if flag[len("seed_"):] in spec.vary else spec.seeds[0])
                 for flag in run_folder.SEED_FLAGS)


_ENTRY = {"label": TEXT, "seed": WHOLE, "repeat": COUNT, "words": many(TEXT), "key": TEXT,
          "seeds": many(Kind("[flag, seed]", lambda pair: isinstance(pair, list) and len(pair) == 2
                             and TEXT.holds(pair[0]) and WHOLE.holds(pair[1]))),
          "total_steps": COUNT, "basenet": TEXT}


def _plan_problem(entries):
    """What is wrong with a stored plan, in words, or ""."""
    if not isinstance(entries, list):
        return "expected a list of runs"
    problems = (object_problem(entry, _ENTRY, tuple(_ENTRY)) for entry in entries)
    return next((problem for problem in problems if problem), "")


class SweepFolder(object):
    """tmp/sweeps/<name>/: plan.json, lock and state.json (held by, and telling of, the process that
    makes the runs), logs/<number>.log."""

    def __init__(self, name, root=SWEEPS_DIR):
        self.name, self.path = name, os.path.join(root, name)

    plan = property(lambda self: os.path.join(self.path, "plan.json"))
    state = property(lambda self: os.path.join(self.path, "state.json"))
    lock = property(lambda self: os.path.join(self.path, "lock"))

    def log(self, index):
        """What the run of that number printed."""
        return os.path.join(self.path, "logs", "{:03d}.log".format(index))

    def write_plan(self, runs):
        """Stores the plan, whole or not at all."""
        os.makedirs(os.path.join(self.path, "logs"), exist_ok=True)
        entries = [dataclasses.asdict(run) for run in runs]
        write_text(self.plan, json.dumps(entries, indent=1) + "\n")

    def read_plan(self):
        """The `PlannedRun`s.

        Raises:
          UserError: there is no such sweep; lists those there are.
        """
        try:
            with open(self.plan) as file:
                entries = json.load(file)
        except FileNotFoundError:
            there = sorted(os.listdir(SWEEPS_DIR)) if os.path.isdir(SWEEPS_DIR) else []
            raise UserError("no sweep {!r}: {}".format(
                self.name, "there are {}".format(", ".join(there)) if there
                else "fcn_sweep.py run makes one"))
        except (ValueError, RecursionError) as error:
            raise UserError("{} is not JSON ({}): run the sweep again".format(self.plan, error))
        problem = _plan_problem(entries)
        if problem:
            raise UserError("{} is damaged, {}: run the sweep again".format(self.plan, problem))
        return [PlannedRun(**dict({name: entry[name] for name in _ENTRY},
                                  words=tuple(entry["words"]),
                                  seeds=tuple((flag, seed) for flag, seed in entry["seeds"])))
                for entry in entries]
