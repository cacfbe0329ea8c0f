"""Flags as frozen dataclasses: one field is one flag, and their JSON is `runargs`.

    @dataclasses.dataclass(frozen=True)
    class Flags(object):
        batch_size: int = flag(16, "images in a step", group="training", at_least=1)
        flip: bool = flag(True, "mirror images at random")

    flags, given = parse_flags(Flags, argv, "Trains a net.")

A boolean takes `--flip`, `--flip=False` and `--no-flip`; a flag may be written with dashes or
underscores. Parsing and the help page are argparse's.
"""
import argparse
import dataclasses
import difflib
import json
import sys

from utils.errors import UserError

_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


def flag(default, help_text, group="", choices=None, short=None, at_least=None, more_than=None,
         at_most=None, convert=None):
    """A dataclass field that is a flag; its type is the field's annotation.

    Args:
      default: its value when the flag is not given.
      help_text: what `--help` says of it; the default is added.
      group: heading of the flag on the help page.
      choices: the values allowed, or a function that returns them (a registry's `names`); those
        that this package must not import are given to `parse_flags` instead.
      short: one-letter form, "g" for `-g`.
      at_least, more_than, at_most: bounds of a number.
      convert: text -> text of a value that has several spellings ("val" for "validation"); raises
        a `UserError` for any other.
    """
    metadata = dict(help=help_text, group=group, choices=choices, short=short, at_least=at_least,
                    more_than=more_than, at_most=at_most, convert=convert)
    return dataclasses.field(default=default, metadata=metadata)


class _Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, with the nearest flag for a misspelt one."""

    def error(self, message):
        raise UserError("{} (see --help)".format(message))

    def parse_args(self, args=None, namespace=None):
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            name = unknown[0].split("=")[0]
            near = difflib.get_close_matches(name, list(self._option_string_actions), n=1)
            self.error("unknown flag {}{}".format(
                unknown[0], ": did you mean {}?".format(near[0]) if near else ""))
        return parsed


def parse_bool(text):
    """True or False for what people write; ValueError otherwise."""
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError("expected true or false, got {!r}".format(text))


def _checked(field):
    """The converter of a field: text -> value, within the field's bounds."""
    convert = field.metadata["convert"] or (parse_bool if field.type is bool else field.type)
    bounds = field.metadata

    def parse(text):
        try:
            value = convert(text)
        except UserError as error:
            raise argparse.ArgumentTypeError(str(error))
        except ValueError:
            raise argparse.ArgumentTypeError(
                "got {!r}, expected {}".format(text, _TYPE_NAMES[field.type]))
        for bound, holds, words in ((bounds["at_least"], lambda v, b: v >= b, "at least"),
                                    (bounds["more_than"], lambda v, b: v > b, "more than"),
                                    (bounds["at_most"], lambda v, b: v <= b, "at most")):
            if bound is not None and not holds(value, bound):
                raise argparse.ArgumentTypeError(
                    "got {}, expected {} {}".format(text, words, bound))
        return value
    return parse


_TYPE_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def _help(field, choices):
    text = field.metadata["help"].replace("%", "%%")
    if choices:
        text += ": " + ", ".join(str(choice) or '""' for choice in choices)
    if field.default not in (None, ""):
        text += " (default: {})".format(str(field.default).replace("%", "%%"))
    return text


def _add_flag(parser, field, choices):
    """Adds a field to an argparse parser or group; choices: its allowed values, or None."""
    names = ["--" + field.name]
    if "_" in field.name:
        names.append("--" + field.name.replace("_", "-"))
    if field.metadata["short"]:
        names.insert(0, "-" + field.metadata["short"])
    common = dict(dest=field.name, default=argparse.SUPPRESS)
    if field.type is bool:
        parser.add_argument(*names, nargs="?", const=True, type=_checked(field), metavar="BOOL",
                            help=_help(field, choices), **common)
        negative = sorted({"--no-" + field.name, "--no-" + field.name.replace("_", "-")})
        parser.add_argument(*negative, action="store_false", help=argparse.SUPPRESS, **common)
    else:
        parser.add_argument(*names, type=_checked(field), metavar=field.type.__name__.upper(),
                            help=_help(field, choices), **common)


