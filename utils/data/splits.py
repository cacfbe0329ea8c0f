"""The splits of a data set, and the names that people give them."""
import re
from typing import Dict, Optional

from utils.errors import UserError
from utils.names import unknown_name

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
        raise UserError(unknown_name("split", name, SPLITS))
    return split


def parse_counts(text: str) -> Dict[str, int]:
    """Parses --counts: {split: images} for "400,100,100"."""
    parts = text.split(",")
    if len(parts) != len(SPLITS) or not all(re.match(" *[0-9]{1,6} *$", part) for part in parts):
        raise UserError(f"--counts: got {text!r}, expected three numbers: training, validation and "
                        "test images, as in 400,100,100")
    counts = {split: int(part) for split, part in zip(SPLITS, parts)}
    if not counts["training"]:
        raise UserError(f"--counts: got {text!r}, expected at least one training image, the first "
                        "number")
    return counts
