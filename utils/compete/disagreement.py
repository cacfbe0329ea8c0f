"""Where the leading entries disagree most: by their predictions alone, so that no label is told."""
import contextlib
import dataclasses
from typing import Dict, List, Sequence, Tuple

import numpy as np

from utils.compete.entries import Entry
from utils.compete.manifest import Manifest
from utils.measures.confusion import confusion_matrix

#: Entries that are compared.
LEADING = 3


@dataclasses.dataclass(frozen=True)
class Disagreement:
    """How the leading entries differ.

    Attributes:
      entries: those compared, the best first; the first run of each.
      shares: float64 [N], the share of each image's pixels in which they are not all of one class.
      pairs: [(class, class, its share of all disputes)], the greatest first; a dispute is a pixel
        that two entries see differently.
    """
    entries: Tuple[Entry, ...]
    shares: np.ndarray
    pairs: Tuple[Tuple[int, int, float], ...]

    def worst(self, count: int) -> List[int]:
        """Lists the images in which they disagree most, of those in which they do."""
        order = np.argsort(-self.shares, kind="stable")[:count]
        return [int(index) for index in order if self.shares[index] > 0]


def disagreement(manifest: Manifest, entries: Sequence[Entry]) -> Disagreement:
    """Compares the predictions of two entries or more, image by image."""
    shares = np.zeros(len(manifest.images))
    classes = manifest.num_classes
    disputes = np.zeros((classes, classes), np.int64)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(entry.predictions(manifest)) for entry in entries]
        for index, image in enumerate(manifest.images):
            seen = [predictions(image) for predictions in opened]
            shares[index] = differing(seen).mean()
            for place, one in enumerate(seen):
                for other in seen[place + 1:]:
                    disputes += confusion_matrix(one, other, classes)
    return Disagreement(tuple(entries), shares, _ranked(disputes))


def differing(seen: Sequence[np.ndarray]) -> np.ndarray:
    """Tells in which pixels predictions uint8 [H, W] are not all the same: bool [H, W]."""
    return np.any([one != seen[0] for one in seen[1:]], axis=0)


def _ranked(disputes: np.ndarray) -> Tuple[Tuple[int, int, float], ...]:
    both = np.triu(disputes + disputes.T, 1)
    total = both.sum()
    found: Dict[Tuple[int, int], float] = {
        (int(a), int(b)): float(both[a, b] / total) for a, b in zip(*np.nonzero(both))}
    return tuple((a, b, share) for (a, b), share in sorted(
        found.items(), key=lambda item: -item[1]))
