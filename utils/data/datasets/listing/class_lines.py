"""The lines of a class list, in the forms that people and annotation tools write.

A line holds a name, and may hold a colour or the value that masks have, in the orders of `_FORMS`.
A list with a heading (CSV) may have its columns in any order. What fits none of these is refused,
since a misread list gives every class a wrong name.
"""
import csv
import dataclasses
import re
from typing import Optional, Tuple

from utils.data.labels import IGNORE_LABEL
from utils.errors import UserError
from utils.texts import read_lines

EXPECTED = ("expected one class a line: `name`, `name r g b` or `value: name`, a name with commas "
             "in quotes")
#: How labelme calls the class of ignored pixels.
LABELME_IGNORE = "__ignore__"
_IGNORE = ("ignore", LABELME_IGNORE)

_RGB = r"(?:[(\[]?(?P<r>\d+)[\s,;]+(?P<g>\d+)[\s,;]+(?P<b>\d+)[)\]]?|#(?P<hex>[0-9a-fA-F]{6}))"
_SEPARATOR = r"[\s,;:=]+"
_VALUE = r"(?P<value>-?\d+)"
_NAME = r"(?P<name>\"[^\"]+\"|(?:.*?[^\W\d_].*?))"
#: What a line may hold: the first form that every line has is that of the list.
_FORMS = tuple((words, re.compile(pattern.format(
    rgb=_RGB, sep=_SEPARATOR, value=_VALUE, name=_NAME))) for words, pattern in (
        ("name:r,g,b:parts:actions", r"(?P<name>[^:]*):(?:{rgb})?:[^:]*:[^:]*"),
        ("value name r g b", r"{value}{sep}{name}{sep}{rgb}"),
        ("value r g b name", r"{value}{sep}{rgb}{sep}{name}"),
        ("r g b name", r"{rgb}{sep}{name}"),
        ("name r g b", r"{name}{sep}{rgb}"),
        ("value name", r"{value}(?:{sep}|[.)]\s*){name}"),
        ("name value", r"{name}{sep}{value}")))
_IGNORE_LINE = re.compile(f"(?i)(?P<name>ignore|__ignore__)(?:{_SEPARATOR}{_RGB})?")
_COMMENT = re.compile(r"(?:^#|\s#(?![0-9a-fA-F]{6}\s*$)).*$")
_NAME_COLUMNS = ("name", "names", "class", "classes", "class_name", "classname", "label", "labels")
_VALUE_COLUMNS = ("id", "idx", "index", "value", "class_id", "label_id", "train_id", "trainid")
_COLOUR_COLUMNS = {"r": "r", "red": "r", "g": "g", "green": "g", "b": "b", "blue": "b"}
_WHOLE_COLOUR_COLUMNS = ("color", "colour", "rgb", "color_rgb", "hex")


@dataclasses.dataclass(frozen=True)
class Entry:
    """What a line says of a class, or of ignored pixels; value is None where none is given."""
    line: int
    name: str
    colour: Optional[Tuple[int, int, int]] = None
    value: Optional[int] = None
    ignored: bool = False


def parse_class_list(path: str) -> Tuple[str, Tuple[Entry, ...]]:
    """Reads the lines of a class list.

    Returns:
      (the form of the lines, in words; an `Entry` for each line that is no blank or comment).

    Raises:
      UserError: lines of no known form, or of several.
    """
    lines = [(number, _COMMENT.sub("", line).strip())
             for number, line in enumerate(read_lines(path), 1)]
    lines = [(number, text) for number, text in lines if text]
    for number, text in lines:
        if text[0] in "{[<" or text[-1] in "{}" or text.startswith("- ") or text == "---":
            raise UserError(f"{path}: line {number} ({text[:40]!r}) is JSON, YAML, XML or the "
                            f"like; {EXPECTED}")
    heading = _heading(lines[0][1]) if lines else None
    if heading:
        return "a table of " + ", ".join(_check_columns(path, heading[1])), tuple(
            _row(path, heading, *line) for line in lines[1:])
    special = {line: _IGNORE_LINE.fullmatch(line[1]) for line in lines}
    form, pattern = _form(path, [line for line in lines if not special[line]])
    return f"lines of `{form}`", tuple(
        _entry(path, line[0], special[line] or pattern.fullmatch(line[1])) for line in lines)


def _form(path, lines):
    """Returns (its words, its pattern) of the form that all lines have."""
    for words, pattern in _FORMS:
        matches = [pattern.fullmatch(text) for _, text in lines]
        if lines and all(matches) and (words != "name value" or _are_values(path, matches, lines)):
            return words, pattern
    coloured = [text for _, text in lines if dict(_FORMS)["name r g b"].fullmatch(text)]
    if coloured:
        raise UserError(f"{path}: {len(coloured)} different colours for {len(lines)} classes; give "
                        "each its own, or give none")
    _refuse_columns(path, lines)
    return "name", re.compile(r"(?P<name>.*)")


