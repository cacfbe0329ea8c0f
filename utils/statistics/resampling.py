"""Resampling of images (or scenes) by matrix products, on the parts of a `miou.Metric`."""
import numpy as np

from utils.statistics.arrays import Clusters, Score, Seed
from utils.statistics.miou import presence


def as_random(seed: Seed) -> np.random.RandomState:
    """Makes a np.random.RandomState of a seed; hands back one that is given."""
    return seed if isinstance(seed, np.random.RandomState) else np.random.RandomState(seed)


def by_cluster(values: np.ndarray, clusters: Clusters = None) -> np.ndarray:
    """Sums values [..., N, P] within clusters: [..., units, P].

    Args:
      clusters: [N], the scene, video or city of each image; None where images are independent.

    Raises:
      ValueError: not one cluster per image.
    """
    if clusters is None:
        return values
    names, index = np.unique(np.asarray(clusters), return_inverse=True)
    if index.shape != (values.shape[-2],):
        raise ValueError(f"{index.size} cluster names for {values.shape[-2]} images")
    membership = (index == np.arange(len(names))[:, np.newaxis]).astype(np.float64)
    return membership @ values


def draw_counts(units: int, replicates: int, seed: Seed = 0) -> np.ndarray:
    """Draws how often each unit is taken, with replacement: float64 [replicates, units]."""
    draws = as_random(seed).randint(units, size=(replicates, units))
    draws += units * np.arange(replicates)[:, np.newaxis]
    counts = np.bincount(draws.ravel(), minlength=replicates * units)
    return counts.reshape(replicates, units).astype(np.float64)


def resampled_scores(parts: np.ndarray, score: Score, counts: np.ndarray) -> np.ndarray:
    """Scores resamples: parts [..., U, P], counts [R, U] -> float64 [..., R]."""
    return score(counts @ parts)


def fewest_units(matrices: np.ndarray, clusters: Clusters = None) -> int:
    """Images (or clusters) that the rarest class of the split [N, C, C] is in; 0 without labels."""
    units = (by_cluster(presence(matrices).astype(np.float64), clusters) > 0).sum(0)
    return int(units[units > 0].min()) if units.any() else 0


def jackknife(parts: np.ndarray, score: Score) -> np.ndarray:
    """Scores without each unit in turn, as total minus unit: parts [..., U, P] -> [..., U]."""
    return score(parts.sum(-2, keepdims=True) - parts)


def pseudo_values(parts: np.ndarray, score: Score) -> np.ndarray:
    """Computes what each unit says about the score: U theta - (U - 1) theta(-u), [..., U, P] ->
    [..., U].

    Their mean estimates the score, their variance over units divided by U its sampling variance
    (Tukey's jackknife; Efron & Tibshirani, An Introduction to the Bootstrap, ch. 11). For a plain
    mean they are the values themselves.

    Raises:
      ValueError: a single unit, which leaves nothing.
    """
    units = parts.shape[-2]
    if units < 2:
        raise ValueError("one image (or cluster): nothing is left without it")
    return units * score(parts.sum(-2))[..., np.newaxis] - (units - 1) * jackknife(parts, score)


def jackknife_se(parts: np.ndarray, score: Score) -> np.ndarray:
    """Computes the standard error of a score over units: [..., U, P] -> [...]."""
    units = parts.shape[-2]
    return np.sqrt(pseudo_values(parts, score).var(-1, ddof=1) / units)
