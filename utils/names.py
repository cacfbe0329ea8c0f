"""A name that there is none of: what its error says."""
import difflib
from typing import Dict, Iterable, List


def alike(name: str, names: Iterable[str], most: int = 1, least: float = .6) -> List[str]:
    """Returns the names that read like a misspelt one, the nearest first; capitals do not count.

    Args:
      most: how many.
      least: how alike, of 1, as `difflib.SequenceMatcher.ratio` counts it.
    """
    lower: Dict[str, str] = {}
    for one in names:
        lower.setdefault(one.lower(), one)
    near = difflib.get_close_matches(name.lower(), list(lower), most, least)
    return [lower[one] for one in near]


def unknown_name(kind: str, name: object, names: Iterable[object]) -> str:
    """Writes an error's text: "unknown loss 'focl': choose one of dice, focal; did you mean focal?"

    Args:
      kind: what is named, as it reads in an error.
      name: what was got: a name, or a value of a flag.
      names: those that there are, in the order in which they are told.
    """
    known = [str(one) or '""' for one in names]
    near = alike(str(name), known)
    return "unknown {} {!r}: choose one of {}{}".format(
        kind, name, ", ".join(known), f"; did you mean {near[0]}?" if near else "")
