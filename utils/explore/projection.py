"""Where each image lies on the map."""
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration


def map_coordinates(exploration: "Exploration") -> np.ndarray:
    """Lays the images out by the first two principal components of the mean kernel.

    The kernel is the mean over seeds of the cosines between centred mean features: that of the
    seeds' normalised features behind each other.

    Returns:
      float64 [N, 2].
    """
    parts = []
    for found in exploration.features:
        centred = found.embeddings(32).astype(np.float64)
        centred -= centred.mean(0)
        norms = np.linalg.norm(centred, axis=1, keepdims=True)
        parts.append(centred / np.where(norms > 0, norms, 1))
    values = np.concatenate(parts, axis=1)
    left, spread, _ = np.linalg.svd(values - values.mean(0), full_matrices=False)
    both = np.zeros((len(values), 2))
    kept = (left * spread)[:, :2]
    both[:, :kept.shape[1]] = kept
    return both
