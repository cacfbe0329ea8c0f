"""Flags as frozen dataclasses: one field is one flag.

    @dataclasses.dataclass(frozen=True)
    class Flags(object):
        batch_size: int = flag(16, "images in a step", group="training", at_least=1)
        flip: bool = flag(True, "mirror images at random")

    flags, given = parse_flags(Flags, argv, "Trains a net.")

A boolean takes `--flip`, `--flip=False` and `--no-flip`; a flag may be written with dashes or
underscores. Parsing is argparse's. `utils.runs.runargs` stores them.
"""
import argparse
import collections
import dataclasses
import difflib
import math
import re
import sys

from utils.errors import UserError
from utils.registry import Spelling
from utils.runs.help_page import Page, filled, help_text, page_width
from utils.runs.roles import FIRST_RUNS, described
from utils.values import (
    TooLarge,
    clean_path,
    parse_bool,
    parse_number,
    parse_whole,
    require_file_to_write,
    require_folder_to_write,
)

#: Longest side of an image that a flag may ask for, in pixels.
LONGEST_SIDE = 16384

#: What converts the text of a flag of a type, and what it is called where that fails.
CONVERTERS = {int: (parse_whole, "a whole number"), float: (parse_number, "a finite number"),
              bool: (parse_bool, "true or false"), str: (str, "text")}
#: What is checked of a path before anything is done, by what a flag says of it.
_PLACES = {"from": None, "file": require_file_to_write, "folder": require_folder_to_write}


def flag(default, help_text, group="", choices=None, short=None, at_least=None, more_than=None,
         at_most=None, convert=None, path=None, role="", since=FIRST_RUNS, before=None, marks="",
         label=""):
    """A dataclass field that is a flag; its type is the field's annotation.

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
    """
    metadata = dict(help=help_text, group=group, choices=choices, short=short, at_least=at_least,
                    more_than=more_than, at_most=at_most, convert=convert, path=path,
                    **described(role, since, before, marks, label))
    return dataclasses.field(default=default, metadata=metadata)


class _Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, with the nearest flag for a misspelt one."""

    def error(self, message):
        message = re.sub(r"^argument (?:-\w/)?(--\w+)[^:]*: ", r"\1: ", message)
        raise UserError(f"{message} (see --help)")

    def parse_args(self, args=None, namespace=None):
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            name = unknown[0].split("=")[0]
            near = difflib.get_close_matches(name, list(self._option_string_actions), n=1)
            self.error("{}{}".format(
                "unknown flag " + unknown[0] if unknown[0].startswith("-")
                else f"got {unknown[0]!r}, expected flags as --name=value",
                f": did you mean {near[0]}?" if near else ""))
        return parsed


def checked(field):
    """The converter of a field: text -> value, within the field's bounds.

    Raises (the converter):
      argparse.ArgumentTypeError: the text is no such value.
    """
    convert, expected = CONVERTERS[field.type]
    convert = field.metadata["convert"] or convert
    bounds = field.metadata

    def parse(text):
        try:
            value = convert(text)
        except UserError as error:
            raise argparse.ArgumentTypeError(str(error))
        except ValueError as error:
            wanted = error if isinstance(error, TooLarge) else expected
            raise argparse.ArgumentTypeError(f"got {text!r}, expected {wanted}")
        for bound, holds, words in ((bounds["at_least"], lambda v, b: v >= b, "at least"),
                                    (bounds["more_than"], lambda v, b: v > b, "more than"),
                                    (bounds["at_most"], lambda v, b: v <= b, "at most")):
            if bound is not None and not holds(value, bound):
                raise argparse.ArgumentTypeError(
                    f"got {text}, expected {words} {bound}")
        return value
    return parse


def _add_flag(parser, field, choices):
    """Adds a field to an argparse parser or group; choices: its allowed values, or None."""
    names = ["--" + field.name]
    if "_" in field.name:
        names.append("--" + field.name.replace("_", "-"))
    if field.metadata["short"]:
        names.insert(0, "-" + field.metadata["short"])
    common = dict(dest=field.name, default=argparse.SUPPRESS, type=checked(field),
                  help=help_text(field.metadata["help"], field.default, choices))
    if field.type is bool:
        parser.add_argument(*names, nargs="?", const=True, metavar="BOOL", **common)
        negative = sorted({"--no-" + field.name, "--no-" + field.name.replace("_", "-")})
        parser.add_argument(*negative, dest=field.name, default=argparse.SUPPRESS,
                            action="store_false", help=argparse.SUPPRESS)
    else:
        parser.add_argument(*names, metavar=field.type.__name__.upper(), **common)


def parse_flags(flags_type, argv, description, choices=None):
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
    """
    fields = dataclasses.fields(flags_type)
    allowed = {field.name: field.metadata["choices"] for field in fields}
    allowed.update(choices or {})
    spellings = {name: values for name, values in allowed.items() if isinstance(values, Spelling)}
    allowed = {name: _values(values) for name, values in allowed.items()}
    given = vars(_parser(fields, allowed, description).parse_args(argv))
    for name, value in given.items():
        if name in spellings:
            given[name] = _spelled(name, value, spellings[name])
        elif allowed[name] and value not in allowed[name]:
            known = ", ".join(str(choice) or '""' for choice in allowed[name])
            raise UserError(f"--{name}: unknown value {value!r}: choose one of {known}")
    given.update(_paths(fields, given))
    for name in _repeated(fields, argv):
        sys.stderr.write(f"note: --{name} was given more than once: {given[name]!r} counts\n")
    return flags_type(**given), frozenset(given)


