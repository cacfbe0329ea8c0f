"""Prints sections and lines in a terminal; commands in them stay whole, for copying."""
from rich.console import Console
from rich.text import Text

from utils.report.common import parted
from utils.report.section import Section


def print_line(console: Console, line: str) -> None:
    """Prints a sentence, wrapped at blanks; a command that ends it comes on a line that is not."""
    sentence, command = parted(line)
    console.print(Text(sentence))
    if command:
        print_command(console, command)


def print_whole(console: Console, line: str) -> None:
    """Prints a line that holds a path without breaks, so that the path can be copied."""
    console.print(Text(line), soft_wrap=True)


def print_command(console: Console, command: str) -> None:
    """Prints a command without breaks: the terminal may fold it, a copy of it is one line."""
    console.print(Text("    " + command), soft_wrap=True)


def print_section(console: Console, section: Section) -> None:
    """Prints what a section says, its tables, what they rest on, and what to run for more."""
    for line in section.text:
        print_line(console, line)
    if section.text and section.tables:
        console.print()
    for table in (table for table in section.tables if table.terminal):
        console.print(table.rich())
    for line in section.remarks:
        print_line(console, line)
    for advice in section.advice:
        console.print(Text(advice.why + ":"))
        print_command(console, advice.command)
