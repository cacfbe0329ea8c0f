"""Gives small regions of a picture of classes to the class around them. numpy and scipy only."""
import collections
import heapq
from typing import Counter, Dict, List

import numpy as np

from utils.measures.regions import find_regions, paint

#: Steps to half of the pixels that touch one, by an edge or a corner.
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


def without_small_regions(classes: np.ndarray, num_classes: int, min_area: int) -> np.ndarray:
    """Returns a picture whose regions have at least `min_area` pixels.

    A region is 8-connected, as in `find_regions`. The smallest one gets the class that it touches
    most, counted by pairs of pixels, and grows together with its neighbours of that class. Then
    the smallest of what there is now is next, until none is too small. Of classes that it touches
    equally, the first counts; of regions of one size, the first by class and row.

    Args:
      classes: uint8 [H, W], all below `num_classes`.
      num_classes: C.
      min_area: pixels.

    Returns:
      uint8 [H, W]; a picture of one region stays as it is.
    """
    regions = find_regions(classes, num_classes)
    if not (regions.area < min_area).any():
        return classes
    places = paint(regions, np.arange(len(regions.label)), classes.shape)
    graph = _Graph(regions.label.tolist(), regions.area.tolist(), _touching(places))
    graph.dissolve(min_area)
    return graph.labels().astype(np.uint8)[places]


def _touching(places):
    """Counts the pairs of pixels at which two regions touch.

    Args:
      places: int64 [H, W], the region of each pixel.

    Returns:
      {region: {other: pairs}}.
    """
    count, found = int(places.max()) + 1, []
    for down, across in _STEPS:
        height, width = places.shape[0] - down, places.shape[1] - abs(across)
        left = max(-across, 0)
        here = places[:height, left:left + width]
        there = places[down:, left + across:left + across + width]
        apart = here != there
        found += [here[apart] * count + there[apart], there[apart] * count + here[apart]]
    pairs, counts = np.unique(np.concatenate(found), return_counts=True)
    near: Dict[int, Dict[int, int]] = collections.defaultdict(dict)
    for one, other, number in zip((pairs // count).tolist(), (pairs % count).tolist(),
                                  counts.tolist()):
        near[one][other] = number
    return near


class _Graph:
    """Regions that grow together.

    Args:
      label, area: of each region.
      near: {region: {other: pairs of pixels at which they touch}}.
    """

    def __init__(self, label: List[int], area: List[int],
                 near: Dict[int, Dict[int, int]]) -> None:
        self._label, self._area, self._near = label, area, near
        self._part_of = list(range(len(label)))

    def dissolve(self, min_area: int) -> None:
        """Gives the smallest region to the class around it, until none is too small."""
        waiting = [(area, region) for region, area in enumerate(self._area) if area < min_area]
        heapq.heapify(waiting)
        while waiting:
            area, region = heapq.heappop(waiting)
            if self._part_of[region] != region or self._area[region] != area:
                continue  # has grown since
            into = self._give_away(region)
            if into is not None and self._area[into] < min_area:
                heapq.heappush(waiting, (self._area[into], into))

    def _give_away(self, region):
        """Merges a region with its neighbours of the most frequent class; returns the region that
        they are then, or None without neighbours."""
        votes: Counter[int] = collections.Counter()
        for other, pairs in self._near[region].items():
            votes[self._label[other]] += pairs
        if not votes:
            return None
        chosen = min(votes, key=lambda label: (-votes[label], label))
        others = sorted(other for other in self._near[region] if self._label[other] == chosen)
        into = max(others, key=lambda other: len(self._near[other]))
        for one in [region] + others:
            if one != into:
                self._merge(one, into)
        return into

    def _merge(self, one, into):
        self._part_of[one] = into
        self._area[into] += self._area[one]
        self._near[into].pop(one, None)
        for other, pairs in self._near.pop(one).items():
            self._near[other].pop(one, None)
            if other != into:
                for here, there in ((other, into), (into, other)):
                    self._near[here][there] = self._near[here].get(there, 0) + pairs

    def labels(self) -> np.ndarray:
        """Returns the class of each region as it was at first: int64 [regions]."""
        found = []
        for region in range(len(self._label)):
            while self._part_of[region] != region:
                self._part_of[region] = self._part_of[self._part_of[region]]
                region = self._part_of[region]
            found.append(self._label[region])
        return np.array(found)
