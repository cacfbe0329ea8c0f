"""The help page of flags, at the width of the terminal."""
import argparse
import itertools
import re
import shutil
import textwrap
from typing import Any, List, Sequence

from utils.version import VERSION


def page_width() -> int:
    """Counts the columns of a page: the terminal's, less two that argparse leaves free.

    The environment variable COLUMNS replaces the terminal's.
    """
    return shutil.get_terminal_size().columns - 2


def print_version() -> None:
    """Prints what `--version` of every command says."""
    print(f"slimseg {VERSION}")


def filled(text: str, width: int) -> str:
    """Wraps the paragraphs of a page anew.

    Indented lines are examples: a command, and perhaps a remark behind it. Where a line of a block
    of examples is too long, the remarks of the block go below their commands.
    """
    blocks = itertools.groupby(text.strip().splitlines(), key=_kind_of_line)
    filled_blocks = [_block(kind, list(lines), width) for kind, lines in blocks]
    return "\n".join(line for lines in filled_blocks for line in lines).strip()


def _kind_of_line(line: str) -> str:
    return "blank" if not line.strip() else "example" if line.startswith(" ") else "prose"


def _block(kind: str, lines: List[str], width: int) -> List[str]:
    if kind == "prose":
        return textwrap.wrap(" ".join(lines), width, break_on_hyphens=False)
    if kind == "example" and any(len(line) > width for line in lines):
        return [part for line in lines for part in _example(line, width)]
    return lines


def _example(line: str, width: int) -> List[str]:
    """Returns a command, broken as a shell takes it, and the remark behind it on a line of its
    own."""
    command, gap, remark = line.lstrip().partition("  ")
    indent = line[:len(line) - len(line.lstrip())]
    words = textwrap.wrap(command, width - 2, initial_indent=indent,
                          subsequent_indent=indent + "    ", break_on_hyphens=False)
    below = textwrap.wrap(remark.strip(), width, initial_indent=indent + "    ",
                          subsequent_indent=indent + "    ") if gap else []
    return [word + " \\" for word in words[:-1]] + words[-1:] + below


def help_text(text: str, default: Any, choices: Sequence[Any] = ()) -> str:
    """Writes what the page says of a flag: its help, its choices and its default.

    Args:
      text: the help. Where it says "(default ..." itself, no default is added.
      default: the flag's value where it is not given.
      choices: values that it may have; () for any.
    """
    head, mark, tail = text.partition(" (default")
    if choices:
        head += ": " + ", ".join(str(choice) or '""' for choice in choices)
    if not mark and default not in (None, ""):
        tail = f" (default: {default})"
    return (head + mark + tail).replace("%", "%%")


class Page(argparse.HelpFormatter):
    """One name for each flag, `--batch_size INT`; a boolean shows how to turn it off."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return filled(text, width)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        names = [name for name in action.option_strings if re.match(r"-\w$|--\w+$", name)]
        if action.nargs == "?":
            return f"--{action.dest}, --no-{action.dest}"
        return ", ".join(names) + ("" if action.nargs == 0 else f" {action.metavar}")