def _are_values(path, matches, lines):
    """Tells whether the numbers at the ends of all lines are values, and no part of the names."""
    names = [match.group("name") for match in matches]
    if len(set(names)) < len(names):
        return False  # class 1, class 2
    if all(re.search(r"[,;:=\t]\s*-?\d+$", text) for _, text in lines):
        return True
    if [int(match.group("value")) for match in matches] == list(range(len(lines))):
        return True
    raise UserError("{}: every line ends in a number ({!r}); if they are the masks' values, write "
                    "`{}: {}`, if they belong to the names, put the names in quotes".format(
                        path, lines[0][1], matches[0].group("value"), names[0]))


def _refuse_columns(path, lines):
    """Raises a `UserError` where lines look like columns, not like names."""
    bare = [(number, text) for number, text in lines if not re.fullmatch('"[^"]*"', text)]
    numbered = [line for line in bare if re.match(r"\d+[\s:.,;)=]+\S", line[1])]
    strange = [line for line in bare if re.search("[\t:]", line[1])
               or not re.search(r"[^\W_]", line[1])]
    strange += numbered if 2 * len(numbered) >= len(lines) else []
    for comma in ",;":
        counts = {text.count(comma) for _, text in bare}
        strange += bare if len(counts) == 1 and counts != {0} and len(bare) == len(lines) else []
    if strange:
        raise UserError(f"{path}: line {strange[0][0]} ({strange[0][1][:40]!r}) is not understood; "
                        f"{EXPECTED}")


def _entry(path, line, match):
    groups = match.groupdict()
    name = groups["name"].strip().strip('"').strip()
    if not name:
        raise UserError(f"{path}: line {line} has no name; name the class")
    value = None if groups.get("value") is None else int(groups["value"])
    return Entry(line, name, _colour(path, name, groups), value,
                 name.lower() in _IGNORE or value in (-1, IGNORE_LABEL))


def _colour(path, name, groups):
    if groups.get("hex"):
        return tuple(int(groups["hex"][start:start + 2], 16) for start in (0, 2, 4))
    if groups.get("r") is None:
        return None
    colour = tuple(int(groups[channel]) for channel in "rgb")
    if max(colour) > 255:
        raise UserError(f"{path}: the colour of {name!r} is {colour}, expected three numbers up to "
                        "255")
    return colour


# ---- Lists with a heading. ----

def _heading(text):
    """Returns (separator, column names) where a line names columns, or None."""
    separator = next((one for one in "\t;," if one in text), None)
    columns = [word.strip().strip('"').lower() for word in text.split(separator)]
    known = set(_NAME_COLUMNS + _VALUE_COLUMNS + _WHOLE_COLOUR_COLUMNS) | set(_COLOUR_COLUMNS)
    named = [word for word in columns if word in _NAME_COLUMNS]
    others = [word for word in columns if word in known and word not in _NAME_COLUMNS]
    if not named or len(columns) > 1 and not others:
        return None
    return separator, columns


def _check_columns(path, columns):
    """Returns the columns; a `UserError` where two may hold the name, or two the value."""
    for what, words in (("the name", _NAME_COLUMNS), ("the value", _VALUE_COLUMNS)):
        found = [word for word in columns if word in words]
        if len(found) > 1:
            raise UserError("{}: the columns {} may all hold {}; keep one of them".format(
                path, ", ".join(found), what))
    return columns


def _row(path, heading, line, text):
    separator, columns = heading
    fields = (next(csv.reader([text], delimiter=separator)) if separator else
              text.split(None, len(columns) - 1))
    if len(fields) != len(columns):
        raise UserError("{}: line {} has {} columns, the heading {} ({})".format(
            path, line, len(fields), len(columns), ", ".join(columns)))
    groups = {"name": ""}
    for column, field in zip(columns, (field.strip() for field in fields)):
        if column in _NAME_COLUMNS and not groups["name"]:
            groups["name"] = field
        elif column in _VALUE_COLUMNS:
            groups["value"] = _number(path, line, column, field)
        elif column in _COLOUR_COLUMNS:
            groups[_COLOUR_COLUMNS[column]] = _number(path, line, column, field)
        elif column in _WHOLE_COLOUR_COLUMNS and field:
            groups.update(_whole_colour(path, line, field))
    return _entry(path, line, _Row(groups))


class _Row:
    """A row of columns, as the match of a line's pattern."""

    def __init__(self, groups):
        self.groupdict = lambda: groups


def _whole_colour(path, line, field):
    match = re.fullmatch(_RGB, field)
    if not match:
        raise UserError(f"{path}: line {line}: the colour is {field!r}, expected r,g,b or #rrggbb")
    return match.groupdict()


def _number(path, line, column, field):
    if not re.fullmatch(r"-?\d+", field):
        raise UserError(f"{path}: line {line}: {column} is {field!r}, expected a whole number")
    return field
