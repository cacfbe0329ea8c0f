"""The mean features of each image, for maps and neighbours of images."""
from typing import Any, Dict, List

import numpy as np

from utils.evaluate.observers.record import OBSERVERS, Observer
from utils.registry import Parameter


@OBSERVERS.register("embeddings", level=Parameter(
    32, "of the features to average; 0 for those that the last layer reads", at_least=0))
class Embeddings(Observer):
    """Stores embeddings, float32 [N, D], in the order of the result's images."""

    def __init__(self, num_classes: int, level: int = 32) -> None:
        self.reads = (f"embeddings:{level}",)
        self._found: List[np.ndarray] = []

    def add(self, item: Any) -> None:
        """Takes in one image's embedding."""
        self._found.append(item.outputs[self.reads[0]])

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns {"embeddings": float32 [N, D]}."""
        return {"embeddings": np.array(self._found, np.float32)}
