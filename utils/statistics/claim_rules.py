"""Chooses the test of two means for a verdict, by the numbers of runs.

All rules judge Welch's t = (mean_a - mean_b) / sqrt(v_a + v_b), v being a configuration's variance
over its number of runs. What t is compared with depends on `share`, A's part v_a / (v_a + v_b). For
normal scores each rule has an exact level, whatever the true spreads are: `level_at` gives it.
"""
import functools
from typing import Dict

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import NumberOrArray

optimize = lazy_module("scipy.optimize")
special = lazy_module("scipy.special")
stats = lazy_module("scipy.stats")

#: Runs of the smaller configuration from which Welch's test holds for unequal numbers.
ENOUGH_FOR_WELCH = 4
#: Beside 3 runs, above this number the Behrens-Fisher test has more power than Welch's at its
#: worst case.
_MOST_BESIDE_THREE = 6
#: Points of the quadratures.
_NODES = 81
#: A's part in the true variance of the difference: the whole range of unknown spreads.
_TRUE_SHARES = 1 / (1 + np.exp(-np.linspace(-8, 8, 65)))


def claim_rule(runs_a: int, runs_b: int) -> "WelchRule":
    """Chooses the rule for so many runs, 2 or more of each.

    Welch's test errs little for equal numbers and from 4 runs on (at most .064 for .05, at any
    ratio of the spreads). With 2 or 3 runs beside more it errs up to .13; there a rule takes its
    place that keeps the level at any ratio. For 3 beside 4 to 6 that is Welch's p at its worst
    ratio, else the Behrens-Fisher test: each where it finds more (docs/error_bars.md).
    """
    fewer, more = sorted((runs_a, runs_b))
    if fewer == more or fewer >= ENOUGH_FOR_WELCH:
        return _rule(WelchRule, runs_a, runs_b)
    worst_case = fewer == 3 and more <= _MOST_BESIDE_THREE
    return _rule(WorstCaseRule if worst_case else BehrensFisherRule, runs_a, runs_b)


@functools.lru_cache(maxsize=4096)
def _rule(kind, runs_a, runs_b):
    return kind(runs_a, runs_b)


class WelchRule:
    """Student's t with Welch's degrees of freedom (Welch, Biometrika 1947).

    Args:
      runs_a, runs_b: 2 or more.
    """

    #: As printed.
    name = "Welch's t"

    def __init__(self, runs_a: int, runs_b: int) -> None:
        self.runs_a, self.runs_b = runs_a, runs_b
        quantiles, self._weights = _quadrature()
        # Of the sum of all squares, and of how it divides between A and B: these are independent.
        total = runs_a + runs_b - 2
        self._spreads = np.sqrt(stats.chi2.ppf(quantiles, total) / total)
        self._parts = stats.beta.ppf(quantiles, (runs_a - 1) / 2, (runs_b - 1) / 2)

    def degrees(self, share: NumberOrArray) -> NumberOrArray:
        """Computes Welch's degrees of freedom."""
        share = np.asarray(share, np.float64)
        return 1 / (share ** 2 / (self.runs_a - 1) + (1 - share) ** 2 / (self.runs_b - 1))

    def p(self, t: NumberOrArray, share: NumberOrArray) -> NumberOrArray:
        """Computes the two-sided p of t at a share; arrays broadcast."""
        return 2 * special.stdtr(self.degrees(share), -np.abs(t))

    def critical(self, share: NumberOrArray, alpha: float) -> NumberOrArray:
        """Finds the |t| from which on p is below alpha."""
        return -special.stdtrit(self.degrees(share), alpha / 2)

    def level_at(self, alpha: float, true_share: NumberOrArray) -> NumberOrArray:
        """Computes the chance of p < alpha where the means are equal. true_share is A's part in the
        true variance of the difference.

        Given how the two sample variances divide their sum, t is a scaled Student's t with
        runs_a + runs_b - 2 degrees of freedom. One integral over that division is exact.
        """
        share, scale = self._division(np.asarray(true_share, np.float64)[..., np.newaxis])
        reach = self.critical(share, alpha) * np.sqrt(scale)
        return 2 * special.stdtr(self.runs_a + self.runs_b - 2, -reach) @ self._weights

    def power(self, effect: float, alpha: float, sd_ratio: float = 1.0) -> float:
        """Computes the chance of p < alpha at a true difference.

        Args:
          effect: true difference, in sds of B over its runs.
          sd_ratio: true sd of A, in sds of B.
        """
        variances = sd_ratio ** 2 / self.runs_a, 1 / self.runs_b
        share, scale = self._division(variances[0] / sum(variances))
        reach = np.outer(self.critical(share, alpha) * np.sqrt(scale), self._spreads)
        shift = effect / np.sqrt(sum(variances))
        return float(self._weights @ (special.ndtr(shift - reach) + special.ndtr(-shift - reach))
                     @ self._weights)

    def _division(self, true_share):
        """Returns (observed shares, estimated over true variance of the difference at a mean square
        of 1) at the quantiles of the division of the sums of squares."""
        degrees_a, degrees_b = self.runs_a - 1, self.runs_b - 1
        part_a = true_share * self._parts / degrees_a
        part_b = (1 - true_share) * (1 - self._parts) / degrees_b
        return part_a / (part_a + part_b), (part_a + part_b) * (degrees_a + degrees_b)


