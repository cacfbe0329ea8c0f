"""The Ladder: a public score that only a clear improvement moves.

Teams that adapt to a public score climb on its noise. Blum and Hardt (The Ladder: A Reliable
Leaderboard for Machine Learning Competitions, ICML 2015, arXiv 1502.04585) answer an entry with the
best score so far, unless it beats that. In the parameter-free mechanism of their section 4 it has
to do so by s / sqrt(n): s is the standard deviation of the differences of the losses of the two on
n samples.

Here a sample is an image (or a scene), its loss is its pseudo-value of mIoU, and s / sqrt(n) is the
paired standard error. What is told is rounded, as theirs, to 1 / n, or to a tenth of a point where
1 / n is more: it would hide steps that are larger than the standard error.
"""
import dataclasses
from typing import List, Sequence

import numpy as np

from utils.statistics.arrays import Score
from utils.statistics.estimates import from_pseudo_values
from utils.statistics.resampling import pseudo_values

#: The coarsest rounding, a fraction.
COARSEST = .001


@dataclasses.dataclass(frozen=True)
class Rung:
    """What a team is told of an entry.

    Attributes:
      released: the rounded score, a fraction: that of the entry, or the one told before.
      moved: whether the entry moved it.
      standing: number of the entry that it is of, from 0.
    """
    released: float
    moved: bool
    standing: int


def climb(entries: Sequence[np.ndarray], score: Score) -> List[Rung]:
    """Answers a team's entries in order: a `Rung` each.

    Args:
      entries: [S, U, P] each, what is summed over the units of the public part, of S runs.
      score: of the sums (`miou.Metric`).
    """
    rungs: List[Rung] = []
    for number, parts in enumerate(entries):
        if not rungs or _beats(parts, entries[rungs[-1].standing], score):
            rungs.append(Rung(rounded(mean_score(parts, score), parts.shape[-2]), True, number))
        else:
            rungs.append(dataclasses.replace(rungs[-1], moved=False))
    return rungs


def mean_score(parts: np.ndarray, score: Score) -> float:
    """Computes the mean score over runs of parts [S, U, P]."""
    return float(np.mean(score(parts.sum(-2))))


def rounded(value: float, units: int) -> float:
    """Rounds a score to the nearest multiple of 1 / units, at most a tenth of a point."""
    steps = max(units, round(1 / COARSEST))
    return round(value * steps) / steps


def _beats(parts: np.ndarray, best: np.ndarray, score: Score) -> bool:
    """Tells whether an entry is better by more than the paired standard error."""
    difference = mean_score(parts, score) - mean_score(best, score)
    paired = pseudo_values(parts, score).mean(0) - pseudo_values(best, score).mean(0)
    error = from_pseudo_values(difference, paired).se
    return difference > (0.0 if np.isnan(error) else error)
