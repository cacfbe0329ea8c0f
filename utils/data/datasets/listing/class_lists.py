"""Class lists: what each value of a mask means.

Value k is the class on line k, unless lines give values themselves (`class_lines`). A line `ignore`
keeps its place: its value is ignored, and the values of the other lines stay what they are.
"""
import dataclasses
import os
import re
from typing import List, Optional, Tuple

import numpy as np

from utils.data.datasets.listing.class_lines import EXPECTED, LABELME_IGNORE, parse_class_list
from utils.data.findings import Finding, note, some, warning
from utils.data.labels import IGNORE_LABEL
from utils.errors import UserError

#: Names of class lists in a source folder; the first is ours, the others those of tools.
CLASS_FILES = ("classes.txt", "labels.txt", "labelmap.txt", "class_dict.csv", "classes.csv")
_FOREIGN = re.compile(
    r"(?i)(classes|labels?|label_?map|class_names|data|meta)\.(json|ya?ml|xml|pbtxt|csv)")
#: Values that need no class: labelme's -1, and what all masks call ignored.
_NO_CLASS = (None, -1, IGNORE_LABEL)
#: Forms of lines that need no word.
_OWN_FORMS = ("lines of `name`", "lines of `name r g b`")


@dataclasses.dataclass(frozen=True)
class ClassList:
    """A class list.

    Attributes:
      names: of the classes, in their order.
      colours: (r, g, b) of each class, or () where none are given.
      ignore_colour: of ignored pixels, or None.
      values: the mask value of each class.
      ignored: mask values that are ignored, without IGNORE_LABEL.
      findings: what was decided on the user's behalf, or is doubtful.
    """
    names: Tuple[str, ...]
    colours: Tuple[Tuple[int, int, int], ...] = ()
    ignore_colour: Optional[Tuple[int, int, int]] = None
    values: Tuple[int, ...] = ()
    ignored: Tuple[int, ...] = ()
    findings: Tuple[Finding, ...] = ()

    @property
    def table(self) -> Optional[np.ndarray]:
        """The class of each value: int [256], -1 for values that the list lacks.

        None where the value is the class.
        """
        if self.values == tuple(range(len(self.names))) and not self.ignored:
            return None
        table = np.full(256, -1)
        table[list(self.values)] = np.arange(len(self.values))
        table[list(self.ignored) + [IGNORE_LABEL]] = IGNORE_LABEL
        return table


def find_class_list(source: str) -> str:
    """Returns the path of a source folder's class list: the first of `CLASS_FILES` that is there.

    Raises:
      UserError: none, but a file of another format that may be one.
    """
    paths = [os.path.join(source, name) for name in CLASS_FILES]
    found = [path for path in paths if os.path.isfile(path)]
    others = [name for name in sorted(os.listdir(source)) if _FOREIGN.fullmatch(name)]
    if others and not found:
        raise UserError(f"{os.path.join(source, others[0])}: this format is not read; write "
                        f"{CLASS_FILES[0]}: one class a line, in the order of the masks' values (0 "
                        "first)")
    return (found or paths)[0]


def unread_class_lists(source: str) -> List[Finding]:
    """Returns a note for each further class list in a source folder."""
    found = [name for name in CLASS_FILES if os.path.isfile(os.path.join(source, name))]
    return [note("class list", f"{os.path.join(source, name)}: not read, since {found[0]} is "
                               "there") for name in found[1:]]


def read_class_list(path: str) -> ClassList:
    """Reads a class list.

    Raises:
      UserError: no such file, or an unknown form. There is no class, or more than a label can hold.
        A class or a value stands twice. Only some classes have colours or values.
    """
    if not os.path.isfile(path):
        raise UserError(f"{path}: no such file; write one class a line, in the order of the masks' "
                        "values (0 first)")
    form, entries = parse_class_list(path)
    _check_colours(path, entries)
    entries = _with_values(path, entries)
    _check_values(path, entries)
    classes = [entry for entry in entries if not entry.ignored]
    coloured = [entry.colour for entry in entries if entry.ignored and entry.colour]
    found = ClassList(
        tuple(entry.name for entry in classes),
        tuple(entry.colour for entry in classes if entry.colour),
        coloured[0] if coloured else None,
        tuple(entry.value for entry in classes),
        tuple(entry.value for entry in entries
              if entry.ignored and entry.value not in _NO_CLASS))
    return dataclasses.replace(found, findings=tuple(_findings(path, form, entries, found)))


