"""Several operations on one image, in stages."""
from dataclasses import dataclass
from typing import Any, List, Tuple

import numpy as np

from utils.data.augment.colour import Colour
from utils.data.augment.geometry import letterboxed
from utils.data.augment.registry import AUGMENTATIONS, acts, is_sometimes
from utils.data.augment.views import view
from utils.registry import Choice


@dataclass(frozen=True)
class Augmentation:
    """What happens to training images.

    Attributes:
      operations: `Choice`s of `AUGMENTATIONS`, in the order in which they act within their stages.
      seed: of their random numbers.
    """
    operations: Tuple[Choice, ...]
    seed: int

    @classmethod
    def parse(cls, text: str, seed: int) -> "Augmentation":
        """Returns the augmentation that a text such as "flip,scale:0.5:2" means; "" for none.

        Raises:
          UserError: an unknown operation, or a value that it cannot have.
        """
        return cls(tuple(AUGMENTATIONS.choose_all(text, ",")), seed)

    @property
    def draws(self) -> int:
        """How many numbers all operations together take."""
        return sum(self._counts())

    def view(self, image: np.ndarray, label: np.ndarray, numbers: np.ndarray,
             window: Tuple[int, int]) -> Tuple[np.ndarray, np.ndarray]:
        """Returns the view of an image and its label that random numbers mean.

        Args:
          image: uint8 [H, W, 3].
          label: uint8 [H, W].
          numbers: float32 [draws] in [0, 1), those of each operation one after another; the one
            that decides whether an operation acts stands behind its others.
          window: (height, width) of the view, pixels.

        Returns:
          (uint8 [height, width, 3], uint8 [height, width]).
        """
        drawn = self._shares(numbers)
        geometry = _applied("geometry", drawn, letterboxed(window, label))
        geometry = _applied("place", drawn, *geometry)
        seen = view(image, *geometry, *_applied("colour", drawn, Colour()))
        return _applied("pixels", drawn, *seen)

    def _shares(self, numbers):
        """Returns [(choice, its numbers)]."""
        return list(zip(self.operations, np.split(numbers, np.cumsum(self._counts())[:-1])))

    def _counts(self):
        """Returns how many numbers each operation takes."""
        return [choice.entry.draws + is_sometimes(choice) for choice in self.operations]


def _applied(stage: str, drawn: List[Tuple[Choice, np.ndarray]], *values: Any) -> Tuple[Any, ...]:
    """Applies the operations of a stage to its values."""
    for choice, numbers in drawn:
        if choice.entry.stage == stage and acts(choice, numbers):
            made = choice.make(*values, numbers[:choice.entry.draws])
            values = made if isinstance(made, tuple) else (made,)
    return values
