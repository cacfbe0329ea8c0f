"""Finds groups of images that a net does worse on, and confirms them on other images.

A slice is the images that have one property, or two where both together say more than each. Slices
are ranked on one half of the scenes, by how clearly they differ. The first few are tested on the
other half, which had no part in their choice. Holm's method, weighted by their rank, corrects for
their number. Without that the worst of thousands of slices always looks bad, by choice.

The rank goes by the difference times the root of the number of images. SliceLine's score (Sagadeeva
& Boehm, SIGMOD 2021) with alpha .95 puts a slice of 8 % of the images with 1.5 times the loss
behind larger ones that hardly differ. `benchmarks/claims/slices.py` counts what is found.
"""
import dataclasses
from typing import Callable, List, NamedTuple, Sequence, Tuple

import numpy as np

from utils.statistics.arrays import Clusters, Numbers, Score, Seed
from utils.statistics.estimates import Estimate, from_pseudo_values, unit_codes, unit_sums
from utils.statistics.resampling import as_random, pseudo_values

#: Scenes below which no half can confirm what the other has found.
FEWEST_SCENES = 6
#: Slices that the second half tests.
TESTED = 20
#: A slice has so many images or more, and this share of all.
FEWEST_IMAGES, FEWEST_SHARE = 20, .03
#: Slices are tested once that share more than this share of their images (of both together).
_ALIKE = .9
#: Scenes of the second half that a slice must have images of.
_FEWEST_UNITS = 3


def _log_ratio(sums):
    """Logarithm of the mean of the slice over the mean of all: sums [..., 4] -> [...].

    The ratio itself has an error that grows with it, so that its t finds less.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(sums[..., 2] / sums[..., 3] / (sums[..., 0] / sums[..., 1]))


def _difference(sums):
    """Mean of the slice minus the mean of all: sums [..., 4] -> [...]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums[..., 2] / sums[..., 3] - sums[..., 0] / sums[..., 1]


class Measure(NamedTuple):
    """What tells how a slice differs from all images; 0 for a slice like them.

    Attributes:
      score: sums [..., 4] over images of (value, 1, value in the slice, 1 in the slice) -> [...].
      apart: (means of slices, mean of all) -> scores.
    """
    score: Score
    apart: Callable


#: The logarithm of the ratio of means, of losses, which are positive; the difference of means.
LOG_RATIO = Measure(_log_ratio, lambda means, mean: np.log(means / mean))
DIFFERENCE = Measure(_difference, np.subtract)


@dataclasses.dataclass(frozen=True)
class Slice:
    """A slice that the second half has tested.

    Attributes:
      parts: (i,) or (i, j), the properties.
      members: bool [N].
      found: its `Measure` in the first half, which is too high: it was chosen for that.
      confirmed: the `Estimate` of the second half.
      p, p_adjusted: one-sided, of the second half; by `weighted_holm` over all that were tested.
      seeds: runs in which it is worse too, each by its own interval in the second half.
    """
    parts: Tuple[int, ...]
    members: np.ndarray
    found: float
    confirmed: Estimate
    p: float
    p_adjusted: float
    seeds: int


@dataclasses.dataclass(frozen=True)
class SliceSearch:
    """What a search has found.

    Attributes:
      slices: `Slice`s, the smallest p first.
      candidates: how many slices were large enough to be looked at.
      first: bool [N], the half that they were chosen on.
      scenes: independent units of each half.
    """
    slices: Tuple[Slice, ...]
    candidates: int
    first: np.ndarray
    scenes: Tuple[int, int]


def fewest_images(images: int) -> int:
    """Counts the images that a slice must have."""
    return max(FEWEST_IMAGES, int(np.ceil(FEWEST_SHARE * images)))


def find_slices(values: np.ndarray, properties: np.ndarray, groups: Sequence[int],
                clusters: Clusters = None, measure: Measure = LOG_RATIO, level: float = .95,
                seed: Seed = 0) -> SliceSearch:
    """Finds slices on one half of the scenes and tests them on the other.

    Args:
      values: [S, N] of each run and image, as its loss; high is bad.
      properties: bool [F, N]; slices are these and conjunctions of two.
      groups: [F]; two of one group, as bins of one column, are not joined.
      clusters: [N], the scene of each image; None where images are independent.
      measure: `LOG_RATIO` or `DIFFERENCE`.
      level: of the interval by which a run agrees.
      seed: of the draw of the halves.

    Returns:
      `SliceSearch`.

    Raises:
      ValueError: fewer than `FEWEST_SCENES` scenes, or images.
    """
    values, properties = np.asarray(values, np.float64), np.asarray(properties, bool)
    codes = unit_codes(values.shape[1], clusters)
    units = len(np.unique(codes))
    if units < FEWEST_SCENES:
        raise ValueError("{} {}: not confirmable; expected {} or more, so that what one half shows "
                         "can be tested on the other".format(
                             units, "images" if clusters is None else "scenes", FEWEST_SCENES))
    first = draw_half(codes, seed)
    parts, candidates = _chosen(values.mean(0), properties, np.asarray(groups), codes, first,
                                measure)
    second = np.unique(codes[~first], return_inverse=True)[1].reshape(-1)
    tested = [_test(values, _members(properties, own), first, second, measure, level)
              for own in parts]
    adjusted = weighted_holm([p for _, _, p, _ in tested], 1 / np.arange(1.0, len(tested) + 1))
    slices = [Slice(own, _members(properties, own), found, estimate, p, float(corrected), seeds)
              for own, (found, estimate, p, seeds), corrected in zip(parts, tested, adjusted)]
    return SliceSearch(tuple(sorted(slices, key=lambda one: (one.p, -one.found))), candidates,
                       first, (units - int(second.max()) - 1, int(second.max()) + 1))


