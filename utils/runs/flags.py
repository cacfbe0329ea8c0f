"""Flags as frozen dataclasses: one field is one flag.

    @dataclasses.dataclass(frozen=True)
    class Flags:
        batch_size: int = flag(16, "images in a step", group="training", at_least=1)
        flip: bool = flag(True, "mirror images at random")

    flags, given = parse_flags(Flags, argv, "Trains a net.")

A boolean takes `--flip`, `--flip=False` and `--no-flip`; a flag may be written with dashes or
underscores. Parsing is argparse's. `utils.runs.runargs` stores them.
"""
import collections
import dataclasses
import math
import re
import sys
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple, TypeVar

from utils.errors import UserError
from utils.names import unknown_name
from utils.registry import Spelling
from utils.runs.flag_parser import Fields, build_parser, show_if_asked
from utils.runs.roles import FIRST_RUNS, described
from utils.values import (
    clean_path,
    parse_number,
    require_file_to_write,
    require_folder_to_write,
)

_Flags = TypeVar("_Flags")
#: Longest side of an image that a flag may ask for, in pixels.
LONGEST_SIDE = 16384

#: What is checked of a path before anything is done, by what a flag says of it.
_PLACES = {"from": None, "file": require_file_to_write, "folder": require_folder_to_write}


def flag(default: Any, help_text: str, group: str = "", choices: Any = None,
         short: Optional[str] = None, at_least: Optional[float] = None,
         more_than: Optional[float] = None, at_most: Optional[float] = None,
         convert: Optional[Callable[[str], str]] = None, path: Optional[str] = None,
         role: str = "", since: str = FIRST_RUNS, before: Any = None, marks: str = "",
         label: str = "", separator: str = "") -> Any:
    """Makes a dataclass field that is a flag; the flag's type is the field's annotation.

    Args:
      default: its value when the flag is not given.
      help_text: what `--help` says of it; the default is added unless it says "(default ...".
      group: heading of the flag on the help page.
      choices: the values allowed, or a function that returns them (a registry's `names`); those
        that this package must not import are given to `parse_flags` instead.
      short: one-letter form, "g" for `-g`.
      at_least, more_than, at_most: bounds of a number.
      convert: text -> text of a value that has several spellings ("val" for "validation"); raises
        a `UserError` for any other.
      path: "from" where the value names something to read, "file" or "folder" where it names what
        is written: then a place that cannot be written to is refused at once.
      role: what it is to a run, one of `utils.runs.roles.ROLES`; "" for a flag that no run stores.
      since: the day it came, "2026-11-21": runs from before lack it. Their configuration keys do
        too, so a key leaves it out where it has the value of `before`.
      before: the value that runs from before had, in effect (default: `default`).
      marks: words of `utils.runs.roles.MARKS`, with spaces between.
      label: its short name in labels of configurations (default: its name).
      separator: between the values of a flag that takes several; "" where it takes one.
    """
    metadata = dict(help=help_text, group=group, choices=choices, short=short, at_least=at_least,
                    more_than=more_than, at_most=at_most, convert=convert, path=path,
                    separator=separator, **described(role, since, before, marks, label))
    return dataclasses.field(default=default, metadata=metadata)


