#!/usr/bin/env python
"""Runs a competition on a shared folder: images out, predictions in, a board with error bars.

    python fcn_compete.py create FOLDER --datapath=RECORDS       what teams get
    python fcn_compete.py check FOLDER SUBMISSION                what is wrong
    python fcn_compete.py score FOLDER SUBMISSION --team=NAME    its public score
    python fcn_compete.py board FOLDER --out=board.html          who leads, if one

SUBMISSION is a zip or a folder of PNGs of class indices, one for each image; several are the runs
of one entry, which differ in their seeds. `fcn_test.py --submission=team.zip` makes one.
FOLDER-private, or --private, holds the labels and is yours alone; teams get FOLDER.
Each takes --help.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

import dataclasses
import os
import random
from typing import List, Optional, Sequence, Tuple

from rich.console import Console
from rich.text import Text

from utils.compete.board import markdown, sections
from utils.compete.check import check_submission
from utils.compete.create import create
from utils.compete.disagreement import LEADING, disagreement
from utils.compete.manifest import Manifest, read_manifest
from utils.compete.page import write_page
from utils.compete.private import PRIVATE, PUBLIC, Private, read_private
from utils.compete.score import score_submission
from utils.compete.standings import standings
from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError, run_script
from utils.files import write_text
from utils.report.common import counted
from utils.report.terminal import print_section
from utils.runs.commands import split_command, split_words
from utils.runs.flags import flag, parse_flags
from utils.values import LARGEST


@dataclasses.dataclass(frozen=True)
class _HostFlags:
    """Where the host keeps what teams must not see."""
    private: str = flag("", "the host's folder of labels and entries (default: FOLDER-private)",
                        path="from")


@dataclasses.dataclass(frozen=True)
class CreateFlags:
    """What the competition is made from."""
    datapath: str = flag("", "folder of records and dataset.json", path="from")
    split: str = flag("test", "whose images are handed out", choices=SPLITS,
                      convert=canonical_split)
    public: float = flag(.3, "share of the images that the public score counts; 1 for all",
                         more_than=0, at_most=1)
    cluster: str = flag("", "regular expression with one group that takes the scene from an "
                        "image's name: '^(.*)_[0-9]+'; a scene is public or private as a whole")
    seed: int = flag(-1, "chooses the public images: whoever knows it knows them; -1 draws one",
                     at_least=-1)
    private: str = flag("", "new folder for labels and entries (default: FOLDER-private)",
                        path="folder")


@dataclasses.dataclass(frozen=True)
class CheckFlags:
    """Check needs none."""


@dataclasses.dataclass(frozen=True)
class ScoreFlags(_HostFlags):
    """Whose entry it is."""
    team: str = flag("", "whose entry it is (default: as submission.json says)")
    show_private: bool = flag(False, "print the exact scores of both parts, for the host alone")


@dataclasses.dataclass(frozen=True)
class BoardFlags(_HostFlags):
    """What the board shows, and where it goes."""
    part: str = flag(PUBLIC, "images that rank: those of the public score, or the rest at the end",
                     choices=(PUBLIC, PRIVATE))
    out: str = flag("", "the board as one offline HTML file", path="file")
    markdown: str = flag("", "the tables as a Markdown file", path="file")


def main(argv: Sequence[str]) -> Optional[int]:
    """Runs the command on the words behind the script's name; returns 1 where check finds a
    fault."""
    command, words = split_command(argv, list(COMMANDS), __doc__)
    return COMMANDS[command](words)


def _parse(flags_type, words, usage, wanted, description):
    """Reads (flags, words) of a command that takes a folder, and more where `wanted` says so."""
    names, rest = split_words(flags_type, words)
    flags, _ = parse_flags(flags_type, rest, f"python fcn_compete.py {usage}\n\n{description}")
    if len(names) < wanted or wanted < 2 and len(names) > wanted:
        raise UserError(f"got {' '.join(names) or 'no words'}, expected: python fcn_compete.py "
                        f"{usage}")
    return flags, names


def run_create(words: List[str]) -> None:
    """Makes a competition's folder from records."""
    flags, (folder,) = _parse(CreateFlags, words, "create FOLDER --datapath=RECORDS", 1,
                              "Makes a competition from a split of records.")
    if not flags.datapath:
        raise UserError("--datapath is missing: give the folder of records (see --help)")
    private = flags.private or _private_of(folder)
    seed = flags.seed if flags.seed >= 0 else random.SystemRandom().randrange(LARGEST)
    manifest, public = create(folder, private, flags.datapath, flags.split, flags.public,
                              flags.cluster, seed)
    print(f"{folder}: {counted(len(public), 'image')} of {manifest.family}, split "
          f"{manifest.split}, {manifest.num_classes} classes; {public.sum()} public, "
          f"{(~public).sum()} private")
    print(f"{private}: labels; keep it to yourself, and give teams {folder}")


