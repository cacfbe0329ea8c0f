"""Screens: many two-level choices in few runs, and the effect of each choice.

Plackett & Burman's designs (Biometrika 1946, 33: 305-325) tell K main effects from K + 1 runs or
few more. They are folded over (Box & Wilson, JRSS B 1951): each run has a mirror, which has the
other setting of every choice. Main effects are then free of interactions of two choices.
"""
import dataclasses
import itertools
from typing import NamedTuple, Optional, Sequence, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Numbers
from utils.statistics.intervals import Interval, varies
from utils.statistics.many import holm
from utils.statistics.seed_tests import claim, welch

optimize = lazy_module("scipy.optimize")
stats = lazy_module("scipy.stats")

#: Choices of a screen. Up to three are a grid of at most eight configurations.
FEWEST, MOST = 4, 23
#: {columns and one: first row}; the others are its rotations, and one row is all minus.
_FIRST_ROWS = {12: "++-+++---+-", 20: "++--++++-+-+----++-", 24: "+++++-+-++--++--+-+----"}
_SIZES = (8, 12, 16, 20, 24)


def design(choices: int) -> np.ndarray:
    """Designs a folded-over screen.

    Args:
      choices: how many two-level choices, `FEWEST` to `MOST`.

    Returns:
      int [runs, choices] of 0 (setting A) and 1 (setting B), no row twice. The first row is all A;
      each odd row is the mirror of the one before.

    Raises:
      ValueError: another number of choices.
    """
    if not FEWEST <= choices <= MOST:
        raise ValueError(f"{choices} choices: a screen has {FEWEST} to {MOST}")
    size = next(one for one in _SIZES if one > choices)
    half = (_cyclic(_FIRST_ROWS[size]) if size in _FIRST_ROWS else _hadamard(size))[:, :choices]
    return np.stack([half, 1 - half], 1).reshape(2 * size, choices)


def _cyclic(first):
    """Plackett and Burman's design of a first row; int [K + 1, K] of 0 and 1, row 0 all 0."""
    row = np.array([sign == "+" for sign in first], int)
    return np.stack([0 * row] + [np.roll(row, shift) for shift in range(len(row))])


def _hadamard(size):
    """Sylvester's matrix of a power of two without its constant column, as 0 and 1."""
    matrix = np.ones((1, 1), int)
    while len(matrix) < size:
        matrix = np.kron([[1, 1], [1, -1]], matrix)
    return (1 - matrix[:, 1:]) // 2


@dataclasses.dataclass(frozen=True)
class ChoiceEffect:
    """What setting B of a choice gives over setting A.

    Attributes:
      difference: mean score of B less that of A, the other choices held.
      interval: of the difference; None where no spread is known.
      p: two-sided, that there is none; NaN where no spread is known.
      p_adjusted: corrected for all choices (Holm 1979).
    """
    difference: float
    interval: Optional[Interval]
    p: float
    p_adjusted: float = np.nan

    @property
    def bound(self) -> float:
        """The end of the interval that is farther from zero; NaN without one."""
        return max(abs(self.interval.low), abs(self.interval.high)) if self.interval else np.nan

    def verdict(self, alpha: float = .05) -> str:
        """Tells "helps" or "hurts" where the corrected p is below alpha, else "not shown"; "no
        verdict" without a spread."""
        if np.isnan(self.p_adjusted):
            return "no verdict"
        if self.p_adjusted < alpha:
            return "helps" if self.difference > 0 else "hurts"
        return "not shown"


class Fit(NamedTuple):
    """The effects of all choices.

    Attributes:
      effects: a `ChoiceEffect` for each.
      degrees: of freedom of the error; 0 where each effect has its own.
      error: "replicates": runs of equal settings; "residual": what main effects leave, interactions
        among it; "each pair": the runs of both sides of a choice.
      rest: [R] what main effects leave of each score; empty for "each pair".
    """
    effects: Tuple[ChoiceEffect, ...]
    degrees: int
    error: str
    rest: np.ndarray


def main_effects(levels: np.ndarray, scores: Numbers, level: float = .95) -> Fit:
    """Estimates the effect of each choice by least squares on all runs.

    The error comes from replicates, where they have at least the degrees of freedom of the rest.
    Else it is the whole residual, which holds interactions: with these the intervals are too wide.
    Missing runs leave a design that is no longer balanced, and least squares allows for that.

    Args:
      levels: int [R, K], 0 for setting A and 1 for B of each run.
      scores: [R], a score of each.

    Raises:
      ValueError: runs are too few, or some choices always change together.
    """
    scores = np.asarray(scores, np.float64)
    runs, choices = levels.shape
    columns = np.column_stack([np.ones(runs), levels - .5])
    points = len(np.unique(levels, axis=0))
    if np.linalg.matrix_rank(columns) <= choices or runs <= choices + 1:
        raise ValueError(f"{runs} runs of {points} settings cannot tell {choices} choices apart")
    inverse = np.linalg.inv(columns.T @ columns)
    slopes = inverse @ (columns.T @ scores)
    rest = scores - columns @ slopes
    within, replicates = _within(levels, scores)
    if replicates >= max(points - choices - 1, 1):
        squares, degrees, error = within, replicates, "replicates"
    else:
        squares, degrees, error = float(rest @ rest), runs - choices - 1, "residual"
    # Scores that are all alike leave rounding, which is no spread.
    spread = squares / degrees if varies(scores) and squares > 1e-24 else 0.0
    found = _by_t(slopes[1:], np.sqrt(spread * np.diag(inverse)[1:]), degrees, level)
    return Fit(_corrected(found), degrees, error, rest)


