"""Which images a page shows where there are too many."""
from typing import Optional, Sequence

import numpy as np

#: Most points of a map that stays usable.
MOST_POINTS = 20000


def sampled(count: int, strata: np.ndarray, always: Sequence[int] = (),
            most: Optional[int] = None) -> np.ndarray:
    """Chooses images: all, or a sample with each stratum's share.

    Within strata, which follow each other, every so-manyth of a random order is taken; the choice
    is the same at every call.

    Args:
      count: N, of the images.
      strata: [N], what each image is of: its scene, its most frequent class.
      always: images that are chosen in any case.
      most: of the images; `MOST_POINTS` by default.

    Returns:
      int64, sorted indices.
    """
    most = MOST_POINTS if most is None else most
    if count <= most:
        return np.arange(count)
    fixed = np.unique(np.asarray(always, np.int64))[:most]
    rest = np.setdiff1d(np.arange(count), fixed)
    order = np.random.RandomState(0).permutation(len(rest))
    order = order[np.argsort(np.asarray(strata)[rest][order], kind="stable")]
    places = (np.arange(most - len(fixed)) * len(rest)) // max(most - len(fixed), 1)
    return np.sort(np.concatenate([fixed, rest[order[places]]]))
