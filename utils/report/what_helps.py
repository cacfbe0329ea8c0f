"""A page in Markdown: every choice that runs tell of, with its effect, verdict and cost.

The same runs give the same bytes. The page is made, and never edited.
"""
import os
import shlex
from typing import List

from utils.errors import UserError
from utils.files import write_text
from utils.report.advice import report_command
from utils.report.analyses.effects import title
from utils.report.choice_effects import (
    Measured,
    error_text,
    measure,
    remark_texts,
    total_hours,
    verdict_text,
)
from utils.report.common import counted, percent_level, score_name, spanned, test_set_text
from utils.report.labels import decoder_name
from utils.report.layout import wrapped
from utils.report.layouts import frame
from utils.report.study import Study
from utils.report.table import Column, Table

_INTRODUCTION = (
    "A row is a choice between two settings, A and B. The difference is the {score} of B less that "
    "of A, in points, with its {level} interval: other seeds, these images. The verdict goes by p "
    "after Holm's correction for the choices of a table: *helps*, *hurts*, or *no larger than* the "
    "end of the interval that is farther from 0. That does not say that A and B are equal: more "
    "seeds would narrow it. Time is the seconds of a training step of B divided by those of A, "
    "evaluations included; GFLOPs are those of the net, likewise. Hours are those of all runs that "
    "tell the choice.",
    "What holds for one feature extractor, size and budget need not hold for another.")
#: Characters of a line of prose.
_WIDTH = 120


def write_page(study: Study, path: str) -> None:
    """Writes the page of a study.

    Raises:
      UserError: the folder of `path` does not exist, or no runs tell what a choice gives.
    """
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        raise UserError(f"--page={path}: there is no folder {folder}: make it first")
    write_text(path, page_text(study, path))


def page_text(study: Study, path: str) -> str:
    """Renders the page as text.

    Args:
      path: where it will be; a sweep's file beside it is linked.

    Raises:
      UserError: no runs tell what a choice gives.
    """
    found = measure(study)
    if not found:
        raise UserError(f"--page={path}: no runs here tell what a choice gives: "
                        "fcn_sweep.py run makes them")
    command = f"{report_command(study, 'effects')} --page={shlex.quote(path)}"
    parts = ["# What helps, by how much", "",
             "This page is made from run folders, and never edited:", "", f"    {command}", ""]
    for text in _INTRODUCTION:
        parts += _paragraph(text.format(score=score_name(study), level=percent_level(study)))
    if study.has_averages:
        parts += _paragraph("Runs with `--ema` are scored by the average of their weights.")
    for one in found:
        parts += _part(study, one, os.path.dirname(path))
    return "\n".join(parts).rstrip("\n") + "\n"


def _paragraph(text):
    return [wrapped(text, _WIDTH), ""]


def _part(study: Study, measured: Measured, folder: str) -> List[str]:
    """Returns the lines on a layout: how it was made, its choices, what is missing."""
    hours = total_hours(measured.records)
    frame_text = "{}: {}{}, {}; {}.".format(
        _common(measured), counted(len(measured.records), "run"),
        "" if hours is None else f" of {hours:.1f} hours in all", _seeds(measured),
        test_set_text(measured.layout.samples[0]))
    lines = [f"## {title(measured)}", ""] + _made_by(measured, folder)
    lines += _paragraph(f"{frame_text} {error_text(measured)}")
    lines += [_table(study, measured).markdown()]
    for text in remark_texts(measured):
        lines += _paragraph(text)
    return lines


def _made_by(measured, folder):
    """Returns the lines of the command that makes a sweep whose file stands beside the page."""
    name = measured.layout.plan.name if measured.layout.plan else ""
    files = [os.path.join(folder, name + end) for end in (".yaml", "_sweep.yaml")]
    there = [path for path in files if name and os.path.isfile(path)]
    return [f"    python fcn_sweep.py run {path}\n" for path in there[:1]]


def _common(measured):
    """Names what all runs of a layout have in common of net, size and steps."""
    extractors, sizes, steps = map(dict.fromkeys, zip(*map(frame, measured.layout.samples)))
    decoders = {decoder_name(sample.configuration.flags): None
                for sample in measured.layout.samples}
    return "{} {}, {} px, {} steps".format(*map(_listed, (extractors, decoders, sizes, steps)))


def _listed(values):
    return ", ".join(values)


def _seeds(measured):
    """Writes how many seeds each configuration has, and whether runs share them."""
    counts = [len(sample.records) for sample in measured.layout.samples]
    seeds = {record.seeds for record in measured.records}
    if len(seeds) == len(measured.records):
        return "each with a seed of its own"
    return f"{spanned(counts)} seeds of each configuration"


def _table(study: Study, measured: Measured) -> Table:
    columns = (Column("choice", "choice"), Column("a", "A"), Column("b", "B"),
               Column("extractor", "extractor"), Column("size", "size"), Column("steps", "steps"),
               Column("seeds", "runs of A, of B"),
               Column("difference", "difference"), Column("holm", "Holm's p", "p"),
               Column("verdict", "verdict"), Column("hours", "hours", "hours", 1, ""),
               Column("time", "time, B / A", "number", 2),
               Column("gflops", "GFLOPs, B / A", "number", 2))
    return Table("what_helps", "", columns, [
        _row(study, measured, *one) for one in measured.rows])


def _row(study, measured, choice, effect, index):
    extractors, sizes, steps = map(dict.fromkeys, zip(*map(frame, measured.samples(index))))
    text = f"{100 * effect.difference:+.2f}"
    if effect.interval:
        text += f" [{100 * effect.interval.low:.2f}, {100 * effect.interval.high:.2f}]"
    word = verdict_text(effect, study.options.level)
    return dict(choice=choice.name, a=_code(choice.a), b=_code(choice.b),
                extractor=_listed(extractors), size=_listed(sizes), steps=_listed(steps),
                seeds=", ".join(str(len(side)) for side in measured.sides(index)), difference=text,
                holm=effect.p_adjusted, hours=measured.hours(index),
                verdict=f"**{word}**" if word in ("helps", "hurts") else word,
                time=measured.time[index][0], gflops=measured.gflops[index][0])


def _code(setting):
    return setting if setting == "-" else f"`{setting}`"