def _check_colours(path, entries):
    classes = [entry for entry in entries if not entry.ignored]
    colours = [entry.colour for entry in classes if entry.colour]
    if len(colours) not in (0, len(classes)) or len(set(colours)) < len(colours):
        raise UserError(f"{path}: {len(set(colours))} different colours for {len(classes)} "
                        "classes; give each its own, or give none")
    bare = [entry for entry in entries if entry.ignored and not entry.colour
            and entry.name != LABELME_IGNORE and entry.value not in (-1, IGNORE_LABEL)]
    if colours and bare:
        raise UserError(f"{path}: line {bare[0].line} ({bare[0].name}) has no colour, and the "
                        "classes have; write `ignore r g b`")
    numbers = [entry.value for entry in entries if entry.value not in (None, -1, IGNORE_LABEL)]
    if colours and numbers and numbers != list(range(len(classes))):
        raise UserError(f"{path}: the classes have colours and values that are not 0, 1, 2 ...; "
                        "take out the values if the masks are in colours, the colours if they hold "
                        "values")


def _with_values(path, entries):
    """Returns the entries with a value each, but for ignored ones that have none."""
    if any(entry.value is not None for entry in entries):
        bare = [entry for entry in entries if entry.value is None and entry.name != LABELME_IGNORE]
        if bare:
            raise UserError(f"{path}: line {bare[0].line} ({bare[0].name!r}) has no value, and the "
                            f"others have; write `value: {bare[0].name}`")
        return entries
    valued, value = [], 0
    for position, entry in enumerate(entries):
        if entry.ignored and (entry.colour or position == 0 and entry.name == LABELME_IGNORE):
            valued.append(entry)
        else:
            valued.append(dataclasses.replace(entry, value=value))
            value += 1
    return tuple(valued)


def _check_values(path, entries):
    classes = [entry for entry in entries if not entry.ignored]
    if not classes:
        raise UserError(f"{path}: 0 classes; {EXPECTED}")
    valued = [entry for entry in entries
              if not (entry.ignored and entry.value in _NO_CLASS)]
    _check_unique(path, "name", classes)
    _check_unique(path, "value", valued)
    for entry in valued:
        if not 0 <= entry.value < IGNORE_LABEL:
            raise UserError(f"{path}: line {entry.line} ({entry.name}) has the value "
                            f"{entry.value}; expected up to {IGNORE_LABEL} classes with values "
                            f"from 0 to {IGNORE_LABEL - 1}, as {IGNORE_LABEL} is ignored")


def _check_unique(path, what, entries):
    seen = {}
    for entry in entries:
        key = getattr(entry, what)
        first = seen.setdefault(key, entry)
        if first is not entry:
            raise UserError(f"{path}: the {what} {key!r} stands on the lines {first.line} and "
                            f"{entry.line}; give each class its own")


def _findings(path, form, entries, classes):
    seen = {}
    for name in classes.names:
        first = seen.setdefault(re.sub(r"[\s_-]+", "", name).casefold(), name)
        if first != name:
            yield warning("class names", f"{path}: {first!r} and {name!r} differ by case or blanks "
                                         "only; make them one class or name them apart")
    if form not in _OWN_FORMS:
        yield note("class list", f"{path}: read as {form}")
    if classes.table is not None:
        meanings = dict(zip(classes.values, classes.names))
        meanings.update({value: "ignored" for value in classes.ignored})
        yield note("values", "{}: values of the masks: {}".format(path, some(
            [f"{value} {meanings[value]}" for value in sorted(meanings)])))
    apart = [entry.name for entry in entries[:-1] if entry.value is None]
    if apart:
        yield note("values", f"{path}: the line `{apart[0]}` takes no value; value 0 is "
                             f"{classes.names[0]}")
