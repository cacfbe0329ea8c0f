"""An estimate with what other images (or scenes) would make of it, from its pseudo-values."""
import dataclasses
from typing import Optional, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Clusters
from utils.statistics.intervals import ANYTHING, ROUNDING, Interval, varies

stats = lazy_module("scipy.stats")


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A number that images vouch for.

    Attributes:
      value: the estimate on all images.
      se: its standard error over images (or scenes) by the jackknife; NaN where they say nothing.
      units: how many images (or scenes) it rests on.
      degrees: degrees of freedom of its t.
    """
    value: float
    se: float
    units: int
    degrees: int

    def interval(self, level: float = .95,
                 within: Tuple[float, float] = ANYTHING) -> Optional[Interval]:
        """Computes Student's interval, cut to what the estimate can be; None without an error."""
        if not self.se > 0:
            return None
        half = stats.t.ppf((1 + level) / 2, self.degrees) * self.se
        return Interval(float(max(self.value - half, within[0])),
                        float(min(self.value + half, within[1])), level,
                        f"jackknife t over {self.units} units")

    def p(self, null: float = 0.0) -> float:
        """Computes the two-sided p that the truth is `null`; NaN without an error."""
        return float(2 * stats.t.sf(abs(self.value - null) / self.se, self.degrees)) if (
            self.se > 0) else np.nan

    def p_above(self, null: float = 0.0) -> float:
        """Computes the one-sided p that the truth is at most `null`; NaN without an error."""
        return float(stats.t.sf((self.value - null) / self.se, self.degrees)) if (
            self.se > 0) else np.nan

    def excludes(self, null: float, level: float = .95) -> bool:
        """Tells whether the interval lies on one side of `null`."""
        return bool(self.p(null) < 1 - level)


def from_pseudo_values(value: float, pseudo: np.ndarray,
                       degrees: Optional[int] = None) -> Estimate:
    """Makes the `Estimate` of a value from the pseudo-values [U] of its units.

    Args:
      value: the estimate on all units.
      pseudo: what each unit says of it (`resampling.pseudo_values`).
      degrees: of freedom, where fewer units than all have a part in it; None for U - 1.

    Returns:
      `Estimate`; without an error for fewer than two units, and where all say the same.
    """
    units = len(pseudo)
    degrees = units - 1 if degrees is None else degrees
    known = units > 1 and degrees > 0 and not np.isnan(pseudo).any() and varies(
        pseudo, units * ROUNDING)
    se = float(pseudo.std(ddof=1) / np.sqrt(units)) if known else np.nan
    return Estimate(float(value), se, units, max(degrees, 0))


def unit_codes(count: int, clusters: Clusters = None) -> np.ndarray:
    """Numbers the independent unit of each image: int [N], 0 to U - 1."""
    if clusters is None:
        return np.arange(count)
    return np.unique(np.asarray(clusters), return_inverse=True)[1].reshape(-1)


def unit_sums(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums values [..., N] within units: float64 [..., U].

    Args:
      codes: of `unit_codes`, int [N].
    """
    values = np.asarray(values, np.float64)
    units = int(codes.max()) + 1 if len(codes) else 0
    flat = values.reshape(-1, values.shape[-1])
    summed = np.array([np.bincount(codes, row, units) for row in flat])
    return summed.reshape(values.shape[:-1] + (units,))
