"""The contract of an observer of a test, and the registry of observers."""
from typing import Any, Dict, List, Tuple

import numpy as np

from utils.registry import Registry

OBSERVERS = Registry("observer")


class Observer:
    """Sees each image of a test, and stores <result>.<name>.npz beside the result.

    A subclass is made with the number of classes, and with its parameters by name.

    Attributes:
      name: what it is registered under.
      reads: what it reads of a net beside the classes: choices of `outputs.OUTPUTS`.
    """
    name: str = ""
    reads: Tuple[str, ...] = ()

    def add(self, item: Any) -> None:
        """Takes in one image.

        Args:
          item: has index, name, label and prediction (uint8 [H, W]), outputs: {choice: value}, and
            shared, a dict for `shared.once`.
        """
        raise NotImplementedError

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the arrays to store, by name; none needs pickle."""
        raise NotImplementedError


def open_observers(text: str, num_classes: int) -> List[Observer]:
    """Returns the observers that a text names, separated by commas: "objects,embeddings:16".

    Raises:
      UserError: an unknown one, or one with a value that it cannot have.
    """
    made = []
    for choice in OBSERVERS.choose_all(text, ","):
        made.append(choice.make(num_classes))
        made[-1].name = choice.name
    return made
