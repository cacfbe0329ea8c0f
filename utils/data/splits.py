"""The splits of a data set, and the names that people give them."""
from typing import Optional

from utils.errors import UserError

#: The splits, as flags, files and the sidecar call them.
SPLITS = ("training", "validation", "test")
_ALIASES = {"train": "training", "val": "validation", "valid": "validation", "testing": "test"}


def split_of(name: str) -> Optional[str]:
    """Returns the split that a word means, in upper or lower case: "training" for "Train"; or
    None."""
    name = _ALIASES.get(name.lower(), name.lower())
    return name if name in SPLITS else None


def canonical_split(name: str) -> str:
    """Does as `split_of`; a `UserError` lists the splits for a word that means none."""
    split = split_of(name)
    if split is None:
        raise UserError("unknown split {!r}: choose one of {}".format(name, ", ".join(SPLITS)))
    return split
