"""Values of pixels as colours, alone or over a photo. numpy only."""
from typing import Optional

import numpy as np

from utils.drawing.marks import rim

#: From low to high, darker to lighter, for every kind of eye.
_RAMP = np.array([(12, 8, 38), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164)],
                 np.float64)
#: Share of colour over a photo, of the lowest and of the highest value.
_LEAST, _MOST = .25, .8
_OUTLINE = (255, 255, 255)


def heat_colours(values: np.ndarray) -> np.ndarray:
    """Colours values [H, W] from 0 to 1; beyond, they count as the nearer end: uint8 [H, W, 3]."""
    places = np.clip(values, 0, 1) * (len(_RAMP) - 1)
    channels = [np.interp(places, np.arange(len(_RAMP)), _RAMP[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, -1)).astype(np.uint8)


def heat_over(image: np.ndarray, values: np.ndarray,
              outlined: Optional[np.ndarray] = None) -> np.ndarray:
    """Lays the colours of values over a photo, the more of them the higher a value is.

    Args:
      image: uint8 [H, W, 3].
      values: [H, W], from 0 to 1.
      outlined: bool [H, W], pixels to outline in white; None for none.

    Returns:
      uint8 [H, W, 3].
    """
    share = (_LEAST + (_MOST - _LEAST) * np.clip(values, 0, 1))[..., np.newaxis]
    made = np.rint(image * (1 - share) + heat_colours(values) * share).astype(np.uint8)
    if outlined is not None:
        made[rim(outlined)] = _OUTLINE
    return made
