"""Command lines that begin with a command, or that hold names among their flags."""
import dataclasses
import sys
from typing import Any, Collection, List, Sequence, Tuple

from utils.errors import UserError
from utils.names import unknown_name
from utils.runs.flag_parser import spellings
from utils.runs.help_page import filled, page_width, print_version


def split_command(argv: Sequence[str], names: Collection[str],
                  page: str) -> Tuple[str, List[str]]:
    """Splits a line into its command and the words behind it.

    Args:
      argv: list of words, without the script's name.
      names: the commands that there are.
      page: what --help shows. Without any command it is shown too, and the exit code is 2.

    Raises:
      UserError: the command is unknown; the error lists those that there are.
    """
    if not argv or argv[0] in ("-h", "--help", "--help=all"):
        print(filled(page, page_width()))
        sys.exit(0 if argv else 2)
    if argv[0] == "--version":
        print_version()
        sys.exit(0)
    if argv[0] not in names:
        raise UserError(unknown_name("command", argv[0], names))
    return argv[0], list(argv[1:])


def split_words(flags_type: Any, words: Sequence[str]) -> Tuple[List[str], List[str]]:
    """Tells words that name something from the flags with their values.

    Args:
      flags_type: the dataclass of the flags.
      words: those behind the command.

    Returns:
      (names, words of the flags), for `parse_flags`.
    """
    takes_value = {name for field in dataclasses.fields(flags_type) if field.type is not bool
                   for name in spellings(field.name)}
    names: List[str] = []
    rest: List[str] = []
    waiting = False
    for word in words:
        (rest if waiting or word.startswith("-") else names).append(word)
        waiting = not waiting and word in takes_value
    return names, rest
