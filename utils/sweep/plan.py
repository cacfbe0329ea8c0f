"""The runs of a sweep, in the order in which they are to be made."""
import collections
import dataclasses
import glob
import os
import re
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from utils.errors import UserError
from utils.runs import plan_file, plans, run_folder
from utils.runs.plan_file import SWEEPS_DIR
from utils.runs.plans import PlannedRun, SweepPlan
from utils.sweep.matching import match
from utils.sweep.spec import Spec, run_seed, seed_words
from utils.sweep.words import flag_words, labels


def make_plan(spec: Spec, prepare: Callable[[List[str]], Any],
              folder: "SweepFolder") -> Tuple[SweepPlan, List[str]]:
    """Makes the `SweepPlan` of a sweep, and the lines that its looks need.

    Once a run is finished its score may have been seen. From then on the first declaration is in
    force whatever the sweep file says, and the seeds keep the places that they had in it.

    Args:
      spec: a `Spec`.
      prepare: as `planned_runs`.
      folder: the `SweepFolder`, which may hold an earlier plan.

    Returns:
      (plan, list of lines).
    """
    runs = planned_runs(spec, prepare)
    if spec.screen:  # compares choices, each run against all others: there are no looks to keep to
        return SweepPlan(spec.name, tuple(runs), spec.declared, spec.declared.looks.seeds,
                         plans.now(), spec.screen.choices), []
    try:
        earlier = folder.plan_in_force({run.key for run in runs})
        lines = []
    except UserError as error:
        earlier, lines = None, ["the looks that were declared before are not known: {}; those of "
                                "now are taken".format(str(error).rpartition(": ")[0])]
    if earlier is None:
        plan = SweepPlan(spec.name, tuple(runs), spec.declared, spec.declared.looks.seeds,
                         plans.now())
        return plan, lines + _known_before(plan)
    seeds = list(dict.fromkeys([run.seed for run in earlier.runs] + spec.seeds))
    if seeds != spec.seeds:
        runs = planned_runs(spec._replace(seeds=seeds), prepare)
    last = 1 + max(map(seeds.index, spec.seeds))
    plan = SweepPlan(spec.name, tuple(runs), earlier.declared,
                     spec.declared.looks.seeds[:-1] + (last,), earlier.declared_at)
    return plan, _changes(plan, spec.declared)


def _known_before(plan):
    """Returns a line where runs that could be compared are finished before the looks are
    declared."""
    finished = [run for run, found in zip(plan.runs, match(plan.runs))
                if found and found.state == "finished" and not run.repeat]
    runs = collections.Counter(run.key for run in finished)
    if sum(count > 1 for count in runs.values()) < 2:
        return []
    return [f"{len(finished)} of the runs are finished already: who has seen their scores has "
            "looked, and that look is not in the level"]


def _changes(plan, said):
    """Returns lines on what the sweep file says of looks other than was declared before its
    runs."""
    declared, lines = plan.declared, []
    if plan.extra:
        lines.append(
            "{} declared before the runs were made: that stays in force. {} beyond the plan: were "
            "p < {} a claim there too, equal configurations would be told apart in {:.1%} of "
            "cases instead of {:.1%}; for a test of its own, train seeds that are not in this sweep"
            .format(seeds_words(plan.looks.seeds, "was", "were"),
                    seeds_words(plan.extra, "is", "are"),
                    f"{declared.alpha:g}".lstrip("0"), plan.false_claims,
                    declared.alpha))
    kept = [f"{name}: {was}" for name, was, now in (
        ("looks", list(plan.looks.seeds), list(plan.asked)),
        ("spending", plan.looks.spending, said.looks.spending), ("split", plan.split, said.split),
        ("margin", plan.margin, said.margin), ("level", plan.level, said.level))
        if was != now and not (name == "looks" and plan.extra)
        and not (name == "spending" and len(plan.looks.seeds) == 1)]
    if kept:
        lines.append("{} declared before the runs were made: that stays in force".format(
            ", ".join(kept)))
    return lines


def seeds_words(counts: Sequence[int], one: str = "", several: str = "") -> str:
    """Writes "A look at 5 seeds was", "Looks at 5, 10 seeds were"."""
    words = ("A look at {} seed{}" if len(counts) == 1 else "Looks at {} seed{}").format(
        ", ".join(map(str, counts)), "" if counts == (1,) else "s")
    return " ".join([words, one if len(counts) == 1 else several]).strip()


