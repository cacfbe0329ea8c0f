"""How often an epoch shows each image, as --sampling says.

    @SAMPLINGS.register("balanced", threshold=0.02)
    def balanced(pixels, threshold): ...   # () -> int64 [N, C] -> `Sampling`, or None: each once

An epoch has as many elements as there are images, whatever they weigh. So the epoch of an element
follows from its number, and a resume finds its place.
"""
from dataclasses import dataclass
from typing import Callable, Optional, Sequence, Tuple

import numpy as np

from utils.registry import Choice, Parameter, Registry

SAMPLINGS = Registry("sampling")
#: The share of pixels below which a class is rare.
RARE = 0.02


@dataclass(frozen=True)
class Sampling:
    """Images that weigh differently.

    Attributes:
      weights: float64 [N], 0 or more, not all 0.
      having: bool [N, C], whether an image counts as one that has a class.
    """
    weights: np.ndarray
    having: np.ndarray

    def expected(self) -> np.ndarray:
        """Returns how often an epoch shows each image on average: float64 [N], of sum N."""
        return len(self.weights) * self.weights / self.weights.sum()

    def copies(self, start: float) -> np.ndarray:
        """Computes how often an epoch shows each image, by systematic resampling.

        The epoch's elements lie at start, start + 1, ... along the images, each of which is as long
        as it is expected often. So each image is there its expected times, rounded up or down.

        Args:
          start: the epoch's random number, between 0 and 1. At 0 itself rounding would decide
            which of two neighbours has an element.

        Returns:
          int64 [N], of sum N.
        """
        ends = np.cumsum(self.weights)
        ends *= len(ends) / ends[-1]
        ends[-1] = len(ends)  # whatever was rounded
        return np.diff(np.ceil(np.append(0, ends) - start)).astype(np.int64)

    def shares(self) -> Tuple[np.ndarray, np.ndarray]:
        """Returns the share of images that have each class: (in the split, in an epoch on average),
        float64 [C] each."""
        return self.having.mean(axis=0), self.expected() @ self.having / len(self.weights)


def holding(pixels: np.ndarray) -> np.ndarray:
    """Tells which images hold a class: those in which it takes at least its share of all pixels.

    Args:
      pixels: int64 [N, C], of each class in each image.

    Returns:
      bool [N, C].
    """
    labelled = pixels.sum(axis=1, keepdims=True)
    return (pixels > 0) & (pixels >= pixel_shares(pixels) * labelled)


def pixel_shares(pixels: np.ndarray) -> np.ndarray:
    """Computes each class's share of the pixels of int64 [N, C]: float64 [C]."""
    total = pixels.sum(axis=0).astype(np.float64)
    return total / max(total.sum(), 1.0)


def repeat_factors(shares: np.ndarray, threshold: float) -> np.ndarray:
    """Computes max(1, sqrt(threshold / share)) of each class, 1 for one of share 0: float64 [C]
    (Gupta et al., LVIS, arXiv 1908.03195, section 3.4)."""
    known = np.where(shares > 0, shares, threshold)
    return np.maximum(1.0, np.sqrt(threshold / known))


# ---- choices of --sampling ----

@SAMPLINGS.register("shuffle")
def shuffle(pixels: Callable[[], np.ndarray]) -> Optional[Sampling]:
    """Shows each image once."""
    del pixels
    return None


@SAMPLINGS.register(
    "balanced", threshold=Parameter(RARE, "classes with a smaller share are repeated", more_than=0,
                                    at_most=1),
    by=Parameter("pixels", "what shares are of", choices=("pixels", "images")))
def balanced(pixels: Callable[[], np.ndarray], threshold: float, by: str) -> Optional[Sampling]:
    """Repeats images by the largest repeat factor of the classes that they have (LVIS).

    Of pixels: a class's share is of all labelled pixels, and an image has it where it takes at
    least that share of the image. Of images, as LVIS defines it: the share of images in which the
    class has any pixel.

    Args:
      pixels: () -> int64 [N, C], of each class in each image.
      threshold: t of `repeat_factors`.
      by: "pixels" or "images".
    """
    counted = pixels()
    having = holding(counted) if by == "pixels" else counted > 0
    shares = pixel_shares(counted) if by == "pixels" else having.mean(axis=0)
    factors = np.where(having, repeat_factors(shares, threshold), 1.0)
    return Sampling(factors.max(axis=1), having)


def sampling_line(choice: Choice, sampling: Sampling, names: Sequence[str]) -> str:
    """Says what a sampling does, for the log.

    Args:
      choice: the `Choice` of `SAMPLINGS`.
      sampling: what it made.
      names: of the classes.
    """
    before, after = sampling.shares()
    gains = np.argsort(before - after, kind="stable")[:3]
    classes = ", ".join(f"{names[index]} in {after[index]:.0%} instead of {before[index]:.0%}"
                        for index in gains if after[index] > before[index])
    distinct = np.minimum(sampling.expected(), 1.0).sum()
    return (f"--sampling={choice.text}: {len(sampling.weights)} images an epoch, "
            f"{distinct:.0f} distinct expected" + (f"; {classes}" if classes else ""))
