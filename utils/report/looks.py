"""The number of seeds that was declared before the runs were made, and verdicts at its looks."""
import collections
import dataclasses
import itertools
import os
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from utils.errors import UserError
from utils.report.collect import collect
from utils.report.common import counted
from utils.report.sample import Sample
from utils.report.study import Options, Study
from utils.report.verdicts import Rules, judge, outcomes
from utils.runs.plan_file import plans_of
from utils.runs.plans import SweepPlan
from utils.statistics import looks as look_levels
from utils.statistics.looks import Looks

#: Pairs of samples, as indices i < j, and the rules for their verdicts.
Family = Tuple[List[Tuple[int, int]], Rules]

#: Value of --looks that leaves all plans aside.
NONE = "none"
_UNPLANNED = ("No number of seeds was declared for these configurations: the level holds where it "
              "was fixed beforehand. Who adds seeds until p < .05, from 3 up to 12, claims falsely "
              "in 16 of 100 cases; planned looks do not (docs/sweeps.md).")
_PARTLY = ("For {} of the pairs no number of seeds was declared: their level holds where it was "
           "fixed beforehand.")

#: lines: tuple of text. undecided: frozenset of keys of configurations that have an undecided pair.
#: look: number of the last look that has all its runs, from 0; -1 before the first.
Decision = collections.namedtuple("Decision", "lines undecided look")


def parse_looks(text: str) -> Optional[Looks]:
    """Reads the `Looks` of --looks=5,10; None for "" and "none".

    Raises:
      UserError: it is something else.
    """
    if text in ("", NONE):
        return None
    try:
        return Looks(tuple(int(part) for part in text.split(",")))
    except ValueError:
        raise UserError(f"--looks: got {text!r}, expected rising numbers of seeds, as 5,10, or "
                        "none") from None


def families(study: Study, samples: Sequence[Sample],
             pairs: Sequence[Tuple[int, int]] = ()) -> Tuple[List[Family], Tuple[str, ...]]:
    """Finds what was planned for each pair of samples.

    --looks wins over the plan of a sweep. Of several sweeps with both configurations of a pair, the
    first that was declared counts.

    Args:
      pairs: of samples that are looked at, indices (i, j), i < j; () for all.

    Returns:
      ([(pairs, their `Rules`)], lines on what was planned); pairs are indices (i, j), i < j.
    """
    options, rules = study.options, Rules(study.options.margin, study.options.level)
    pairs = list(pairs) or list(itertools.combinations(range(len(samples)), 2))
    by_hand = parse_looks(options.looks)
    if by_hand:
        return [(pairs, dataclasses.replace(rules, looks=by_hand))], (
            _planned(by_hand, "--looks", rules.alpha),) + _unread(by_hand, None, samples, rules)
    if options.looks == NONE:
        return [(pairs, rules)], ("--looks=none: no planned looks are kept to. " + _UNPLANNED,)
    keys = [sample.configuration.records[0].key for sample in samples]
    found: Dict[Optional[str], Tuple[Optional[SweepPlan], List[Tuple[int, int]]]] = (
        collections.OrderedDict())  # by name of a plan, or None
    plans = _plans(study, samples)
    for pair in pairs:
        plan = next((plan for plan in plans if {keys[one] for one in pair} <= set(plan.keys)), None)
        found.setdefault(plan.name if plan else None, (plan, []))[1].append(pair)
    made, lines = [], []
    for plan, own in found.values():
        if plan is None:
            made.append((own, rules))
            lines.append(_UNPLANNED if len(own) == len(pairs) else _PARTLY.format(len(own)))
            continue
        made.append((own, dataclasses.replace(rules, looks=plan.looks, place=plan.seed_order)))
        lines.append(_planned(plan.looks, "sweep " + plan.name, rules.alpha))
        lines += _unread(plan.looks, plan.seed_order, [
            sample for index, sample in enumerate(samples) if any(index in pair for pair in own)],
            rules)
    return made, tuple(lines)


def _plans(study, samples):
    """Returns the plans of sweeps on the split that is asked for, the first declared first.

    Those of screens are left out: they compare choices, and not configurations.
    """
    runs = os.path.dirname(os.path.abspath(samples[0].configuration.records[0].folder.path))
    plans, notes = plans_of((), os.path.join(runs, "sweeps"))
    for line in notes:
        study.note(line)
    return [plan for plan in plans if plan.split == study.options.split and not plan.screen]


def _planned(looks, origin, alpha):
    if len(looks.seeds) == 1:
        return "Planned: {} of each ({}).".format(counted(looks.seeds[0], "seed"), origin)
    return "Planned: looks at {} seeds of each ({}); for one pair the levels are {}.".format(
        " and ".join(map(str, looks.seeds)), origin, ", ".join(
            f"{level:.4f}".lstrip("0") for level in looks.levels(alpha)))


def _unread(looks, place, samples, rules):
    """Returns a line on runs that no look takes in, and what looking at them would mean."""
    def beyond(run):
        at = place(run.seeds) if place else None
        return place is not None and (at is None or at >= looks.last)

    counts = [len(outcomes(sample)) for sample in samples]
    extra = [sum(map(beyond, outcomes(sample))) if place else max(count - looks.last, 0)
             for sample, count in zip(samples, counts)]
    if not any(extra):
        return ()
    seeds = max(counts)
    return ("{} beyond the plan {} not in the verdict. A look at {} seeds as well, at {:g}, would "
            "raise the chance of a false claim from {:g} to {:.3f}.".format(
                counted(sum(extra), "run"), "is" if sum(extra) == 1 else "are", seeds, rules.alpha,
                rules.alpha, look_levels.beyond(
                    looks.seeds, looks.levels(rules.alpha), seeds, rules.alpha)),)


def decide(plan: SweepPlan, folders: Iterable[str]) -> Decision:
    """Decides what a sweep knows at its looks so far.

    Args:
      plan: its `SweepPlan`.
      folders: paths of the run folders that are finished or failed.

    Returns:
      `Decision`.
    """
    if not folders:
        return Decision(("no run is finished",), frozenset(plan.keys), -1)
    study = Study(collect(list(folders)), Options(
        split=plan.split, margin=plan.margin / 100, level=plan.level))
    found = {one.records[0].key: study.sample(one) for one in study.configurations}
    keys = [key for key in plan.keys if key in found]
    runs = [outcomes(found[key]) for key in keys]
    rules = Rules(study.options.margin, study.options.level, plan.looks, plan.seed_order)
    pairs = [(i, j) for j in range(len(keys)) for i in range(j)]
    judged = dict(zip(pairs, judge(runs, pairs, rules)))
    names = {run.key: run.label for run in plan.runs}
    # A configuration without any run leaves all the others open too.
    lines, undecided = [], set() if len(keys) == len(plan.keys) else set(plan.keys)
    for (i, j), one in sorted(judged.items()):
        lines.append("{} (A) against {} (B): {}{}: {}".format(
            names[keys[i]], names[keys[j]], one.verdict.word,
            "" if one.look is None else f" at {plan.looks.seeds[one.look]} seeds",
            one.verdict.why))
        if not one.verdict.decided:
            undecided |= {keys[i], keys[j]}
    waiting = [own for own, key in zip(runs, keys) if key in undecided] or runs
    ready = [look for look, count in enumerate(plan.looks.seeds) if len(keys) == len(plan.keys)
             and all(len(rules.at_look(own, count)) == count for own in waiting)]
    return Decision(tuple(lines + study.notes), frozenset(undecided), max(ready, default=-1))