def planned_runs(spec: Spec, prepare: Callable[[List[str]], Any]) -> List[PlannedRun]:
    """Lists the `PlannedRun`s of a sweep, seeds breadth-first: every configuration gets its first
    seed before any gets its second.

    Args:
      spec: a `Spec`.
      prepare: `fcn_train.prepare`; says what is wrong with a configuration before anything starts.

    Raises:
      UserError: a configuration cannot be trained, or two are the same.
    """
    runs: List[PlannedRun] = []
    known: Dict[str, str] = {}
    names = spec.screen.labels if spec.screen else labels(spec.configurations)
    order: Dict[int, int] = {}
    for index, (configuration, label) in enumerate(zip(spec.configurations, names)):
        words = flag_words(configuration)
        try:
            prepared = prepare(words + seed_words(spec, run_seed(spec, index, spec.seeds[0])))
        except UserError as error:
            raise UserError(f"{_place(spec, configuration, str(error))}configuration {label!r}: "
                            f"{error}") from error
        _require_split(spec.declared, prepared.info.splits)
        flags = dataclasses.asdict(prepared.flags)
        key = run_folder.configuration_key(flags, prepared.info.splits["training"].sha256)
        if key in known:
            raise UserError(f"configurations {known[key]!r} and {label!r} are the same: leave one "
                            "out")
        known[key] = label
        for place, seed in enumerate(run_seed(spec, index, one) for one in spec.seeds):
            order[seed] = place
            for repeat in range(spec.repeat):
                runs.append(PlannedRun(
                    label, seed, repeat, tuple(words + seed_words(spec, seed)), key,
                    _recorded_seeds(spec, seed), prepared.total_steps, prepared.flags.basenet))
    return sorted(runs, key=lambda run: (run.repeat, order[run.seed]))


def _require_split(declared, splits):
    """Looks need tests of the split that they are about."""
    if len(declared.looks.seeds) > 1 and declared.split not in splits:
        raise UserError("split: the records have no split {!r} to take looks on, expected one of "
                        "{}".format(declared.split, ", ".join(sorted(splits))))


def _place(spec, configuration, message):
    """Returns "sweep.yaml, line 7: ", where the flag stands that a message is about; "" where no
    line is known."""
    for flag in re.findall(r"--(\w+)", message):
        place = spec.places.get((flag, str(configuration.get(flag))))
        if place:
            return place + ": "
    return ""


def _recorded_seeds(spec, seed):
    return tuple((flag, seed if flag[len("seed_"):] in spec.vary else spec.seeds[0])
                 for flag in run_folder.SEED_FLAGS)


class SweepFolder:
    """tmp/sweeps/<name>/: plan.json, lock and state.json (held by, and telling of, the process that
    makes the runs), logs/<number>.log."""

    def __init__(self, name: str, root: str = SWEEPS_DIR) -> None:
        self.name, self.path = name, os.path.join(root, name)

    plan = property(lambda self: os.path.join(self.path, plan_file.PLAN_FILE))
    state = property(lambda self: os.path.join(self.path, "state.json"))
    lock = property(lambda self: os.path.join(self.path, "lock"))

    def log(self, index: int) -> str:
        """Names the file of what the run of that number printed."""
        return os.path.join(self.path, "logs", f"{index:03d}.log")

    def write_plan(self, plan: SweepPlan) -> None:
        """Stores a `SweepPlan`, whole or not at all."""
        os.makedirs(os.path.join(self.path, "logs"), exist_ok=True)
        plan_file.write_plan(self.plan, plan)

    def plan_in_force(self, keys: Iterable[str]) -> Optional[SweepPlan]:
        """Finds the stored `SweepPlan` where a run of one of these configurations is finished; else
        None.

        One configuration, or one seed of each, can not be compared: there is nothing to keep to.

        Args:
          keys: the configurations' keys.

        Raises:
          UserError: the stored plan is damaged.
        """
        if not os.path.exists(self.plan):
            return None
        plan = self.read_plan()
        if len(plan.keys) < 2 or plan.looks.last < 2 or plan.screen:
            return None
        runs = [run for run in plan.runs if run.key in keys]
        done = any(found and found.state == "finished" for found in match(runs))
        return plan if done else None

    def read_plan(self) -> SweepPlan:
        """Reads the `SweepPlan`.

        Raises:
          UserError: there is no such sweep; lists those there are.
        """
        try:
            return plan_file.read_plan(self.plan)
        except FileNotFoundError:
            there = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob(
                os.path.join(SWEEPS_DIR, "*", os.path.basename(self.plan))))
            raise UserError("no sweep {!r}: {}".format(
                self.name, "there are {}".format(", ".join(there)) if there
                else "fcn_sweep.py run makes one")) from None
