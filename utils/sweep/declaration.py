"""Declares the comparisons of a sweep before its first run.

    looks: [5, 10]            # after 5 seeds of each, and after 10 where that left it open
    spending: obrien_fleming  # or pocock: one level at all looks
    split: test               # whose scores are compared; or validation
    margin: 1.0               # points up to which configurations count as equal
    level: .95                # 1 - level: chance of a false claim at any of the looks

A sweep of `seeds: 5` has one look, at 5.
"""
from typing import Any

from utils.data.splits import split_of
from utils.errors import UserError
from utils.runs.plans import MOST_LOOKS, MOST_SEEDS, Declaration
from utils.statistics.looks import OBRIEN_FLEMING, SPENDINGS, Looks

#: Keys of a sweep file that are about this.
DECLARED = ("looks", "spending", "split", "margin", "level")
#: Splits that every run is tested on at its end.
TESTED_SPLITS = ("test", "validation")


def declare(seeds: int, looks: Any = None, spending: Any = None, split: Any = "test",
            margin: Any = 1.0, level: Any = .95) -> Declaration:
    """Makes the `Declaration` out of the parts of a sweep file.

    Args:
      seeds: how many there are of each configuration; not used with looks.

    Raises:
      UserError: a part is not what it should be.
    """
    if looks is None and spending is not None:
        raise UserError(f"spending: there is one look, at {seeds} seeds, expected looks: [5, 10] "
                        "or the like beside it")
    spending = OBRIEN_FLEMING if spending is None else spending
    if spending not in SPENDINGS:
        raise UserError("spending: got {!r}, expected one of {}".format(
            spending, ", ".join(SPENDINGS)))
    counts = (seeds,) if looks is None else _looks(looks)
    tested = split_of(split) if isinstance(split, str) else None
    if tested not in TESTED_SPLITS:
        raise UserError("split: got {!r}, expected one of {}".format(
            split, ", ".join(TESTED_SPLITS)))
    margin = _number("margin", margin, 0, 100)
    level = _number("level", level, .5, .999)
    return Declaration(Looks(counts, spending), tested, margin, level)


def _looks(looks):
    whole = isinstance(looks, list) and all(
        isinstance(count, int) and not isinstance(count, bool) and 2 <= count <= MOST_SEEDS
        for count in looks)
    if not whole or not looks or looks != sorted(set(looks)):
        raise UserError(f"looks: got {looks}, expected rising numbers of seeds from 2 to "
                        f"{MOST_SEEDS}, as in [5, 10]")
    if len(looks) > MOST_LOOKS:
        raise UserError(f"looks: got {len(looks)} of them, expected at most {MOST_LOOKS}: leave "
                        "some out")
    return tuple(looks)


def _number(name, value, low, high):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise UserError(f"{name}: got {value!r}, expected a number from {low:g} to {high:g}")
    return float(value)
