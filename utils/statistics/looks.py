"""Planned looks: at which numbers of seeds two configurations are compared, and at which levels.

Adding seeds until p < .05 gives luck several chances. A look after each seed from 3 to 12 claims a
difference of equal configurations in .16 of cases. A group-sequential design names its
looks beforehand and spends the level over them. All of them together then claim falsely as often as
one test would.

Levels are those of a Brownian motion seen at the numbers of seeds (Armitage, McPherson & Rowe,
J. R. Stat. Soc. A 1969; Lan & DeMets, Biometrika 1983). p-values of the t test are held against
them (Jennison & Turnbull, Group Sequential Methods, 2000, sec. 4.4 and 11.5). With few seeds and
unequal spreads that is too bold by up to a third, so the levels are then lowered (`Looks.levels`).
"""
import dataclasses
import functools
import math
from typing import Sequence, Tuple, Union

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.look_trials import LookTrials

optimize = lazy_module("scipy.optimize")
special = lazy_module("scipy.special")

OBRIEN_FLEMING, POCOCK = "obrien_fleming", "pocock"
SPENDINGS = (OBRIEN_FLEMING, POCOCK)

#: Beyond this many standard deviations a normal density counts as 0.
_FAR = 9.0
#: Points of a quadrature: at the least, for each standard deviation of what a look adds, at most.
_LEAST_POINTS, _POINTS_PER_SD, _MOST_POINTS = 48, 3, 960
_SMALLEST_LEVEL = 1e-300
#: Trials that lower levels for few seeds, those that tell power, and the true spreads (sd of A in
#: sds of B) of the first.
_TRIALS, _POWER_TRIALS, _SD_RATIO = 200000, 40000, 3.0


@dataclasses.dataclass(frozen=True)
class Looks:
    """The looks of a comparison.

    Attributes:
      seeds: the numbers of seeds of each configuration at which it is looked, ascending.
      spending: "obrien_fleming" leaves nearly the whole level to the last look, whose power is then
        that of a single one. It is Lan & DeMets' function of O'Brien & Fleming's kind, of the
        two-sided level: 2 - 2 Phi(z / sqrt(share of the seeds)). "pocock" has one level at all
        looks, and stops earlier where differences are large.

    Raises:
      ValueError: the numbers do not rise, a look of several is at 1 seed, or no such spending.
    """
    seeds: Tuple[int, ...] = (5, 10)
    spending: str = OBRIEN_FLEMING

    def __post_init__(self):
        if self.spending not in SPENDINGS:
            raise ValueError("got spending {!r}, expected one of {}".format(
                self.spending, ", ".join(SPENDINGS)))
        _require_rising(self.seeds)
        if len(self.seeds) > 1 and self.seeds[0] < 2:
            raise ValueError("got a look at 1 seed, which has no spread")

    @property
    def last(self) -> int:
        """The largest number of seeds."""
        return self.seeds[-1]

    def levels(self, alpha: float = .05) -> Tuple[float, ...]:
        """Computes the nominal two-sided level of each look: there p < level is a claim.

        They are those for normal Z, times a number up to 1. It is chosen for the case that one
        configuration scatters three times as much as the other. There Welch's test then claims
        falsely no more often in all than at a single one of these numbers of seeds.

        Args:
          alpha: chance of a false claim at any look.

        Returns:
          tuple of floats, one for each look.
        """
        return (alpha,) if len(self.seeds) == 1 else _levels(self.seeds, self.spending, alpha)

    def power(self, effect: float, alpha: float = .05) -> Tuple[float, float]:
        """Counts what a true difference leads to, on made-up normal scores of equal spread.

        Args:
          effect: the difference, in sds over seeds.

        Returns:
          (chance of a claim, mean number of seeds of each configuration until it or the last look).
        """
        return _power_trials(self.seeds).claims(self.levels(alpha), effect)

    def detectable_difference(self, power: float = .8, alpha: float = .05) -> float:
        """Computes the true difference, in sds over seeds, that is claimed with the given power."""
        high = 1.0
        while self.power(high, alpha)[0] < power:
            high *= 2
        return float(optimize.brentq(
            lambda effect: self.power(effect, alpha)[0] - power, 0.0, high, xtol=1e-3))


def type_one(seeds: Sequence[int], levels: Sequence[float]) -> float:
    """Computes the chance that |Z| of equal configurations exceeds its bound at any look.

    Args:
      seeds: numbers of seeds, ascending.
      levels: the nominal two-sided level of each look.

    Raises:
      ValueError: the numbers do not rise, or not as many levels.
    """
    _require_rising(seeds)
    if len(levels) != len(seeds):
        raise ValueError(f"{len(levels)} levels for {len(seeds)} looks")
    walk, total = _Walk(), 0.0
    for count, level in zip(seeds, levels):
        total += walk.advance(count).crossing(level)
        walk.stay_within(level)
    return total


