"""One split of a data set: its files, and what the data set says of them. Plain Python."""
import dataclasses
import os
from typing import Optional, Sequence, Tuple

from utils.data.sidecar import DatasetInfo, SplitInfo


@dataclasses.dataclass(frozen=True)
class Subset:
    """Some images of a split, chosen by their names.

    Attributes:
      places: of the images among the records, rising.
      names: of the images, in that order.
      counts: the `SplitInfo` of these images alone; its sha256 is of the split's and their names.
    """
    places: Tuple[int, ...]
    names: Tuple[str, ...]
    counts: SplitInfo


@dataclasses.dataclass(frozen=True)
class Split:
    """The records of one split, or a subset of them, with what their data set says of them.

    Attributes:
      name: "training", "validation" or "test".
      files: paths of its records; their order is that of the images.
      info: the `DatasetInfo` of the data set; it counts whole splits.
      subset: the images that are meant; None for all.
    """
    name: str
    files: Tuple[str, ...]
    info: DatasetInfo
    subset: Optional[Subset] = None

    @property
    def counts(self) -> SplitInfo:
        """What is counted of its images."""
        return self.subset.counts if self.subset else self.info.split(self.name)

    @property
    def count(self) -> int:
        """Images in the split, as dataset.json says, or in the subset."""
        return self.counts.count

    @property
    def sha256(self) -> str:
        """Hash of its names, images and labels in order; of a subset as `Subset` says."""
        return self.counts.sha256

    @property
    def has_instances(self) -> bool:
        """Whether the records tell objects apart, of every image."""
        return self.info.split(self.name).instances_per_class is not None

    def places(self, chosen: Optional[Sequence[int]] = None) -> Optional[Sequence[int]]:
        """Finds images among the records.

        Args:
          chosen: rising numbers of images of the split or subset; None for all.

        Returns:
          their rising places; None for all records.
        """
        if self.subset is None:
            return chosen
        places = self.subset.places
        return [places[index] for index in (range(len(places)) if chosen is None else chosen)]

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
