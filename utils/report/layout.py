"""Which columns of a table fit a width, and how wide each of them is. Words are never broken.

Columns that do not fit are left out, the least important first; text wraps at blanks. Only a word
that is longer than all the room there is ends up on two lines, after one of its signs if it can.
"""
import collections
import textwrap

#: Blanks between columns.
GAP = 2
#: `Column.keep` of a column that is never left out.
ALWAYS = 3
#: A column whose words must be broken is no narrower than this.
_NARROWEST = 8
_SIGNS = "/,;=_-"

#: least: characters of its longest word; natural: of its longest line.
_Need = collections.namedtuple("_Need", "least natural")


def fit(columns, texts, width):
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
    room = width - GAP * (len(kept) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return list(zip(kept, _widened(widths, [needs[index].natural for index in kept], room)))


def wrapped(text, width):
    """The text in lines of at most `width` characters, broken at blanks where that is possible."""
    return "\n".join(part for line in text.split("\n") for part in _lines(line, width))


def _lines(line, width):
    words = line.split(" ")
    if any(len(word) > width for word in words):
        words = [part for word in words for part in _parts(word, width)]
    indent = " " * (len(line) - len(line.lstrip(" ")))
    return textwrap.wrap(" ".join(filter(None, words)), width, initial_indent=indent,
                         break_long_words=False, break_on_hyphens=False) or [""]


def _parts(word, width):
    """A word in parts of at most `width`, cut after a sign where one is in the second half."""
    parts = []
    while len(word) > width:
        cut = max(word.rfind(sign, width // 2, width) for sign in _SIGNS) + 1
        parts.append(word[:cut or width])
        word = word[cut or width:]
    return parts + [word]


def _need(column, cells):
    heading = column.heading
    words = [len(word) for word in heading.split()] + [0]
    words += [len(cell) for cell in cells] if column.is_number else [
        len(word) for cell in cells for word in cell.split()]
    return _Need(max(words), max([len(heading)] + [len(cell) for cell in cells]))


def _kept(columns, needs, width):
    """Indices of the columns that stay; those that explain a column that goes, go with it."""
    kept = list(range(len(columns)))

    def least(indices):
        return sum(needs[index].least for index in indices) + GAP * (len(indices) - 1)
    while least(kept) > width:
        going = [index for index in kept if columns[index].keep < ALWAYS]
        if not going:
            break
        gone = min(going, key=lambda index: (columns[index].keep, -index))
        kept = [index for index in kept if index != gone
                and columns[index].of != columns[gone].key]
    return kept


def _widened(widths, naturals, room):
    """Gives what is left of the room to the columns that wrap most."""
    widths = list(widths)
    for _ in range(room - sum(widths)):
        index = max(range(len(widths)), key=lambda i: naturals[i] / max(widths[i], 1))
        if naturals[index] <= widths[index]:
            break
        widths[index] += 1
    return widths
