"""What several runs think of one image: their mean, and where they disagree. numpy only."""
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from utils.evaluate.observers.opinions import Opinions

_LEAST = np.float32(1e-12)


class Judged(NamedTuple):
    """What S runs think of an image, at its own pixels.

    Attributes:
      mean: float32 [H, W, C], mean of the runs' probabilities, interpolated.
      votes: uint8 [S, H, W], the most probable class of each run.
      entropy: float32 [H, W], of the mean, in nats.
      disagreement: float32 [H, W], entropy of the mean less the mean of the runs' entropies (mutual
        information, Houlsby 2011), in nats.
      sure: bool [H, W], whether some run has a class above one half.
    """
    mean: np.ndarray
    votes: np.ndarray
    entropy: np.ndarray
    disagreement: np.ndarray
    sure: np.ndarray


def judge(opinions: Sequence[Opinions], index: int) -> Judged:
    """Puts together what runs think of an image.

    Args:
      opinions: of the S runs, all at one scale.
      index: of the image.
    """
    probabilities = np.stack([one.probabilities(index) for one in opinions])
    mean = probabilities.mean(0)
    entropy = _entropy(mean)
    own = _entropy(probabilities).mean(0)
    size = tuple(int(side) for side in opinions[0].image_size[index])
    axes = [positions(*pair) for pair in zip(size, mean.shape[:2], [size] * 2,
                                             [mean.shape[:2]] * 2)]
    nearest = np.ix_(*(np.rint(low + part).astype(np.intp) for low, _, part in axes))
    return Judged(between(mean, *axes), probabilities.argmax(-1).astype(np.uint8)[
        (slice(None),) + nearest], entropy[nearest], np.maximum(entropy - own, 0)[nearest],
        (probabilities.max(-1) > .5).any(0)[nearest])


def _entropy(probabilities):
    return -(probabilities * np.log(np.maximum(probabilities, _LEAST))).sum(-1)


def positions(length: int, inner: int, size: Tuple[int, int], inner_size: Tuple[int, int]
              ) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Locates the pixels of an image's axis in what the net saw of it, as a test does.

    Args:
      length, inner: pixels of the axis, in the image and inside its letterbox.
      size, inner_size: (height, width) of both.

    Returns:
      (low, high, part): int64, int64, float32 [length]; the sample is low + part * (high - low).
    """
    scale = inner_size[0] / size[0]
    if round(size[1] * scale) != inner_size[1]:  # the other side fills the letterbox
        scale = inner_size[1] / size[1]
    place = np.clip((np.arange(length) + .5) * scale - .5, 0, inner - 1)
    low = np.floor(place)
    return low.astype(np.intp), np.ceil(place).astype(np.intp), (place - low).astype(np.float32)


def between(values: np.ndarray, *axes: Tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Interpolates float32 [h, w, C] at the `positions` of rows and columns: [H, W, C]."""
    (top, bottom, down), (left, right, across) = axes
    wide = values[:, left] + (values[:, right] - values[:, left]) * across[:, np.newaxis]
    return wide[top] + (wide[bottom] - wide[top]) * down[:, np.newaxis, np.newaxis]


def agreeing(votes: np.ndarray, places: np.ndarray, seen: np.ndarray) -> List[int]:
    """Counts, for each region, the runs that see its class in at least half of its pixels.

    Args:
      votes: uint8 [S, H, W].
      places: int32 [H, W], the region of each pixel, -1 for none.
      seen: [R], the class that each region is seen as.
    """
    rows, columns = np.nonzero(places >= 0)
    region = places[rows, columns]
    pixels = np.bincount(region, minlength=len(seen))
    same = np.stack([np.bincount(region, vote[rows, columns] == seen[region], len(seen))
                     for vote in votes])
    return (same >= pixels / 2).sum(0).tolist()