def _within(levels, scores):
    """Returns (sum of squares within equal rows of levels, its degrees of freedom)."""
    codes = np.unique(levels, axis=0, return_inverse=True)[1].reshape(-1)
    counts = np.bincount(codes)
    means = np.bincount(codes, scores) / counts
    return float(((scores - means[codes]) ** 2).sum()), len(scores) - len(counts)


def _by_t(differences, errors, degrees, level):
    """Returns a `ChoiceEffect` for each of [K] differences and their standard errors, 0 where no
    spread is known."""
    if not (errors > 0).all():
        return [ChoiceEffect(float(one), None, np.nan) for one in differences]
    method = f"t, {degrees} degrees of freedom"
    halves = stats.t.ppf((1 + level) / 2, degrees) * errors
    p = 2 * stats.t.sf(np.abs(differences) / errors, degrees)
    return [ChoiceEffect(float(one), Interval(float(one - half), float(one + half), level, method),
                         float(own)) for one, half, own in zip(differences, halves, p)]


def against_base(base: Numbers, variants: Sequence[Numbers], level: float = .95) -> Fit:
    """Compares variants with a base configuration, each over its own seeds and those of the base.

    The test is that of `compare`: Welch's t, or the one that keeps its level for few runs.

    Args:
      base: [S] scores over seeds. variants: [S_k] each.
    """
    found = []
    for scores in variants:
        test = claim(welch(scores, base, level), len(scores), len(base), level)
        found.append(ChoiceEffect(float(np.mean(scores) - np.mean(base)), test.interval, test.p))
    return Fit(_corrected(found), 0, "each pair", np.zeros(0))


def _corrected(effects):
    return tuple(dataclasses.replace(one, p_adjusted=float(p)) for one, p in zip(
        effects, holm([one.p for one in effects])))


class Hint(NamedTuple):
    """An interaction that the runs hint at, and do not prove.

    Attributes:
      pair: indices of two choices.
      change: what the effect of the one gains where the other has setting B instead of A.
      aliases: pairs that these runs cannot tell from it at all.
    """
    pair: Tuple[int, int]
    change: float
    aliases: Tuple[Tuple[int, int], ...]


def strongest_interaction(levels: np.ndarray, rest: np.ndarray) -> Optional[Hint]:
    """Finds the interaction of two choices that explains most of what main effects leave.

    Args:
      levels: int [R, K]. rest: [R], as `Fit.rest`.

    Returns:
      `Hint`; None for fewer than two choices.
    """
    signs = 2.0 * levels - 1
    pairs = list(itertools.combinations(range(levels.shape[1]), 2))
    if not pairs:
        return None
    products = np.stack([signs[:, i] * signs[:, j] for i, j in pairs])
    products = products - products.mean(1, keepdims=True)
    squares = (products ** 2).sum(1)
    told = squares > 1e-9
    slopes = np.divide(products @ rest, squares, out=np.zeros(len(pairs)), where=told)
    best = int(np.argmax(np.abs(slopes) * np.sqrt(squares)))
    alike = np.abs(products @ products[best]) > (1 - 1e-9) * np.sqrt(squares * squares[best])
    return Hint(pairs[best], float(4 * slopes[best]), tuple(
        pair for index, pair in enumerate(pairs) if alike[index] and told[index]
        and index != best))


def detectable_effect(runs: int, degrees: int, power: float = .8, level: float = .05) -> float:
    """Computes the true effect that a screen finds with the given power, in sds of a run.

    Args:
      runs: of the whole screen, half of them with each setting.
      degrees: of freedom of the error.
      level: two-sided; divide it by the choices for what Holm's correction asks of the first.
    """
    cut, high = stats.t.ppf(1 - level / 2, degrees), 1.0

    def found(shift):
        return stats.nct.sf(cut, degrees, shift)
    while found(high) < power:
        high *= 2
    in_se = optimize.brentq(lambda shift: found(shift) - power, 0.0, high)
    return float(in_se * 2 / np.sqrt(runs))


def ratio(fit: Fit, index: int) -> Tuple[float, Optional[Interval]]:
    """Returns a choice's ratio of B to A and its interval, of a `Fit` of logarithms."""
    one = fit.effects[index]
    return float(np.exp(one.difference)), one.interval and Interval(
        float(np.exp(one.interval.low)), float(np.exp(one.interval.high)),
        one.interval.level, one.interval.method)
