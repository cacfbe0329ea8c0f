"""Which images have near duplicates among those of training, by what the nets see.

Features are taken less their mean over training: behind a ReLU all share one large direction, by
which any two images are alike. What counts as near comes from the data: two scenes of training
hold no duplicates of each other, so images that are nearer than theirs ever are may be some. Each
scene plays the new one in turn, less the mean of the *other* scenes, as an image to be judged is:
with a mean that is partly its own, a scene stands farther from the others than a new one does.

A run of `--subset` can only remember the images that it trained on: these alone are its training.
"""
import dataclasses
from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.explore.cluster_rows import TRAINING
from utils.explore.layers import LAYERS, all_values, unit_vectors
from utils.explore.neighbours import ranking_keys
from utils.measures.confusion import class_iou, mean_of_present

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: Share of training images that may be nearer to another scene than the threshold.
QUANTILE = .01
#: Layers that are compared together where none is asked for.
_LAYERS = ("stride32", "stride16")
_BLOCK = 1024
#: Groups of scenes that play the new ones in turn, at most.
_GROUPS = 50


@dataclasses.dataclass(frozen=True)
class Leaks:
    """The nearest training image of each of M images, in S seeds.

    The training images of a run of `--subset` are those that it trained on; duplicates within
    training, `threshold` and `training_distance` are of the whole split.

    Attributes:
      layers: keys of `layers.LAYERS` whose cosines are averaged.
      images, training: int64 [M], [T], places in the exploration.
      compared: bool [S, T], the training images that those of each seed are compared with.
      distance: float64 [S, M], 1 - cosine to the nearest training image of each seed.
      nearest: int64 [M], the nearest training image by the mean cosine over seeds.
      mean_distance: float64 [M], to that one.
      pair_distance: float64 [S, M], to that one in each seed; infinite in a seed that is not
        compared with it.
      training_distance: float64 [S, T], of each training image to the nearest of the M images.
      thresholds: float64 [S], distances below which images are near duplicates; None without
        scenes.
    """
    layers: Tuple[str, ...]
    images: np.ndarray
    training: np.ndarray
    compared: np.ndarray
    distance: np.ndarray
    nearest: np.ndarray
    mean_distance: np.ndarray
    pair_distance: np.ndarray
    training_distance: np.ndarray
    thresholds: Optional[np.ndarray]

    @property
    def seeds(self) -> np.ndarray:
        """In how many seeds each image has a near duplicate: int64 [M]; 0 without a threshold."""
        return self._nearer(self.distance).sum(0)

    @property
    def pair_seeds(self) -> np.ndarray:
        """In how many seeds the image and its `nearest` are near duplicates: int64 [M]."""
        return self._nearer(self.pair_distance).sum(0)

    @property
    def leaked(self) -> np.ndarray:
        """Whether each image has a near duplicate in more than half of the seeds: bool [M]."""
        return 2 * self.seeds > len(self.distance)

    @property
    def leaked_training(self) -> np.ndarray:
        """Whether each training image is one, of any of the M, in more than half: bool [T]."""
        return 2 * self._nearer(self.training_distance).sum(0) > len(self.distance)

    def _nearer(self, distance):
        if self.thresholds is None:
            return np.zeros(distance.shape, bool)
        return distance < self.thresholds[:, np.newaxis]


def find_leaks(whole: "Exploration", split: str, layer: str = "") -> Leaks:
    """Finds the nearest training image of each image of a split; in training itself, another one.

    Args:
      whole: `SeveralSplits`, of which one is training.
      split: which images to look at.
      layer: by which, of `layers.LAYERS`; "" for the features at strides 32 and 16 together.

    Raises:
      UserError: nothing is extracted, or training has a single image.
    """
    splits = np.asarray(whole.split_of_images)
    images, training = (np.flatnonzero(splits == one) for one in (split, TRAINING))
    if len(training) < 2 or not len(images):
        raise UserError(f"leaks: {len(images)} images of {split} and {len(training)} of training; "
                        "expected some, and two of training or more")
    layers = _layers(whole, layer)
    values = list(zip(*(all_values(whole, name) for name in layers)))
    units = [_units(one, training) for one in values]
    own = np.arange(len(splits))
    scenes = None if whole.scenes is None else np.unique(whole.scenes, return_inverse=True)[1]
    compared = np.ones((len(units), len(training)), bool) if split == TRAINING else (
        _trained_on(whole, training))
    near = [nearest_among([one], images, training[chosen], own)[1]
            for one, chosen in zip(units, compared)]
    nearest, mean = nearest_among(units, images, training[compared.any(0)], own)
    back = [nearest_among([one], training, images, own)[1] for one in units]
    pairs = [np.where(chosen[np.searchsorted(training, nearest)],
                      1 - (one[images] * one[nearest]).sum(1), np.inf)
             for one, chosen in zip(units, compared)]
    return Leaks(layers, images, training, compared, np.array(near), nearest, mean,
                 np.array(pairs), np.array(back), thresholds(values, training, scenes))


