"""Computes the power of the test over seeds that a verdict rests on."""
import dataclasses
import functools
from typing import Optional, Sequence, Tuple

from utils.lazy import lazy_module
from utils.statistics.claim_rules import claim_rule

optimize = lazy_module("scipy.optimize")
stats = lazy_module("scipy.stats")

#: `seeds_needed` says None beyond this number of seeds, which nobody trains.
MOST_SEEDS = 10000


def detectable_difference(seeds: int, sd: float = 1.0, power: float = .8, level: float = .05,
                          seeds_b: Optional[int] = None) -> float:
    """Computes the smallest true difference of means that a verdict finds with the given power.

    The power is that of `claim_rules.claim_rule` for these numbers of runs, normal scores and equal
    spreads. It is averaged over what the sample variances may come out as.

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
        raise ValueError(f"{seeds} and {seeds_b} runs: no power without 2 seeds of each")
    return sd * _detectable_effect(seeds, seeds_b, power, level)


@functools.lru_cache(maxsize=256)
def _detectable_effect(seeds, seeds_b, power, level):
    """Returns the detectable difference in sds; every comparison of as many seeds asks for the
    same."""
    rule, high = claim_rule(seeds, seeds_b), 1.0
    while rule.power(high, level) < power:
        high *= 2
    return float(optimize.brentq(lambda effect: rule.power(effect, level) - power, 0.0, high,
                                 xtol=1e-4))


def seeds_needed(difference: float, sd: float, power: float = .8,
                 level: float = .05) -> Optional[int]:
    """Computes the seeds of each configuration that find a true difference of this size.

    Returns:
      int >= 2; None where it would take more than `MOST_SEEDS` (or the difference is 0).
    """
    effect = min(abs(difference) / sd, 1e3) if sd > 0 else 1e3
    if not _detects(effect, MOST_SEEDS, power, level):
        return None
    # The normal approximation is 0 to 2 seeds short for .05: double from there, then bisect.
    tails = stats.norm.ppf(power) + stats.norm.ppf(1 - level / 2)
    low = min(max(int(2 * (tails / effect) ** 2) - 1, 1), MOST_SEEDS - 1)
    high = low + 2
    while not _detects(effect, high, power, level):
        low, high = high, min(2 * high - low + 2, MOST_SEEDS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = ((low, middle) if _detects(effect, middle, power, level) else (middle, high))
    return high


def _detects(effect, seeds, power, level):
    return seeds > 1 and claim_rule(seeds, seeds).power(effect, level) >= power


@dataclasses.dataclass(frozen=True)
class PowerRow:
    """seeds of each configuration, the detectable difference in seed sds and in units of the sd."""
    seeds: int
    in_sd: float
    difference: float


def power_table(sd: float = 1.0, seeds: Sequence[int] = (2, 3, 5, 10, 20), power: float = .8,
                level: float = .05) -> Tuple[PowerRow, ...]:
    """Tells what each number of seeds detects, for printing before a sweep starts."""
    rows = [(count, detectable_difference(count, 1.0, power, level)) for count in seeds]
    return tuple(PowerRow(count, in_sd, in_sd * sd) for count, in_sd in rows)
