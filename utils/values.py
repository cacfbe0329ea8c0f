"""Parses the text of a flag's value: numbers, truth, paths."""
import math
import os

from utils.errors import UserError

_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
#: The largest whole number of a flag; TensorFlow's seeds and shapes take no larger ones.
LARGEST = 2 ** 31 - 1


class TooLarge(ValueError):
    """A whole number that is too large; the message says what was expected."""


def parse_bool(text: str) -> bool:
    """Reads what people write for true and false; a ValueError for anything else."""
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError(f"expected true or false, got {text!r}")


def parse_number(text: str) -> float:
    """Reads a number; a ValueError for infinity and for what is no number, which JSON cannot
    hold."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {text!r}")
    return value


def parse_whole(text: str) -> int:
    """Reads a whole number, as 1000 or 1e3; a ValueError for others, `TooLarge` beyond
    `LARGEST`."""
    try:
        value = int(text)
    except ValueError:
        value = parse_number(text)
    if value != int(value):
        raise ValueError(f"expected a whole number, got {text!r}")
    if abs(value) > LARGEST:
        raise TooLarge(f"at most {LARGEST}")
    return int(value)


def clean_path(text: str) -> str:
    """Takes slashes off the end of a path, and puts the home folder for ~; "" stays what it is.

    The shell replaces ~ where a word begins with it, not after the = of --outdir=~/exports.
    """
    return os.path.normpath(os.path.expanduser(text)) if text else text


def require_file_to_write(name: str, path: str) -> None:
    """Raises a `UserError` where no file can be written at `path`; `name`: of the flag that gave
    it."""
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise UserError(f"--{name}={path}: {path} is a folder, expected a file: give its name too")
    if not os.path.isdir(folder):
        raise UserError(f"--{name}={path}: there is no folder {folder}: make it, or choose another")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"--{name}={path}: {folder} is not a folder that can be written to: choose "
                        "another")


def require_folder_to_write(name: str, path: str) -> None:
    """Raises a `UserError` where a folder, made if it is not there, cannot be written at `path`."""
    there = os.path.abspath(path)
    while not os.path.lexists(there):
        there = os.path.dirname(there)
    if not os.path.isdir(there):
        raise UserError(f"--{name}={path}: {os.path.relpath(there)} is a file, expected a folder: "
                        "choose another name")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UserError(f"--{name}={path}: {there} is not a folder that can be written to: choose "
                        "another")
