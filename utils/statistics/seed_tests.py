"""Tests and effect sizes for two sets of scores, one score per seed."""
import dataclasses
import itertools
import math
from typing import Optional, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Numbers, Seed
from utils.statistics.claim_rules import WelchRule, claim_rule
from utils.statistics.intervals import Interval, varies
from utils.statistics.resampling import as_random

optimize = lazy_module("scipy.optimize")
special = lazy_module("scipy.special")
stats = lazy_module("scipy.stats")

#: Above this number of assignments the permutation test draws some at random.
MOST_ASSIGNMENTS = 50000
_RANDOM_ASSIGNMENTS = 19999


@dataclasses.dataclass(frozen=True)
class Welch:
    """Welch's t of A - B; NaN and None where a single run, or no spread at all, leaves it open.

    Attributes:
      difference, se, t, df, p, interval: as usual, p two-sided.
      share: A's part in se squared.
    """
    difference: float
    se: float
    t: float
    df: float
    p: float
    interval: Optional[Interval]
    share: float = np.nan


def welch(a: Numbers, b: Numbers, level: float = .95) -> Welch:
    """Tests scores [Sa] and [Sb] by Welch's unequal-variance t test, with its interval (Welch
    1947).

    Returns:
      `Welch`. t, df and p are those of scipy.stats.ttest_ind(equal_var=False).
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    difference = float(a.mean() - b.mean())
    if min(len(a), len(b)) < 2 or not (varies(a) or varies(b)):
        return Welch(difference, np.nan, np.nan, np.nan, np.nan, None)
    parts = [scores.var(ddof=1) / len(scores) for scores in (a, b)]
    se, share = math.sqrt(sum(parts)), parts[0] / sum(parts)
    df = sum(parts) ** 2 / sum(part ** 2 / (len(scores) - 1)
                               for part, scores in zip(parts, (a, b)))
    p = 2 * special.stdtr(df, -abs(difference) / se)
    half = -special.stdtrit(df, (1 - level) / 2) * se
    return Welch(difference, se, difference / se, float(df), float(p), Interval(
        float(difference - half), float(difference + half), level,
        "Welch t over seeds, images fixed"), float(share))


@dataclasses.dataclass(frozen=True)
class Claim:
    """What a verdict rests on: Welch's t, judged by the rule for the numbers of runs.

    Attributes:
      test: the `Welch` test. rule: of `claim_rules`; None where the test is NaN.
      p: two-sided; Welch's own for equal numbers and from 4 runs on.
      interval: of the difference, from the same rule; None where p is NaN.
    """
    test: Welch
    rule: Optional[WelchRule]
    p: float
    interval: Optional[Interval]

    @property
    def is_welch(self) -> bool:
        """Whether p is Welch's own."""
        return self.rule is None or type(self.rule) is WelchRule

    def p_above(self, shift: float) -> float:
        """Computes the one-sided p against a true difference of shift or less."""
        if self.rule is None:
            return np.nan
        t = (self.test.difference - shift) / self.test.se
        half = float(self.rule.p(t, self.test.share)) / 2
        return half if t > 0 else 1 - half

    def p_below(self, shift: float) -> float:
        """Computes the one-sided p against a true difference of shift or more."""
        return 1 - self.p_above(shift)


def claim(test: Welch, runs_a: int, runs_b: int, level: float = .95) -> Claim:
    """Judges a `Welch` test of so many runs: a `Claim`."""
    if np.isnan(test.p):
        return Claim(test, None, np.nan, None)
    rule = claim_rule(runs_a, runs_b)
    half = float(rule.critical(test.share, 1 - level)) * test.se
    return Claim(test, rule, float(rule.p(test.t, test.share)), Interval(
        test.difference - half, test.difference + half, level,
        f"{rule.name} over seeds, images fixed"))


def tost(found: Claim, margin: float) -> float:
    """Computes p of equivalence within +-margin: the larger of two one-sided tests of a `Claim`.

    Schuirmann 1987; Lakens, Equivalence Tests, 2017. NaN where the claim's p is.
    """
    if np.isnan(found.p):
        return np.nan
    return max(found.p_above(-margin), found.p_below(margin))


