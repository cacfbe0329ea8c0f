"""The outcome of each format: its file, its comparison, and whether it is within its bounds."""
import dataclasses
from typing import Dict, List, Optional, Sequence

from utils.errors import UserError
from utils.export.compare import Comparison
from utils.values import parse_number

_HEADINGS = ("format", "MB", "largest difference of scores", "its share of the largest",
             "pixels that differ", "mIoU (tested)", "images/s (tested)")


@dataclasses.dataclass(frozen=True)
class Bounds:
    """How much an export may differ: `Comparison.relative`, `Comparison.pixels`."""
    scores: float
    pixels: float


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One format's export.

    Attributes:
      format: its word in --formats.
      file: name of the file or folder, in the folder of the export.
      bytes: its size.
      bounds: how much it may differ.
      comparison: how it differs; None where it could not be run.
      problem: one line, "" where the file is in place.
    """
    format: str
    file: str
    bytes: int
    bounds: Bounds
    comparison: Optional[Comparison]
    problem: str


def parse_bounds(text: str, name: str, formats: Sequence[str]) -> Dict[str, float]:
    """Parses bounds: {format name: number} of "0.1" (every format) or "tflite:0.1,onnx:1e-4".

    Args:
      text: the flag's value.
      name: the flag, for errors.
      formats: names that may occur.
    """
    bounds = {}
    for part in filter(None, text.split(",")):
        which, _, number = part.rpartition(":")
        try:
            value = parse_number(number)
        except ValueError:
            value = -1.0
        if not value >= 0 or which not in ("",) + tuple(formats):
            raise UserError("--{}: got {!r}, expected a number, or FORMAT:NUMBER with a format of "
                            "this export ({})".format(name, part, ", ".join(formats)))
        bounds.update({one: value for one in (formats if not which else [which])})
    return bounds


def problem_of(comparison: Comparison, bounds: Bounds, name: str) -> str:
    """Says in one line where a comparison is beyond its bounds; "" where it is not."""
    if comparison.relative is not None and not comparison.relative <= bounds.scores:
        return (f"{name}: a score differs by {comparison.score_difference:.3g}, "
                f"{comparison.relative:.2g} of the largest, beyond the bound of {bounds.scores:g}: "
                f"left out (--max_scores={name}:... to allow it)")
    if not comparison.pixels <= bounds.pixels:
        return (f"{name}: {comparison.pixels:.2%} of the pixels have another class, beyond the "
                f"bound of {bounds.pixels:.2%}: left out (--max_pixels={name}:... to allow it)")
    return ""


def table(outcomes: Sequence[Outcome]) -> List[str]:
    """Makes the lines of a table of what was compared."""
    rows = [_HEADINGS] + [_row(outcome) for outcome in outcomes if outcome.comparison]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip()
            for row in rows]


def _row(outcome):
    found = outcome.comparison
    scores = ("-", "-")
    if found.score_difference is not None:
        scores = f"{found.score_difference:.2e}", f"{found.relative:.1e}"
    miou = "-" if found.miou is None else f"{100 * found.miou:.2f} ({100 * found.tested_miou:.2f})"
    return (outcome.format, f"{outcome.bytes / 1e6:.1f}") + scores + (
        f"{found.pixels:.3%}", miou,
        f"{found.speed:.1f} ({found.tested_speed:.1f})")
