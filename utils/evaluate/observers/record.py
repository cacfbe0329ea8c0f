"""The contract of an observer of a test, and the registry of observers."""
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from utils.data.datasets.base import distinct_palette
from utils.registry import Registry

OBSERVERS = Registry("observer")


class Observer:
    """Sees each image of a test, and stores <result>.<name>.npz beside the result.

    A subclass is made with the number of classes, and with its parameters by name.

    Attributes:
      name: what it is registered under.
      reads: what it reads of a net beside the classes: choices of `outputs.OUTPUTS`.
      images: whether it looks at the photographs.
      instances: whether it reads the items' instances.
      palette: (r, g, b) of each class, for pictures; `open_observers` sets it.
      notes: what to tell when the test is over, a line each.
    """
    name: str = ""
    reads: Tuple[str, ...] = ()
    images: bool = False
    instances: bool = False
    palette: Sequence[Tuple[int, int, int]] = ()
    notes: Tuple[str, ...] = ()

    def add(self, item: Any) -> None:
        """Takes in one image.

        Args:
          item: has index, name, label and prediction (uint8 [H, W]), outputs: {choice: value};
            image, uint8 [H, W, 3], or None where no observer looks at images; instances, uint16
            [H, W], or None where the records have none; and shared, a dict for `shared.once`.
        """
        raise NotImplementedError

    def arrays(self) -> Dict[str, np.ndarray]:
        """Returns the arrays to store, by name; none needs pickle."""
        raise NotImplementedError


def open_observers(text: str, num_classes: int,
                   palette: Sequence[Tuple[int, int, int]] = ()) -> List[Observer]:
    """Returns the observers that a text names, separated by commas: "objects,embeddings:16".

    Args:
      num_classes: C.
      palette: (r, g, b) of each class; distinct colours where it is left out.

    Raises:
      UserError: an unknown one, or one with a value that it cannot have.
    """
    made = []
    for choice in OBSERVERS.choose_all(text, ","):
        made.append(choice.make(num_classes))
        made[-1].name = choice.name
        made[-1].palette = palette or distinct_palette(num_classes)
    return made
