"""The operations that --augment names, and what one of them gets and returns.

Each belongs to a stage; the stages follow one another, and within a stage operations act in the
order in which they are written:

    geometry  (Geometry, numbers, **parameters) -> Geometry     how the image is scaled and turned
    place     (Geometry, numbers, **parameters) -> Geometry     where the window stands on it
    colour    (Colour, numbers, **parameters) -> Colour         how a pixel's colour is mapped
    partner   (image, label, partner's image, partner's label, factors, numbers, **parameters)
                  -> (image, label)                             what another image adds
    pixels    (image, label, numbers, **parameters) -> (image, label)    what the window shows

Those before "partner" only say what is to be done: `views` resamples an image once and maps its
colours once, however many operations there are. Those behind may change the arrays that they get.

A partner is another training image, seen up to that stage by numbers of its own. Such an operation
says by `wanted` which images may be partners; `factors` are float64 [C], the most that any image is
wanted for a class.

`numbers` are float32 [draws] in [0, 1), drawn from (seed, element, name of the operation): another
operation beside it changes none of them. The same numbers give the same result.

Every operation has a probability, by name: "hue:probability=0.3". One below 1 takes a number more,
which decides for each image whether the operation acts. It has a stream of its own.
"""
import hashlib
from dataclasses import dataclass
from typing import Any, Callable, Optional

import numpy as np

from utils.errors import UserError
from utils.registry import Choice, Parameter, Registry

STAGES = ("geometry", "place", "colour", "partner", "pixels")


@dataclass(frozen=True)
class Operation:
    """An operation on training images; called as its function is.

    Attributes:
      function: see the top of this module.
      stage: one of `STAGES`.
      draws: how many numbers it takes.
      shared_from: the place of its first number in the stream that (seed, element) give without a
        name; None for a stream of its own. Flip and scale share that one, as runs from before there
        were operations drew from it.
      problem: parameters as keywords -> what is wrong with them together, or "".
      wanted: (int64 [N, C], the pixels of each class in each image; parameters as keywords) ->
        float64 [N, C], how much an image is wanted as a partner for a class; in the stage "partner"
        alone.
    """
    function: Callable[..., Any]
    stage: str
    draws: int
    shared_from: Optional[int] = None
    problem: Optional[Callable[..., str]] = None
    wanted: Optional[Callable[..., Any]] = None

    def __call__(self, *args: Any, **parameters: Any) -> Any:
        return self.function(*args, **parameters)


def operation(stage: str, draws: int, shared_from: Optional[int] = None,
              problem: Optional[Callable[..., str]] = None,
              wanted: Optional[Callable[..., Any]] = None) -> Callable[..., Operation]:
    """Returns a decorator that makes an `Operation` of a function.

    Raises:
      ValueError: there is no such stage.
    """
    if stage not in STAGES:
        raise ValueError(f"got stage {stage!r}, expected one of {', '.join(STAGES)}")
    return lambda function: Operation(function, stage, draws, shared_from, problem, wanted)


def range_problem(low: float, high: float) -> str:
    """Says what is wrong with an operation's range, "" for nothing."""
    return "" if low <= high else f"got {low:g} to {high:g}, expected low <= high"


def probability(default: float) -> Parameter:
    """Returns the parameter that every operation has; one that acts on some images by default
    registers it."""
    return Parameter(default, "share of the images that it acts on", at_least=0, at_most=1)


class _Augmentations(Registry):
    """A registry of `Operation`s, which know what their parameters cannot be together."""

    def choose(self, text: str) -> Choice:
        choice = super().choose(text)
        problem = choice.entry.problem and choice.entry.problem(**choice.own)
        if problem:
            raise UserError(f"{self.kind} {text}: {problem}")
        return choice


#: Runs store what differs from the defaults of parameters, so that no default may change.
AUGMENTATIONS = _Augmentations("augmentation", probability=probability(1.0))


def is_sometimes(choice: Choice) -> bool:
    """Tells whether a number decides for each image if a chosen operation acts."""
    return bool(choice.values["probability"] < 1)


def acts(choice: Choice, numbers: np.ndarray) -> bool:
    """Tells whether a chosen operation acts on the image that its numbers are of.

    Args:
      numbers: float32, those that the operation takes, then the one that decides if there is any.
    """
    return bool((numbers[choice.entry.draws:] < choice.values["probability"]).all())


def stream_key(name: str, seed: int) -> int:
    """Returns the first half of the key of a stream of numbers, an int64; the element is the
    other.

    Args:
      name: the operation's; "NAME:probability" for the number that decides whether it acts.
      seed: of the augmentation.
    """
    digest = hashlib.sha256(f"{name}:{seed}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