def _trained_on(whole, training):
    """Returns bool [S, T], whether each run trained on each training image.

    Raises:
      UserError: a run trained on images of other names alone.
    """
    names = [whole.names[place] for place in training]
    trained = np.array([record.trained_on(names) for record in whole.records])
    for row, record in zip(trained, whole.records):
        if not row.any():
            raise UserError(f"leaks: {record.name} trained on none of the {len(training)} "
                            "training images that are extracted: extract all of them")
    return trained


def _layers(whole, layer) -> Tuple[str, ...]:
    """Chooses the layers: the one asked for, or the features of every run at both strides."""
    if layer:
        return (layer,)
    return tuple(name for name in _LAYERS
                 if all(values.shape[1] for values in all_values(whole, name)))


def _units(values, among):
    """Returns unit vectors float64 [N, D] whose cosines are the means of those of the layers.

    Args:
      values: of each layer, [N, D'].
      among: int64 [T], the images whose mean is taken off.
    """
    return np.concatenate([unit_vectors(one, one[among].mean(0, dtype=np.float64))
                           for one in values], 1) / np.sqrt(len(values))


def nearest_among(units: List[np.ndarray], images: np.ndarray, among: np.ndarray,
                  forbidden: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Finds the most similar of other images, by the mean cosine over seeds; ties by their order.

    Args:
      units: of each seed, [N, D].
      images: int64 [M], places of the images.
      among: int64 [T], places of those to choose from.
      forbidden: int64 [N]; images of the same number are not compared.

    Returns:
      (int64 [M] of places, float64 [M] of distances 1 - cosine; infinite where none is left).
    """
    places, distances = [], []
    for start in range(0, len(images), _BLOCK):
        rows = images[start:start + _BLOCK]
        similar = sum(one[rows] @ one[among].T for one in units) / len(units)
        keys = ranking_keys(similar)
        same = forbidden[rows][:, np.newaxis] == forbidden[among]
        best = np.where(same, -np.inf, keys).argmax(1)
        places.append(among[best])
        row = np.arange(len(rows))
        distances.append(np.where(same[row, best], np.inf, 1 - similar[row, best]))
    return np.concatenate(places), np.concatenate(distances)


def thresholds(values: Sequence[Sequence[np.ndarray]], training: np.ndarray,
               scenes: Optional[np.ndarray]) -> Optional[np.ndarray]:
    """Returns the `QUANTILE` of the distances to other scenes within training, of each seed.

    Of more than `_GROUPS` scenes, some are left out together.

    Args:
      values: of each seed, of each layer, [N, D].
      training: int64 [T], places of the training images.
      scenes: int64 [N]; None for unknown.

    Returns:
      float64 [S]; None where training has fewer than two scenes.
    """
    if scenes is None or len(set(scenes[training])) < 2:
        return None
    group = np.unique(scenes[training], return_inverse=True)[1] % _GROUPS
    return np.array([np.quantile(np.concatenate([
        _as_if_new([one[training] for one in layers], group == left_out)
        for left_out in np.unique(group)]), QUANTILE) for layers in values])


def _as_if_new(values, left_out):
    """Returns the distances of some images to the nearest of the others, less the others' mean."""
    units = _units(values, np.flatnonzero(~left_out))
    return np.concatenate([1 - (rows @ units[~left_out].T).max(1) for rows in np.array_split(
        units[left_out], -(-int(left_out.sum()) // _BLOCK))])


def score_of_parts(matrices: np.ndarray, members: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Scores some images and the others, over the classes that occur in both.

    Args:
      matrices: [S, N, C, C].
      members: bool [N].

    Returns:
      mIoU of the members and of the others, each float64 [S], NaN where there are none.
    """
    parts = [class_iou(matrices[:, chosen].sum(1)) for chosen in (members, ~members)]
    both = ~np.isnan(parts[0]) & ~np.isnan(parts[1])
    one, other = (mean_of_present(np.where(both, part, np.nan)) for part in parts)
    return one, other


def layer_words(leaks: Leaks) -> str:
    """Says by what images were compared."""
    if leaks.layers == _LAYERS:
        return "mean features at strides 32 and 16"
    return " and ".join(LAYERS[name] for name in leaks.layers)
