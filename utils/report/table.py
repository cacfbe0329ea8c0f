"""A table whose columns know what they hold, as text, CSV, JSON, Markdown, and cells for HTML.

Scores are fractions 0..1 inside and percent in every output; undefined numbers are "-" for people,
empty in CSV, null in JSON.
"""
import collections
import csv
import dataclasses
import io
import json
import math
from typing import Any, List, Optional, Tuple

from rich import box
from rich.table import Table as RichTable
from rich.text import Text

from utils.report.layout import fit, wrapped


@dataclasses.dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
      key: its name in CSV and JSON.
      title: its heading; the unit is added.
      kind: how a value reads, one of `KINDS`.
      digits: after the point.
      unit: in the heading, instead of the kind's own; "" where the table's title tells it.
      shown: whether people see it; CSV and JSON have it anyway.
      keep: how long it stays in a terminal that is too narrow: columns of 0 go first, of each the
        one on the right; `layout.ALWAYS` stays.
      of: key of the column that it belongs to ("its interval"): it goes with that one.
    """
    key: str
    title: str
    kind: str = "text"
    digits: int = 1
    unit: Optional[str] = None
    shown: bool = True
    keep: int = 1
    of: str = ""

    @property
    def heading(self) -> str:
        """Title and unit."""
        return f"{self.title} {self.heading_unit}".strip()

    @property
    def heading_unit(self) -> str:
        """The unit in the heading, "" for none."""
        return KINDS[self.kind].unit if self.unit is None else self.unit

    @property
    def is_number(self) -> bool:
        """Whether it stands on the right."""
        return self.kind != "text"

    @property
    def is_interval(self) -> bool:
        """Whether a value is a pair."""
        return self.kind.endswith("interval")

    def text(self, value: Any) -> str:
        """Writes a value as people read it."""
        numbers = self.numbers(value)
        if numbers is None:
            return "-" if value in (None, "") or self.is_number else str(value)
        sign = "+" if self.kind.startswith("points") else ""
        comma, digits = (",", 0) if self.kind == "count" else ("", self.digits)
        form = f"{{:{sign}{comma}.{digits}f}}"
        parts = ["-" if number is None else _unsigned_zero(form.format(number))
                 for number in numbers]
        if self.kind == "p":
            return "<.001" if (numbers[0] or 0) < .001 else f"{numbers[0]:.3f}"
        return "[{}, {}]".format(*parts) if self.is_interval else parts[0]

    def numbers(self, value: Any) -> Optional[List[Optional[float]]]:
        """Scales a value to the column's unit: [number] or [low, high]; None where there is none.

        A value may be an object with `low` and `high`. A bound that is not finite is None.
        """
        if not self.is_number or value is None or isinstance(value, str):
            return None
        pair: Any = (value.low, value.high) if hasattr(value, "low") else value
        pair = pair if self.is_interval else (pair,)
        scaled = [None if number is None or not math.isfinite(number)
                  else number * KINDS[self.kind].factor for number in pair]
        return None if all(number is None for number in scaled) else scaled


Kind = collections.namedtuple("Kind", "unit factor")
#: percent and points are given as fractions; points are differences, shown with their sign.
KINDS = {"text": Kind("", 1), "count": Kind("", 1), "number": Kind("", 1), "p": Kind("", 1),
         "hours": Kind("h", 1), "percent": Kind("%", 100), "points": Kind("points", 100),
         "spread": Kind("points", 100), "interval": Kind("", 1),
         "percent_interval": Kind("%", 100), "points_interval": Kind("points", 100),
         "spread_interval": Kind("points", 100)}


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of values, one dict each by column key; missing keys are undefined.

    Attributes:
      name: of its files, such as "errorbars".
      title: the line above it.
      note: n, what varied, how to read it; "" for none.
      terminal: whether a terminal shows it, where another table there says the same; files and
        pages have it anyway.
      first: rows that a terminal shows; 0 for all.
    """
    name: str
    title: str
    columns: Tuple[Column, ...]
    rows: List[dict]
    note: str = ""
    terminal: bool = True
    first: int = 0

    @property
    def shown(self) -> List[Column]:
        """The columns that people see."""
        return [column for column in self.columns if column.shown]

    def texts(self) -> List[List[str]]:
        """Writes the cells as people read them, row by row."""
        return [[column.text(row.get(column.key)) for column in self.shown] for row in self.rows]

    def cells(self) -> List[List[Tuple[str, Any, bool]]]:
        """Makes cells for HTML: [[(text, sort key, is number)]]; intervals sort by their middle."""
        return [[(column.text(row.get(column.key)), _sort_key(column, row.get(column.key)),
                  column.is_number) for column in self.shown] for row in self.rows]

    def rich(self) -> "_InTerminal":
        """Makes the table for a terminal; it takes the terminal's width when it is printed."""
        return _InTerminal(self)

    def csv(self) -> str:
        """Writes CSV; a column of intervals is two, <key>_low and <key>_high."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([name for column in self.columns for name in _csv_names(column)])
        for row in self.rows:
            writer.writerow([value for column in self.columns
                             for value in _csv_values(column, row.get(column.key))])
        return out.getvalue()

    def json(self) -> str:
        """Writes JSON: title, note, columns with their units, rows by key."""
        columns = [dict(key=column.key, title=column.title, unit=KINDS[column.kind].unit)
                   for column in self.columns]
        rows = [{column.key: _json_value(column, row.get(column.key)) for column in self.columns}
                for row in self.rows]
        return json.dumps(dict(title=self.title, note=self.note, columns=columns, rows=rows),
                          indent=1) + "\n"

    def markdown(self) -> str:
        """Writes a Markdown table for a README."""
        lines = [[column.heading for column in self.shown],
                 ["--:" if column.is_number else "---" for column in self.shown]]
        lines += [[cell.replace("|", "\\|") for cell in row] for row in self.texts()]
        return "\n".join("| {} |".format(" | ".join(line)) for line in lines) + "\n"


def _unsigned_zero(text):
    """Returns "0.0" for "-0.0"."""
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


class _InTerminal:
    """A table as rich prints it: columns that fit, and a line on those that do not."""

    def __init__(self, table):
        self._table = table

    def __rich_console__(self, console, options):
        table, texts = self._table, self._table.texts()
        more = len(texts) - table.first if table.first else 0
        texts = texts[:table.first or len(texts)]
        columns = table.shown
        kept = fit(columns, texts, options.max_width)
        made = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
        for index, width in kept:
            made.add_column(
                Text(wrapped(columns[index].heading, width)), width=width, overflow="fold",
                justify="right" if columns[index].is_number else "left")
        for row in texts:
            made.add_row(*[Text(wrapped(row[index], width)) for index, width in kept])
        yield Text(table.title, style="bold")
        yield made
        if more > 0:
            yield Text(f"The first {len(texts)} rows of {len(texts) + more}: files have all "
                       "(--outdir=tables).")
        left_out = [_full_heading(columns, column) for index, column in enumerate(columns)
                    if index not in dict(kept)]
        if left_out:
            wider = max(200, 2 * options.max_width)
            yield Text("Not shown at {} columns: {}. A wider terminal (COLUMNS={}) has more, and "
                       "files have all.".format(options.max_width, ", ".join(left_out), wider))
        if table.note:
            yield Text(table.note, style="dim")
        yield Text("")


def _full_heading(columns, column):
    """Returns the heading of a column, after that of the column that it belongs to."""
    owners = [one.title for one in columns if one.key == column.of]
    return " ".join(owners + [column.title])


def _sort_key(column, value):
    numbers = column.numbers(value)
    if numbers is None:
        return None if column.is_number else column.text(value).lower()
    known = [number for number in numbers if number is not None]
    return sum(known) / len(known)


def _csv_names(column):
    return [column.key + "_low", column.key + "_high"] if column.is_interval else [column.key]


def _csv_values(column, value):
    if not column.is_number:
        return ["" if value is None else value]
    width = 2 if column.is_interval else 1
    numbers = column.numbers(value) or [None] * width
    return ["" if number is None else _plain(column, number) for number in numbers]


def _json_value(column, value):
    if not column.is_number:
        return value
    numbers = column.numbers(value)
    if numbers is None:
        return None
    plain = [None if number is None else _plain(column, number) for number in numbers]
    return plain if column.is_interval else plain[0]


def _plain(column, number):
    return int(number) if column.kind == "count" else float(f"{number:.8g}")