def parse_flags(flags_type: Callable[..., _Flags], argv: Sequence[str], description: str,
                choices: Optional[Mapping[str, Any]] = None) -> Tuple[_Flags, FrozenSet[str]]:
    """Parses a command line.

    Args:
      flags_type: a frozen dataclass whose fields are made by `flag`.
      argv: list of words, without the script's name.
      description: first lines of the help page.
      choices: {flag name: allowed values, or a `Spelling`} for flags whose choices are registered
        elsewhere.

    Returns:
      (flags, given): the dataclass, and the frozenset of the names of flags that were on the line.

    Raises:
      UserError: one line that says what was got and what was expected.
      SystemExit: the line asked for the help page or the version, which are printed.
    """
    fields = dataclasses.fields(flags_type)  # type: ignore[arg-type]
    choices = dict({field.name: field.metadata["choices"] for field in fields}, **(choices or {}))
    allowed = {name: _values(values) for name, values in choices.items()}
    shown = {name: values.names() if isinstance(values, Spelling) else allowed[name]
             for name, values in choices.items()}
    show_if_asked(argv, fields, shown, allowed, description)
    given = vars(build_parser(fields, shown, description).parse_args(argv))
    for name, value in given.items():
        if isinstance(choices[name], Spelling):
            given[name] = _spelled(name, value, choices[name])
        elif allowed[name] and value not in allowed[name]:
            raise UserError(f"--{name}: " + unknown_name("value", value, allowed[name]))
    given.update(_paths(fields, given))
    for name in _repeated(fields, argv):
        value = given[name if name in given else name + "_"]
        sys.stderr.write(f"note: --{name} was given more than once: {value!r} counts\n")
    return flags_type(**given), frozenset(given)


def _values(choices: Any) -> List[Any]:
    """Returns the values that a flag may have; of a `Spelling`, the names without parameters."""
    if isinstance(choices, Spelling):
        return choices.registry.names()
    return list(choices() if callable(choices) else choices or ())


def _spelled(name: str, text: str, spelling: Spelling) -> str:
    """Returns the one spelling of a choice with parameters; its error names the flag."""
    try:
        return spelling.spelled(text)
    except UserError as error:
        raise UserError(f"--{name}: {error}") from None


def _paths(fields: Fields, given: Mapping[str, Any]) -> Dict[str, str]:
    """Returns {name: path} of the paths that were given, cleaned, and fit for what is to be done
    there."""
    cleaned: Dict[str, str] = {}
    for field in fields:
        if not field.metadata["path"] or field.name not in given:
            continue
        path = cleaned[field.name] = clean_path(given[field.name])
        if not path and field.default:
            raise UserError(f"--{field.name}= is empty, expected a path: leave the flag out for "
                            f"{field.default}")
        require = _PLACES[field.metadata["path"]]
        if path and require:
            require(field.name, path)
    return cleaned


def _repeated(fields: Fields, argv: Sequence[str]) -> List[str]:
    """Returns the names of flags that were given more than once, with or without a `no-`."""
    names = {field.name.rstrip("_") for field in fields}
    words = [word[2:].split("=")[0].replace("-", "_") for word in argv if word.startswith("--")]
    words = [word[3:] if word.startswith("no_") and word not in names else word for word in words]
    return sorted(name for name, count in collections.Counter(words).items()
                  if count > 1 and name in names)


def parse_size(text: str, name: str = "pixels") -> Optional[Tuple[int, int]]:
    """Reads a size: (height, width) for "512" (a square) and "360x480"; None (native) for "0".

    Args:
      text: the value of a flag.
      name: the flag, for the error.
    """
    parts = str(text).lower().split("x")
    sides = [int(part) if re.match("[0-9]{1,9}$", part) else -1 for part in parts]
    if sides == [0]:
        return None
    if len(sides) > 2 or not all(0 < side <= LONGEST_SIDE for side in sides):
        raise UserError(f"--{name}: got {text!r}, expected a side (512), height x width (360x480) "
                        f"or 0 for the images' own size; at most {LONGEST_SIDE}")
    return sides[0], sides[-1]


def parse_range(text: str, name: str, lowest: float = 0.0,
                greatest: float = math.inf) -> Tuple[float, float]:
    """Reads "LO,HI" with lowest < LO <= HI <= greatest; `name` is the flag, for the error."""
    try:
        low, high = (parse_number(part) for part in text.split(","))
    except ValueError:
        low, high = 0.0, -1.0
    if not lowest < low <= high <= greatest:
        raise UserError("--{}: got {!r}, expected LO,HI with {:g} < LO <= HI{}, as in "
                        "0.75,1.5".format(name, text, lowest, "" if math.isinf(greatest)
                                          else f" <= {greatest:g}"))
    return low, high
