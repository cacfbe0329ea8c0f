"""The parts of a sweep that flags stand for, as a sweep file would say them."""
import re

from utils.errors import UserError


def parts_of_flags(flags, given):
    """{part of a sweep: value} of --seeds or --looks, and of how looks are taken.

    Args:
      flags: an object with seeds, looks, spending, split, margin and level.
      given: names of the flags that were on the command line.

    Raises:
      UserError: a number of seeds is none.
    """
    parts = {name: getattr(flags, name) for name in ("spending", "split", "margin", "level")
             if name in given}
    if "looks" in given:
        parts["looks"] = [_number("looks", look, "when to look (5,10)")
                          for look in flags.looks.split(",")]
    if "seeds" in given or "looks" not in given:
        seeds = [_number("seeds", seed, "how many (5), or which (1,5,7)")
                 for seed in flags.seeds.split(",")]
        parts["seeds"] = seeds if "," in flags.seeds else seeds[0]
    return parts


def _number(name, text, expected):
    if not re.match(" *[0-9]{1,10} *$", text):
        raise UserError(f"--{name}: got {text!r}, expected {expected}")
    return int(text)
