"""The map: a place in the plane for each image, near those that the seeds see as alike.

One map for all seeds, of the mean over seeds of the cosine similarities. It is made by t-SNE (van
der Maaten & Hinton, JMLR 9, 2008) from principal components, and stored, as t-SNE gives other
places with every version of its libraries. Distances between groups, and their densities, mean
nothing: all statistics come from the features.
"""
from typing import TYPE_CHECKING, Sequence

import numpy as np

from utils.explore.agreement import evenly, layer, layer_units
from utils.explore.kept import digest, kept
from utils.explore.layers import principal, stored_arrays, unit_vectors
from utils.explore.neighbours import ranking_keys
from utils.lazy import lazy_module

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

manifold = lazy_module("sklearn.manifold")
threadpoolctl = lazy_module("threadpoolctl")

#: Images of the map's t-SNE; beyond, evenly spaced ones are mapped and the others placed by them.
MOST_IMAGES = 5000
#: Images from which t-SNE is used; fewer are shown by their first two principal components.
FEWEST_IMAGES = 5
_PERPLEXITY, _COMPONENTS = 30, 50
#: Sd of the start (Kobak & Berens, Nature Communications 10, 2019), and of the noise that parts
#: duplicates, which would never come apart.
_START, _NOISE = 1e-4, 1e-7
#: Mapped images that place another one, and images that are placed at once.
_PLACED_BY, _BLOCK = 5, 1024


def map_coordinates(exploration: "Exploration") -> np.ndarray:
    """Returns the place of each image on the map: float64 [N, 2], of mean 0.

    Raises:
      UserError: nothing is extracted.
    """
    units, name = layer_units(exploration), layer(exploration)
    source = digest(stored_arrays(exploration, name), "map 1", name, MOST_IMAGES)
    return exploration.once("map", lambda: kept(
        exploration, "map", source, ["places"], lambda: dict(places=project(units))))["places"]


def mean_kernel_vectors(units: Sequence[np.ndarray], count: int = _COMPONENTS) -> np.ndarray:
    """Returns vectors whose products are the mean over seeds of the cosines: float64 [N, count].

    They are the seeds' unit vectors side by side, cut to their principal components.

    Args:
      units: S arrays [N, D].
    """
    return principal(np.concatenate([principal(own) for own in units], 1) / np.sqrt(len(units)),
                     count)


def project(units: Sequence[np.ndarray]) -> np.ndarray:
    """Places N images in the plane: float64 [N, 2].

    Args:
      units: S arrays [N, D] of unit vectors.
    """
    vectors = mean_kernel_vectors(units)
    chosen = evenly(len(vectors), MOST_IMAGES)
    places = _t_sne(vectors[chosen])
    if len(chosen) < len(vectors):
        places = _placed(vectors, chosen, places)
    return places - places.mean(0)


def _t_sne(vectors):
    """Maps vectors [N, D] -> [N, 2]."""
    count = len(vectors)
    start = np.zeros((count, 2))
    start[:, :min(2, vectors.shape[1])] = vectors[:, :2]
    spread = float(start[:, 0].std())
    if count < FEWEST_IMAGES or spread < 1e-9:
        return start
    start = start / spread * _START + _NOISE * np.random.RandomState(0).standard_normal(start.shape)
    made = manifold.TSNE(
        init=start.astype(np.float32), perplexity=min(_PERPLEXITY, count / 4), random_state=0,
        learning_rate=max(count / 48, 50))
    with threadpoolctl.threadpool_limits(1):  # beside other work its threads wait for each other
        return np.asarray(made.fit_transform(vectors), np.float64)


def _placed(vectors, chosen, places):
    """Places images that are not mapped between their nearest mapped ones."""
    units = unit_vectors(vectors, np.zeros(vectors.shape[1]))
    made = np.empty((len(vectors), 2))
    for start in range(0, len(vectors), _BLOCK):
        similar = ranking_keys(units[start:start + _BLOCK] @ units[chosen].T)
        near = np.argpartition(-similar, _PLACED_BY, axis=1)[:, :_PLACED_BY]
        made[start:start + _BLOCK] = np.median(places[near], 1)
    made[chosen] = places
    return made
