"""`interactions`: whether one feature extractor gains more from a flag than another."""
from typing import List

from utils.errors import UserError
from utils.report import figures, plots
from utils.report.common import counted, numbered, percent_level, score_name
from utils.report.factors import distinct, value_text
from utils.report.interactions import (
    DIFFERS,
    NONE,
    OPEN,
    Found,
    Names,
    find_changes,
    judge,
    small_word,
)
from utils.report.labels import DEFAULTS, FRAMEWORK
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.verdicts import p_text

#: Sentences of more than so many interactions that differ stay in the table.
_MOST_SENTENCES = 6


@ANALYSES.register("interactions")
def analyse(study: Study) -> Section:
    """Tests for each flag whether its gain differs among the values of --by, over a grid."""
    by = study.options.by
    text: List[str] = []
    tables: List[Table] = []
    pictures: List[Plot] = []
    remarks: List[str] = []
    if by != "decoder" and by not in DEFAULTS:
        raise UserError(f"--by={by}: expected decoder or a flag of fcn_train.py, as basenet or "
                        "learnrate")
    for everyone in study.test_sets():
        samples, others = _same_flags(everyone)
        samples, doubles = distinct(study, samples)
        own, changes = find_changes(study, samples)
        if not changes:
            continue
        index, found = len(tables), judge(study, changes)
        text += _sentences(study, own, found)
        tables.append(_table(study, own, found, index))
        pictures.append(_plot(study, own, found, index))
        remarks += [line for line in others + doubles + _remarks(found)
                    if line not in remarks]
    if not tables:
        raise UserError(f"interactions: no two values of {by} with two of another flag, all four "
                        "trained and all else equal: expected a grid, as fcn_sweep.py makes it")
    return Section("interactions", "Interactions", tuple(text), tuple(tables), tuple(pictures),
                   remarks=tuple(remarks))


def _same_flags(samples):
    """Returns (the samples without those of seg-mentor, whose flags are others, a line on them)."""
    others = [one.label for one in samples if one.configuration.flags.get(FRAMEWORK)]
    return [one for one in samples if one.label not in others], [
        "left out, as their flags are not those of fcn_train.py: {}".format(", ".join(others))
    ] * bool(others)


# ---- in words ----

def _sentences(study, own, found):
    words = [one.word for one in found]
    verdicts = (DIFFERS, small_word(study), OPEN, NONE)
    counts = ", ".join(f"{words.count(word)} {word}" for word in verdicts if word in words)
    lines = ["{} of {} with another flag: {}.".format(
        counted(len(found), "interaction"), ", ".join(own), counts)]
    differing = [one for one in found if one.word == DIFFERS]
    return lines + [_sentence(own, one) for one in differing[:_MOST_SENTENCES]]


def _sentence(own: Names, one: Found) -> str:
    """Writes "mobilenet_v2 gains 2.1 points [0.9, 3.3] more from learnrate 0.003 in place of 0.001
    than mobilenet_v1 (p = .012 after Holm's correction)"."""
    change, value, ends = one.change, one.difference.value, one.difference.interval
    names = [value_text(own, which) for which in (change.a, change.b)]
    assert ends is not None  # or there were no p, and no such verdict
    low, high = sorted(100 * (1 if value > 0 else -1) * end for end in (ends.low, ends.high))
    return "{} gains {:.1f} points [{:.1f}, {:.1f}] more from {} {} in place of {} than {} ({} " \
        "after Holm's correction).".format(
            names[value < 0], 100 * abs(value), low, high, ", ".join(change.flag),
            value_text(change.flag, change.other), value_text(change.flag, change.usual),
            names[value > 0], p_text(one.p))


def _remarks(found):
    left_out = sum(len(one.change.settings) - one.used for one in found)
    return [f"{counted(left_out, 'setting')} left out: a cell of the four has a single run, or "
            "lost one, and tells no spread. Give each cell 2 seeds or more."] if left_out else []


def _label(own, one):
    change = one.change
    return "{}: {}, {} - {}".format(
        ", ".join(change.flag), value_text(change.flag, change.other),
        value_text(own, change.a), value_text(own, change.b))


# ---- table and plot ----

def _table(study, own, found, index):
    rows = [dict(
        flag=", ".join(one.change.flag), usual=value_text(one.change.flag, one.change.usual),
        other=value_text(one.change.flag, one.change.other), a=value_text(own, one.change.a),
        b=value_text(own, one.change.b), gain_a=one.gain_a, gain_b=one.gain_b,
        difference=one.difference.value, interval=one.difference.interval, p=one.p,
        within_p=one.within_p, settings=one.used, verdict=one.word,
        largest=_largest(one.difference.interval),
        seeds=min(len(cell.scores) for four in one.change.settings for cell in four))
        for one in found]
    return Table(
        numbered("interactions", index),
        f"Gain of A less gain of B from a flag's value, {score_name(study)}", (
            Column("flag", "flag", keep=ALWAYS), Column("usual", "in place of"),
            Column("other", "value", keep=ALWAYS), Column("a", "A", keep=ALWAYS),
            Column("b", "B", keep=ALWAYS), Column("gain_a", "A's gain", "points", 1, "", keep=0),
            Column("gain_b", "B's gain", "points", 1, "", keep=0),
            Column("difference", "A - B", "points", 1, "", keep=ALWAYS),
            Column("interval", "its interval", "points_interval", 1, "", keep=2, of="difference"),
            Column("largest", "at most", "spread", 1, "", keep=0),
            Column("p", "Holm's p", "p"), Column("within_p", "p, no larger", "p", keep=0),
            Column("settings", "settings", "count", keep=0),
            Column("seeds", "fewest seeds", "count", keep=0),
            Column("verdict", "verdict", keep=ALWAYS)), rows,
        "Points of mIoU, the mean over the settings of all other flags that have all four cells. "
        f"{percent_level(study)} t intervals over seeds (Welch-Satterthwaite), each for itself; "
        f"Holm's p is for all {len(rows)}. {small_word(study)}: shown to be within --margin. at "
        "most: the end of the interval that is farther from 0.")


def _largest(interval):
    return None if interval is None else max(abs(interval.low), abs(interval.high))


def _plot(study, own, found, index):
    shown, cut = figures.best_only([one for one in found if one.difference.interval] or found)

    def draw():
        return plots.forest([_label(own, one) for one in shown],
                            [one.difference.value for one in shown],
                            [ends and (ends.low, ends.high) for ends in (
                                one.difference.interval for one in shown)],
                            f"gain of A less gain of B, points of {score_name(study)}",
                            (0.0, -study.options.margin, study.options.margin))
    return Plot(numbered("interactions", index), "Interactions of " + ", ".join(own),
                f"{percent_level(study)} t intervals over seeds, each for itself. Dashed: "
                f"--margin.{cut}", draw)
