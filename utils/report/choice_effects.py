"""Numbers of a layout: what each choice does to the score, what it costs, and what is missing."""
import dataclasses
from typing import Any, Callable, List, Optional, Tuple

import numpy as np

from utils.report.collect import COMPLETE, RunRecord
from utils.report.common import counted
from utils.report.layouts import Choice, Layout, find_layouts
from utils.report.sample import Sample
from utils.report.study import Study
from utils.statistics.intervals import Interval
from utils.statistics.screen import (
    ChoiceEffect,
    Fit,
    against_base,
    main_effects,
    ratio,
    strongest_interaction,
)

#: Lost runs that a line names.
_MOST_NAMED = 5
#: A ratio of B to A and its interval.
Ratio = Tuple[Optional[float], Optional[Interval]]


@dataclasses.dataclass(frozen=True)
class Measured:
    """What the runs of a layout say.

    Attributes:
      layout: the `Layout`. fit: the `Fit` of scores.
      time, gflops: for each choice, the `Ratio` of seconds a step, and of the net's GFLOPs.
      lost: runs of the same configurations or plan that have no score.
      planned: runs that the plan asks for, or those that there are.
    """
    layout: Layout
    fit: Fit
    time: Tuple[Ratio, ...]
    gflops: Tuple[Ratio, ...]
    lost: Tuple[RunRecord, ...]
    planned: int

    @property
    def records(self) -> List[RunRecord]:
        """The runs that have a score."""
        return [record for sample in self.layout.samples for record in sample.records]

    @property
    def rows(self) -> List[Tuple[Choice, ChoiceEffect, int]]:
        """(choice, its effect, its index), the largest gain first."""
        order = np.argsort([-one.difference for one in self.fit.effects], kind="stable")
        return [(self.layout.choices[index], self.fit.effects[index], int(index))
                for index in order]

    def sides(self, index: int) -> Tuple[List[RunRecord], List[RunRecord]]:
        """Returns the runs with setting A, and those with setting B, that a choice is told by."""
        found: Tuple[List[RunRecord], List[RunRecord]] = ([], [])
        for one in self._members(index):
            found[int(self.layout.levels[one, index])].extend(self.layout.samples[one].records)
        return found

    def samples(self, index: int) -> List[Sample]:
        """Returns the configurations that a choice is told by."""
        return [self.layout.samples[one] for one in self._members(index)]

    def _members(self, index):
        return range(len(self.layout.samples)) if self.layout.crossed else (0, index + 1)

    def hours(self, index: int) -> Optional[float]:
        """Adds up the hours of the runs that a choice is told by; None where one is not known."""
        return total_hours([record for side in self.sides(index) for record in side])


def total_hours(records: List[RunRecord]) -> Optional[float]:
    """Adds up the hours of runs; None where those of one are not known."""
    hours = [record.hours for record in records]
    return None if None in hours else float(sum(hour for hour in hours if hour is not None))


def measure(study: Study) -> List[Measured]:
    """Measures the choices of a study; runs with --ema are scored by the average of their
    weights."""
    study = study.of_averages()
    return [_measured(study, layout) for layout in find_layouts(study)]


def _measured(study, layout):
    fit = _fit(layout, [sample.scores for sample in layout.samples], study.options.level)
    lost = _lost(study, layout)
    there = sum(len(sample.records) for sample in layout.samples)
    planned = len(layout.plan.runs) if layout.plan else there + len(lost)
    times, gflops = [_ratios(layout, value, study.options.level)
                     for value in (_seconds_a_step, _gflops)]
    return Measured(layout, fit, times, gflops, lost, max(planned, there + len(lost)))


def _fit(layout, scores, level):
    """Fits the scores [S] of each configuration."""
    if not layout.crossed:
        return against_base(scores[0], scores[1:], level)
    levels = np.repeat(layout.levels, [len(own) for own in scores], axis=0)
    return main_effects(levels, np.concatenate(scores), level)


def _seconds_a_step(record: RunRecord) -> Optional[float]:
    steps, hours = record.total_steps, record.hours
    return 3600 * hours / steps if hours and steps else None


def _gflops(record: RunRecord) -> Optional[float]:
    return record.info.get("gflops")


