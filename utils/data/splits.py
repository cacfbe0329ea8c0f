"""The splits of a data set, and the names that people give them."""
import dataclasses
import os
from typing import Optional, Tuple

from utils.data.sidecar import DatasetInfo
from utils.errors import UserError

#: The splits, as flags, files and the sidecar call them.
SPLITS = ("training", "validation", "test")
_ALIASES = {"train": "training", "val": "validation", "valid": "validation", "testing": "test"}


def split_of(name: str) -> Optional[str]:
    """The split that a word means, in upper or lower case: "training" for "Train"; or None."""
    name = _ALIASES.get(name.lower(), name.lower())
    return name if name in SPLITS else None


def canonical_split(name: str) -> str:
    """`split_of`; a `UserError` that lists the splits for a word that means none."""
    split = split_of(name)
    if split is None:
        raise UserError("unknown split {!r}: choose one of {}".format(name, ", ".join(SPLITS)))
    return split


@dataclasses.dataclass(frozen=True)
class Split:
    """The records of one split, with what their data set says of them.

    Attributes:
      name: "training", "validation" or "test".
      files: paths of its records; their order is that of the images.
      info: the `DatasetInfo` of the data set.
    """
    name: str
    files: Tuple[str, ...]
    info: DatasetInfo

    @property
    def count(self) -> int:
        """Images in the split, as dataset.json says."""
        return self.info.split(self.name).count

    @property
    def sha256(self) -> str:
        """Hash of its names, images and labels in order."""
        return self.info.split(self.name).sha256

    @property
    def raw_pixels(self) -> bool:
        """Whether the records hold raw pixels, as seg-mentor wrote them."""
        return self.info.legacy

    @property
    def folder(self) -> str:
        """The folder of the records."""
        return os.path.dirname(self.files[0])
