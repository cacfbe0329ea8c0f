"""The splits of a data set, and the names that people give them."""
from utils.errors import UserError

#: The splits, as flags, files and the sidecar call them.
SPLITS = ("training", "validation", "test")
_ALIASES = {"train": "training", "val": "validation", "valid": "validation"}


def canonical_split(name):
    """"training" for "train" and so on; a `UserError` that lists the splits for any other."""
    name = _ALIASES.get(name, name)
    if name not in SPLITS:
        raise UserError("unknown split {!r}: choose one of {}".format(name, ", ".join(SPLITS)))
    return name