def _ratios(layout: Layout, value: Callable[[RunRecord], Optional[float]],
            level: float) -> Tuple[Ratio, ...]:
    """Returns the `Ratio` of each choice; none where a run does not tell the value."""
    values: List[List[Any]] = [[value(record) for record in sample.records]
                               for sample in layout.samples]
    if not all(one and one > 0 for own in values for one in own):
        return ((None, None),) * len(layout.choices)
    fit = _fit(layout, [np.log(own) for own in values], level)
    return tuple(ratio(fit, index) for index in range(len(layout.choices)))


def _lost(study, layout):
    """Returns the runs that ended without a score, of the plan or of the same test set."""
    scored = {record.folder.path for sample in layout.samples for record in sample.records}
    seeds = {(record.key, record.seeds) for sample in layout.samples for record in sample.records}
    keys = {_key(sample) for sample in layout.samples}
    if layout.plan:
        keys |= set(layout.plan.keys)
    return tuple(record for configuration in study.configurations
                 for record in configuration.records
                 if record.key in keys and record.folder.path not in scored
                 and (record.key, record.seeds) not in seeds
                 and record.state in COMPLETE + ("failed",))


def _key(sample: Sample) -> str:
    return sample.configuration.records[0].key


# ---- words ----

def verdict_text(effect: ChoiceEffect, level: float) -> str:
    """Writes "helps", "hurts", "no larger than 1.2" or "no verdict"."""
    word = effect.verdict(round(1 - level, 12))
    return f"no larger than {100 * effect.bound:.1f}" if word == "not shown" else word


def error_text(measured: Measured) -> str:
    """Says what the intervals rest on, in a sentence."""
    fit, runs = measured.fit, len(measured.records)
    if not measured.layout.crossed:
        return "Each choice is a variant of one base, compared over the seeds of both."
    held = {"replicates": "the spread of runs of equal settings",
            "residual": "what the effects leave, interactions of choices included, which makes "
                        "intervals rather too wide"}[fit.error]
    return (f"Least squares on {runs} runs, each effect told from all of them; the error is {held} "
            f"({fit.degrees} degrees of freedom).")


def remark_texts(measured: Measured) -> List[str]:
    """Lists what else a reader has to know of a layout, a sentence or two each."""
    found = [_lost_text(measured), _hint_text(measured)]
    plan = measured.layout.plan
    if plan and len(plan.looks.seeds) > 1:
        found.append(f"The sweep {plan.name} declared looks: compare keeps to them, effects takes "
                     "all runs at once.")
    return [text for text in found if text]


def _hint_text(measured):
    """Names the strongest interaction as a hint; "" where choices are not crossed."""
    hint = strongest_interaction(measured.layout.levels.repeat([
        len(sample.records) for sample in measured.layout.samples], axis=0), measured.fit.rest
        ) if measured.layout.crossed else None
    if hint is None or not np.any(measured.fit.rest):
        return ""
    names = [choice.name for choice in measured.layout.choices]
    pairs = [" x ".join(names[one] for one in pair) for pair in (hint.pair,) + hint.aliases[:4]]
    more = len(hint.aliases) - 4
    return (f"A hint, no claim: of what the effects leave, {' or '.join(pairs)}"
            f"{f' or one of {more} more' if more > 0 else ''} explains most. By it setting B of "
            f"{names[hint.pair[0]]} gives {abs(100 * hint.change):.1f} points "
            f"{'more' if hint.change > 0 else 'less'} where {names[hint.pair[1]]} has B. A grid of "
            "the two, with seeds of its own, would tell.")


def _lost_text(measured):
    """Counts and names the runs that are missing; "" where none is."""
    lost = measured.lost
    missing = measured.planned - len(measured.records)
    if not missing:
        return ""
    text = (f"{missing} of {counted(measured.planned, 'run')} "
            f"{'is' if missing == 1 else 'are'} missing: the effects are those of the others")
    names = [f"{record.name} ({record.state}{_settings(measured.layout, record)})"
             for record in lost[:_MOST_NAMED]]
    named = "; without a score: " + ", ".join(names) if names else ""
    return text + named + (", ..." if len(lost) > _MOST_NAMED else "") + "."


def _settings(layout, record):
    """Names the settings B of a lost run of a screen."""
    levels = layout.plan.levels.get(record.key) if layout.plan else None
    if levels is None:
        return ""
    return " with " + (", ".join(choice.name for choice, level in zip(layout.choices, levels)
                                 if level) or "setting A of all")
