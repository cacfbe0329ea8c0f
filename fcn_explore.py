#!/usr/bin/env python
"""Looks inside nets: what they see, where they fail, and in how many seeds.

    python fcn_explore.py extract RUNS --split=test     stores what is needed
    python fcn_explore.py html RUNS --out=explore.html  all, in one file
    python fcn_explore.py similar IMAGE RUNS            images seen alike
    python fcn_explore.py compare A B RUNS              what changed, where
    python fcn_explore.py cam IMAGE RUNS --class=car    what a score looks at
    python fcn_explore.py select RUNS --n=50            what to label next
    python fcn_explore.py prune RUNS --keep=.7          what to leave out
    python fcn_explore.py projector RUNS                for TensorBoard

Tables: {panels}, leaks.
Runs are folders, names under tmp/ or patterns, by default tmp/*. They are the runs of one
configuration, which differ in their seeds; --of=ID chooses one of several. A, B: words that name
one configuration each: its id, a run, or words of its label.
"""
from utils import needs  # noqa: F401  first: says what this Python lacks

# isort: split

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from rich.console import Console

from archs import build_arch
from utils.errors import UserError, run_script
from utils.evaluate.cam import CamFlags, explain
from utils.evaluate.extract import ExtractFlags, extract_runs
from utils.explore import panels as _panels  # noqa: F401  registers them
from utils.explore.cam_picture import write_cam
from utils.explore.cluster_rows import TRAINING
from utils.explore.compare import compare
from utils.explore.exploration import Exploration
from utils.explore.exports import EXPORTS
from utils.explore.flags import ExportFlags, Flags, PruneFlags, SelectFlags
from utils.explore.id_list import origin, write_ids
from utils.explore.leaks_panel import leaks_panel, write_kept
from utils.explore.opening import explore, explore_splits, explore_two
from utils.explore.page.build import write_page
from utils.explore.panel import OF_FOLDS, PANELS, Panel
from utils.explore.pool import open_pool
from utils.explore.projector import FOLDER, write_projector
from utils.explore.prune import METHODS as PRUNING
from utils.explore.prune import prune
from utils.explore.select import METHODS as SELECTION
from utils.explore.select import select
from utils.explore.several_splits import SeveralSplits
from utils.explore.similar import similar
from utils.explore.terminal import show_panel
from utils.registry import Spelling
from utils.report.collect import find_folders
from utils.report.terminal import print_line, print_whole
from utils.runs.commands import split_command, split_words
from utils.runs.flags import parse_flags


def main(argv: Sequence[str]) -> Optional[int]:
    """Runs the command on the words behind the script's name; returns 1 where a run failed."""
    command, words = split_command(argv, commands(), _help())
    if command in ALONE:
        return ALONE[command](words)
    flags, words = parse(command, words)
    console = Console(highlight=False)
    if command in PANELS.names():
        opened = show_one(PANELS.get(command), flags, words, console, command in OF_FOLDS)
    else:
        opened = COMMANDS[command](flags, words, console)
    for line in dict.fromkeys(line for one in opened for line in one.study.notes):
        print_line(console, line)
    return None


def show_one(make: Callable[[Exploration], Panel], flags: Flags, words: Sequence[str],
             console: Console, folds: bool = False) -> List[Exploration]:
    """Shows a panel of one configuration, whose runs the words name; or of one with its folds."""
    exploration = explore(flags, words, folds)
    show_panel(console, make(exploration), exploration.names, flags.outdir)
    return [exploration]


def show_similar(flags: Flags, words: Sequence[str], console: Console) -> List[Exploration]:
    """Shows the images most similar to the one that the first word names."""
    if not words:
        raise UserError("similar: expected the name of an image, then runs")
    return show_one(lambda exploration: similar(exploration, words[0]), flags, words[1:], console)


def show_comparison(flags: Flags, words: Sequence[str], console: Console) -> List[Exploration]:
    """Shows what changed between two configurations; with --out, writes a page of it."""
    opened = explore_two(flags, words)
    panel = compare(*opened)
    show_panel(console, panel, opened[0].names, flags.outdir)
    for line in write_page(opened[0], flags.out, flags.page_mb, [panel]) if flags.out else ():
        print_line(console, line)
    return opened


def write_html(flags: Flags, words: Sequence[str], console: Console) -> List[Exploration]:
    """Writes the page of a configuration; its map shows all splits that were asked for. Of folds it
    shows what can be told of them, on one split."""
    splits = flags.split.split(",")
    parts = explore_splits(flags, words, splits, folds=len(splits) == 1)
    whole = SeveralSplits(parts) if len(parts) > 1 else None
    others = [split for split in splits if split != TRAINING]
    extra = [leaks_panel(whole, others, flags.layer)[0]] if whole and TRAINING in splits else []
    for line in write_page(parts[0], flags.out or "explore.html", flags.page_mb, extra, whole):
        print_line(console, line)
    return parts


def show_leaks(flags: Flags, words: Sequence[str], console: Console) -> List[Exploration]:
    """Shows which images of the splits have near duplicates in training.

    With --out, writes the names of the training images that have none there.
    """
    splits = flags.split.split(",")
    asked = [split for split in splits if split != TRAINING] or [TRAINING]
    parts = explore_splits(flags, words, list(dict.fromkeys([*asked, TRAINING])))
    whole = SeveralSplits(parts)
    panel, found = leaks_panel(whole, asked, flags.layer)
    show_panel(console, panel, whole.names, flags.outdir)
    if flags.out:
        print_whole(console, write_kept(flags.out, whole, found, asked))
    return parts