def hedges_g(a: Numbers, b: Numbers) -> float:
    """Computes the difference of means in pooled sds, corrected for small samples (Hedges 1981).

    NaN for a single run or without spread. With 5 seeds its own error is about .6.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    degrees = len(a) + len(b) - 2
    if min(len(a), len(b)) < 2 or not (varies(a) or varies(b)):
        return np.nan
    pooled = ((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / degrees
    return float((a.mean() - b.mean()) / math.sqrt(pooled) * (1 - 3 / (4 * degrees - 1)))


def smallest_permutation_p(runs_a: int, runs_b: int) -> float:
    """Computes the smallest two-sided p that so many runs can reach; 4 + 4 is the least equal pair
    < .05."""
    assignments = math.factorial(runs_a + runs_b) // (
        math.factorial(runs_a) * math.factorial(runs_b))
    return (2 if runs_a == runs_b else 1) / assignments


def permutation_test(a: Numbers, b: Numbers, level: float = .95,
                     seed: Seed = 0) -> Tuple[Optional[float], str]:
    """Tests the difference of means exactly, two-sided, over all assignments of runs to A and B.

    Its null is that A and B have one distribution, spread included.

    Returns:
      (p, "") or (None, why), where it could not reach 1 - level whatever the scores were.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    least = smallest_permutation_p(len(a), len(b))
    # 1 - .95 is a hair above .05.
    if least > 1 - level + 1e-12:
        return None, (f"{len(a)} + {len(b)} runs reach p = {least:.2g} at best, never "
                      f"{1 - level:.2g}")
    scores = np.concatenate([a, b])
    chosen, exact = _assignments(len(a), len(b), seed)
    sums = scores[chosen].sum(1)
    differences = np.abs(sums / len(a) - (scores.sum() - sums) / len(b))
    # Sums in another order differ in the last bits, so equal means within those.
    extreme = int((differences >= abs(a.mean() - b.mean()) - 1e-12).sum())
    return (extreme / len(chosen) if exact else (extreme + 1) / (len(chosen) + 1)), ""


def _assignments(runs_a, runs_b, seed):
    """Returns (indices of the runs that are called A [assignments, runs_a], whether these are
    all)."""
    runs = runs_a + runs_b
    if math.factorial(runs) // (math.factorial(runs_a) * math.factorial(runs_b)) > MOST_ASSIGNMENTS:
        keys = as_random(seed).random_sample((_RANDOM_ASSIGNMENTS, runs))
        return keys.argsort(1)[:, :runs_a], False
    return np.array(list(itertools.combinations(range(runs), runs_a))), True


def probability_above(a: Numbers, b: Numbers,
                      level: float = .95) -> Tuple[float, Optional[Interval]]:
    """Computes P(a run of A scores above a run of B), ties half: Mann-Whitney's U / (Sa Sb).

    Bouthillier et al. (Accounting for Variance in ML Benchmarks, arXiv 2103.03098) call a
    difference meaningful where the interval is above .5 and the probability above .75. The interval
    is Newcombe's method 5 (Statistics in Medicine 2006, 25: 559-573), which stays of sensible width
    where one wins every time.

    Returns:
      (probability, `Interval`); the interval None for a single run.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    above = float(((a[:, np.newaxis] > b).mean() + (a[:, np.newaxis] >= b).mean()) / 2)
    if min(len(a), len(b)) < 2:
        return above, None
    quantile = stats.norm.ppf((1 + level) / 2)

    def squared_error(theta):
        """Subtracts what the score method allows at theta from the squared distance."""
        middle = (len(a) + len(b)) / 2 - 1
        variance = theta * (1 - theta) / (len(a) * len(b)) * (
            1 + middle * ((1 - theta) / (2 - theta) + theta / (1 + theta)))
        return (theta - above) ** 2 - quantile ** 2 * variance

    # 0 and 1 are roots of their own where A never or always wins: stay a little inside.
    low = optimize.brentq(squared_error, 0.0, above - 1e-9) if above > 0 else 0.0
    high = optimize.brentq(squared_error, above + 1e-9, 1.0) if above < 1 else 1.0
    return above, Interval(float(low), float(high), level, "Newcombe's method 5")
