"""Maps the colours of an image: by one table of 256 values, then by one 3x4 matrix.

Operations on each channel alone compose into the table, those that mix channels into the matrix.
Both are applied in one pass each, or not at all; nothing is clipped or rounded between operations.
"""
import dataclasses
from typing import Callable, Optional

import numpy as np
from PIL import Image

from utils.data.augment.registry import AUGMENTATIONS, operation
from utils.registry import Parameter

#: Weights of red, green and blue in luma (ITU-R BT.601), and in YIQ, whose axes of colour behind
#: luma are zero for every grey (FCC 47 CFR 73.682).
LUMA = (.299, .587, .114)
YIQ = np.array([LUMA, (.595716, -.274453, -.321263), (.211456, -.522591, .311135)])


@dataclasses.dataclass(frozen=True)
class Colour:
    """A map of colours.

    Attributes:
      table: float64 [256], what becomes of each value of a channel; None where nothing does.
      matrix: float64 [3, 4], the channels from (red, green, blue, 1) behind the table; None where
        they stay.
    """
    table: Optional[np.ndarray] = None
    matrix: Optional[np.ndarray] = None

    def each_channel(self, function: Callable[[np.ndarray], np.ndarray]) -> "Colour":
        """Returns the map with a function of values (0 to 255, float64) behind its table."""
        before = np.arange(256.0) if self.table is None else self.table
        return dataclasses.replace(self, table=function(before))

    def mixed(self, matrix: np.ndarray) -> "Colour":
        """Returns the map with another matrix, [3, 4], behind its own."""
        before = np.eye(4)[:3] if self.matrix is None else self.matrix
        return dataclasses.replace(self, matrix=np.dot(matrix, np.vstack([before, [0, 0, 0, 1]])))

    def apply(self, picture: Image.Image) -> Image.Image:
        """Returns a picture of mode RGB with its colours mapped, rounded and clipped to 0 to
        255."""
        if self.table is not None:
            table = np.clip(np.rint(self.table), 0, 255).astype(int).tolist()
            picture = picture.point(3 * table)
        if self.matrix is not None:
            picture = picture.convert("RGB", self.matrix.ravel().tolist())
        return picture


def _amount(default):
    return Parameter(default, "largest change to either side, as a share", at_least=0, at_most=1)


def _factor(numbers, amount):
    """Returns a factor in [1 - amount, 1 + amount)."""
    return 1 + amount * (2.0 * float(numbers[0]) - 1)


@AUGMENTATIONS.register("brightness", amount=_amount(.2))
@operation("colour", draws=1)
def brightness(colour: Colour, numbers: np.ndarray, amount: float) -> Colour:
    """Multiplies all values by a factor."""
    return colour.each_channel(lambda values: values * _factor(numbers, amount))


@AUGMENTATIONS.register("contrast", amount=_amount(.2))
@operation("colour", draws=1)
def contrast(colour: Colour, numbers: np.ndarray, amount: float) -> Colour:
    """Multiplies the distance of all values from the middle grey, 127.5, by a factor."""
    return colour.each_channel(lambda values: 127.5 + (values - 127.5) * _factor(numbers, amount))


@AUGMENTATIONS.register("gamma", most=Parameter(
    1.5, "largest exponent; the smallest is one over it", at_least=1, at_most=10))
@operation("colour", draws=1)
def gamma(colour: Colour, numbers: np.ndarray, most: float) -> Colour:
    """Raises all values, as shares of 255, to a power: darker or brighter, black and white stay."""
    power = most ** (2.0 * float(numbers[0]) - 1)
    # A contrast before it may have led below black, where there is no power.
    return colour.each_channel(lambda values: 255 * (np.maximum(values, 0) / 255) ** power)


@AUGMENTATIONS.register("saturation", amount=_amount(.2))
@operation("colour", draws=1)
def saturation(colour: Colour, numbers: np.ndarray, amount: float) -> Colour:
    """Multiplies the distance of each colour from the grey of its luma by a factor."""
    factor = _factor(numbers, amount)
    mixing = factor * np.eye(3) + (1 - factor) * np.tile(LUMA, (3, 1))
    return colour.mixed(np.hstack([mixing, np.zeros([3, 1])]))


@AUGMENTATIONS.register("hue", degrees=Parameter(18.0, "largest turn to either side", at_least=0,
                                                 at_most=180))
@operation("colour", draws=1)
def hue(colour: Colour, numbers: np.ndarray, degrees: float) -> Colour:
    """Turns all colours about the grey axis of YIQ; greys and luma stay.

    It is a linear map, near the hue of HSV and a tenth of its time. It turns from red to yellow
    first, as that does.
    """
    turn = np.radians(degrees * (2.0 * float(numbers[0]) - 1))
    cosine, sine = np.cos(turn), np.sin(turn)
    turned = np.array([[1, 0, 0], [0, cosine, sine], [0, -sine, cosine]])
    mixing = np.linalg.inv(YIQ).dot(turned).dot(YIQ)
    return colour.mixed(np.hstack([mixing, np.zeros([3, 1])]))
