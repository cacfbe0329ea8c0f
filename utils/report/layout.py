"""Fits the columns of a table into a width. Words are never broken.

Columns that do not fit are left out, empty ones and then the least important first. Text wraps at
blanks, and long lists and paths after their signs; only what is longer than all the room is cut.
"""
import collections
import re
from typing import TYPE_CHECKING, List, Sequence, Tuple

if TYPE_CHECKING:
    from utils.report.table import Column

#: Blanks between columns.
GAP = 2
#: `Column.keep` of a column that is never left out.
ALWAYS = 3
#: A column whose words must be broken is no narrower than this.
_NARROWEST = 8
#: Longer words wrap after these signs too.
_LONGEST_WORD, _SIGNS = 24, "/,;="

#: Widths of a column in characters. least: of its longest word; easy: at which most cells take two
#: lines at most; natural: of its longest cell. empty: whether no row has a value.
_Need = collections.namedtuple("_Need", "least easy natural empty")
#: What words at the end of a line leave unused.
_EASE = 4


def fit(columns: "Sequence[Column]", texts: Sequence[Sequence[str]],
        width: int) -> List[Tuple[int, int]]:
    """Chooses columns and their widths.

    Args:
      columns: `utils.report.table.Column`s.
      texts: rows of cells, a text for each column.
      width: characters of a line.

    Returns:
      [(index of a column, its width)], in order.
    """
    cells = [list(column) for column in zip(*texts)] or [[] for _ in columns]
    needs = [_need(column, own) for column, own in zip(columns, cells)]
    kept = _kept(columns, needs, width)
    widths = [needs[index].least for index in kept]
    room = width - _total([0] * len(kept))
    while sum(widths) > room and max(widths) > _NARROWEST:  # even the words of these do not fit
        widths[widths.index(max(widths))] -= 1
    return list(zip(kept, _widened(widths, [needs[index].natural for index in kept], room)))


def wrapped(text: str, width: int) -> str:
    """Wraps a text to lines of at most `width` characters, at blanks where that is possible."""
    return "\n".join(line for part in text.split("\n") for line in _lines(part, width))


def _lines(text, width):
    """Breaks the atoms of a text into lines, greedily; the first line keeps its indent."""
    lines = [" " * (len(text) - len(text.lstrip(" ")))]
    for word in text.split():
        for number, atom in enumerate(_atoms(word, width)):
            blank = " " if number == 0 and lines[-1].strip() else ""
            if len(lines[-1]) + len(blank) + len(atom) <= width:
                lines[-1] += blank + atom
            else:
                lines.append(atom)
    return [line for line in lines if line.strip()] or [""]


def _atoms(word, width=None):
    """Parts of a word that stay whole: the word, or what its signs part a long one into.

    Args:
      width: cut parts that are longer than that; None for none.
    """
    longest = _LONGEST_WORD if width is None else min(width, _LONGEST_WORD)
    parts = [word] if len(word) <= longest else re.findall(
        f"[^{_SIGNS}]*[{_SIGNS}]+|[^{_SIGNS}]+", word)
    if width is None:
        return parts
    return [part[begin:begin + width] for part in parts for begin in range(0, len(part), width)]


def _need(column, cells):
    heading = column.heading
    words = [len(word) for word in heading.split()] + [0]
    words += [len(cell) for cell in cells] if column.is_number else [
        len(atom) for cell in cells for word in cell.split() for atom in _atoms(word)]
    natural = max([len(heading)] + [len(cell) for cell in cells])
    return _Need(max(words), max(max(words), min(natural, natural // 2 + _EASE)), natural,
                 bool(cells) and set(cells) <= {"-", ""})


def _kept(columns, needs, width):
    """Indices of the columns that stay; those that belong to a column that goes, go with it.

    The least important ones, and empty ones, go until the others are easy to read; of the others
    only as many as must.
    """
    kept = list(range(len(columns)))

    def order(index):
        return not needs[index].empty, columns[index].keep, -index

    def going(most):
        return sorted((index for index in kept if columns[index].keep < ALWAYS
                       and (columns[index].keep <= most or needs[index].empty)), key=order)
    for most, measure in ((0, "easy"), (ALWAYS, "least")):
        while _total([getattr(needs[index], measure) for index in kept]) > width and going(most):
            gone = going(most)[0]
            kept = [index for index in kept if index != gone
                    and columns[index].of != columns[gone].key]
    return kept


def _total(widths):
    return sum(widths) + GAP * (len(widths) - 1)


def _widened(widths, naturals, room):
    """Gives what is left of the room to the columns that wrap most."""
    widths = list(widths)
    for _ in range(room - sum(widths)):
        index = max(range(len(widths)), key=lambda i: naturals[i] / max(widths[i], 1))
        if naturals[index] <= widths[index]:
            break
        widths[index] += 1
    return widths