def write_boards(flags: Flags, words: Sequence[str], console: Console) -> List[Exploration]:
    """Writes the folder of TensorBoard's embedding projector."""
    exploration = explore(flags, words)
    for line in write_projector(exploration, flags.out or FOLDER):
        print_line(console, line)
    return [exploration]


def write_export(flags: ExportFlags, words: Sequence[str], console: Console) -> List[Exploration]:
    """Writes what another program reads."""
    exploration = explore(flags, words, folds=flags.to in OF_CANDIDATES)
    for line in EXPORTS.get(flags.to)(exploration, flags.out, flags.candidates):
        print_whole(console, line)
    return [exploration]


def choose_images(flags: SelectFlags, words: Sequence[str], console: Console) -> List[Exploration]:
    """Shows which images to label next; with --out, writes their names."""
    exploration = explore(flags, words)
    pool = open_pool(exploration, flags.imagepath, flags.labelled)
    found = select(pool, flags.n, flags.method, flags.seed)
    show_panel(console, found.panel, pool.names, flags.outdir)
    if flags.out:
        print_whole(console, write_ids(flags.out, found.names, dict(
            origin("select", exploration, flags), **found.told)))
    return [exploration]


def leave_out(flags: PruneFlags, words: Sequence[str], console: Console) -> List[Exploration]:
    """Shows which training images to leave out; with --out, writes the names of the others."""
    exploration = explore(flags, words)
    found = prune(exploration, flags.labelled, flags.keep, flags.method, flags.seed)
    show_panel(console, found.panel, exploration.names, flags.outdir)
    if flags.out:
        print_whole(console, write_ids(flags.out, found.names, dict(
            origin("prune", exploration, flags), **found.told)))
    return [exploration]


#: The commands that are no panel, but for those with flags of their own.
COMMANDS: Dict[str, Callable[..., List[Exploration]]] = {
    "html": write_html, "similar": show_similar, "compare": show_comparison,
    "select": choose_images, "prune": leave_out, "leaks": show_leaks, "export": write_export,
    "projector": write_boards}
#: The commands that --out is for, besides those alone.
WRITING = ("html", "compare", "select", "prune", "leaks", "export", "projector")
#: The exports of what `labels` finds, by folds too.
OF_CANDIDATES = ("coco", "cvat")
#: {command: its flags} where they are more than `Flags`, and {its flag: choices}.
OWN_FLAGS: Dict[str, Any] = {"select": (SelectFlags, {"method": Spelling(SELECTION)}),
                             "prune": (PruneFlags, {"method": Spelling(PRUNING)}),
                             "export": (ExportFlags, None)}


def commands() -> List[str]:
    """Lists the names of all commands."""
    return list(ALONE) + list(COMMANDS) + PANELS.names()


def _help():
    return __doc__.strip().format(panels=", ".join(PANELS.names()))


def parse(command: str, words: Sequence[str]) -> Tuple[Flags, List[str]]:
    """Reads (flags, words) from a command line."""
    kind, choices = OWN_FLAGS.get(command, (Flags, None))
    names, rest = split_words(kind, words)
    told = _help() if kind is Flags else kind.__doc__
    flags, given = parse_flags(kind, rest, f"python fcn_explore.py {command} RUNS...\n\n{told}",
                               choices)
    if "out" in given and command not in WRITING:
        raise UserError(f"--out={flags.out}: {command} writes no file: leave it out, or give "
                        "--outdir=FOLDER for its tables and plots")
    return flags, names


def extract(words: Sequence[str]) -> int:
    """Stores what the other commands look at."""
    runs, rest = split_words(ExtractFlags, words)
    flags, _ = parse_flags(ExtractFlags, rest, f"{_EXTRACT}\n\n{_help()}")
    return extract_runs(find_folders(runs or ["tmp/*"]), flags, lambda run, num_classes: build_arch(
        run.args, num_classes).build)


def cam(words: Sequence[str]) -> None:
    """Draws what raises the score of a class in an image, for all runs of a configuration."""
    names, rest = split_words(CamFlags, words)
    flags, _ = parse_flags(CamFlags, rest, _CAM)
    if not names:
        raise UserError("cam: expected a file or the name of an image, then runs")
    for line in write_cam(explain(names[0], find_folders(names[1:] or ["tmp/*"]), flags,
                                  lambda run, num_classes: build_arch(run.args, num_classes)),
                          flags.out):
        print(line)


_CAM = ("python fcn_explore.py cam IMAGE RUNS... --class=NAME\n\nDraws what in a layer raises the "
        "score of a class (Seg-Grad-CAM), mean and sd over the runs. IMAGE is a file, or the name "
        "of an image of the split. RUNS are folders or patterns, by default tmp/*, which differ in "
        "their seeds.")
#: The commands that have flags of their own and need TensorFlow.
ALONE = {"extract": extract, "cam": cam}
_EXTRACT = ("python fcn_explore.py extract RUNS...\n\nTests runs, and stores beside the results "
            "what the other commands look at.")


if __name__ == "__main__":
    run_script(main)
