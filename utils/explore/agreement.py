"""Whether the seeds of a configuration see the same neighbours, and in which layer they do most.

Features of two seeds have no axes in common. What can be compared is which images are each
other's neighbours: the share of the ten nearest that two seeds have in common, beside its chance
level. The start from which the seeds were trained is common to them too: part of what they share
may come from there.
"""
import dataclasses
import itertools
from typing import TYPE_CHECKING, List, Optional, Sequence

import numpy as np

from utils.explore.kept import digest, kept
from utils.explore.layers import LAYERS, all_values, available_layers, stored_arrays, unit_vectors
from utils.explore.neighbours import nearest
from utils.statistics.arrays import Clusters
from utils.statistics.crossed import crossed_interval
from utils.statistics.intervals import SCORES, Interval
from utils.statistics.resampling import by_cluster, pseudo_values

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: Neighbours of an image that two seeds may share.
NEAREST = 10
#: Images, evenly spaced, by which agreement is measured where there are more.
MOST_IMAGES = 4000
#: Images for the comparison of kernels.
_MOST_FOR_KERNELS = 2000


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How far the seeds see the same neighbours in one layer.

    Attributes:
      layer: key of `layers.LAYERS`.
      nearest: how many neighbours of each image are compared.
      shared: mean number of those that two seeds have in common.
      interval: of `shared`, over seeds and images; None for a single image or scene.
      chance: what seeds that see nothing in common would share.
      kernels: linear CKA without its bias, mean over pairs of seeds: 0 for nothing in common,
        1 for the same features up to a rotation.
      images: by how many it was measured.
    """
    layer: str
    nearest: int
    shared: float
    interval: Optional[Interval]
    chance: float
    kernels: float
    images: int

    @property
    def line(self) -> str:
        """The sentence for the head of a page."""
        return (f"Neighbours shared between seeds: {self.shared:.1f} of {self.nearest}, chance "
                f"{self.chance:.1f} ({LAYERS[self.layer]}).")


def shared_neighbours(layers: Sequence[np.ndarray], count: int) -> np.ndarray:
    """Counts the neighbours that each pair of seeds shares: int64 [pairs, N].

    Args:
      layers: S arrays [N, D] of unit vectors; pairs in the order of itertools.combinations.
    """
    found = [nearest(units, count) for units in layers]
    return np.array([(one[:, :, np.newaxis] == other[:, np.newaxis]).sum((1, 2))
                     for one, other in itertools.combinations(found, 2)])


def linear_cka(a: np.ndarray, b: np.ndarray) -> float:
    """Compares two kernels: linear CKA with the unbiased HSIC, at most 1; about 0 by chance.

    Kornblith et al., Similarity of neural network representations revisited, ICML 2019, sec. 3;
    the estimator is that of Song et al., JMLR 13, 2012, eq. 5. The biased one comes near 1 for
    any features that are longer than there are images.

    Args:
      a, b: [N, Da], [N, Db], N of 4 or more.

    Returns:
      NaN where one of them does not vary.
    """
    kernels = [values @ values.T for values in
               (np.asarray(one, np.float64) - np.mean(one, 0, np.float64) for one in (a, b))]
    for kernel in kernels:
        np.fill_diagonal(kernel, 0)
    own = [_hsic(kernel, kernel) for kernel in kernels]
    return float(_hsic(*kernels) / np.sqrt(own[0] * own[1])) if min(own) > 0 else float("nan")


def _hsic(a, b):
    """Returns the unbiased HSIC times n (n - 3), of kernels without their diagonals."""
    count = len(a)
    sums = a.sum(0), b.sum(0)
    return ((a * b).sum() + sums[0].sum() * sums[1].sum() / ((count - 1) * (count - 2))
            - 2 / (count - 2) * (sums[0] @ sums[1]))


def evenly(count: int, most: int) -> np.ndarray:
    """Chooses at most so many of `count` images, evenly spaced: int64, rising."""
    return (np.arange(min(count, most)) * (count / min(count, most))).astype(np.int64)


def _agreement(layer, values, scenes, level):
    """Returns the `Agreement` of a layer's values, S >= 2 arrays [N, D]."""
    chosen = evenly(len(values[0]), MOST_IMAGES)
    values = [own[chosen] for own in values]
    count = max(1, min(NEAREST, (len(chosen) - 1) // 2))
    pairs = list(itertools.combinations(range(len(values)), 2))
    shares = shared_neighbours([unit_vectors(own) for own in values], count) / count
    few = evenly(len(chosen), _MOST_FOR_KERNELS)
    kernels = np.nanmean([linear_cka(values[i][few], values[j][few]) for i, j in pairs]
                         ) if len(few) > 3 else np.nan
    interval = crossed_interval(
        float(shares.mean()), _seed_pseudo_values(shares.mean(1), pairs, len(values)),
        _unit_pseudo_values(shares.mean(0), scenes if scenes is None else scenes[chosen]),
        level, SCORES)
    return Agreement(layer, count, count * float(shares.mean()), interval and dataclasses.replace(
        interval, low=count * interval.low, high=count * interval.high),
        count * count / (len(chosen) - 1), float(kernels), len(chosen))


def _seed_pseudo_values(by_pair, pairs, seeds):
    """Returns the jackknife's pseudo-values [S] of a mean over pairs of seeds; one for a single
    pair, which tells no spread."""
    if seeds < 3:
        return np.zeros(1)
    left = np.array([np.mean([value for value, pair in zip(by_pair, pairs) if seed not in pair])
                     for seed in range(seeds)])
    return seeds * by_pair.mean() - (seeds - 1) * left


def _unit_pseudo_values(by_image: np.ndarray, scenes: Clusters) -> np.ndarray:
    """Returns the pseudo-values [U] of a mean over images, by scene where there are scenes."""
    parts = by_cluster(np.stack([by_image, np.ones(len(by_image))], -1), scenes)
    if len(parts) < 2:
        return np.zeros(1)
    return pseudo_values(parts, lambda sums: sums[..., 0] / sums[..., 1])


def agreements(exploration: "Exploration") -> List[Agreement]:
    """Measures every layer, the one on which the seeds agree most first; [] for a single run.

    Raises:
      UserError: nothing is extracted.
    """
    return exploration.once("agreements", lambda: _agreements(exploration))


def _agreements(exploration):
    if len(exploration.records) < 2 or len(exploration.names) < 3:
        return []
    scenes, level = exploration.scenes, exploration.study.options.level
    names = list(available_layers(exploration))
    source = digest((array for name in names for array in stored_arrays(exploration, name)),
                    "neighbours 1", names, level, scenes is not None and scenes.tolist())
    keys = ("nearest", "shared", "low", "high", "chance", "kernels", "images")
    stored = kept(exploration, "neighbours", source, keys, lambda: _columns(
        [_agreement(name, all_values(exploration, name), scenes, level) for name in names]))
    return sorted((_row(name, stored, place, level) for place, name in enumerate(names)),
                  key=lambda one: -one.shared)


def _columns(found):
    ends = [(one.interval.low, one.interval.high) if one.interval else (np.nan, np.nan)
            for one in found]
    return dict({key: np.array([getattr(one, key) for one in found])
                 for key in ("nearest", "shared", "chance", "kernels", "images")},
                low=np.array([low for low, _ in ends]), high=np.array([high for _, high in ends]))


def _row(name, stored, place, level):
    low, high = float(stored["low"][place]), float(stored["high"][place])
    return Agreement(
        name, int(stored["nearest"][place]), float(stored["shared"][place]),
        None if np.isnan(low) else Interval(low, high, level, "t over seeds and images"),
        float(stored["chance"][place]), float(stored["kernels"][place]),
        int(stored["images"][place]))


def layer(exploration: "Exploration") -> str:
    """Chooses the layer for maps, clusters and neighbours: the one asked for, or that on which the
    seeds agree most; of a single run the first that its net has.

    Raises:
      UserError: nothing is extracted, or an unknown layer was asked for.
    """
    if exploration.asked_layer:
        all_values(exploration, exploration.asked_layer)
        return exploration.asked_layer
    found = agreements(exploration)
    return found[0].layer if found else next(available_layers(exploration))


def layer_units(exploration: "Exploration") -> List[np.ndarray]:
    """Returns the unit vectors of the layer that `layer` chooses: S arrays float64 [N, D]."""
    return exploration.once("units", lambda: [
        unit_vectors(values) for values in all_values(exploration, layer(exploration))])
