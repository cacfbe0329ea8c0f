"""An analysis's result, and the registry of analyses. One analysis is one file in analyses/."""
import dataclasses
from typing import TYPE_CHECKING, Callable, List, Tuple

from utils.errors import UserError
from utils.registry import Registry
from utils.report.table import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from utils.report.study import Study

#: (study) -> `Section`; raises `UserError` where the runs do not allow it.
ANALYSES = Registry("analysis")
#: In reading order; analyses that are not named here follow.
_ORDER = ("configurations", "compare", "effects", "leaderboard", "runs", "errorbars", "curves",
          "checkpoints", "subsets", "classes", "sizes", "importance", "transfer", "interactions",
          "power", "failures")


@dataclasses.dataclass(frozen=True)
class Plot:
    """A picture that is drawn when it is needed.

    Attributes:
      name: of its file, without .svg.
      title: what it shows.
      note: n, what varied, how to read it.
      draw: () -> matplotlib Figure.
    """
    name: str
    title: str
    note: str
    draw: "Callable[[], Figure]"


@dataclasses.dataclass(frozen=True)
class Advice:
    """A command that would tell more, ready for a shell.

    Attributes:
      why: what it gives, in words.
      command: the line.
    """
    why: str
    command: str


@dataclasses.dataclass(frozen=True)
class Section:
    """What an analysis found.

    Attributes:
      name: the command.
      title: heading.
      text: sentences, the verdict first.
      tables, plots: in reading order.
      advice: what to run for more.
      more: sentences that a page folds away and a terminal leaves out.
      remarks: what the numbers rest on, in sentences that come after the tables.
    """
    name: str
    title: str
    text: Tuple[str, ...] = ()
    tables: Tuple[Table, ...] = ()
    plots: Tuple[Plot, ...] = ()
    advice: Tuple[Advice, ...] = ()
    more: Tuple[str, ...] = ()
    remarks: Tuple[str, ...] = ()


def all_sections(study: "Study") -> Tuple[List[Section], List[Tuple[str, str]]]:
    """Runs every analysis on a study.

    Returns:
      (sections in reading order, [(name of an analysis without data, why)]).
    """
    names = [name for name in _ORDER if name in ANALYSES.names()]
    names += [name for name in ANALYSES.names() if name not in _ORDER]
    sections, absent = [], []
    for name in names:
        try:
            sections.append(ANALYSES.get(name)(study))
        except UserError as error:
            absent.append((name, str(error)))
    return sections, absent
