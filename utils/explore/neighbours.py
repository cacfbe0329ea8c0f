"""Which images are alike: nearest neighbours by cosine, and ranks in each seed.

Exact, in blocks. Features are compared as `layers.unit_vectors`.
"""
from typing import Optional, Sequence, Tuple

import numpy as np

_BLOCK = 1024


def nearest(units: np.ndarray, count: int, of: Optional[Sequence[int]] = None) -> np.ndarray:
    """Finds the most similar other images, the most similar first; ties by their order.

    Args:
      units: [N, D] of `layers.unit_vectors`.
      count: how many, less than N.
      of: images to find neighbours of; None for all.

    Returns:
      int64 [N or as many as `of`, count].
    """
    wanted = np.arange(len(units)) if of is None else np.asarray(of, np.int64)
    made = [_nearest(units, wanted[start:start + _BLOCK], count)
            for start in range(0, len(wanted), _BLOCK)]
    return np.concatenate(made) if made else np.zeros((0, count), np.int64)


def _nearest(units, wanted, count):
    similar = ranking_keys(units[wanted] @ units.T)
    similar[np.arange(len(wanted)), wanted] = -np.inf
    found = np.argpartition(-similar, count - 1, axis=1)[:, :count]
    order = np.argsort(-np.take_along_axis(similar, found, 1), axis=1)
    return np.take_along_axis(found, order, 1)


def ranking_keys(similarity: np.ndarray) -> np.ndarray:
    """Returns similarities [..., N] to rank by: rounded, and of equal ones the first is greater.

    Without it the last digit, which differs between builds of numpy, would order duplicates.
    """
    return similarity.round(8) - 1e-13 * np.arange(similarity.shape[-1])


def similarities(units: Sequence[np.ndarray], vectors: Sequence[np.ndarray]) -> np.ndarray:
    """Returns the cosine of one image with all, in each seed: float64 [S, N].

    Their mean over seeds is the similarity by the mean kernel.

    Args:
      units: S arrays [N, D] of unit vectors.
      vectors: S unit vectors [D], of the image.
    """
    return np.array([own @ vector for own, vector in zip(units, vectors)])


def first_ranks(found: np.ndarray, image: Optional[int] = None) -> Tuple[np.ndarray, np.ndarray]:
    """Ranks all images by likeness with one.

    Args:
      found: [S, N] of `similarities`.
      image: which of them it is, to be left out; None for another one.

    Returns:
      (int64 [N - 1 or N] of images by the mean kernel, the most similar first;
       int64 [S, N] rank of each image in each seed, from 1 on, 0 for the image itself).
    """
    keys = ranking_keys(np.concatenate([found, found.mean(0, keepdims=True)]))
    if image is not None:
        keys[:, image] = np.inf
    order = np.argsort(-keys, axis=1)
    ranks = np.empty(order.shape, np.int64)
    np.put_along_axis(ranks, order, np.broadcast_to(
        np.arange(order.shape[1]) + (image is None), order.shape), 1)
    return order[-1][image is not None:], ranks[:-1]
