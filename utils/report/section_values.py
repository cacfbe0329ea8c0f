"""A section as the templates of pages take it."""
from typing import Any, Dict, Mapping, Sequence, Tuple

from utils.page import shell
from utils.page.svg import inline
from utils.report import figures
from utils.report.section import Section
from utils.report.table import Table

#: Longer tables are folded; the longest are cut, and say so.
MANY_ROWS, MOST_ROWS = 60, 1500
#: {text of a cell: (what the mouse over it tells, colour of its chip)}.
Marks = Mapping[str, Tuple[str, str]]


def section_values(section: Section, commands: Sequence[Tuple[str, str]] = (),
                   marks: Marks = {}) -> Dict[str, Any]:  # noqa: B006  nothing writes to it
    """Prepares a section for a page's template.

    Args:
      commands: (why, command), before those that the section advises.
      marks: of cells of its tables.
    """
    return dict(
        name=section.name, title=section.title, text=section.text, more=section.more,
        remarks=section.remarks,
        commands=list(commands) + [(one.why, one.command) for one in section.advice],
        plots=[dict(title=plot.title, note=plot.note,
                    svg=shell.safe(inline(figures.render(plot)))) for plot in section.plots],
        tables=[_table(table, marks) for table in section.tables])


def _table(table: Table, marks: Marks) -> Dict[str, Any]:
    rows = table.cells()
    return dict(
        title=table.title, note=table.note, count=len(rows), folded=len(rows) > MANY_ROWS,
        columns=[(column.title, column.heading_unit, column.is_number) for column in table.shown],
        rows=[[cell + marks.get(cell[0], ("", "")) for cell in row] for row in rows[:MOST_ROWS]])
