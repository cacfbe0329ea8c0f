#!/usr/bin/env python
"""Looks inside nets: what they see, where they fail, and in how many seeds.

    python fcn_explore.py extract RUNS --split=test    stores what is needed
    python fcn_explore.py html RUNS --out=explore.html the page, one file
    python fcn_explore.py errors RUNS                  kinds of error

Further tables: {panels}.
Runs are folders, names under tmp/ or patterns, by default tmp/*. They are the runs of one
configuration, which differ in their seeds; --of=ID chooses one of several.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
from typing import List, Sequence, Tuple

from rich.console import Console

from utils.data.splits import SPLITS, canonical_split
from utils.errors import run_script
from utils.explore import panels as _panels  # noqa: F401  registers them
from utils.explore.exploration import Exploration
from utils.explore.page.build import write_page
from utils.explore.panel import PANELS
from utils.explore.terminal import show_panel
from utils.report.collect import collect
from utils.report.study import Options, Study
from utils.report.terminal import print_line
from utils.runs.commands import split_command, split_words
from utils.runs.flags import flag, parse_flags


@dataclasses.dataclass(frozen=True)
class Flags:
    """What to look at; the same for every command."""
    split: str = flag("test", "the split that was tested", "results",
                      choices=SPLITS, convert=canonical_split, marks="usual")
    result: str = flag("", "another result than that of the newest checkpoint at the size of "
                       "training: best, 384x384 (the rest of the files' names in <run>/test)",
                       "results")
    of: str = flag("", "the configuration, where the runs are of several: an id, or words of its "
                   "label", "results", marks="usual")
    datapath: str = flag("", "folder of the records, for pictures and metadata (default: the "
                         "runs')", "results", path="from")
    level: float = flag(.95, "confidence level of intervals", "statistics", at_least=.5,
                        at_most=.999, marks="usual")
    cluster: str = flag("", "regular expression with one group that takes the scene, video or city "
                        "from an image's name: '^(.*)_[0-9]+'; whole scenes are the independent "
                        "units", "statistics", marks="usual")
    out: str = flag("explore.html", "html: the file", "output", path="file", marks="usual",
                    since="2026-11-26")
    page_mb: float = flag(40., "html: millions of bytes above which pictures stand in a folder "
                          "beside the page", "output", more_than=0, since="2026-11-26")
    outdir: str = flag("", "folder for every table as CSV and JSON and every plot as SVG", "output",
                       path="folder", marks="usual")


def main(argv: Sequence[str]) -> None:
    """Runs the command on the words behind the script's name."""
    command, words = split_command(argv, commands(), _help())
    flags, runs = parse(command, words)
    console = Console(highlight=False)
    exploration = explore(flags, runs)
    if command == "html":
        for line in write_page(exploration, flags.out, flags.page_mb):
            print_line(console, line)
    else:
        show_panel(console, PANELS.get(command)(exploration), exploration.names, flags.outdir)
    for line in exploration.study.notes:
        print_line(console, line)


def commands() -> List[str]:
    """Lists the names of all commands."""
    return PANELS.names() + ["html"]


def _help():
    return __doc__.strip().format(panels=", ".join(PANELS.names()))


def parse(command: str, words: Sequence[str]) -> Tuple[Flags, List[str]]:
    """Reads (flags, runs) from a command line."""
    runs, rest = split_words(Flags, words)
    flags, _ = parse_flags(Flags, rest, f"python fcn_explore.py {command} RUNS...\n\n{_help()}")
    return flags, runs


def explore(flags: Flags, runs: Sequence[str]) -> Exploration:
    """Opens the runs of one configuration."""
    study = Study(collect(runs or ["tmp/*"]), Options(
        flags.split, flags.result, level=flags.level, cluster=flags.cluster,
        chosen=(flags.of,) if flags.of else ()))
    return Exploration(study, flags.datapath)


if __name__ == "__main__":
    run_script(main)
