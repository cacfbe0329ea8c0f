"""Pastes objects of rare classes of another image into what the window shows."""
from typing import Optional, Tuple

import numpy as np

from utils.data.augment.registry import AUGMENTATIONS, operation, probability
from utils.data.sampling import RARE, holding, pixel_shares, repeat_factors
from utils.lazy import lazy_module
from utils.registry import Parameter

ndimage = lazy_module("scipy.ndimage")

#: The largest objects of a class that may be pasted at once.
_MOST = 8
#: The smallest object, as a share of the window's pixels.
_LEAST = 1 / 4096.0


def rare_in(pixels: np.ndarray, share: float) -> np.ndarray:
    """Tells how much each image is wanted for each class that it can give.

    Args:
      pixels: int64 [N, C], of each class in each image.
      share: classes that take less of all pixels are rare.

    Returns:
      float64 [N, C]: sqrt(share / the class's share) where the class is rare and takes at least its
      mean share of the image, else 0.
    """
    shares = pixel_shares(pixels)
    return np.where(holding(pixels) & (shares < share), repeat_factors(shares, share), 0.0)


@AUGMENTATIONS.register(
    "paste", share=Parameter(RARE, "classes with a smaller share of all pixels are pasted",
                             more_than=0, at_most=1), probability=probability(.5))
@operation("partner", draws=1 + _MOST, wanted=rare_in)
def paste(image: np.ndarray, label: np.ndarray, other: np.ndarray, other_label: np.ndarray,
          factors: np.ndarray, numbers: np.ndarray, share: float) -> Tuple[np.ndarray, np.ndarray]:
    """Pastes objects of one rare class of another image, without blending (Ghiasi et al. 2021,
    Simple Copy-Paste, arXiv 2012.07177).

    An object is a connected region of the class in the other image's view. It keeps its place. Each
    of the largest is pasted with a probability of one half, and the largest one if none is.
    """
    del share
    chosen = _rare_class(other_label, factors, numbers[0])
    if chosen is not None:
        places = _objects(other_label == chosen, numbers[1:])
        image[places], label[places] = other[places], chosen
    return image, label


def _rare_class(label, factors, number) -> Optional[int]:
    """Chooses a class that a label shows, with a probability that goes with its factor."""
    pixels = np.bincount(label.reshape(-1), minlength=256)[:len(factors)]
    weights = np.cumsum(np.where(pixels >= _LEAST * label.size, factors, 0.0))
    if not weights[-1]:
        return None
    return int(np.searchsorted(weights, number * weights[-1], side="right"))


def _objects(mask, numbers):
    """Returns the (rows, columns) of the pixels of the objects that are pasted, of any or none."""
    regions, _ = ndimage.label(mask)
    rows, columns = np.nonzero(mask)  # few: to work on these alone is fast
    region = regions[rows, columns]
    sizes = np.bincount(region)
    largest = np.argsort(-sizes, kind="stable")[:len(numbers)]
    large = sizes[largest] >= _LEAST * mask.size
    drawn = large & (numbers[:len(largest)] < 0.5)
    if not drawn.any():
        drawn[0] = large[0]
    wanted = np.zeros(len(sizes), bool)
    wanted[largest[drawn]] = True
    chosen = wanted[region]
    return rows[chosen], columns[chosen]
