"""How unsure nets are of an image: entropy, disagreement of seeds, gradients of the last layer."""
from typing import Sequence, Tuple

import numpy as np

from utils.evaluate.observers.coarse import Coarse
from utils.evaluate.observers.features import Features

#: Dimensions beyond which gradients are projected at random.
_MOST_DIMENSIONS = 512


def entropies(coarse: Sequence[Coarse]) -> Tuple[np.ndarray, np.ndarray]:
    """Computes the entropy of the seeds' mean probabilities, and what their disagreement adds.

    The second is BALD: the entropy of the mean less the mean entropy (Houlsby et al., arXiv
    1112.5745). It is 0 where all seeds say the same, however unsure.

    Args:
      coarse: S of the same N images.

    Returns:
      (float64 [N], float64 [N]): means over the blocks of each image, in nats.
    """
    found = [_entropies([one.probabilities(index) for one in coarse])
             for index in range(len(coarse[0].grid))]
    whole, own = np.array(found, np.float64).reshape(-1, 2).T
    return whole, np.maximum(whole - own, 0).round(12)


def _entropies(probabilities):
    """Returns (entropy of the mean, mean entropy) of S arrays [h, w, C], means over blocks."""
    values = np.array(probabilities, np.float64)
    return _entropy(values.mean(0)).mean(), _entropy(values).mean()


def _entropy(values):
    """Returns the entropy [...] of probabilities [..., C]."""
    return -(values * np.log(np.maximum(values, 1e-12))).sum(-1)


def gradients(features: Sequence[Features], coarse: Sequence[Coarse],
              random: np.random.RandomState) -> np.ndarray:
    """Computes the gradient of the last layer if each cell's likeliest class were its label.

    Of an image it is the mean over cells of (p - onehot(argmax p)) times the cell's features (Ash
    et al., BADGE, ICLR 2020, sec. 3). Long for unsure images; its direction tells of what.

    Args:
      features, coarse: of S seeds, the same N images; with cells of stride 32.
      random: for the projection where there are many classes.

    Returns:
      float64 [N, D]: the seeds' gradients side by side, so that squared distances are means over
      seeds.
    """
    found = [_project(np.array([_gradient(own, probabilities, index)
                                for index in range(len(own.cells))]), random)
             for own, probabilities in zip(features, coarse)]
    return np.concatenate(found, 1) / len(found) ** .5


def _gradient(features, coarse, index):
    """Returns the gradient of one image: [C * K]."""
    weight = features.cells_weight[index].astype(np.float64)
    rows, columns = (np.flatnonzero(weight.any(axis)) for axis in (1, 0))
    cells = _whole_cells(features, index)[rows][:, columns]
    values = coarse.probabilities(index).astype(np.float64)
    values = values[_spread(len(rows), values.shape[0])][:, _spread(len(columns), values.shape[1])]
    values = values - np.eye(values.shape[-1])[values.argmax(-1)]
    return np.einsum("hw,hwc,hwk->ck", weight[rows][:, columns], values, cells).ravel()


def _spread(count, of):
    """Returns which of `of` blocks lies at the centre of each of `count` cells."""
    return ((2 * np.arange(count) + 1) * of) // (2 * max(count, 1))


def _whole_cells(features, index):
    """Returns the cells of an image with the mean that the basis left out: [h, w, K + 1].

    The last component is the length of what the basis has not of the mean: lengths and angles are
    those of the features themselves, but for components that were not stored.
    """
    kept = features.cells.shape[-1]
    basis = features.basis[:, :kept].astype(np.float64)
    mean = features.basis_mean.astype(np.float64)
    inside = mean @ basis
    outside = np.sqrt(max(mean @ mean - inside @ inside, 0))
    cells = features.cells[index] * np.float64(features.cells_scale) + inside
    return np.concatenate([cells, np.full(cells.shape[:2] + (1,), outside)], -1)


def _project(values, random):
    """Projects gradients [N, D] at random where D is large; distances stay about the same."""
    if values.shape[1] <= _MOST_DIMENSIONS:
        return values
    directions = random.standard_normal((values.shape[1], _MOST_DIMENSIONS))
    return values @ directions / _MOST_DIMENSIONS ** .5
