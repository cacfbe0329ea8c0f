"""The classes of one or several COCO files: each category, or groups of them.

Ids are local to a file; what joins the files is a category's name.
"""
import collections
import dataclasses
from typing import Dict, List, Sequence, Tuple

from utils.data.datasets.coco_files.file import CocoFile, read_json, same_id
from utils.data.findings import Finding, error, note, some, warning
from utils.data.labels import IGNORE_LABEL
from utils.errors import UserError

BACKGROUND = "background"
_SUPER = "supercategory:"


@dataclasses.dataclass(frozen=True)
class Classes:
    """The class list, and what the ids of each file stand for.

    Attributes:
      names: one per class index; background first.
      index_of: for each file {category id: class index}; a category of no class is not in it.
      findings: what was decided or is doubtful.
    """
    names: Tuple[str, ...]
    index_of: Tuple[Dict[object, int], ...]
    findings: List[Finding]


def read_classes(files: Sequence[CocoFile], grouping: str = "") -> Classes:
    """Returns the classes of a data set.

    Args:
      files: its files, training first.
      grouping: path of a grouping file; empty where each category is a class.

    Raises:
      UserError: a mistake in the grouping file, no class but background, or more classes than a
        label can hold.
    """
    kept, findings = _without_roots(files)
    kept = _with_supercategories(kept)
    if len(files) > 1:
        findings += _disagreements(files, kept)
    members = read_grouping(grouping, kept) if grouping else _each_its_own(kept)
    names = (BACKGROUND,) + tuple(name for name in members if not _is_background(name))
    if len(names) == 1:
        raise UserError(f"{grouping or files[0].path}: no class but background; list the objects' "
                        "categories")
    if len(names) > IGNORE_LABEL:
        raise UserError(f"{grouping or files[0].path}: {len(names)} classes, background among "
                        f"them, and a label can hold {IGNORE_LABEL}; group the categories into "
                        "classes (--categories=groups.json)")
    class_of = {category: 0 if _is_background(name) else names.index(name)
                for name, categories in members.items() for category in categories}
    index_of = tuple({one.id: class_of[_key(one)] for one in reversed(categories)
                      if _key(one) in class_of} for categories in kept)
    for file, categories in zip(files, kept):
        findings += _file_findings(file.path, categories, grouping)
    return Classes(names, index_of, findings)


def _is_background(name):
    return name.strip("_ ").lower() == BACKGROUND


def _key(category):
    """Identifies a category across files, in which its ids differ."""
    return category.name, category.supercategory


def _each_its_own(kept):
    """Returns {class name: set of keys}, by the ids of the first file, then what other files
    add."""
    members = {}
    for categories in kept:
        for one in sorted(categories, key=lambda one: (isinstance(one.id, str), one.id)):
            members.setdefault(one.name, set()).add(_key(one))
    return members


def read_grouping(path: str, kept: Sequence[Sequence]) -> Dict[str, set]:
    """Returns the classes of a grouping file.

    Args:
      path: JSON file, `{"class": ["category", "supercategory:name"], ...}`.
      kept: for each COCO file its `Category`s.

    Returns:
      {class name: set of (name, supercategory)}, in the order of the file.

    Raises:
      UserError: a name that no COCO file has, or a category in two classes.
    """
    groups = read_json(path, unique=True)
    if not isinstance(groups, dict) or not groups:
        raise UserError(f'{path}: expected {{"class": ["category", "supercategory:name"], ...}}')
    known = [one for categories in kept for one in categories]
    members, owner = {}, {}
    for name, words in groups.items():
        words = [words] if isinstance(words, str) else words
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise UserError(f"{path}: the class {name!r} is {str(words)[:40]}, expected a list of "
                            "names")
        members[name] = {key for word in words for key in _matching(path, word, known)}
        for key in members[name]:
            if owner.setdefault(key, name) != name:
                raise UserError(f"{path}: the category {key[0]!r} of {name!r} is in {owner[key]!r} "
                                "too; put it in one class")
    return members


def _matching(path, word, known):
    field, value = ("supercategory", word[len(_SUPER):]) if word.startswith(_SUPER) else (
        "name", word)
    keys = {_key(one) for one in known if getattr(one, field) == value.strip()}
    if not keys:
        raise UserError("{}: no {} {!r}; there are {}".format(path, field, value, ", ".join(
            sorted({getattr(one, field) for one in known} - {None}))))
    return keys


def _without_roots(files):
    """Returns ([categories of each file without an export's root entry], findings).

    Roboflow puts before the categories an entry of id 0 that all others name as supercategory and
    that no annotation has.
    """
    kept, findings = [], []
    for file in files:
        parents = {one.supercategory for one in file.categories if one.id != 0}
        roots = [one for one in file.categories
                 if one.id == 0 and one.name in parents and one.supercategory in ("none", None)]
        if roots and not _uses(file, 0):
            findings.append(note("root category", f"{file.path}: {roots[0].name!r} (category id 0) "
                                                  "is the heading of the others and no class: no "
                                                  "annotation has it"))
        else:
            roots = []
        kept.append(tuple(one for one in file.categories if one not in roots))
    return kept, findings


def _with_supercategories(kept):
    """Returns the categories, with the supercategory that another file gives where one gives
    none."""
    known = {one.name: one.supercategory for categories in reversed(kept) for one in categories
             if one.supercategory}
    return [tuple(one if one.supercategory else one._replace(supercategory=known.get(one.name))
                  for one in categories) for categories in kept]


def _uses(file, wanted):
    return any(isinstance(one, dict) and same_id(one.get("category_id")) == wanted
               for one in file.annotations or ())


def _disagreements(files, kept):
    """Says what differs between the first file and the others."""
    ids = [{one.name: one.id for one in reversed(categories)} for categories in kept]
    above = [{one.name: one.supercategory for one in reversed(categories)} for categories in kept]
    for file, own, own_above in zip(files[1:], ids[1:], above[1:]):
        where = f"{files[0].path} and {file.path}"
        missing, more = _without(ids[0], own), _without(own, ids[0])
        if missing or more:
            yield warning("other categories", "{}: the categories differ: {}; classes are matched "
                          "by name: rename what should be the same".format(where, "; ".join(
                              f"only in {text}: {some(names, 5)}" for text, names in
                              (("the first", missing), ("the second", more)) if names)))
        moved = _changed(above[0], own_above)
        if moved:
            yield warning("other supercategories", f"{where}: the supercategories of {len(moved)} "
                                                   f"categories differ: {some(moved, 5)}; mend "
                                                   "them, or group by names of categories")
        moved = _changed(ids[0], own)
        if moved:
            yield note("other ids", f"{where}: the ids of {len(moved)} categories differ: "
                                    f"{some(moved, 5)}; classes are matched by name")


def _changed(first, second):
    return [f"{name} ({first[name]}, then {value})" for name, value in second.items()
            if first.get(name, value) != value]


def _without(names, others):
    return [name for name in names if name not in others]


def _file_findings(path, categories, grouping):
    for count, one in _twice(one.id for one in categories):
        yield error("category twice", f"{path}: the category id {one} stands {count} times; give "
                                      "each category its own id")
    for count, name in () if grouping else _twice(one.name for one in categories):
        yield error("category twice", f"{path}: {count} categories are called {name!r}; rename "
                                      "them, or join them by --categories=groups.json")
    for one in categories:
        if _is_background(one.name) and not grouping:
            yield note("background", f"{path}: the category {one.name!r} is class 0, background")


def _twice(values):
    return [(count, value) for value, count in collections.Counter(values).items() if count > 1]
