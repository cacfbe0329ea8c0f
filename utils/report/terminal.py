"""Prints sections and lines in a terminal; commands in them stay whole, for copying."""
import re

from rich.text import Text

#: Where a command begins in a sentence: it then takes a line of its own.
_COMMAND = re.compile(r": (?=python fcn_\w+\.py )")


def print_line(console, line):
    """Prints a sentence, wrapped at blanks; a command that ends it comes on a line that is not."""
    words, *command = _COMMAND.split(line, maxsplit=1)
    console.print(Text(words + (":" if command else "")))
    for text in command:
        print_command(console, text)


def print_command(console, command):
    """Prints a command without breaks: the terminal may fold it, a copy of it is one line."""
    console.print(Text("    " + command), soft_wrap=True)


def print_section(console, section):
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