@functools.lru_cache(maxsize=None)
def _quadrature():
    """Returns (quantiles, weights), by which the mean of a smooth function is a sum over quantiles.

    It is the trapezoidal rule over the normal variable that the quantiles are of, tails included.
    """
    z = np.linspace(-5, 5, _NODES)
    weights = stats.norm.pdf(z)
    return stats.norm.cdf(z), weights / weights.sum()


class WorstCaseRule(WelchRule):
    """Welch's p, replaced by the chance of one as small at the worst ratio of true spreads.

    The level is exact at that ratio and kept at all others (a supremum over the nuisance parameter,
    as in Barnard's test).
    """

    name = "Welch's t at the worst ratio of spreads"

    def __init__(self, runs_a: int, runs_b: int) -> None:
        super().__init__(runs_a, runs_b)
        self._welch = WelchRule(runs_a, runs_b)
        # Log-log interpolation between these: below them p shrinks in proportion.
        self._nominal = np.logspace(-9, 0, 73)
        self._worst = np.minimum([np.max(self._welch.level_at(one, _TRUE_SHARES))
                                  for one in self._nominal], 1.0)

    def p(self, t: NumberOrArray, share: NumberOrArray) -> NumberOrArray:
        return self._corrected(self._welch.p(t, share))

    def _corrected(self, nominal):
        nominal = np.asarray(nominal, np.float64)
        inside = np.maximum(nominal, self._nominal[0])
        worst = np.exp(np.interp(np.log(inside), np.log(self._nominal), np.log(self._worst)))
        return worst * nominal / inside

    def critical(self, share: NumberOrArray, alpha: float) -> NumberOrArray:
        nominal = np.exp(np.interp(np.log(alpha), np.log(self._worst), np.log(self._nominal)))
        return self._welch.critical(share, nominal)


class BehrensFisherRule(WelchRule):
    """The Behrens-Fisher test (Fisher, Annals of Eugenics 1935).

    It compares t with sqrt(share) T_a - sqrt(1 - share) T_b, T_a and T_b being independent
    Student's t of runs - 1 degrees. Its level is kept at any
    ratio of spreads (Robinson, Annals of Statistics 1976).
    """

    name = "Behrens-Fisher test"

    def __init__(self, runs_a: int, runs_b: int) -> None:
        super().__init__(runs_a, runs_b)
        # The integral is over the t with the lighter tails.
        self._fewer, more = sorted((runs_a, runs_b))
        self._lighter = stats.t.ppf(_quadrature()[0], more - 1)
        self._angles = np.linspace(0, np.pi / 2, 91)
        self._criticals: Dict[float, np.ndarray] = {}

    def p(self, t: NumberOrArray, share: NumberOrArray) -> NumberOrArray:
        return self._p(np.abs(np.asarray(t, np.float64)), self._part_of_fewer(share))

    def _part_of_fewer(self, share):
        return np.asarray(share if self.runs_a == self._fewer else 1 - np.asarray(share))

    def _p(self, t, part):
        # Without a part of the fewer runs a limit is enough, which must not divide by 0.
        part = np.clip(part, 1e-12, 1.0)[..., np.newaxis]
        reach = (t[..., np.newaxis] + np.sqrt(1 - part) * self._lighter) / np.sqrt(part)
        return 2 * special.stdtr(self._fewer - 1, -reach) @ self._weights

    def critical(self, share: NumberOrArray, alpha: float) -> NumberOrArray:
        if alpha not in self._criticals:
            high = 1.01 * np.sqrt(2) * stats.t.isf(alpha / 2, self._fewer - 1)
            self._criticals[alpha] = np.array([optimize.brentq(
                lambda t, part: float(self._p(np.float64(t), part)) - alpha, 0.0, high,
                (np.cos(angle) ** 2,))
                for angle in self._angles])
        angles = np.arccos(np.sqrt(np.clip(self._part_of_fewer(share), 0.0, 1.0)))
        return np.interp(angles, self._angles, self._criticals[alpha])
