"""Judges every label of a split by the stored opinions of its runs, and copies with planted faults.

Every image is looked at once; what is found is kept beside the first run.
"""
import dataclasses
from typing import Dict, Iterator, List, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate.observers.opinions import Opinions
from utils.explore.exploration import Exploration
from utils.explore.kept import digest, kept
from utils.explore.labels.given import Given, read_given
from utils.explore.labels.judged import Judged, agreeing, judge
from utils.lazy import lazy_module
from utils.measures.planted import KINDS, faulty_images, has_room, plant
from utils.measures.suspicious import COLUMNS, region_rows, softmin, suspicious_regions

ndimage = lazy_module("scipy.ndimage")
_METHOD = 2
#: Random seeds of plantings.
SEEDS = (0, 1, 2)
#: What a region is a candidate for.
WRONG, AMBIGUOUS, HARD = range(3)
#: Columns of regions and of planted regions.
REGION = ("image", "list") + COLUMNS + ("seeds", "weight")
PLANTED = ("kind", "planting", "image") + COLUMNS + ("inside",)
#: Pixels where one run disagrees with the label, where all see one other class, and of these those
#: that were changed; then all that were changed.
PIXELS = ("one", "all", "one_hit", "all_hit", "changed")


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What speaks against the labels of N images.

    Attributes:
      regions: float64 [R, columns], of `REGION`: weight is the mass, the disagreement or the
        entropy, summed over the region.
      softmin, entropy, disagreement: float64 [N] of the images.
      fit: bool [N], which images have a region to plant a fault in.
      faulty: bool [kinds, plantings, N], which images have a planted fault.
      planted_softmin: float64 [kinds, plantings, N].
      planted: float64 [Q, columns], of `PLANTED`: regions of faulty images; inside is the share of
        a region's pixels that the planting changed.
      pixels: int64 [kinds, plantings, 5], of `PIXELS`, over all images.
    """
    regions: np.ndarray
    softmin: np.ndarray
    entropy: np.ndarray
    disagreement: np.ndarray
    fit: np.ndarray
    faulty: np.ndarray
    planted_softmin: np.ndarray
    planted: np.ndarray
    pixels: np.ndarray


def gather(exploration: Exploration, judges: np.ndarray) -> Evidence:
    """Judges the labels of a split.

    Args:
      exploration: its runs have opinions.
      judges: bool [S, N], the runs that judge each image; at least one each.

    Raises:
      UserError: opinions or records are not there, or are of other images or scales.
    """
    opinions = exploration.opinions
    _require_one_scale(opinions)
    source = digest([one.data for one in opinions] + [judges], _METHOD,
                    exploration.sample.signature.sha256)
    names = tuple(field.name for field in dataclasses.fields(Evidence))
    found = kept(exploration, "labels", source, names,
                 lambda: _Gatherer(exploration, judges).arrays())
    return Evidence(**found)


def _require_one_scale(opinions: Sequence[Opinions]) -> None:
    """Raises a `UserError` where runs saw the images at different sizes."""
    if any(not np.array_equal(one.size, opinions[0].size) for one in opinions):
        raise UserError("labels: the runs were extracted at different --pixels: choose runs of one")


class _Gatherer:
    """Looks at each image once."""

    def __init__(self, exploration: Exploration, judges: np.ndarray) -> None:
        self._opinions, self._judges = exploration.opinions, judges
        count = len(exploration.names)
        self._given = read_given(exploration.datapath, exploration.split, exploration.names)
        present = exploration.matrices[0].sum((0, 2))
        self._classes = np.flatnonzero(present).tolist()
        self._num_classes = len(exploration.class_names)
        self._regions: List[np.ndarray] = []
        self._planted: List[np.ndarray] = []
        self._images = np.full((3, count), np.nan)
        self._fit = np.zeros(count, bool)
        self._faulty = np.array([[faulty_images(count, kind, seed) for seed in SEEDS]
                                 for kind in range(len(KINDS))])
        self._softmin = np.full(self._faulty.shape, np.nan)
        self._pixels = np.zeros(self._faulty.shape[:2] + (len(PIXELS),), np.int64)

    def arrays(self) -> Dict[str, np.ndarray]:
        """Looks at all images, and returns the fields of `Evidence`."""
        for given in self._given:
            judging = np.flatnonzero(self._judges[:, given.index])
            seen = judge([self._opinions[run] for run in judging], given.index)
            self._judge(given, seen)
            self._plant(given, seen)
        regions = np.concatenate(self._regions) if self._regions else np.zeros((0, len(REGION)))
        planted = np.concatenate(self._planted) if self._planted else np.zeros((0, len(PLANTED)))
        return dict(regions=regions, softmin=self._images[0], entropy=self._images[1],
                    disagreement=self._images[2], fit=self._fit, faulty=self._faulty,
                    planted_softmin=self._softmin, planted=planted, pixels=self._pixels)

    def _judge(self, given: Given, seen: Judged) -> None:
        """Keeps the regions and values of an image as its label is."""
        label, labelled = given.label, given.label < self._num_classes
        if not labelled.any():
            return
        rows, places = suspicious_regions(label, seen.mean)
        self._keep(given.index, WRONG, rows, rows[:, COLUMNS.index("mass")], places, seen)
        for kind, mask, weight in unsure(seen, labelled):
            first, second = first_and_second(seen.mean)
            rows, places = region_rows(mask, first, second, seen.mean)
            inside = places >= 0
            total = np.bincount(places[inside], weight[inside], len(rows))
            self._keep(given.index, kind, rows, total, places, seen)
        self._images[:, given.index] = (softmin(label, seen.mean), seen.entropy[labelled].mean(),
                                        seen.disagreement[labelled].mean())

    def _keep(self, index, kind, rows, weight, places, seen):
        if len(rows):
            seeds = agreeing(seen.votes, places, rows[:, COLUMNS.index("seen")].astype(np.intp))
            head = np.tile([index, kind], (len(rows), 1))
            self._regions.append(np.column_stack([head, rows, seeds, weight]))

    def _plant(self, given: Given, seen: Judged) -> None:
        """Keeps what is found of an image's plantings; counts the pixels that are flagged."""
        clean = flagged(given.label, seen.votes, self._num_classes)
        self._fit[given.index] = has_room(given.label, self._num_classes)
        for kind in range(len(KINDS)):
            for place, seed in enumerate(SEEDS):
                fault = plant(given.label, kind, self._classes, self._num_classes,
                              np.random.RandomState([seed, kind, given.index])
                              ) if self._faulty[kind, place, given.index] else None
                self._count(kind, place, clean if fault is None else flagged(
                    fault.label, seen.votes, self._num_classes), fault)
                if fault is None:
                    self._faulty[kind, place, given.index] = False
                    self._softmin[kind, place, given.index] = self._images[0, given.index]
                else:
                    self._keep_planted(kind, place, given.index, fault, seen)

    def _keep_planted(self, kind, place, index, fault, seen):
        self._softmin[kind, place, index] = softmin(fault.label, seen.mean)
        rows, places = suspicious_regions(fault.label, seen.mean)
        if len(rows):
            within = places >= 0
            inside = np.bincount(places[within], fault.changed[within], len(rows))
            inside /= np.bincount(places[within], minlength=len(rows))
            head = np.tile([kind, place, index], (len(rows), 1))
            self._planted.append(np.column_stack([head, rows, inside]))

    def _count(self, kind, place, masks, fault):
        counts = [np.count_nonzero(mask) for mask in masks]
        changed = 0 if fault is None else np.count_nonzero(fault.changed)
        counts += [0 if fault is None else np.count_nonzero(mask & fault.changed)
                   for mask in masks] + [changed]
        self._pixels[kind, place] += counts


