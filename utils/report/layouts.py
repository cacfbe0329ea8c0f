"""Which runs tell what a choice gives: screens and grids of choices, and variants of one base.

A sweep's stored plan names the choices of a screen. Without one they are read off the flags that
differ: what changes together is one choice. Runs that cross choices of two settings are told apart
by a regression, others are compared with a base configuration.
"""
import collections
import dataclasses
import os
from typing import Dict, FrozenSet, List, Optional, Set, Tuple

import numpy as np

from utils.errors import UserError
from utils.report.choice import choose_all
from utils.report.labels import DEFAULTS, FRAMEWORK, Flags, decoder_name
from utils.report.sample import Sample
from utils.report.study import Study
from utils.runs.plan_file import plans_of
from utils.runs.plans import SweepPlan
from utils.runs.train_flags import DECODER_FLAGS, SEPARATORS

#: What is said of a configuration: (flag, a value of it).
Word = Tuple[str, str]
#: The least share of the configurations that has each setting of a choice, for choices are crossed.
_LEAST_SHARE = .25


@dataclasses.dataclass(frozen=True)
class Choice:
    """A choice. name: its name. a, b: its settings, in words; "-" for nothing."""
    name: str
    a: str
    b: str


@dataclasses.dataclass(frozen=True)
class Layout:
    """Configurations that tell what choices give.

    Attributes:
      choices: K `Choice`s.
      samples: the tested configurations; where they are not crossed the first is the base, and each
        other one has its own choice.
      levels: int [configurations, K], 0 for setting A and 1 for B.
      crossed: whether the choices are crossed, or each has a variant of the base.
      plan: of the sweep that made them, or None.
    """
    choices: Tuple[Choice, ...]
    samples: Tuple[Sample, ...]
    levels: np.ndarray
    crossed: bool
    plan: Optional[SweepPlan] = None


def find_layouts(study: Study) -> List[Layout]:
    """Finds the `Layout`s of a study: those of stored plans, then those of the other runs.

    Raises:
      UserError: all runs are of screens that have too few yet; beside other runs a note says so.
    """
    found: List[Layout] = []
    unfinished: List[str] = []
    for samples in study.test_sets():
        left = _own(samples)
        for plan in _plans(study, left):
            own = [sample for sample in left if _key(sample) in plan.keys]
            layout = _of_screen(plan, own) if plan.screen else _of_flags(study, own, plan)
            if layout:
                found.append(layout)
            elif plan.screen and own:
                unfinished.append(
                    f"{plan.name}: {len(own)} of {len(plan.keys)} configurations of this screen "
                    f"are tested, which do not tell its {len(plan.screen)} choices apart yet: "
                    "fcn_sweep.py run makes the others")
            taken = own if plan.screen else layout.samples if layout else []
            there = {sample.configuration.id for sample in taken}
            left = [sample for sample in left if sample.configuration.id not in there]
        found += _of_frames(left) or list(filter(None, [_of_flags(study, left)]))
    if unfinished and not found:
        raise UserError("; ".join(unfinished))
    for line in unfinished:
        study.note(line)
    return found


def _own(samples):
    """Leaves out runs of seg-mentor, whose flags mean other things."""
    return [sample for sample in samples if not sample.configuration.flags.get(FRAMEWORK)]


def _key(sample):
    return sample.configuration.records[0].key


def _plans(study, samples):
    """Returns the plans that are stored beside runs: those of screens, then others."""
    roots = sorted({os.path.dirname(os.path.abspath(record.folder.path))
                    for sample in samples for record in sample.records})
    plans: List[SweepPlan] = []
    for root in roots:
        found, notes = plans_of((), os.path.join(root, "sweeps"))
        plans += found
        for line in notes:
            study.note(line)
    return sorted(plans, key=lambda plan: not plan.screen)


def _of_screen(plan, samples):
    """Returns the layout of a screen; None where its runs do not tell its choices apart yet."""
    if not samples:
        return None
    levels = np.array([plan.levels[_key(sample)] for sample in samples])
    if not _tells(levels):
        return None
    words = _words_of_columns(samples)
    choices = [Choice(one.name, *_sides(words, tuple(column), (one.a, one.b)))
               for one, column in zip(plan.screen, levels.T)]
    return Layout(tuple(choices), tuple(samples), levels, True, plan)


def _tells(levels):
    """Tells whether main effects can be told apart, with a degree of freedom left."""
    rows, columns = levels.shape
    full = np.column_stack([np.ones(rows), levels])
    return rows > columns + 1 and np.linalg.matrix_rank(full) == columns + 1


def _of_flags(study, samples, plan=None):
    """Returns the layout of configurations by their flags; None for fewer than two."""
    if len(samples) < 2:
        return None
    crossed = None if study.options.base else _crossed(samples)
    if crossed:
        return dataclasses.replace(crossed, plan=plan)
    base = _base(study, samples, plan)
    others = [sample for sample in samples if sample is not base]
    own = _words(base.configuration.flags)
    choices = []
    for sample in others:
        words = _words(sample.configuration.flags)
        choices.append(_choice(own - words, words - own))
    levels = np.vstack([np.zeros(len(others), int), np.eye(len(others), dtype=int)])
    return Layout(_told_apart(choices), (base, *others), levels, False, plan)


