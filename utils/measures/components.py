"""Principal components. numpy only."""
from typing import Tuple

import numpy as np

#: Components of less than this share of the greatest variance are rounding errors.
_LEAST_SHARE = 1e-10


def principal_components(points: np.ndarray, most: int) -> Tuple[np.ndarray, np.ndarray]:
    """Finds the directions in which points differ most.

    The largest entry of each direction is positive, so that all machines give the same.

    Args:
      points: [N, D], N at least 1.
      most: components at most.

    Returns:
      (mean, basis): float32 [D] and [D, K], the greatest variance first; (x - mean) @ basis
      projects. K is less than `most` where the points span fewer directions.
    """
    points = np.asarray(points, np.float64)
    mean = points.mean(axis=0)
    centred = points - mean
    wide = centred.shape[1] > centred.shape[0]
    values, vectors = np.linalg.eigh(centred @ centred.T if wide else centred.T @ centred)
    order = np.argsort(-values, kind="stable")[:most]
    order = order[values[order] > _LEAST_SHARE * max(values.max() if values.size else 0, 1e-300)]
    basis = vectors[:, order]
    if wide:
        basis = centred.T @ basis / np.sqrt(values[order])
    largest = np.abs(basis).argmax(axis=0) if basis.size else np.zeros(0, np.intp)
    signs = np.sign(basis[largest, np.arange(basis.shape[1])])
    return mean.astype(np.float32), (basis * signs).astype(np.float32)
