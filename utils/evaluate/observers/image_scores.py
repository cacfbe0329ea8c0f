"""How well a net's probabilities fit the label of each image."""
import dataclasses
from typing import Any, Dict, List

import numpy as np

from utils.evaluate.observers.files import load_found, require_shapes
from utils.evaluate.observers.record import OBSERVERS, Observer
from utils.measures.label_fit import FIT_COLUMNS


@dataclasses.dataclass(frozen=True)
class ImageScores:
    """Statistics over the labelled pixels of each of N images, at the images' own size.

    s is the probability that the net gives to a pixel's label: of its softmax, interpolated. NaN
    where nothing is labelled.

    Attributes:
      loss: float32 [N], mean of -log s, in nats.
      class_loss: float32 [N, C], sum of -log s over the pixels labelled as each class.
      softmin: float32 [N], softmin of s at temperature .1: low where some labels look wrong
        (Lad & Mueller, arXiv 2307.05080, sec. 4).
      mean: float32 [N], mean of s.
      low: float32 [N], share of pixels with s below .1.
      quantile: float32 [N], 5 % quantile of s, to 1/4096.
      entropy: float32 [N], mean entropy of the probabilities over all pixels of the image at the
        net's own scale, in nats.
    """
    loss: np.ndarray
    class_loss: np.ndarray
    softmin: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    quantile: np.ndarray
    entropy: np.ndarray


@OBSERVERS.register("image_scores")
class ImageScorer(Observer):
    """Stores the `ImageScores` of a test.

    Args:
      num_classes: C.
    """
    reads = ("label_fit", "entropy")

    def __init__(self, num_classes: int) -> None:
        self._found: List[np.ndarray] = []
        self._entropy: List[float] = []

    def add(self, item: Any) -> None:
        """Takes in one image's scores."""
        self._found.append(item.outputs["label_fit"])
        self._entropy.append(item.outputs["entropy"])

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the fields of `ImageScores`, by name."""
        found = np.array(self._found, np.float32)
        columns = {name: found[:, place] for place, name in enumerate(FIT_COLUMNS)}
        return dict(columns, class_loss=found[:, len(FIT_COLUMNS):],
                    entropy=np.array(self._entropy, np.float32))


def load_image_scores(path: str) -> ImageScores:
    """Reads a stored file, "<run>/test/<result>.image_scores.npz".

    Raises:
      UserError: no such file, or a damaged one.
    """
    return load_found(path, ImageScores, lambda stored: require_shapes(
        stored, class_loss=("n", None), **{name: ("n",) for name in (
            "loss", "softmin", "mean", "low", "quantile", "entropy")}))
