#!/usr/bin/env python
"""Reports on runs: what they scored, how large the error bars are, which differences are real.

    python fcn_report.py runs tmp/*                        what there is
    python fcn_report.py runs --diff A B                   what differs
    python fcn_report.py errorbars tmp/*                   error bars, sources
    python fcn_report.py compare A B [C ...] --margin 1.0  a verdict
    python fcn_report.py html tmp/* --out=report.html      all, in one file
    python fcn_report.py tensorboard tmp/*                 HParams and bands

Further tables: {analyses}.
A, B: any words that name one configuration: its id, a run, or words of its label or flags.
Runs are folders, names under tmp/ or patterns, by default tmp/*. Each command takes --help.
Tables leave out columns that the terminal is too narrow for; COLUMNS=200 python ... shows them.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
import re
from typing import List, Sequence, Tuple

from rich.console import Console
from rich.text import Text

from archs import imagenet_accuracy
from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError, run_script
from utils.report import analyses as _analyses  # noqa: F401  registers them
from utils.report.analyses.configurations import key_table
from utils.report.analyses.runs import diff
from utils.report.collect import collect
from utils.report.html import write_html
from utils.report.section import ANALYSES, Section
from utils.report.section_files import write_section
from utils.report.study import Options, Study
from utils.report.tensorboard import write_boards
from utils.report.terminal import print_line, print_section
from utils.report.what_helps import write_page
from utils.runs.commands import split_command, split_words
from utils.runs.flags import flag, parse_flags
from utils.statistics.miou import METRICS

#: Most configurations whose labels are explained below a report; for more, a line says where.
_MOST_EXPLAINED = 12
#: {flag: the command that it is for}; others would pass over it in silence.
_OF_COMMAND = {"base": "effects", "page": "effects", "out": "html", "boards": "tensorboard"}


@dataclasses.dataclass(frozen=True)
class Flags:
    """What to report on; the same for every command."""
    split: str = flag("test", "the split that was tested", "results",
                      choices=SPLITS, convert=canonical_split, marks="usual")
    result: str = flag("", "another result than that of the newest checkpoint at the size of "
                       "training: best, 384x384 (the rest of the files' names in <run>/test)",
                       "results")
    metric: str = flag("miou_d", "which mean", "results", choices=METRICS, marks="usual")
    level: float = flag(.95, "confidence level of intervals", "statistics", at_least=.5,
                        at_most=.999, marks="usual")
    cluster: str = flag("", "regular expression with one group that takes the scene, video or city "
                        "from an image's name: '^(.*)_[0-9]+'; whole clusters are the independent "
                        "units", "statistics")
    margin: float = flag(1.0, "difference, in points of mIoU, below which two configurations count "
                         "as equal", "statistics", more_than=0)
    looks: str = flag("", "compare: the numbers of seeds at which verdicts were planned, as 5,10; "
                      "none to leave plans aside (default: what a sweep declared)", "statistics")
    by: str = flag("basenet", "interactions: the flag whose values may want other values of the "
                   "other flags; decoder is one", "statistics")
    last: int = flag(10, "checkpoints: the last so many", "statistics", at_least=3)
    runs: str = flag("tmp/*", "compare: where the runs are, patterns separated by commas", "runs")
    diff: bool = flag(False, "runs: what differs between the two runs given", "runs")
    outdir: str = flag("", "folder for every table as CSV and JSON and every plot as SVG", "output",
                       path="folder", marks="usual")
    out: str = flag("report.html", "html: the file", "output", path="file", marks="usual")
    base: str = flag("", "effects: the configuration that variants are compared with, as compare "
                     "names them (default: the first of the sweep)", "statistics")
    page: str = flag("", "effects: also write this page in Markdown, all choices on one",
                     "output", path="file")
    boards: str = flag("tboards/error_bars", "tensorboard: the folder, which is replaced", "output",
                       path="folder")


def main(argv: Sequence[str]) -> None:
    """Runs the command on the words behind the script's name."""
    command, words = split_command(argv, commands(), _help())
    flags, runs = parse(command, words)
    console = Console(highlight=False)
    study = Study(collect(runs or ["tmp/*"]), options(flags, command, words))
    if command == "html":
        write_html(study, flags.out)
        console.print(Text(flags.out))
    elif command == "tensorboard":
        for line in write_boards(study, flags.boards):
            console.print(Text(line))
    else:
        section = diff(study) if flags.diff else ANALYSES.get(command)(study)
        show(section, console, flags.outdir)
        if flags.page:
            write_page(study, flags.page)
            console.print(Text(flags.page))
        explain(study, section, console)
    for line in study.notes:
        print_line(console, line)


def commands() -> List[str]:
    """Lists the names of all commands."""
    return ANALYSES.names() + ["html", "tensorboard"]


def _help():
    return __doc__.strip().format(analyses=", ".join(ANALYSES.names()))


def parse(command: str, words: Sequence[str]) -> Tuple[Flags, List[str]]:
    """Reads (flags, runs) from a command line; compare's words name configurations, not runs."""
    names, rest = split_words(Flags, words)
    flags, given = parse_flags(Flags, rest, f"python fcn_report.py {command} RUNS...\n\n{_help()}")
    if "runs" in given and command != "compare":
        raise UserError(f"--runs={flags.runs}: it is for compare, whose words name configurations: "
                        f"expected the runs behind the command, as in fcn_report.py {command} "
                        f"{flags.runs}")
    for name in sorted(set(_OF_COMMAND) & given):
        if command != _OF_COMMAND[name]:
            raise UserError(f"--{name}={getattr(flags, name)}: it is for {_OF_COMMAND[name]}: "
                            "leave it out")
    return flags, flags.runs.split(",") if command == "compare" else names


def options(flags: Flags, command: str, words: Sequence[str]) -> Options:
    """Makes the `Options` of a command line."""
    chosen = split_words(Flags, words)[0] if command == "compare" else []
    if command == "compare" and len(set(chosen)) < 2:
        raise UserError("compare: got {}, expected two configurations or more: the ids, labels or "
                        "runs that `fcn_report.py configurations` shows".format(
                            ", ".join(chosen) or "none"))
    return Options(flags.split, flags.result, flags.metric, flags.level, flags.cluster,
                   flags.margin / 100, flags.last, tuple(chosen), flags.looks, flags.base,
                   by=flags.by, imagenet=imagenet_accuracy)


def show(section: Section, console: Console, outdir: str) -> None:
    """Prints a section; with `outdir`, writes its tables and plots."""
    print_section(console, section)
    if section.name == "leaderboard":
        for table in section.tables:
            console.print(Text(table.markdown()), soft_wrap=True)
    if not outdir:
        return
    console.print(Text(write_section(section, outdir)))


def explain(study: Study, section: Section, console: Console) -> None:
    """Prints the whole configurations of labels that leave something out."""
    said = "\n".join(section.text + tuple(
        str(value) for table in section.tables for row in table.rows for value in row.values()))
    cut = [one for one in study.configurations if one.cut
           and re.search(rf"(?<!\S){re.escape(one.label)}(?!\w)", said)]
    if section.name == "configurations" or not cut:
        return
    if len(cut) <= _MOST_EXPLAINED:
        console.print(key_table(study, cut).rich())
    else:
        console.print(Text("What the labels stand for: python fcn_report.py configurations"))


if __name__ == "__main__":
    run_script(main)
