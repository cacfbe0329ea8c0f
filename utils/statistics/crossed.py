"""An interval of a number that other seeds and other images would both move."""
from typing import Optional, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.intervals import ANYTHING, Interval, varies

stats = lazy_module("scipy.stats")


def crossed_interval(estimate: float, over_seeds: np.ndarray, over_units: np.ndarray,
                     level: float = .95, within: Tuple[float, float] = ANYTHING
                     ) -> Optional[Interval]:
    """Computes Student's t interval where both seeds and images (or scenes) are drawn anew.

    The variances over seeds and over images add up. Both contain what a seed does to single
    images, so the interval is a little wide. Degrees of freedom are Satterthwaite's; the interval
    is no narrower than that of either source alone.

    Args:
      estimate: the number.
      over_seeds: [S] values, or pseudo-values, of each seed; of a single one for a single run.
      over_units: [U] pseudo-values of each image or scene.
      within: what the number can be.

    Returns:
      `Interval`; None where neither source varies, or where images do not.
    """
    if not varies(over_units):
        return None
    sources = [(np.var(values, ddof=1) / len(values), len(values) - 1)
               for values in (over_seeds, over_units) if varies(values)]
    variance = sum(own for own, _ in sources)
    degrees = variance ** 2 / sum(own ** 2 / free for own, free in sources)
    half = max([_half(variance, degrees, level)] + [_half(*own, level) for own in sources])
    return Interval(float(max(estimate - half, within[0])), float(min(estimate + half, within[1])),
                    level, "t over seeds and images" if len(sources) == 2 else "t over images")


def _half(variance, degrees, level):
    return float(stats.t.ppf((1 + level) / 2, degrees) * np.sqrt(variance))
