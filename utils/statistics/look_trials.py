"""Simulates comparisons of two configurations that are looked at as seeds are added.

They show how often Welch's test claims falsely; a Brownian motion only approximates that.
"""
import math
from typing import Sequence, Tuple

import numpy as np

from utils.lazy import lazy_module

special = lazy_module("scipy.special")


class LookTrials:
    """Welch's test at every look of many comparisons with normal scores.

    Args:
      seeds: numbers of seeds of each configuration, ascending, from 2 on.
      trials: comparisons.
      sd_ratio: sd over seeds of A, in sds of B.
      seed: of the random numbers.

    Attributes:
      seeds: as given.
    """

    def __init__(self, seeds: Sequence[int], trials: int, sd_ratio: float = 1.0,
                 seed: int = 0) -> None:
        self.seeds = tuple(seeds)
        random = np.random.RandomState(seed)
        sides = [_running_moments(self.seeds, trials, sd, random) for sd in (sd_ratio, 1.0)]
        (mean_a, part_a), (mean_b, part_b) = sides
        self._difference, self._se = mean_a - mean_b, np.sqrt(part_a + part_b)
        runs = np.array(self.seeds)[:, np.newaxis]
        self._degrees = (part_a + part_b) ** 2 / (
            (part_a ** 2 + part_b ** 2) / (runs - 1))

    def p(self, effect: float = 0.0) -> np.ndarray:
        """Computes two-sided p at a true difference, in sds of B: float64 [looks, trials]."""
        return 2 * special.stdtr(self._degrees, -np.abs(self._difference + effect) / self._se)

    def claims(self, levels: Sequence[float], effect: float = 0.0) -> Tuple[float, float]:
        """Counts the claims.

        Returns:
          (share of comparisons with p below its level at some look, mean number of seeds of each if
          it ends at the first such look).
        """
        beyond = self.p(effect) < np.array(levels)[:, np.newaxis]
        ends = np.where(beyond.any(0), beyond.argmax(0), len(self.seeds) - 1)
        return float(beyond.any(0).mean()), float(np.array(self.seeds)[ends].mean())


def _running_moments(seeds, trials, sd, random):
    """Returns ([looks, trials] means, [looks, trials] variances of the means) of growing samples.

    The seeds that a look adds are drawn as their mean and their sum of squares, and merged (Chan,
    Golub & LeVeque, 1983). So hundreds of seeds cost no more than two.
    """
    mean, squares, count = np.zeros(trials), np.zeros(trials), 0
    means, parts = [], []
    for total in seeds:
        added = total - count
        new = random.standard_normal(trials) / math.sqrt(added)
        within = random.chisquare(added - 1, trials) if added > 1 else 0.0
        squares = squares + within + (new - mean) ** 2 * count * added / total
        mean, count = mean + (new - mean) * added / total, total
        means.append(sd * mean)
        parts.append(sd ** 2 * squares / (total - 1) / total)
    return np.array(means), np.array(parts)
