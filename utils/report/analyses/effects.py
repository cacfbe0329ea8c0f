"""`effects`: what each choice gives, in points and in time: screens, grids, variants of a base."""
from typing import List

from utils.errors import UserError
from utils.report import figures, plots
from utils.report.choice_effects import (
    Measured,
    error_text,
    measure,
    remark_texts,
    verdict_text,
)
from utils.report.common import counted, numbered, percent_level, score_name, test_set_text
from utils.report.labels import net_label
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table


@ANALYSES.register("effects")
def analyse(study: Study) -> Section:
    """Tables the effect of each choice with its interval, verdict and cost."""
    found = measure(study)
    if not found:
        sets = study.test_sets()
        raise UserError("effects: got {}{}, expected two or more, tested on the same images, that "
                        "differ in flags: a screen (fcn_sweep.py plan --screen), a grid, or "
                        "variants of one base".format(
                            counted(sum(map(len, sets)), "tested configuration"),
                            f" on {len(sets)} test sets" if len(sets) > 1 else ""))
    remarks: List[str] = []
    for one in found:
        remarks += remark_texts(one)
    if study.has_averages:
        remarks.append("Runs with --ema are scored by the average of their weights.")
    return Section(
        "effects", "What each choice gives",
        tuple(_summary(study, one, len(found) > 1) for one in found),
        tuple(_table(study, one, index) for index, one in enumerate(found)),
        tuple(_plot(study, one, index) for index, one in enumerate(found)),
        remarks=tuple(dict.fromkeys(remarks)))


def title(measured: Measured) -> str:
    """Names a layout: its sweep, or what it is a layout of."""
    if measured.layout.plan:
        return "Sweep " + measured.layout.plan.name
    if measured.layout.crossed:
        return counted(len(measured.layout.choices), "choice") + ", crossed"
    return "Variants of " + net_label(measured.layout.samples[0].configuration.flags)


def _summary(study, measured, several):
    """Says which choices matter, in a sentence."""
    alpha = round(1 - study.options.level, 12)
    words = {word: [f"{choice.name} ({100 * effect.difference:+.1f})"
                    for choice, effect, _ in measured.rows if effect.verdict(alpha) == word]
             for word in ("helps", "hurts")}
    bounds = [effect.bound for _, effect, _ in measured.rows
              if effect.verdict(alpha) == "not shown"]
    parts = ["{} {}".format(", ".join(own), word if len(own) == 1 else word[:-1])
             for word, own in words.items() if own]
    if bounds:
        parts.append("no {}difference of {} is shown, and none is larger than {:.1f} points".format(
            "other " if parts else "", counted(len(bounds), "choice"), 100 * max(bounds)))
    text = "; ".join(parts) or "no verdict, as the spread over seeds is unknown"
    return f"{title(measured)}: {text}." if several else f"{text[0].upper()}{text[1:]}."


def _row(study, measured, choice, effect, index):
    a, b = measured.sides(index)
    time, gflops = measured.time[index], measured.gflops[index]
    return dict(choice=choice.name, a=choice.a, b=choice.b, n_a=len(a), n_b=len(b),
                difference=effect.difference, interval=effect.interval, p=effect.p,
                holm=effect.p_adjusted, verdict=verdict_text(effect, study.options.level),
                time=time[0], time_interval=time[1], gflops=gflops[0],
                hours=measured.hours(index))


def _table(study, measured, index):
    columns = (
        Column("choice", "choice", keep=ALWAYS), Column("a", "A", keep=2),
        Column("b", "B", keep=2), Column("difference", "B - A", "points", 2, "", keep=ALWAYS),
        Column("interval", "interval", "points_interval", 2, "", keep=2),
        Column("holm", "Holm p", "p"), Column("verdict", "verdict", keep=ALWAYS),
        Column("time", "time, B / A", "number", 2), Column("gflops", "GFLOPs, B / A", "number", 2,
                                                           keep=0),
        Column("n_a", "runs of A", "count", keep=0), Column("n_b", "runs of B", "count", keep=0),
        Column("hours", "hours", "hours", 1, "", keep=0), Column("p", "p", "p", shown=False),
        Column("time_interval", "interval of the time", "interval", 2, shown=False))
    test_set = test_set_text(measured.layout.samples[0])
    return Table(
        numbered("effects", index),
        f"{title(measured)}: {score_name(study)}, in points ({test_set})",
        columns, [_row(study, measured, *row) for row in measured.rows],
        f"{error_text(measured)} {percent_level(study)} intervals, each for its choice alone: "
        "other seeds, these images. Verdicts by p after Holm's correction for "
        f"{counted(len(measured.rows), 'choice')}; where none is shown, the end of the interval "
        "that is farther from 0. Time: seconds of a step, evaluations included.")


def _plot(study, measured, index):
    rows, cut = figures.best_only(measured.rows)

    def draw():
        intervals = [effect.interval for _, effect, _ in rows]
        return plots.forest(
            [f"{choice.name}: {choice.b}" + (f" instead of {choice.a}" if choice.a != "-" else "")
             for choice, _, _ in rows],
            [effect.difference for _, effect, _ in rows],
            [one and (one.low, one.high) for one in intervals],
            f"B - A in {score_name(study)}, points",
            marks=(0, study.options.margin, -study.options.margin))
    return Plot(numbered("effects", index), f"{title(measured)}: what each choice gives",
                f"{percent_level(study)} intervals over seeds, on these images. Dashed: the "
                f"margin.{cut}", draw)
