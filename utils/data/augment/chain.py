"""Several operations on one image, in stages."""
import dataclasses
from dataclasses import dataclass
from typing import Any, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from utils.data.augment.colour import Colour
from utils.data.augment.geometry import letterboxed
from utils.data.augment.registry import AUGMENTATIONS, acts, is_sometimes
from utils.data.augment.views import view
from utils.data.sampling import Sampling
from utils.errors import UserError
from utils.registry import Choice


@dataclass(frozen=True)
class Partners:
    """The images that operations with a partner take from.

    Attributes:
      sampling: how often each image is a partner.
      factors: {operation: float64 [C], the most that any image is wanted for a class}.
    """
    sampling: Sampling
    factors: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Augmentation:
    """What happens to training images.

    Attributes:
      operations: `Choice`s of `AUGMENTATIONS`, in the order in which they act within their stages.
      seed: of their random numbers.
      partners: what operations with a partner take from; None where none has one.
    """
    operations: Tuple[Choice, ...]
    seed: int
    partners: Optional[Partners] = None

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

    @property
    def needs_partners(self) -> bool:
        """Whether an operation has a partner; `among` says which images are."""
        return bool(self._with_partner())

    def _with_partner(self):
        return [choice for choice in self.operations if choice.entry.stage == "partner"]

    def among(self, pixels: np.ndarray) -> "Augmentation":
        """Returns the augmentation with partners of the images trained on.

        Args:
          pixels: int64 [N, C], of each class in each image.

        Raises:
          UserError: there is no image that an operation takes from.
        """
        wanted = {choice.name: choice.entry.wanted(pixels, **choice.own)
                  for choice in self._with_partner()}
        for choice in self._with_partner():
            if not wanted[choice.name].any():
                raise UserError(f"--augment={choice.text}: no image to take from: no class of the "
                                "training images is as rare as that")
        together = np.max(list(wanted.values()), axis=0)
        return dataclasses.replace(self, partners=Partners(
            Sampling(together.max(axis=1), together > 0),
            {name: factors.max(axis=0) for name, factors in wanted.items()}))

    def takes_partner(self, numbers: np.ndarray) -> bool:
        """Tells whether random numbers of a view, as `view`, ask for a partner."""
        return any(_takes(*share) for share in self._shares(numbers))

    def view(self, image: np.ndarray, label: np.ndarray, numbers: np.ndarray,
             window: Tuple[int, int], partner: Sequence[np.ndarray] = ()
             ) -> Tuple[np.ndarray, np.ndarray]:
        """Returns the view of an image and its label that random numbers mean.

        Args:
          image: uint8 [H, W, 3].
          label: uint8 [H, W].
          numbers: float32 [draws] in [0, 1), those of each operation one after another; the one
            that decides whether an operation acts stands behind its others.
          window: (height, width) of the view, pixels.
          partner: (image, label, numbers) of the partner; nothing where `takes_partner` is false.

        Returns:
          (uint8 [height, width, 3], uint8 [height, width]).
        """
        drawn = self._shares(numbers)
        seen = _seen(image, label, drawn, window)
        if partner:
            seen = self._with(_seen(*partner[:2], self._shares(partner[2]), window), drawn, seen)
        return _applied("pixels", drawn, *seen)

    def _with(self, partner, drawn, seen):
        """Applies the operations with a partner to what is seen of an image."""
        for choice, numbers in drawn:
            if _takes(choice, numbers):
                seen = choice.make(*seen, *partner, self.partners.factors[choice.name],
                                   numbers[:choice.entry.draws])
        return seen

    def _shares(self, numbers):
        """Returns [(choice, its numbers)]."""
        return list(zip(self.operations, np.split(numbers, np.cumsum(self._counts())[:-1])))

    def _counts(self):
        """Returns how many numbers each operation takes."""
        return [choice.entry.draws + is_sometimes(choice) for choice in self.operations]


def _takes(choice, numbers):
    return choice.entry.stage == "partner" and acts(choice, numbers)


def _seen(image, label, drawn, window):
    """Returns what the window shows of an image and its label, colours mapped."""
    geometry = _applied("geometry", drawn, letterboxed(window, label))
    geometry = _applied("place", drawn, *geometry)
    return view(image, *geometry, *_applied("colour", drawn, Colour()))


def _applied(stage: str, drawn: List[Tuple[Choice, np.ndarray]], *values: Any) -> Tuple[Any, ...]:
    """Applies the operations of a stage to its values."""
    for choice, numbers in drawn:
        if choice.entry.stage == stage and acts(choice, numbers):
            made = choice.make(*values, numbers[:choice.entry.draws])
            values = made if isinstance(made, tuple) else (made,)
    return values