def parse_flags(flags_type, argv, description, choices=None):
    """Parses a command line.

    Args:
      flags_type: a frozen dataclass whose fields are made by `flag`.
      argv: list of words, without the script's name.
      description: first lines of the help page.
      choices: {flag name: allowed values} for flags whose choices are registered elsewhere.

    Returns:
      (flags, given): the dataclass, and the frozenset of the names of flags that were on the line.

    Raises:
      UserError: one line that says what was got and what was expected.
    """
    parser = _Parser(description=description, allow_abbrev=False,
                     formatter_class=argparse.RawDescriptionHelpFormatter)
    fields = dataclasses.fields(flags_type)
    allowed = {field.name: field.metadata["choices"] for field in fields}
    allowed.update(choices or {})
    allowed = {name: list(values() if callable(values) else values or ())
               for name, values in allowed.items()}
    groups = {}
    for field in fields:
        title = field.metadata["group"]
        if title and title not in groups:
            groups[title] = parser.add_argument_group(title)
        _add_flag(groups.get(title, parser), field, allowed[field.name])
    given = vars(parser.parse_args(argv))
    for name, value in given.items():
        if allowed[name] and value not in allowed[name]:
            raise UserError("--{}: unknown value {!r}: choose one of {}".format(
                name, value, ", ".join(str(choice) or '""' for choice in allowed[name])))
    return flags_type(**given), frozenset(given)


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
        print(page.strip())
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


def to_json(flags):
    """The text of `runargs`: one flag a line, in the order of the help page."""
    return json.dumps(dataclasses.asdict(flags), indent=2) + "\n"


def from_dict(flags_type, values, path="runargs"):
    """Flags of an earlier run; flags that have come since keep their defaults, unknown ones are
    left out (a newer or older version of the project wrote them).

    Args:
      flags_type: the dataclass.
      values: dict.
      path: the file that they are from, for the error.

    Raises:
      UserError: a value is of another type than the flag, or outside its bounds.
    """
    fields = [field for field in dataclasses.fields(flags_type) if field.name in values]
    for field in fields:
        problem = _stored_problem(field, values[field.name])
        if problem:
            raise UserError("{} is damaged, {!r}: {}: restore it, or train again".format(
                path, field.name, problem))
    return flags_type(**{field.name: values[field.name] for field in fields})


def _stored_problem(field, value):
    """Why a value read from JSON cannot be a flag's, or ""; defaults may lie outside the bounds."""
    types = (int, float) if field.type is float else (field.type,)  # JSON may say 30 for 30.0
    limit = 2 ** 63 if field.type is int else float("inf")
    if type(value) not in types or field.type is not str and not abs(value) < limit:
        return "got {!r}, expected {}".format(value, _TYPE_NAMES[field.type])
    try:
        if value != field.default:
            _checked(field)(str(value))
    except argparse.ArgumentTypeError as error:
        return str(error)
    return ""


def parse_size(text):
    """`--pixels`: (height, width) for "512" (a square) and "360x480"; None (native) for "0"."""
    parts = str(text).lower().split("x")
    if not all(part.isdigit() for part in parts) or len(parts) > 2:
        raise UserError("--pixels: got {!r}, expected a side (512), height x width (360x480) or 0 "
                        "for the images' own size".format(text))
    height, width = int(parts[0]), int(parts[-1])
    if height == 0 or width == 0:
        return None
    return height, width


def parse_range(text, name):
    """(low, high) for "LO,HI" with 0 < LO <= HI; `name` is the flag, for the error."""
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        low, high = 0.0, -1.0
    if not 0 < low <= high:
        raise UserError("--{}: got {!r}, expected LO,HI with 0 < LO <= HI, as in 0.75,1.5".format(
            name, text))
    return low, high
