"""Groups of images that a configuration sees as alike, and in how many of its seeds each holds.

Each seed is clustered by itself (k-means of unit vectors). Memberships are compared, never axes.
Images that more than half of the seeds put together make a cluster (evidence accumulation: Fred &
Jain, IEEE PAMI 27, 2005, sec. 3; average linkage). Fewer than `FEWEST` images are no cluster.

A cluster holds in a seed where at least half of the *other* seeds have it too: their clusters that
match it have a Jaccard index of .5 or more with the seed's own. The index is corrected for chance,
as two clusters of two thirds of all images have .5 by chance. The cluster itself is not asked: it
is a vote in which the seed took part.
"""
import dataclasses
from typing import TYPE_CHECKING, Dict, List, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.explore.agreement import evenly, layer, layer_units
from utils.explore.kept import digest, kept
from utils.explore.kmeans import bootstrap_jaccard, jaccard, k_means
from utils.explore.layers import principal, stored_arrays
from utils.lazy import lazy_module
from utils.measures.confusion import mean_of_present

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

hierarchy = lazy_module("scipy.cluster.hierarchy")
distance = lazy_module("scipy.spatial.distance")
optimize = lazy_module("scipy.optimize")

#: Images that make a cluster; images without which nothing is clustered.
FEWEST, FEWEST_IMAGES = 5, 10
#: Bootstrap Jaccard from which a cluster is stable within its seed (Hennig 2007).
STABLE = .75
#: Jaccard, corrected for chance, from which a cluster holds in a seed.
HOLDS = .5
#: Numbers of clusters that are tried.
_CHOICES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20)
#: Share of the images that are to be in stable clusters.
_NEARLY_ALL = .95
#: Images, evenly spaced, for the choice of k and for the linkage where there are more.
_MOST_TO_CHOOSE, _MOST_TO_LINK = 500, 4000


@dataclasses.dataclass(frozen=True)
class Clusters:
    """C clusters of N images over S seeds, the largest first.

    Attributes:
      label: int64 [N], cluster of each image; -1 for none.
      by_seed: int64 [S, N], the clusters of each seed, numbers of its own.
      match: int64 [S, C], which cluster of the seed each is; -1 for none.
      jaccard: float64 [S, C], the Jaccard index, corrected for chance, that the seed's cluster has
        at least with half of the other seeds'; NaN for a single seed.
      bootstrap: float64 [C], mean over seeds of the matched cluster's `bootstrap_jaccard`.
      k: clusters of each seed.
      choices, steady: int64, float64 [M]: numbers of clusters that were tried, and the share of
        images in stable clusters, mean over seeds.
    """
    label: np.ndarray
    by_seed: np.ndarray
    match: np.ndarray
    jaccard: np.ndarray
    bootstrap: np.ndarray
    k: int
    choices: np.ndarray
    steady: np.ndarray

    @property
    def seeds(self) -> np.ndarray:
        """In how many seeds each holds: int64 [C]; 0 for a single seed, which tells nothing."""
        return (np.nan_to_num(self.jaccard) >= HOLDS).sum(0)

    @property
    def holds(self) -> np.ndarray:
        """Which hold in more than half of the seeds: bool [C]."""
        return 2 * self.seeds > len(self.by_seed)

    def names(self) -> List[str]:
        """Names the clusters: "1" for the largest."""
        return [str(place + 1) for place in range(self.match.shape[1])]

    def image_names(self) -> np.ndarray:
        """Names the cluster of each image: [N] of text, "none" for none."""
        return np.array(self.names() + ["none"])[self.label]


def clusters(exploration: "Exploration") -> Clusters:
    """Clusters the images of an exploration, in the layer that `agreement.layer` chooses.

    Raises:
      UserError: fewer than `FEWEST_IMAGES` images, or nothing is extracted.
    """
    return exploration.once("clusters", lambda: _kept_clusters(exploration))


def _kept_clusters(exploration):
    if len(exploration.names) < FEWEST_IMAGES:
        raise UserError(f"{len(exploration.names)} images: clusters take {FEWEST_IMAGES} or more")
    units, name = layer_units(exploration), layer(exploration)
    keys = [field.name for field in dataclasses.fields(Clusters)]
    stored = kept(exploration, "clusters", digest(
        stored_arrays(exploration, name), "clusters 1", name), keys,
        lambda: dataclasses.asdict(find_clusters(units)))
    return Clusters(**dict(stored, k=int(stored["k"])))


def find_clusters(units: Sequence[np.ndarray], seed: int = 0) -> Clusters:
    """Finds clusters over seeds; see the module.

    Args:
      units: S arrays [N, D] of unit vectors, the same images.
      seed: of the k-means starts and of the bootstrap.
    """
    points = [principal(own) for own in units]
    k, choices, steady = choose_k(points, seed)
    by_seed = np.array([k_means(own, k, seed=seed).label for own in points])
    label = consensus(by_seed)
    match = _matches(label, by_seed, k)
    steadiness = np.array([_by_sample(own, labels, k, seed)
                           for own, labels in zip(points, by_seed)])
    return Clusters(label, by_seed, match, _held(by_seed, match), mean_of_present(np.where(
        match >= 0, np.take_along_axis(steadiness, np.maximum(match, 0), 1), np.nan).T), k,
        choices, steady)


