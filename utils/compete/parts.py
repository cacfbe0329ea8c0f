"""Which images are public: chosen at random, whole scenes at a time where scenes are known."""
from typing import Optional, Sequence

import numpy as np

from utils.errors import UserError

#: Images, or scenes, that each part needs: fewer tell no standard error.
FEWEST = 2


def choose_public(count: int, share: float, seed: int,
                  scenes: Optional[Sequence[str]] = None) -> np.ndarray:
    """Chooses the images of the public part: bool [N].

    Scenes come in a random order. Each goes to the public part while that brings its size nearer to
    the share.

    Args:
      count: N.
      share: of the images, more than 0, at most 1; 1 for all.
      seed: of the choice.
      scenes: of each image, or None.

    Raises:
      UserError: fewer than two images, or scenes, in a part.
    """
    unit = np.arange(count) if scenes is None else np.unique(
        np.array(scenes), return_inverse=True)[1].reshape(-1)
    sizes = np.bincount(unit)
    what = "images" if scenes is None else "scenes"
    if len(sizes) < (FEWEST if share >= 1 else 2 * FEWEST):
        raise UserError(f"{len(sizes)} {what}: a public and a private part need {FEWEST} each, "
                        "which a standard error takes: give another --cluster, or --public=1")
    if share >= 1:
        return np.ones(count, bool)
    chosen = _nearest(sizes, np.random.RandomState(seed).permutation(len(sizes)), share * count)
    return np.isin(unit, chosen)


def _nearest(sizes, order, wanted):
    """Returns units whose sizes add up to about `wanted`, `FEWEST` at least and not all but one."""
    chosen = [*order[:FEWEST]]
    for place in order[FEWEST:]:
        now = sizes[chosen].sum()
        nearer = abs(now + sizes[place] - wanted) < abs(now - wanted)
        if nearer and len(chosen) < len(sizes) - FEWEST:
            chosen.append(place)
    return chosen
