"""What is told of each cluster: loss, IoU, and how its images do in training."""
import dataclasses
from typing import TYPE_CHECKING, List, Optional, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate.observers.coarse import load_coarse
from utils.evaluate.observers.features import load_features
from utils.evaluate.observers.image_scores import load_image_scores
from utils.explore.agreement import layer, layer_units
from utils.explore.clusters import Clusters, matched_to
from utils.explore.layers import all_values, layer_values, unit_vectors
from utils.statistics.crossed import crossed_interval
from utils.statistics.intervals import SCORES, Interval
from utils.statistics.miou import miou_d
from utils.statistics.resampling import by_cluster, pseudo_values

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

TRAINING = "training"


@dataclasses.dataclass(frozen=True)
class Value:
    """A mean over seeds, and its interval over seeds and images (or scenes)."""
    mean: float
    interval: Optional[Interval]


@dataclasses.dataclass(frozen=True)
class Training:
    """The training images that belong to clusters of another split.

    Attributes:
      label: int64 [M], cluster of each training image; -1 for none.
      loss: float64 [M], mean over seeds.
    """
    label: np.ndarray
    loss: np.ndarray


def mean_loss(exploration: "Exploration", members: np.ndarray) -> Value:
    """Averages the loss of images, bool [N], in nats."""
    loss = exploration.loss[:, members]
    parts = np.stack([np.nan_to_num(loss), ~np.isnan(loss)], -1).astype(np.float64)
    return _value(exploration, members, parts, _ratio, (0.0, np.inf))


def miou_of(exploration: "Exploration", members: np.ndarray) -> Value:
    """Computes the mIoU of the summed matrices of images, bool [N]: a fraction."""
    return _value(exploration, members, miou_d.parts(exploration.matrices[:, members]),
                  miou_d.score, SCORES)


def _ratio(sums):
    return np.divide(sums[..., 0], sums[..., 1], out=np.full(sums.shape[:-1], np.nan),
                     where=sums[..., 1] > 0)


def _value(exploration, members, parts, score, within):
    """Returns the `Value` of parts [S, members, P]."""
    scenes = exploration.scenes
    parts = by_cluster(parts, None if scenes is None else scenes[members])
    by_seed = score(parts.sum(-2))
    pseudo = pseudo_values(parts, score).mean(0) if parts.shape[-2] > 1 else np.zeros(1)
    interval = None if np.isnan(pseudo).any() or np.isnan(by_seed).any() else crossed_interval(
        float(by_seed.mean()), by_seed, pseudo, exploration.study.options.level, within)
    return Value(float(by_seed.mean()), interval)


def training_members(exploration: "Exploration", found: Clusters) -> Optional[Training]:
    """Finds which cluster each training image belongs to, by the nearest centre of most seeds.

    Returns:
      None where training images are not extracted of every run, or are the split itself.
    """
    if exploration.split == TRAINING:
        return None
    try:
        votes, losses = zip(*[_of_a_seed(exploration, found, seed)
                              for seed in range(len(exploration.records))])
    except UserError:
        return None
    if len({len(own) for own in losses}) > 1:
        return None
    return Training(_most_voted(np.array(votes), found.match.shape[1]), np.mean(losses, 0))


def _of_a_seed(exploration, found, seed) -> Tuple[np.ndarray, np.ndarray]:
    """Returns (cluster [M], loss [M]) of the training images in one seed."""
    name = layer(exploration)
    features, coarse, scores = (load(_path(exploration, seed, observer)) for observer, load in (
        ("features", load_features), ("coarse", load_coarse),
        ("image_scores", load_image_scores)))
    values = layer_values(name, features, coarse)
    own = all_values(exploration, name)[seed]
    if values.shape[1] != own.shape[1]:
        raise UserError("another number of classes was predicted")
    units = unit_vectors(values, own.mean(0))
    label = found.by_seed[seed]
    centres = np.array([layer_units(exploration)[seed][label == one].mean(0)
                        if (label == one).any() else np.full(own.shape[1], np.inf)
                        for one in range(found.k)])
    known = np.isfinite(centres[:, 0])
    squares = np.full((len(units), found.k), np.inf)
    squares[:, known] = (centres[known] ** 2).sum(1) - 2 * units @ centres[known].T
    matched = matched_to(found)
    return (np.array([matched.get((seed, int(one)), -1) for one in squares.argmin(1)], np.int64),
            scores.loss.astype(np.float64))


def _path(exploration, seed, observer):
    asked = exploration.study.asked.of(TRAINING)
    return asked.path(exploration.records[seed].folder.test, observer)


def _most_voted(votes: np.ndarray, count: int) -> np.ndarray:
    """Returns the cluster that more than half of the seeds vote for: int64 [M]; -1 for none."""
    if not count:
        return np.full(votes.shape[1], -1, np.int64)
    sums = np.array([(votes == cluster).sum(0) for cluster in range(count)])
    return np.where(2 * sums.max(0) > len(votes), sums.argmax(0), -1)


def by_distance(units: Sequence[np.ndarray], members: np.ndarray) -> List[int]:
    """Orders the images of a cluster by likeness with its centre, mean over seeds.

    Args:
      units: S arrays [N, D]; members: bool [N].

    Returns:
      Indices, the image nearest to the centre first.
    """
    similar = np.mean([own[members] @ _direction(own[members].mean(0)) for own in units], 0)
    return np.flatnonzero(members)[np.argsort(-similar.round(8), kind="stable")].tolist()


def _direction(vector):
    length = float(np.sqrt(vector @ vector))
    return vector / length if length > 0 else vector