def _base(study, samples, plan):
    """Returns the configuration that others are compared with: the one that was named, the first of
    the sweep, or the one from which the others differ in the fewest settings."""
    if study.options.base:
        (chosen,), _ = choose_all(study.configurations, [study.options.base])
        named = [sample for sample in samples if sample.configuration.id == chosen.id]
        if named:
            return named[0]
    if plan and any(_key(sample) == plan.keys[0] for sample in samples):
        return next(sample for sample in samples if _key(sample) == plan.keys[0])
    words = [_words(sample.configuration.flags) for sample in samples]
    distance = [sum(len(own ^ other) for other in words) for own in words]
    unusual = [sum(not _is_default(word) for word in own) for own in words]
    return samples[min(range(len(samples)), key=lambda one: (distance[one], unusual[one], one))]


def _of_frames(samples):
    """Returns the crossed layouts of each feature extractor, size and length; None where one has
    none."""
    frames: Dict[Tuple[str, ...], List[Sample]] = collections.OrderedDict()
    for sample in samples:
        frames.setdefault(frame(sample), []).append(sample)
    found = [_crossed(part) for part in frames.values()]
    return found if len(found) > 1 and all(found) else None


def frame(sample: Sample) -> Tuple[str, str, str]:
    """Tells the feature extractor, the size and the steps of a configuration."""
    flags = sample.configuration.flags
    return (str(flags.get("basenet", "-")), str(flags.get("pixels", "-")),
            str(sample.records[0].total_steps or "-"))


def _crossed(samples):
    """Returns the layout of choices of two settings that are crossed; None where they are not."""
    words = _words_of_columns(samples)
    patterns: List[Tuple[int, ...]] = []
    for pattern in words:
        mirror = tuple(1 - value for value in pattern)
        if pattern not in patterns and mirror not in patterns:
            usual = [sum(not _is_default(word) for word in words.get(one, ()))
                     for one in (pattern, mirror)]
            patterns.append(pattern if usual[0] > usual[1] else mirror)
    levels = np.array(patterns, int).reshape(-1, len(samples)).T
    if not patterns or not _tells(levels) or _is_around_a_base(levels) or min(
            np.minimum(levels.mean(0), 1 - levels.mean(0))) < _LEAST_SHARE:
        return None
    choices = [_choice(set(words.get(tuple(1 - np.array(pattern)), ())),
                       set(words.get(pattern, ()))) for pattern in patterns]
    return Layout(_told_apart(choices), tuple(samples), levels, True)


def _is_around_a_base(levels):
    """Tells whether most configurations differ from one of them in a single choice."""
    rows, columns = levels.shape
    apart = (levels[:, np.newaxis] != levels).sum(2)
    return columns > 2 and (apart == 1).sum(1).max() > (rows - 1) / 2


# ---- words ----

def _words(flags: Flags) -> FrozenSet[Word]:
    """Returns what flags say, each value of a flag that takes several a word of its own."""
    found = {("decoder", decoder_name(flags))}
    for name, value in flags.items():
        if name in DECODER_FLAGS or name == "extended_arch":
            continue
        if name in SEPARATORS:
            found |= {(name, part) for part in str(value).split(SEPARATORS[name]) if part}
        else:
            found.add((name, _plain(value)))
    return frozenset(found)


def _plain(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value in ("", None) else str(value)


def _is_default(word):
    name, value = word
    return (name, value) in (("decoder", decoder_name(DEFAULTS)),
                             (name, _plain(DEFAULTS.get(name))))


def _words_of_columns(samples):
    """Maps {column of 0 and 1 over samples: the words that those with 1 have}, of words that not
    all have."""
    own = [_words(sample.configuration.flags) for sample in samples]
    found: Dict[Tuple[int, ...], List[Word]] = collections.OrderedDict()
    for word in sorted(frozenset().union(*own)):
        column = tuple(int(word in one) for one in own)
        if 0 in column:
            found.setdefault(column, []).append(word)
    return found


def _choice(a: Set[Word], b: Set[Word]) -> Choice:
    """Makes the choice between words that one side has alone, and those of the other."""
    names = sorted({name for name, _ in a | b})
    return Choice(" + ".join(names), _text(a, names), _text(b, names))


def _text(words, names):
    """Writes words; the flag's name is left out where it is the only one."""
    if len(names) == 1:
        return SEPARATORS.get(names[0], ", ").join(sorted(value for _, value in words)) or "-"
    return " ".join(f"{name}={value}" for name, value in sorted(words)) or "-"


def _sides(words, column, planned):
    """Returns the texts of a choice of a plan: what its runs have, else what the plan says."""
    mirror = tuple(1 - np.array(column))
    a, b = set(words.get(mirror, ())), set(words.get(column, ()))
    if not a | b:
        return planned
    made = _choice(a, b)
    return made.a, made.b


def _told_apart(choices):
    """Adds setting B to the names that several choices have."""
    names = [choice.name for choice in choices]
    return tuple(dataclasses.replace(choice, name=f"{choice.name}: {choice.b}")
                 if names.count(choice.name) > 1 else choice for choice in choices)
