"""One split of a data set: its files, and what the data set says of them. Plain Python."""
import dataclasses
import os
from typing import Tuple

from utils.data.sidecar import DatasetInfo


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

    def image_name(self, index: int, name: str) -> str:
        """Names an image in results: as its record does, or by its place in the split."""
        return name or f"{self.name}_{index}"

    @property
    def raw_pixels(self) -> bool:
        """Whether the records hold raw pixels, as seg-mentor wrote them."""
        return self.info.raw_pixels

    @property
    def folder(self) -> str:
        """The folder of the records."""
        return os.path.dirname(self.files[0])
