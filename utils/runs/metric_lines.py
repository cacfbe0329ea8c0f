"""Reads `metrics.jsonl`; written by `utils.runs.metrics`. No TensorFlow."""
import json
import os
from typing import Any, Dict, List

from utils.errors import UserError
from utils.stored import COUNT, NUMBER, named, object_problem, optional

#: The metric by which a run watches itself and picks its best checkpoint.
VALIDATION = "mIoU/validation"
_VALUES = named(optional(NUMBER))


def read_lines(path: str) -> List[Dict[str, Any]]:
    """Reads the lines of a metrics file as dicts; leaves out a last line that a kill cut short.

    Raises:
      UserError: a line is damaged; names it.
    """
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        texts = file.read().split(b"\n")
    return [_line(path, number, text) for number, text in enumerate(texts[:-1], 1)]


def _line(path, number, text):
    try:
        entry = json.loads(text.decode("utf-8"))
        problem = object_problem(entry, {"step": COUNT}, ("step",))
    except (ValueError, RecursionError) as error:
        entry, problem = None, f"not JSON ({error})"
    if not problem and not _VALUES.holds(entry):
        problem = "a value is no number"
    if problem:
        raise UserError(f"{path}: line {number} is damaged, {problem}: restore the file, or delete "
                        "the line")
    return entry
