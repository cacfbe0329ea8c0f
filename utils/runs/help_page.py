"""The help page of flags, at the width of the terminal."""
import argparse
import re
import shutil
import textwrap


def page_width() -> int:
    """Columns of the terminal, less the two that argparse leaves free; COLUMNS wins."""
    return shutil.get_terminal_size().columns - 2


def filled(text: str, width: int) -> str:
    """Text whose paragraphs are wrapped anew. Indented lines are examples, a command and perhaps a
    remark behind it: where one of them is too long, the remarks go below."""
    lines = text.strip().splitlines() + [""]
    narrow = any(len(line) > width for line in lines if line.startswith(" "))
    blocks, paragraph = [], []
    for line in lines:
        if line.strip() and not line.startswith(" "):
            paragraph.append(line)
            continue
        if paragraph:
            blocks.append(textwrap.fill(" ".join(paragraph), width, break_on_hyphens=False))
            paragraph = []
        blocks += _example(line, width) if narrow else [line]
    return "\n".join(blocks).strip()


def _example(line, width):
    """A command, broken as a shell takes it, and the remark behind it on a line of its own."""
    command, gap, remark = line.lstrip().partition("  ")
    if not command:
        return [line]
    indent = line[:len(line) - len(line.lstrip())]
    words = textwrap.wrap(command, width - 2, initial_indent=indent,
                          subsequent_indent=indent + "    ", break_on_hyphens=False)
    below = textwrap.wrap(remark.strip(), width, initial_indent=indent + "    ",
                          subsequent_indent=indent + "    ") if gap else []
    return [word + " \\" for word in words[:-1]] + words[-1:] + below


def help_text(text: str, default, choices=()) -> str:
    """What the page says of a flag: its help, its choices, and its default unless the help says
    what that is."""
    head, mark, tail = text.partition(" (default")
    if choices:
        head += ": " + ", ".join(str(choice) or '""' for choice in choices)
    if not mark and default not in (None, ""):
        tail = f" (default: {default})"
    return (head + mark + tail).replace("%", "%%")


class Page(argparse.HelpFormatter):
    """One name for each flag, `--batch_size INT`; a boolean shows how to turn it off."""

    def __init__(self, prog):
        super().__init__(prog, max_help_position=26)

    def _fill_text(self, text, width, indent):
        return filled(text, width)

    def _format_action_invocation(self, action):
        names = [name for name in action.option_strings if re.match(r"-\w$|--\w+$", name)]
        if action.nargs == "?":
            return f"--{action.dest}, --no-{action.dest}"
        return ", ".join(names) + ("" if action.nargs == 0 else " " + action.metavar)