def flagged(label: np.ndarray, votes: np.ndarray, num_classes: int) -> List[np.ndarray]:
    """Returns (where some run disagrees with the label, where all see one other class).

    Args:
      label: uint8 [H, W]; values >= num_classes are ignored, and never flagged.
      votes: uint8 [S, H, W].

    Returns:
      two masks, bool [H, W].
    """
    labelled = label < num_classes
    some = labelled & (votes != label).any(0)
    same = (votes == votes[0]).all(0)
    return [some, labelled & same & (votes[0] != label)]


def unsure(seen: Judged, labelled: np.ndarray) -> Iterator[Tuple[int, np.ndarray, np.ndarray]]:
    """Yields (list, mask, what is summed up) of ambiguous pixels and of hard ones.

    Ambiguous are pixels of which the runs see different classes, at least one surely; hard are
    those of which no run is sure. Borders of classes are eroded away.
    """
    differ = (seen.votes != seen.votes[0]).any(0)
    for kind, mask, weight in ((AMBIGUOUS, differ & seen.sure, seen.disagreement),
                               (HARD, ~seen.sure, seen.entropy)):
        yield kind, ndimage.binary_erosion(mask & labelled, np.ones((3, 3)), border_value=1), weight


def first_and_second(probabilities: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Returns the two most probable classes of each pixel: (uint8 [H, W], uint8 [H, W])."""
    first = probabilities.argmax(-1)
    rest = probabilities.copy()
    np.put_along_axis(rest, first[..., np.newaxis], -1, axis=-1)
    return first, rest.argmax(-1)