def choose_k(points: Sequence[np.ndarray], seed: int = 0) -> Tuple[int, np.ndarray, np.ndarray]:
    """Chooses the number of clusters of each seed by their stability within the seed.

    It is the greatest at which 95 % of the images are in stable clusters, in the mean over seeds.
    Where there is none it is the one with the greatest Jaccard index.

    Args:
      points: S arrays [N, D].

    Returns:
      (k, those that were tried [M], share of images in stable clusters [M]).
    """
    chosen = evenly(len(points[0]), _MOST_TO_CHOOSE)
    choices = [k for k in _CHOICES if k <= max(2, len(chosen) // FEWEST)]
    found = np.array([[_steadiness(own[chosen], k, seed) for k in choices] for own in points])
    steady, means = found.mean(0).T
    good = np.flatnonzero(steady >= _NEARLY_ALL)
    best = good[-1] if len(good) else int(np.argmax(means.round(9)))
    return choices[best], np.array(choices), steady


def _steadiness(points, k, seed):
    """Returns (share of images in stable clusters, mean of the Jaccard index over images)."""
    label = k_means(points, k, seed=seed).label
    own = bootstrap_jaccard(points, label, k, seed=seed)[label]
    return (own >= STABLE).mean(), own.mean()


def _by_sample(points, label, k, seed):
    """Computes `bootstrap_jaccard` on evenly spaced images where there are many."""
    chosen = evenly(len(points), _MOST_TO_CHOOSE)
    return bootstrap_jaccard(points[chosen], label[chosen], k, seed=seed)


def consensus(by_seed: np.ndarray) -> np.ndarray:
    """Joins images that more than half of the seeds put together.

    Args:
      by_seed: int [S, N], clusters of each seed.

    Returns:
      int64 [N], the largest cluster first; -1 for images of clusters below `FEWEST` images.
    """
    chosen = evenly(by_seed.shape[1], _MOST_TO_LINK)
    apart = distance.pdist(by_seed[:, chosen].T, "hamming").round(9)
    linked = hierarchy.fcluster(hierarchy.linkage(apart, "average"), .5 - 1e-6, "distance") - 1
    label = linked if len(chosen) == by_seed.shape[1] else _nearest_cluster(
        by_seed, chosen, linked)
    return _by_size(label)


def _nearest_cluster(by_seed, chosen, linked):
    """Gives each image the cluster whose images it is with in most seeds, if in more than half."""
    count = linked.max() + 1
    together = np.zeros((by_seed.shape[1], count))
    for own in by_seed:
        shares = np.zeros((own.max() + 1, count))
        np.add.at(shares, (own[chosen], linked), 1)
        together += (shares / np.bincount(linked))[own]
    label = together.round(9).argmax(1)
    return np.where(together.max(1) > len(by_seed) / 2, label, -1)


def _by_size(label):
    """Numbers clusters by size, then by their first image; -1 for those below `FEWEST` images."""
    names, first, inverse, sizes = np.unique(label, return_index=True, return_inverse=True,
                                             return_counts=True)
    is_cluster = (sizes >= FEWEST) & (names >= 0)
    order = [place for place in np.lexsort((first, -sizes)) if is_cluster[place]]
    number = np.full(len(names), -1, np.int64)
    number[order] = np.arange(len(order))
    return number[inverse.reshape(-1)]


def _matches(label, by_seed, k):
    """Matches clusters with those of each seed by the Jaccard index (Hungarian): [S, C]."""
    count = label.max() + 1
    found = np.full((len(by_seed), count), -1, np.int64)
    for place, own in enumerate(by_seed):
        alike = jaccard(label, own, count, k)
        rows, columns = optimize.linear_sum_assignment(-alike.round(9))
        found[place, rows] = np.where(alike[rows, columns] > 0, columns, -1)
    return found


def _held(by_seed, match):
    """Compares the clusters of the seeds that match one: `Clusters.jaccard`, [S, C]."""
    seeds, count = match.shape
    members = by_seed[:, np.newaxis] == match[..., np.newaxis]
    alike = np.array([[[corrected_jaccard(members[one, cluster], members[other, cluster])
                        for other in range(seeds) if other != one] for cluster in range(count)]
                      for one in range(seeds)]).reshape(seeds, count, seeds - 1)
    if seeds == 1:
        return np.full((1, count), np.nan)
    return -np.sort(-alike, -1)[..., seeds // 2 - 1]


def corrected_jaccard(a: np.ndarray, b: np.ndarray) -> float:
    """Computes the Jaccard index of two sets, scaled so that chance gives 0 and the same sets 1.

    Args:
      a, b: bool [N]. Chance: sets of these sizes that have nothing to do with each other.

    Returns:
      At most 1; 0 where a set is empty.
    """
    size_a, size_b = a.mean(), b.mean()
    if size_a == 0 or size_b == 0:
        return 0.0
    chance = size_a * size_b / (size_a + size_b - size_a * size_b)
    if chance >= 1:
        return 0.0
    return float(((a & b).sum() / (a | b).sum() - chance) / (1 - chance))


def matched_to(found: Clusters) -> Dict[Tuple[int, int], int]:
    """Returns {(seed, the seed's cluster): cluster}."""
    return {(seed, int(own)): cluster for seed, row in enumerate(found.match)
            for cluster, own in enumerate(row) if own >= 0}
