"""The argparse parser of flags: the names that a flag answers to, its bounds, its page."""
import argparse
import dataclasses
import re
import sys
from typing import Any, Callable, Dict, List, Mapping, NoReturn, Optional, Sequence, Tuple

from utils.errors import UserError
from utils.names import alike
from utils.runs.help_page import Page, help_text, print_version
from utils.values import TooLarge, parse_bool, parse_number, parse_whole

#: {type of a flag: (converter of its text, name of the expected value in errors)}
CONVERTERS: Dict[type, Tuple[Callable[[str], Any], str]] = {
    int: (parse_whole, "a whole number"), float: (parse_number, "a finite number"),
    bool: (parse_bool, "true or false"), str: (str, "text")}
#: Help pages of up to this many lines show all flags.
SCREEN = 40

Fields = Sequence["dataclasses.Field[Any]"]


def spellings(name: str) -> Tuple[str, ...]:
    """Lists how a flag may be written, with underscores and with dashes.

    A field whose name would be a word of Python ends in "_", which the flag leaves out.
    """
    name = name.rstrip("_")
    return tuple(dict.fromkeys(("--" + name, "--" + name.replace("_", "-"))))


class Parser(argparse.ArgumentParser):
    """Parses as argparse does; an error is one line, with the nearest flag for a misspelt one."""

    def error(self, message: str) -> NoReturn:
        """Raises the `UserError` of a wrong line."""
        message = re.sub(r"^argument (?:-\w/)?(--\w+)[^:]*: ", r"\1: ", message)
        raise UserError(f"{message} (see --help)")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parses a line whose words are all flags."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            name = unknown[0].split("=")[0]
            near = alike(name, self._option_string_actions)
            self.error("{}{}".format(
                "unknown flag " + unknown[0] if unknown[0].startswith("-")
                else f"got {unknown[0]!r}, expected flags as --name=value",
                f": did you mean {near[0]}?" if near else ""))
        return parsed


def build_parser(fields: Fields, choices: Mapping[str, Sequence[Any]],
                 description: str, more: str = "") -> Parser:
    """Makes the parser of some flags; its page has a section for each group.

    Args:
      fields: of a dataclass, made by `utils.runs.flags.flag`.
      choices: {flag name: the values that its help lists}.
      description: first lines of the page.
      more: what the page says of --help.
    """
    parser = Parser(description=description, usage=argparse.SUPPRESS, allow_abbrev=False,
                    add_help=False, formatter_class=Page)
    groups: Dict[str, Any] = {}
    for field in fields:
        title = field.metadata["group"] or "flags"
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        _add_flag(groups[title], field, choices.get(field.name, ()))
    last = parser.add_argument_group("more")
    last.add_argument("-h", "--help", action="store_true", default=argparse.SUPPRESS,
                      help=more or "show this page")
    last.add_argument("--version", action="store_true", default=argparse.SUPPRESS,
                      help="show the version")
    return parser


def show_if_asked(argv: Sequence[str], fields: Fields, choices: Mapping[str, Sequence[Any]],
                  short_choices: Mapping[str, Sequence[Any]], description: str) -> None:
    """Prints the page or the version that a line asks for, and ends the process.

    `--help` shows the flags with the mark "usual" where all of them are more than a screen, and
    `--help=all` shows all.

    Args:
      argv: list of words, without the script's name.
      fields, choices, description: as `build_parser`.
      short_choices: as `choices`, for the page of the usual flags.
    """
    asked = next((word for word in argv if word == "-h" or re.match("--(help|version)(=|$)", word)),
                 None)
    if asked is None:
        return
    if asked == "--version":
        print_version()
    elif asked in ("-h", "--help", "--help=all"):
        usual = [field for field in fields if "usual" in field.metadata["marks"]]
        page = build_parser(fields, choices, description).format_help()
        if usual and asked != "--help=all" and page.count("\n") > SCREEN:
            more = f"show this page; --help=all shows all {len(fields)} flags"
            page = build_parser(usual, short_choices, description, more).format_help()
        print(page, end="")
    else:
        raise UserError(f"got {asked}, expected --help, --help=all or --version")
    sys.exit(0)


def checked(field: "dataclasses.Field[Any]") -> Callable[[str], Any]:
    """Makes the converter of a field: text -> value, within the field's bounds.

    Raises (the converter):
      argparse.ArgumentTypeError: the text is no such value.
    """
    convert, expected = CONVERTERS[field.type]  # type: ignore[index]
    convert = field.metadata["convert"] or convert

    def parse(text: str) -> Any:
        try:
            value = convert(text)
        except UserError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        except ValueError as error:
            wanted = error if isinstance(error, TooLarge) else expected
            raise argparse.ArgumentTypeError(f"got {text!r}, expected {wanted}") from None
        problem = _outside(value, field.metadata)
        if problem:
            raise argparse.ArgumentTypeError(f"got {text}, expected {problem}")
        return value
    return parse


def _outside(value: Any, bounds: Mapping[str, Any]) -> str:
    """Returns the bound that a value breaks, in words, or ""."""
    at_least, more_than, at_most = (bounds[name] for name in ("at_least", "more_than", "at_most"))
    if at_least is not None and value < at_least:
        return f"at least {at_least}"
    if more_than is not None and value <= more_than:
        return f"more than {more_than}"
    if at_most is not None and value > at_most:
        return f"at most {at_most}"
    return ""


def _add_flag(parser: Any, field: "dataclasses.Field[Any]",
              choices: Optional[Sequence[Any]]) -> None:
    """Adds a field to an argparse parser or group; choices: what its help lists."""
    names: List[str] = list(spellings(field.name))
    if field.metadata["short"]:
        names.insert(0, "-" + field.metadata["short"])
    common: Dict[str, Any] = dict(
        dest=field.name, default=argparse.SUPPRESS, type=checked(field),
        help=help_text(field.metadata["help"], field.default, choices or ()))
    if field.type is bool:
        parser.add_argument(*names, nargs="?", const=True, metavar="BOOL", **common)
        parser.add_argument(*spellings("no-" + field.name), dest=field.name,
                            default=argparse.SUPPRESS, action="store_false",
                            help=argparse.SUPPRESS)
    else:
        kind: Any = field.type
        parser.add_argument(*names, metavar=kind.__name__.upper(), **common)
