"""What may describe an image: features of a stride, of each class, or mean probabilities.

All are vectors whose angles are compared after the mean over the images is taken off. Features
behind a ReLU share one large direction, which would make any two images similar.
"""
from typing import TYPE_CHECKING, Iterator, List, Optional

import numpy as np

from utils.errors import UserError
from utils.evaluate.observers.coarse import Coarse
from utils.evaluate.observers.features import Features
from utils.names import unknown_name

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: {layer: what it is}; the first that a net has is used where there is a single run.
LAYERS = {"stride32": "mean features at stride 32", "stride16": "mean features at stride 16",
          "classes": "features of each predicted class",
          "probabilities": "mean probabilities of the classes"}
#: Components of a class's features that enter the layer "classes".
_CLASS_COMPONENTS = 16
#: Components that are kept of a layer for clusters and maps.
COMPONENTS = 64


def layer_values(name: str, features: Features, coarse: Optional[Coarse]) -> np.ndarray:
    """Returns a layer of one run: float32 [N, D]; D is 0 where the net has it not."""
    if name == "probabilities":
        return _mean_probabilities(coarse)
    if name == "classes":
        return _class_features(features)
    return features.embeddings(int(name[len("stride"):]))


def _class_features(features):
    """Returns each class's features less the class's mean, side by side; 0 for absent ones."""
    own = features.class_embeddings[:, :_CLASS_COMPONENTS].astype(np.float32)
    label = features.class_label.astype(np.intp)
    classes = int(label.max()) + 1 if len(label) else 0
    made = np.zeros((len(features.embeddings32), classes, own.shape[1]), np.float32)
    for index in range(classes):
        if (label == index).any():
            made[features.class_image[label == index], index] = (
                own[label == index] - own[label == index].mean(0))
    return made.reshape(len(made), -1)


def _mean_probabilities(coarse):
    return np.array([coarse.probabilities(index).mean((0, 1))
                     for index in range(len(coarse.grid))], np.float32)


def available_layers(exploration: "Exploration") -> Iterator[str]:
    """Yields the layers that every run has, each looked for when it is asked for."""
    return (name for name in LAYERS if all(
        values.shape[1] for values in all_values(exploration, name)))


def all_values(exploration: "Exploration", name: str) -> List[np.ndarray]:
    """Returns a layer of each run: S arrays float32 [N, D].

    Raises:
      UserError: an unknown layer, or nothing is extracted.
    """
    if name not in LAYERS:
        raise UserError(unknown_name("layer", name, LAYERS))
    coarse = exploration.coarse if name == "probabilities" else [None] * len(exploration.records)
    return exploration.once("layer " + name, lambda: [
        layer_values(name, *found) for found in zip(exploration.features, coarse)])


def stored_arrays(exploration: "Exploration", name: str) -> List[np.ndarray]:
    """Returns what a layer of all runs is computed from, as it is stored."""
    if name == "probabilities":
        return [array for found in exploration.coarse
                for array in (found.grid, found.label, found.share)]
    if name == "classes":
        return [array for found in exploration.features for array in (
            found.class_image, found.class_label, found.class_embeddings)]
    return [getattr(found, "embeddings" + name[len("stride"):]) for found in exploration.features]


def unit_vectors(values: np.ndarray, mean: Optional[np.ndarray] = None) -> np.ndarray:
    """Takes the mean off, and scales each row to length 1: float64 [N, D].

    A row that is the mean stays 0: it is similar to none.

    Args:
      values: [N, D].
      mean: [D], another mean than that of the values.
    """
    values = np.asarray(values, np.float64)
    centred = values - (values.mean(0) if mean is None else mean)
    length = np.sqrt((centred ** 2).sum(1, keepdims=True))
    tiny = 1e-9 * max(float(length.max()), 1e-300) if len(length) else 0
    return np.divide(centred, length, out=np.zeros_like(centred), where=length > tiny)


def principal(values: np.ndarray, count: int = COMPONENTS) -> np.ndarray:
    """Projects values [N, D] onto their principal components: float64 [N, count at most].

    The largest entry of each component is positive, so that the signs are the same everywhere.
    """
    centred = np.asarray(values, np.float64) - np.mean(values, 0, np.float64)
    count = min(count, *centred.shape)
    if centred.shape[1] <= centred.shape[0]:
        found = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :count]
        made = centred @ found
    else:
        squares, left = np.linalg.eigh(centred @ centred.T)
        made = left[:, ::-1][:, :count] * np.sqrt(np.maximum(squares[::-1][:count], 0))
    peak = np.abs(made).argmax(0)
    return made * np.where(made[peak, np.arange(count)] < 0, -1.0, 1.0)
