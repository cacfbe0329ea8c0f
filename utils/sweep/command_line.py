"""The command line of fcn_sweep.py: its flags, and the parts of a sweep that they stand for."""
import dataclasses
import re
from typing import Any, Callable, Collection, Dict, FrozenSet, List, NamedTuple

from utils.data.splits import canonical_split
from utils.errors import UserError
from utils.runs.commands import split_words
from utils.runs.flags import flag, parse_flags
from utils.statistics.looks import OBRIEN_FLEMING, SPENDINGS
from utils.sweep.declaration import TESTED_SPLITS
from utils.sweep.engines import ENGINES
from utils.sweep.folds import MOST as MOST_FOLDS
from utils.sweep.spec import SOURCES


@dataclasses.dataclass(frozen=True)
class SpecFlags:
    """What is swept, where no file says so."""
    name: str = flag("sweep", "name of the sweep", "sweep", marks="usual")
    seeds: str = flag("3", "how many seeds (1, 2, ...), or which: 1,5,7", "sweep", marks="usual")
    screen: bool = flag(False, "each flag that is given twice is a choice: screen them all in few "
                        "runs, instead of every combination", "sweep", marks="usual")
    looks: str = flag("", "instead of seeds: compare after so many, and go on where that leaves it "
                      "open: 5,10", "sweep", marks="usual")
    spending: str = flag(OBRIEN_FLEMING, "how looks share the level: the last one gets nearly all, "
                         "or each the same", "sweep", choices=SPENDINGS)
    split: str = flag("test", "whose scores looks compare", "sweep", choices=TESTED_SPLITS,
                      convert=canonical_split, marks="usual")
    margin: float = flag(1.0, "points of mIoU up to which configurations count as equal", "sweep",
                         at_least=0, at_most=100)
    level: float = flag(.95, "confidence level of the looks together", "sweep", at_least=.5,
                        at_most=.999)
    vary: str = flag(",".join(SOURCES), "the sources of randomness that the seeds change", "sweep")
    repeat: int = flag(1, "runs of each seed, to measure what is not repeatable", "sweep",
                       at_least=1)
    folds: int = flag(0, "leave out each of so many parts of the training images in turn",
                      "sweep", at_least=0, at_most=MOST_FOLDS, since="2026-11-26", marks="usual")
    cluster: str = flag("", "folds: pattern with one group, the scene in a name; scenes stay whole",
                        "sweep", since="2026-11-26", marks="usual")


@dataclasses.dataclass(frozen=True)
class RunFlags(SpecFlags):
    """How the runs are made."""
    jobs: str = flag("auto", "runs at once; auto measures what gives most runs an hour", "machine",
                     marks="usual")
    engine: str = flag("local", "where they run", "machine", choices=ENGINES.names, marks="usual")
    address: str = flag("", "ray: the cluster (default: a local one)", "machine")
    cpus_per_run: float = flag(0.0, "ray, slurm: cores of a run (default: 1, slurm: all)",
                               "machine", at_least=0)
    gpus_per_run: float = flag(0.0, "ray, slurm: GPUs of a run", "machine", at_least=0)
    retry: bool = flag(False, "take up runs that failed before", "machine", marks="usual")
    plain: bool = flag(False, "lines instead of a live table", "machine", marks="usual")


@dataclasses.dataclass(frozen=True)
class NoFlags:
    """A command that takes a name alone."""


class Line(NamedTuple):
    """What a command's line says.

    Attributes:
      named: the words that are no flags.
      flags: an object of the command's flags.
      given: names of the flags that are on the line.
      words: flags of fcn_train.py, behind "--".
    """
    named: List[str]
    flags: Any
    given: FrozenSet[str]
    words: List[str]


def parse_line(flags_type: Callable[..., Any], argv: List[str], page: str) -> Line:
    """Parses the line of a command.

    Args:
      flags_type: the dataclass of the command's flags.
      argv: the words behind the command.
      page: what its help page says first.
    """
    head, words = (argv[:argv.index("--")], argv[argv.index("--") + 1:]) if "--" in argv else (
        argv, [])
    named, rest = split_words(flags_type, head)
    flags, given = parse_flags(flags_type, rest, page)
    return Line(named, flags, given, words)


def parts_of_flags(flags: SpecFlags, given: Collection[str]) -> Dict[str, Any]:
    """Maps {part of a sweep: value} out of --seeds or --looks, and of how looks are taken.

    A screen has a number of seeds of its own where the line gives none.

    Args:
      flags: an object with seeds, looks, spending, split, margin, level, folds and cluster.
      given: names of the flags that were on the command line.

    Raises:
      UserError: a number of seeds is none.
    """
    parts = {name: getattr(flags, name) for name in ("spending", "split", "margin", "level")
             if name in given}
    parts.update({name: getattr(flags, name) for name in ("folds", "cluster")
                  if getattr(flags, name)})
    if "looks" in given:
        parts["looks"] = [_number("looks", look, "when to look (5,10)")
                          for look in flags.looks.split(",")]
    if "seeds" in given or not (flags.screen or "looks" in given):
        seeds = [_number("seeds", seed, "how many (5), or which (1,5,7)")
                 for seed in flags.seeds.split(",")]
        parts["seeds"] = seeds if "," in flags.seeds else seeds[0]
    return parts


def _number(name, text, expected):
    if not re.match(" *[0-9]{1,10} *$", text):
        raise UserError(f"--{name}: got {text!r}, expected {expected}")
    return int(text)
