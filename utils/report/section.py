"""What an analysis gives, and the registry of analyses. One analysis is one file in analyses/."""
import dataclasses
from typing import Callable, Tuple

from utils.registry import Registry
from utils.report.table import Table

#: (study) -> `Section`; raises `UserError` where the runs do not allow it.
ANALYSES = Registry("analysis")


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
    draw: Callable


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
