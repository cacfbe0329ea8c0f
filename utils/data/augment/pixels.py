"""Operations on what the window shows, behind geometry and colour."""
import io
from typing import Tuple

import numpy as np
from PIL import Image, ImageFilter

from utils.data.augment.registry import AUGMENTATIONS, operation, probability, range_problem
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


# ---- what cameras and files do ----

@AUGMENTATIONS.register("blur", sigma=Parameter(1.5, "largest standard deviation, pixels",
                                                at_least=0, at_most=50),
                        probability=probability(.5))
@operation("pixels", draws=1)
def blur(image: np.ndarray, label: np.ndarray, numbers: np.ndarray,
         sigma: float) -> Tuple[np.ndarray, np.ndarray]:
    """Blurs the view nearly as a Gaussian of a drawn width does; labels stay.

    Two box blurs with fractions of pixels at their ends, whose variances add up to the Gaussian's
    (Gwosdek et al. 2011, Theoretical foundations of Gaussian convolution by extended box
    filtering). Pillow's own takes three.
    """
    box = ImageFilter.BoxBlur(_box_radius(sigma * float(numbers[0])))
    image[...] = np.asarray(Image.fromarray(image).filter(box).filter(box))
    return image, label


def _box_radius(sigma):
    """Returns the radius of each of two extended boxes: whole pixels, and a share of the next."""
    variance = sigma ** 2 / 2
    whole = int((np.sqrt(12 * variance + 1) - 1) / 2)
    rest = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance)
    return whole + rest / (6 * (variance - (whole + 1) ** 2))


def _quality(default, which):
    return Parameter(default, which + " quality", at_least=1, at_most=100)


@AUGMENTATIONS.register("jpeg", low=_quality(40, "least"), high=_quality(95, "greatest"),
                        probability=probability(.5))
@operation("pixels", draws=1, problem=range_problem)
def jpeg(image: np.ndarray, label: np.ndarray, numbers: np.ndarray, low: int,
         high: int) -> Tuple[np.ndarray, np.ndarray]:
    """Writes the view as a JPEG of a drawn quality, and reads it back; labels stay.

    Builds of libjpeg differ in the last digit of pixels: another Pillow may give other bytes.
    """
    quality = low + int((high - low + 1) * float(numbers[0]))
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    image[...] = np.asarray(Image.open(file))
    return image, label
