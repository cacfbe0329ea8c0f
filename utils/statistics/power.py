"""What a number of seeds can show: power of the two-sample t test over seeds."""
import dataclasses
import functools
from typing import Tuple

import numpy as np

from utils.lazy import lazy_module

optimize = lazy_module("scipy.optimize")
stats = lazy_module("scipy.stats")
power_tests = lazy_module("statsmodels.stats.power")

#: Beyond so many seeds nobody trains; `seeds_needed` says None.
MOST_SEEDS = 10000


def detectable_difference(seeds, sd=1.0, power=.8, level=.05, seeds_b=None):
    """The smallest true difference of means that is found significant with the given power.

    Args:
      seeds: runs of each configuration, >= 2.
      sd: spread over seeds, in any unit; 1.0 gives the answer in seed sds.
      power: chance to find it.
      level: two-sided significance level.
      seeds_b: runs of the second configuration, where it has more or fewer.

    Returns:
      float in the unit of sd.

    Raises:
      ValueError: fewer than two seeds, which have no spread.
    """
    seeds_b = seeds if seeds_b is None else seeds_b
    if min(seeds, seeds_b) < 2:
        raise ValueError("{} and {} runs: no power without 2 seeds of each".format(seeds, seeds_b))
    # The solver of statsmodels stumbles over large effects; power grows with the effect.
    return sd * _detectable_effect(seeds, seeds_b, power, level)


@functools.lru_cache(maxsize=256)
def _detectable_effect(seeds, seeds_b, power, level):
    """The detectable difference in sds; every comparison of as many seeds asks for the same."""
    high = 1.0
    while _power(high, seeds, seeds_b, level) < power:
        high *= 2
    return float(optimize.brentq(lambda effect: _power(effect, seeds, seeds_b, level) - power,
                                 0.0, high))


def _power(effect, seeds, seeds_b, level):
    """Power at an effect in sds, by statsmodels; by quadrature where scipy's noncentral t is NaN.

    scipy 1.17 gives NaN here and there from a noncentrality of 8 on; there the lower tail is 0.
    """
    value = power_tests.TTestIndPower().power(effect, seeds, level, ratio=seeds_b / seeds)
    if not np.isnan(value):
        return float(value)
    degrees = seeds + seeds_b - 2
    spreads = np.sqrt(stats.chi2.ppf((np.arange(400) + .5) / 400, degrees) / degrees)
    shift = effect * np.sqrt(seeds * seeds_b / (seeds + seeds_b))
    return float(stats.norm.cdf(shift - stats.t.ppf(1 - level / 2, degrees) * spreads).mean())


def seeds_needed(difference, sd, power=.8, level=.05):
    """Seeds of each configuration that find a true difference of this size.

    Returns:
      int >= 2; None where it would take more than `MOST_SEEDS` (or the difference is 0).
    """
    effect = min(abs(difference) / sd, 1e3) if sd > 0 else 1e3
    if not _detects(effect, MOST_SEEDS, power, level):
        return None
    # The normal approximation is 0 to 2 seeds short: bisect between it and a few more.
    tails = stats.norm.ppf(power) + stats.norm.ppf(1 - level / 2)
    guess = min(max(int(2 * (tails / effect) ** 2), 1), MOST_SEEDS - 1)
    low, high = ((guess, min(guess + 4, MOST_SEEDS))
                 if _detects(effect, min(guess + 4, MOST_SEEDS), power, level)
                 and not _detects(effect, guess, power, level) else (1, MOST_SEEDS))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = ((low, middle) if _detects(effect, middle, power, level)
                     else (middle, high))
    return high


def _detects(effect, seeds, power, level):
    return seeds > 1 and _power(effect, seeds, seeds, level) >= power


@dataclasses.dataclass(frozen=True)
class PowerRow(object):
    """seeds of each configuration, the detectable difference in seed sds and in units of the sd."""
    seeds: int
    in_sd: float
    difference: float


def power_table(sd=1.0, seeds=(2, 3, 5, 10, 20), power=.8, level=.05) -> Tuple[PowerRow, ...]:
    """What each number of seeds detects, for printing before a sweep starts."""
    rows = [(count, detectable_difference(count, 1.0, power, level)) for count in seeds]
    return tuple(PowerRow(count, in_sd, in_sd * sd) for count, in_sd in rows)