def weighted_holm(p: Numbers, weights: Numbers) -> np.ndarray:
    """Corrects p-values [n] for their number, those of greater weight less (Holm 1979).

    Args:
      p: NaN counts as 1.
      weights: [n], positive, chosen without a look at these p-values.

    Returns:
      float64 [n]; any false claim below .05 has chance .05.
    """
    p, weights = np.nan_to_num(np.asarray(p, np.float64), nan=1.0), np.asarray(weights, np.float64)
    share = p / weights
    order = np.argsort(share, kind="stable")
    left = np.cumsum(weights[order][::-1])[::-1]
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(share[order] * left), 1.0)
    return adjusted


def draw_half(codes: np.ndarray, seed: Seed = 0) -> np.ndarray:
    """Draws half of the units, of every two neighbours in size one: bool [N].

    Args:
      codes: int [N], the unit of each image.
    """
    sizes = np.bincount(codes)
    order = np.argsort(-sizes, kind="stable")
    side = as_random(seed).randint(2, size=(len(order) + 1) // 2)
    chosen = np.zeros(len(sizes), bool)
    chosen[order[0::2]] = side.astype(bool)
    chosen[order[1::2]] = ~side[:len(order) // 2].astype(bool)
    return chosen[codes]


def _members(properties, parts):
    return properties[list(parts)].all(0)


def _chosen(values, properties, groups, codes, first, measure):
    """Returns ([parts of the best slices in the first half], how many slices there were)."""
    count = values.shape[0]
    indicator = properties.astype(np.float64)
    total = indicator @ indicator.T
    in_first = (indicator * first) @ indicator.T
    with np.errstate(divide="ignore", invalid="ignore"):
        means = ((indicator * (first * values)) @ indicator.T) / in_first
        mean = values[first].mean()
        worse = np.where(in_first > 0, measure.apart(means, mean), -1.0)
        score = worse * np.sqrt(in_first)
    fewest = fewest_images(count)
    allowed = (total >= fewest) & (in_first >= fewest / 2) & (total - in_first >= fewest / 2)
    allowed &= np.triu((groups[:, np.newaxis] != groups) | np.eye(len(groups), dtype=bool))
    rows, columns = np.nonzero(allowed & (worse > 0) & _more_than_its_parts(score))
    order = np.argsort(-score[rows, columns], kind="stable")
    pairs = [(int(rows[one]), int(columns[one])) for one in order]
    return _distinct(pairs, properties, codes, first), int(allowed.sum())


def _more_than_its_parts(score):
    """Tells which conjunctions differ more clearly than both of their parts: bool [F, F].

    Others inherit what a part of them has, as half of the dark images do.
    """
    alone = np.diagonal(score)
    return score >= np.maximum(alone[:, np.newaxis], alone)


def _distinct(pairs, properties, codes, first):
    """Returns the first `TESTED` slices that have images of enough scenes and differ."""
    kept: List[Tuple[int, ...]] = []
    seen: List[np.ndarray] = []
    for pair in pairs:
        parts = pair[:1] if pair[0] == pair[1] else pair
        members = _members(properties, parts)
        if len(np.unique(codes[members & ~first])) < _FEWEST_UNITS or any(
                (members & one).sum() > _ALIKE * (members | one).sum() for one in seen):
            continue
        kept.append(parts)
        seen.append(members)
        if len(kept) == TESTED:
            break
    return kept


def _test(values, members, first, codes, measure, level):
    """Returns (score in the first half, `Estimate` in the second, p, runs that agree).

    Args:
      codes: unit of each image of the second half.
    """
    found = float(measure.score(_sums(values[:, first], members[first]).sum(-2).mean(0)))
    own = _sums(values[:, ~first], members[~first])
    sums = np.moveaxis(unit_sums(np.moveaxis(own, -1, -2), codes), -1, -2)
    mean = _estimate(sums.mean(0), measure)
    agree = sum(one.value > 0.0 and one.excludes(0.0, level)
                for one in (_estimate(run, measure) for run in sums))
    return found, mean, mean.p_above(), int(agree)


def _sums(values, members):
    """Returns (value, 1, value in the slice, 1 in the slice) of each image: [S, N, 4]."""
    ones = np.ones_like(values)
    return np.stack([values, ones, values * members, ones * members], -1)


def _estimate(sums, measure) -> Estimate:
    """Returns the `Estimate` of units' sums [U, 4], with the degrees of the units it is in."""
    inside = int((sums[:, 3] > 0).sum())
    return from_pseudo_values(float(measure.score(sums.sum(0))),
                              pseudo_values(sums, measure.score), inside - 1)
