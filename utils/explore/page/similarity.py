"""What the page ranks similar images by: cells whose sum is the image, in few bits.

An image is the weighted sum of its cells at stride 32, on the features' principal components. The
similarity of A and B is the cosine of their sums; the heat map of B gives each cell's part in it,
and its cells sum to the similarity. Seeds have no common axes: their cosines are averaged.
"""
import dataclasses
from typing import Sequence

import numpy as np

from utils.errors import UserError
from utils.evaluate.observers.features import COMPONENTS, Features

#: Most cells of a side of a heat map: those of a larger grid are summed.
SIDE = 8
#: The greatest value of a stored cell. On CamVid it keeps as many neighbours as 127, in half the
#: bytes, and heat maps correlate by .99 with those of whole numbers.
_LEVELS = 31
#: Images whose neighbours are compared with the exact ones; neighbours of each.
_ASKED, NEIGHBOURS = 500, 10


@dataclasses.dataclass(frozen=True)
class Space:
    """The images of a seed.

    Attributes:
      vectors: int16 [N, K], sums of the cells.
      cells: int8 [N, h, w, K]; h and w are 0 where cells were not stored.
      box: float32 [N, 4], top, left, bottom, right of the image inside its grid, in cells.
      shift: how far the centres of cells stand from the middle of their strides, in cells.
    """
    vectors: np.ndarray
    cells: np.ndarray
    box: np.ndarray
    shift: float = 0.0


def make_space(features: Features) -> Space:
    """Makes the images' vectors and cells of a seed.

    Cells are rounded so that what one loses the next one gets: their sum is that of the whole
    numbers.
    """
    if not features.cells.size:
        return _without_cells(_projected(features))
    weight = _pooled(features.cells_weight[..., np.newaxis])
    whole = _pooled(features.cells * features.cells_weight[..., np.newaxis])
    unit = max(float(np.abs(whole).max()), 1e-12) / _LEVELS
    count, height, width, components = whole.shape
    sums = np.rint(np.cumsum(whole.reshape(count, -1, components), axis=1) / unit)
    cells = np.diff(sums, axis=1, prepend=0)
    return Space(sums[:, -1].astype(np.int16), cells.astype(np.int8).reshape(whole.shape),
                 _boxes(weight[..., 0]),
                 float(features.cells_shift) / _block(features.cells_weight.shape))


def level(features: Features) -> int:
    """Returns the stride of the features that images are compared by: 32, or 16 without those.

    Raises:
      UserError: the net has neither.
    """
    for stride, values in ((32, features.embeddings32), (16, features.embeddings16)):
        if values.shape[1]:
            return stride
    raise UserError("the nets have features neither at stride 32 nor at 16: expected one of them, "
                    "to compare images by")


def _centred(features: Features) -> np.ndarray:
    """Returns the features that images are compared by, without their mean: float32 [N, D]."""
    values = features.embeddings(level(features))
    return values - (features.basis_mean if level(features) == 32 else values.mean(0))


def _projected(features: Features) -> np.ndarray:
    """Returns their first principal components: float32 [N, K]."""
    values = _centred(features)
    basis = features.basis if level(features) == 32 else np.linalg.eigh(
        values.T @ values)[1][:, ::-1][:, :COMPONENTS]
    return values @ basis


def _without_cells(projected):
    unit = max(float(np.abs(projected).max()), 1e-12) / 127
    count = len(projected)
    return Space(np.rint(projected / unit).astype(np.int16),
                 np.zeros((count, 0, 0, projected.shape[1]), np.int8),
                 np.zeros((count, 4), np.float32))


def _pooled(values):
    """Sums [N, h, w, K] over square blocks, so that no side is above `SIDE`."""
    count, height, width, components = values.shape
    size = _block(values.shape)
    if size == 1:
        return np.asarray(values, np.float32)
    rows, columns = -(-height // size), -(-width // size)
    padded = np.zeros((count, rows * size, columns * size, components), np.float32)
    padded[:, :height, :width] = values
    return padded.reshape(count, rows, size, columns, size, components).sum((2, 4))


def _block(shape):
    """Returns how many cells of a side are summed, of maps [N, h, w, ...]."""
    return -(-max(shape[1:3]) // SIDE)


def _boxes(weight):
    """Finds the image in its letterbox: a cell at its rim weighs as much as it covers."""
    return np.concatenate([np.stack(_ends(weight.sum(axis)), -1) for axis in (2, 1)], -1)[
        :, [0, 2, 1, 3]].astype(np.float32)


def _ends(weight):
    """Returns where the image begins and ends along a side, each [N], in cells."""
    full = np.maximum(weight.max(1, keepdims=True), 1e-12)
    share = weight / full
    used = share > 1e-6
    first = used.argmax(1)
    last = weight.shape[1] - 1 - used[:, ::-1].argmax(1)
    each = np.arange(len(weight))
    begin = np.where(first == last, first, first + 1 - share[each, first])
    return begin, last + share[each, last]


def kept_neighbours(features: Sequence[Features], spaces: Sequence[Space]) -> float:
    """Measures how many of the exact nearest images the page's numbers find.

    Args:
      features, spaces: of each seed.

    Returns:
      The share of the `NEIGHBOURS` nearest by the mean over seeds of the cosines of all centred
      features, over up to `_ASKED` images; NaN for too few images.
    """
    count = len(spaces[0].vectors)
    if count <= NEIGHBOURS:
        return float("nan")
    asked = np.unique(np.linspace(0, count - 1, min(count, _ASKED)).astype(int))
    exact = nearest(list(map(_centred, features)), asked)
    found = nearest([one.vectors for one in spaces], asked)
    return float(np.mean([len(set(a) & set(b)) / NEIGHBOURS for a, b in zip(exact, found)]))


def nearest(vectors: Sequence[np.ndarray], asked: np.ndarray,
            neighbours: int = NEIGHBOURS) -> np.ndarray:
    """Finds the images with the greatest mean cosine over seeds, the nearest first.

    Args:
      vectors: of each seed, [N, K].
      asked: int [Q], the images whose neighbours are wanted.

    Returns:
      int [Q, neighbours]; an image is not its own neighbour.
    """
    units = [unit_rows(one) for one in vectors]
    similarity = sum(one[asked] @ one.T for one in units)
    similarity[np.arange(len(asked)), asked] = -np.inf
    return np.argsort(-similarity, axis=1, kind="stable")[:, :neighbours]


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Divides rows by their lengths; float64, zeros stay."""
    vectors = np.asarray(vectors, np.float64)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