def run_check(words: List[str]) -> int:
    """Prints what is wrong with a submission, a line for each kind; returns 1 where there is
    any."""
    _, names = _parse(CheckFlags, words, "check FOLDER SUBMISSION...", 2,
                      "Tells what is missing or wrong. Labels are not needed: teams can check.")
    manifest = read_manifest(names[0])
    checked = check_submission(manifest, names[1:])
    for line in checked.faults.lines():
        print(line)
    if not checked.faults:
        print(f"ready to be scored: {counted(checked.runs, 'run')} of "
              f"{counted(len(manifest.images), 'image')}")
    return 1 if checked.faults else 0


def run_score(words: List[str]) -> None:
    """Scores a submission, and prints the team's public score."""
    flags, names = _parse(ScoreFlags, words, "score FOLDER SUBMISSION... --team=NAME", 2,
                          "Checks and scores an entry, and keeps its matrices and predictions.")
    manifest, private = _open(names[0], flags)
    scored = score_submission(manifest, private, names[1:], flags.team)
    entry, rung = scored.entry, scored.rung
    told = "" if rung.moved else (
        "; unchanged: this entry is not better than the best by more than the standard error")
    print(f"{entry.team}, entry {entry.number} ({counted(entry.seeds, 'run')}): public mIoU "
          f"{100 * rung.released:.1f} %{told}")
    if flags.show_private:
        for part, value in scored.exact.items():
            print(f"{part} part, for the host: {100 * value:.3f} %")


def run_board(words: List[str]) -> None:
    """Prints the board, and writes it as a page and as Markdown."""
    flags, (folder,) = _parse(BoardFlags, words, "board FOLDER", 1,
                              "Ranks the teams, with intervals. Those that cannot be told apart "
                              "share a bracket.")
    manifest, private = _open(folder, flags)
    found = standings(manifest, private, flags.part)
    leading = [row.entry for row in found.rows[:LEADING]]
    differ = disagreement(manifest, leading) if len(leading) > 1 else None
    made = sections(manifest, found, differ)
    if flags.markdown:
        write_text(flags.markdown, markdown(made))
    if flags.out:
        write_page(flags.out, folder, manifest, made, differ)
    console = Console(highlight=False)
    for section in made:
        print_section(console, section)
    for path in filter(None, (flags.markdown, flags.out)):
        console.print(Text(path))


def _private_of(folder: str) -> str:
    made = os.path.abspath(folder) + "-private"
    return made if os.path.isabs(folder) else os.path.relpath(made)


def _open(folder: str, flags: _HostFlags) -> Tuple[Manifest, Private]:
    manifest = read_manifest(folder)
    return manifest, read_private(flags.private or _private_of(folder), manifest)


#: In the order of a competition.
COMMANDS = {"create": run_create, "check": run_check, "score": run_score, "board": run_board}


if __name__ == "__main__":
    run_script(main)
