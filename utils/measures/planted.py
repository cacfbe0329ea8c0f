"""Plants faults in labels, to measure how well faults are found. numpy and scipy only.

Kinds and sizes follow Lad & Mueller (arXiv 2307.05080, sec. 5): objects are dropped, swapped and
shifted.
"""
from typing import NamedTuple, Optional, Sequence

import numpy as np

from utils.lazy import lazy_module
from utils.measures.regions import find_regions, paint

ndimage = lazy_module("scipy.ndimage")

KINDS = ("drop", "swap", "shift")
#: Share of the image that a region must have to be planted in: from 250 pixels of 360x480.
LEAST, MOST = 250 / (360 * 480), .15
#: Share of the images that get a fault.
SHARE = .2
#: Shifts of a region, pixels at least, and by the root of its area.
_LEAST_SHIFT, _SHIFT = 3, .5
_DIRECTIONS = ((-1, 0), (1, 0), (0, -1), (0, 1))


class Fault(NamedTuple):
    """A label with a fault in it.

    Attributes:
      label: uint8 [H, W], with the fault.
      changed: bool [H, W], where it differs from the label that was.
    """
    label: np.ndarray
    changed: np.ndarray


def faulty_images(count: int, kind: int, seed: int) -> np.ndarray:
    """Draws the images that get a fault: bool [N], `SHARE` of them.

    Args:
      count: N.
      kind: index of `KINDS`; each has images of its own.
      seed: of the planting.
    """
    chosen = np.zeros(count, bool)
    order = np.random.RandomState([seed, kind]).permutation(count)
    chosen[order[:int(round(SHARE * count))]] = True
    return chosen


def plant(label: np.ndarray, kind: int, classes: Sequence[int], num_classes: int,
          random: np.random.RandomState) -> Optional[Fault]:
    """Plants one fault in a region that is drawn among those of a fitting size.

    drop gives the region the nearest other class; swap gives it a class that is drawn; shift moves
    it up, down, left or right by half the root of its area, and fills the hole as drop does.
    Ignored pixels stay ignored.

    Args:
      label: uint8 [H, W]; values >= num_classes are ignored.
      kind: index of `KINDS`.
      classes: those that swap draws from.
      num_classes: C.
      random: draws region, class and direction.

    Returns:
      a `Fault`, or None where no region has a fitting size, or nothing would change.
    """
    regions = find_regions(label, num_classes)
    fits = _fitting(regions, label)
    if not len(fits):
        return None
    chosen = fits[random.randint(len(fits))]
    inside = paint(regions, np.arange(len(regions.area)) == chosen, label.shape)
    own = int(regions.label[chosen])
    others = [one for one in classes if one != own]
    if not others:
        return None
    made = (_swapped(label, inside, others, random) if KINDS[kind] == "swap" else
            _filled(label, inside, own, num_classes))
    if made is not None and KINDS[kind] == "shift":
        made = _moved(made, label, inside, own, num_classes, random)
    if made is None or (made == label).all():
        return None
    return Fault(made, made != label)


def has_room(label: np.ndarray, num_classes: int) -> bool:
    """Tells whether a label has a region of a fitting size to plant a fault in.

    Args:
      label: uint8 [H, W]; values >= num_classes are ignored.
      num_classes: C.
    """
    return len(_fitting(find_regions(label, num_classes), label)) > 0


def _fitting(regions, label):
    """Returns the indices of regions of a fitting size."""
    share = regions.area / label.size
    return np.flatnonzero((share >= LEAST) & (share <= MOST))


def _swapped(label, inside, others, random):
    made = label.copy()
    made[inside] = others[random.randint(len(others))]
    return made


def _filled(label, inside, own, num_classes):
    """Gives a region the nearest other class; None where the image has no other."""
    source = (label < num_classes) & (label != own)
    if not source.any():
        return None
    rows, columns = ndimage.distance_transform_edt(~source, return_distances=False,
                                                   return_indices=True)
    made = label.copy()
    made[inside] = label[rows[inside], columns[inside]]
    return made


def _moved(made, label, inside, own, num_classes, random):
    """Gives the place beside a region its class."""
    step = max(_LEAST_SHIFT, int(round(_SHIFT * np.sqrt(np.count_nonzero(inside)))))
    down, right = np.array(_DIRECTIONS[random.randint(len(_DIRECTIONS))]) * step
    rows, columns = np.nonzero(inside)
    rows, columns = rows + down, columns + right
    there = (rows >= 0) & (rows < label.shape[0]) & (columns >= 0) & (columns < label.shape[1])
    rows, columns = rows[there], columns[there]
    labelled = label[rows, columns] < num_classes
    made[rows[labelled], columns[labelled]] = own
    return made
