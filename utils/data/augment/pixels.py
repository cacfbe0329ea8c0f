"""Operations on what the window shows, behind geometry and colour."""
from typing import Tuple

import numpy as np

from utils.data.augment.registry import AUGMENTATIONS, operation
from utils.data.datasets.base import IGNORE_LABEL
from utils.registry import Parameter


@AUGMENTATIONS.register(
    "cutout", side=Parameter(0.25, "of the square, as a share of the window's shorter side",
                             more_than=0, at_most=1),
    ignore=Parameter(False, "whether labels below the square are ignored"))
@operation("pixels", draws=2)
def cutout(image: np.ndarray, label: np.ndarray, numbers: np.ndarray, side: float,
           ignore: bool) -> Tuple[np.ndarray, np.ndarray]:
    """Covers a square with the image's mean colour (DeVries and Taylor 2017, arXiv:1708.04552).

    The square's centre lies anywhere in the window, so that its border may cut the square.
    """
    shape = np.array(label.shape)
    half = max(int(side * shape.min() / 2), 1)
    centre = (numbers * shape).astype(int)
    rows, columns = (slice(max(middle - half, 0), middle + half) for middle in centre)
    image[rows, columns] = np.rint(image.mean(axis=0).mean(axis=0))  # of both at once is slow
    if ignore:
        label[rows, columns] = IGNORE_LABEL
    return image, label
