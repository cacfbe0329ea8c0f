"""Finds copies among pictures: re-encoded, resized, mirrored, or cut to a part. numpy only.

All pairs are compared by their hashes, in blocks; the few that are alike are then aligned and
compared cell by cell. Of N pictures that is 28 N^2 products of 64 numbers, and at most 10 aligned
pairs for each picture and group, however many copies there are.
"""
import dataclasses
from typing import Dict, Iterator, List, Sequence, Tuple

import numpy as np

from utils.measures.picture_hashes import (
    WHOLE,
    Sketch,
    aligned_correlation,
    soft_hash,
    windows,
)

#: Kinds of copies, the nearest first.
PIXELS, PICTURE, NEARLY, PART = "same pixels", "same picture", "nearly the same", "part"
#: Correlation of hashes from which a pair is aligned; of aligned details for a copy, and for the
#: same picture. Between CamVid's drives and 166 photographs the second is .67 at most; of
#: pictures stored anew as JPEG of quality 20, or at a third of their size, it is .999 or more.
_LEAST_ALIKE, _LEAST_COPY, _LEAST_SAME = .8, .85, .995
#: Partners of a picture that are looked at in each group.
_PARTNERS = 5
#: Pictures, and their possible partners, that are compared at once.
_ROWS, _COLUMNS = 256, 2048
#: Pairs that are aligned at once.
_ALIGNED = 2048
Pairs = Tuple[np.ndarray, np.ndarray]


@dataclasses.dataclass(frozen=True)
class CopyPair:
    """Two pictures of which one is a copy of the other.

    Attributes:
      first, second: places of the pictures; of a `PART` the first is part of the second.
      kind: one of `PIXELS`, `PICTURE`, `NEARLY`, `PART`.
      mirrored: whether left and right are exchanged.
      correlation: of their aligned details, .85 to 1; 1 for the same pixels.
    """
    first: int
    second: int
    kind: str
    mirrored: bool
    correlation: float

    @property
    def images(self) -> Tuple[int, int]:
        """The two places, the lower first."""
        return min(self.first, self.second), max(self.first, self.second)

    @property
    def order(self) -> Tuple[bool, float, bool]:
        """Sorts the nearest copies first."""
        return self.kind != PIXELS, -round(self.correlation, 2), self.mirrored


def find_copies(sketches: Sequence[Sketch], groups: Sequence[int]) -> List[CopyPair]:
    """Finds the copies of each picture, up to five in each group.

    Pictures with nothing in them (blank, an even sky, a shorter side of fewer than 16 pixels) are
    copies where their pixels are the same, and not compared otherwise.

    Args:
      sketches: of N pictures.
      groups: [N], such as their splits.

    Returns:
      pairs, in the order of their pictures.
    """
    pairs = {pair.images: pair for pair in _same_pixels(sketches, groups)}
    chosen = np.array([place for place, one in enumerate(sketches) if one.detail], np.int64)
    if len(chosen):
        luma = np.stack([sketches[place].luma for place in chosen]).astype(np.float32)
        hashes = [soft_hash(luma, window) for window in windows()]
        members = _members(np.asarray(groups)[chosen])
        for mirrored in (False, True):
            for pair in _near_copies(luma, hashes, members, mirrored):
                _keep_nearest(pairs, dataclasses.replace(
                    pair, first=int(chosen[pair.first]), second=int(chosen[pair.second])))
    return [pairs[images] for images in sorted(pairs)]


def _keep_nearest(pairs: Dict[Tuple[int, int], CopyPair], pair: CopyPair) -> None:
    known = pairs.setdefault(pair.images, pair)
    if pair.order < known.order:
        pairs[pair.images] = pair


def _members(groups):
    return [np.flatnonzero(groups == group) for group in np.unique(groups)]


def _same_pixels(sketches, groups) -> Iterator[CopyPair]:
    """Pairs each picture with the first of each group that has its pixels."""
    first: Dict[str, Dict[int, int]] = {}
    for place, (one, group) in enumerate(zip(sketches, groups)):
        known = first.setdefault(one.pixels, {})
        for other in known.values():
            yield CopyPair(other, place, PIXELS, False, 1.0)
        known.setdefault(group, place)


def _near_copies(luma, hashes, members, mirrored) -> Iterator[CopyPair]:
    """Yields the copies by hashes: of `luma`, or of its mirror images, in `luma`."""
    parts = luma[:, :, ::-1] if mirrored else luma
    own = soft_hash(parts) if mirrored else hashes[0]
    first, second = candidates(own, hashes, members)
    of_window = np.argmax([(own[first] * one[second]).sum(1).round(4) for one in hashes], axis=0)
    for place, window in enumerate(windows()):
        found = np.flatnonzero(of_window == place)
        for start in range(0, len(found), _ALIGNED):
            i, j = (end[found[start:start + _ALIGNED]] for end in (first, second))
            values = aligned_correlation(parts[i], luma[j], window).round(4)
            for one, other, value in zip(i, j, values):
                if value >= _LEAST_COPY:
                    yield CopyPair(int(one), int(other), _kind(window, value), mirrored,
                                   float(value))


def _kind(window, correlation):
    if window != WHOLE:
        return PART
    return PICTURE if correlation >= _LEAST_SAME else NEARLY


def candidates(own: np.ndarray, hashes: Sequence[np.ndarray],
               members: Sequence[np.ndarray]) -> Pairs:
    """Finds pairs whose hashes are alike, up to five for each picture and group.

    Args:
      own: [N, 64], of whole pictures.
      hashes: of each window, [N, 64].
      members: places of each group.

    Returns:
      (int64 [P] pictures, int64 [P] those of which they may be a copy or a part).
    """
    found = [_alike(own, rows, [one[columns] for one in hashes], columns)
             for columns in members
             for rows in np.split(np.arange(len(own)), range(_ROWS, len(own), _ROWS))]
    first, second = (np.concatenate(ends) for ends in zip(*found))
    return first, second


def _alike(own, rows, hashes, columns):
    """Returns the candidates of some pictures in a group."""
    best = np.concatenate([
        _best(own[rows], [one[start:start + _COLUMNS] for one in hashes])
        for start in range(0, len(columns), _COLUMNS)], axis=1)
    best[rows[:, np.newaxis] == columns] = -1
    hit = np.flatnonzero((best >= _LEAST_ALIKE).any(1))
    best, first, second = best[hit].round(4), [], []
    for _ in range(min(_PARTNERS, len(columns))):
        place = best.argmax(1)
        alike = best[np.arange(len(hit)), place] >= _LEAST_ALIKE
        first.append(rows[hit[alike]])
        second.append(columns[place[alike]])
        best[np.arange(len(hit)), place] = -1
    return np.concatenate(first), np.concatenate(second)


def _best(own, hashes):
    """Returns the greatest correlation over the windows: [rows, columns]."""
    best = own @ hashes[0].T
    for one in hashes[1:]:
        np.maximum(best, own @ one.T, out=best)
    return best


def label_difference(pair: CopyPair, sketches: Sequence[Sketch], num_classes: int) -> float:
    """Compares the labels of two pictures that lie on each other, at 32 x 32 points.

    Returns:
      The share of the points, labelled in both, whose classes differ; 0 where there are none.
    """
    one, other = (sketches[place].label for place in (pair.first, pair.second))
    one = one[:, ::-1] if pair.mirrored else one
    labelled = (one < num_classes) & (other < num_classes)
    return float((one != other)[labelled].mean()) if labelled.any() else 0.0