def beyond(planned_seeds: Sequence[int], planned_levels: Sequence[float],
           extra_seeds: Union[int, Sequence[int]], alpha: float = .05) -> float:
    """Computes the chance of a false claim were it also looked at numbers of seeds that no plan
    names.

    Args:
      planned_seeds, planned_levels: the looks of the plan.
      extra_seeds: a number of seeds, or several, at which p < alpha would be a claim too.
      alpha: that level.
    """
    levels = dict(zip(planned_seeds, planned_levels))
    for count in [extra_seeds] if isinstance(extra_seeds, int) else extra_seeds:
        levels[count] = max(alpha, levels.get(count, 0.0))
    return type_one(sorted(levels), [levels[count] for count in sorted(levels)])


def _require_rising(seeds):
    if not len(seeds) or seeds[0] < 1 or any(
            later <= earlier for earlier, later in zip(seeds, seeds[1:])):
        raise ValueError("got looks at {} seeds, expected rising numbers".format(
            ", ".join(map(str, seeds)) or "no"))


def _bound(level):
    """Returns the |Z| whose two-sided level this is."""
    return float(-special.ndtri(max(level, _SMALLEST_LEVEL) / 2))


class _Walk:
    """A sum of standard normal numbers that has kept within its bounds at every look so far.

    Its density there is known at the points of a Gauss-Legendre rule. From look to look it is
    folded with the normal density of the numbers that are added.
    """

    def __init__(self):
        self._points, self._weights = np.zeros(1), np.ones(1)  # weights: times the density
        self._count = self._added = 0

    def advance(self, count):
        """Goes on to so many numbers in all; returns itself."""
        self._added, self._count = math.sqrt(count - self._count), count
        return self

    def crossing(self, level):
        """Computes the chance to be beyond the bound of a level now, and at no look before."""
        bound = _bound(level) * math.sqrt(self._count)
        above, below = ((self._points - bound) / self._added, (-self._points - bound) / self._added)
        return float(self._weights @ (special.ndtr(above) + special.ndtr(below)))

    def stay_within(self, level):
        """Leaves out what is beyond the bound of a level now."""
        bound = min(_bound(level), _FAR) * math.sqrt(self._count)
        number = _LEAST_POINTS * (1 + int(_POINTS_PER_SD * 2 * bound / self._added / _LEAST_POINTS))
        points, weights = _rule(min(number + _LEAST_POINTS, _MOST_POINTS))
        points = bound * points
        steps = (points[:, np.newaxis] - self._points) / self._added
        density = np.exp(-steps ** 2 / 2) @ self._weights / (self._added * math.sqrt(2 * math.pi))
        self._points, self._weights = points, bound * weights * density


@functools.lru_cache(maxsize=256)
def _levels(seeds, spending, alpha):
    normal = (_constant_levels if spending == POCOCK else _spent_levels)(seeds, alpha)
    p = _unequal_p(seeds)
    allowed = max(alpha, (p < alpha).mean(1).max())
    # Of each trial the factor below which nothing is claimed at any look.
    least = np.sort((p / np.maximum(normal, _SMALLEST_LEVEL)[:, np.newaxis]).min(0))
    factor = min(1.0, least[int(allowed * _TRIALS)])
    return tuple(float(factor * level) for level in normal)


@functools.lru_cache(maxsize=2)
def _unequal_p(seeds):
    return LookTrials(seeds, _TRIALS, _SD_RATIO).p()


@functools.lru_cache(maxsize=8)
def _power_trials(seeds):
    return LookTrials(seeds, _POWER_TRIALS)


@functools.lru_cache(maxsize=64)
def _rule(number):
    return np.polynomial.legendre.leggauss(number)


def _spent(share, alpha):
    """Computes the level that may be spent at a share of the seeds (Lan & DeMets 1983)."""
    return 2 * float(special.ndtr(-_bound(alpha) / math.sqrt(share)))


def _spent_levels(seeds, alpha):
    walk, levels, before = _Walk(), [], 0.0
    for count in seeds:
        walk.advance(count)
        spent = _spent(count / seeds[-1], alpha)
        levels.append(_level_with(walk.crossing, spent - before))
        walk.stay_within(levels[-1])
        before = spent
    return tuple(levels)


def _level_with(chance, wanted):
    """Returns the nominal level whose chance of a false claim is the wanted one.

    A level is at least its share: some of what is beyond its bound was so before.
    """
    if wanted < _SMALLEST_LEVEL:
        return max(wanted, 0.0)
    low, high = math.log(wanted), 0.0
    root = optimize.brentq(lambda log: math.log(max(chance(math.exp(log)), _SMALLEST_LEVEL))
                           - math.log(wanted), low - 1e-6, high, xtol=1e-10)
    return float(math.exp(root))


def _constant_levels(seeds, alpha):
    level = float(optimize.brentq(
        lambda level: type_one(seeds, [level] * len(seeds)) - alpha, alpha / len(seeds), alpha,
        xtol=1e-9))
    return (level,) * len(seeds)