def _values(choices):
    """The list of the values that a flag shows on its page."""
    if isinstance(choices, Spelling):
        return choices.names()
    return list(choices() if callable(choices) else choices or ())


def _spelled(name, text, spelling):
    """The one spelling of a choice with parameters; its error names the flag."""
    try:
        return spelling.spelled(text)
    except UserError as error:
        raise UserError(f"--{name}: {error}") from None


def _parser(fields, allowed, description):
    """The parser of the fields, with a page that has a section for each group."""
    parser = _Parser(description=description, usage=argparse.SUPPRESS, allow_abbrev=False,
                     add_help=False, formatter_class=Page)
    groups = {}
    for field in fields:
        title = field.metadata["group"] or "flags"
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        _add_flag(groups[title], field, allowed[field.name])
    parser.add_argument_group("more").add_argument(
        "-h", "--help", action="help", help="show this page")
    return parser


def _paths(fields, given):
    """{name: path} of the paths that were given, cleaned, and fit for what is to be done there."""
    cleaned = {}
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


def _repeated(fields, argv):
    """Names of flags that were given more than once, with or without a `no-`."""
    names = {field.name for field in fields}
    words = [word[2:].split("=")[0].replace("-", "_") for word in argv if word.startswith("--")]
    words = [word[3:] if word.startswith("no_") and word not in names else word for word in words]
    return sorted(name for name, count in collections.Counter(words).items()
                  if count > 1 and name in names)


def split_command(argv, names, page):
    """(command, its words) of a line that begins with a command.

    Args:
      argv: list of words, without the script's name.
      names: the commands that there are.
      page: what --help shows; it is shown too, with exit code 2, where there is no command.

    Raises:
      UserError: another command; lists those there are.
    """
    if not argv or argv[0] in ("-h", "--help"):
        print(filled(page, page_width()))
        sys.exit(0 if argv else 2)
    if argv[0] not in names:
        raise UserError("unknown command {!r}: choose one of {}".format(
            argv[0], ", ".join(names)))
    return argv[0], argv[1:]


def split_words(flags_type, words):
    """(words that are no flags, the flags with their values), for commands that take names too."""
    takes_value = {name for field in dataclasses.fields(flags_type) if field.type is not bool
                   for name in ("--" + field.name, "--" + field.name.replace("_", "-"))}
    names, rest, waiting = [], [], False
    for word in words:
        (rest if waiting or word.startswith("-") else names).append(word)
        waiting = not waiting and word in takes_value
    return names, rest


def parse_size(text, name="pixels"):
    """(height, width) for "512" (a square) and "360x480"; None (native) for "0".

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


def parse_range(text, name, lowest=0.0, greatest=math.inf):
    """(low, high) for "LO,HI" with LO <= HI within bounds; `name` is the flag, for the error."""
    try:
        low, high = (parse_number(part) for part in text.split(","))
    except ValueError:
        low, high = 0.0, -1.0
    if not lowest < low <= high <= greatest:
        raise UserError("--{}: got {!r}, expected LO,HI with {:g} < LO <= HI{}, as in "
                        "0.75,1.5".format(name, text, lowest, "" if math.isinf(greatest)
                                          else f" <= {greatest:g}"))
    return low, high
