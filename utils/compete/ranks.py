"""Which teams can be told apart, and the ranks that each may have."""
import itertools
from typing import List, Sequence, Tuple

import numpy as np

from utils.statistics.arrays import Score
from utils.statistics.estimates import from_pseudo_values
from utils.statistics.many import holm
from utils.statistics.resampling import pseudo_values
from utils.statistics.verdicts import over_seeds


def pair_p(a: np.ndarray, b: np.ndarray, score: Score) -> float:
    """Computes p that two teams are equal.

    Over images: Student's t of the paired pseudo-values. Where both have several runs, over seeds
    too, as `fcn_report.py compare`; the larger p counts. So neither a few images nor a few seeds,
    nor runs that hardly differ, make a claim alone.

    Args:
      a, b: [Sa, U, P], [Sb, U, P], what is summed over the units of a part.
      score: of the sums.

    Returns:
      p; NaN where nothing varies, as of two copies.
    """
    runs = [score(parts.sum(-2)) for parts in (a, b)]
    difference = float(runs[0].mean() - runs[1].mean())
    paired = pseudo_values(a, score).mean(0) - pseudo_values(b, score).mean(0)
    p = from_pseudo_values(difference, paired).p()
    if min(len(a), len(b)) < 2:
        return p
    return float(np.fmax(p, over_seeds(*runs).claim.p)) if not np.isnan(p) else p


def all_pairs(teams: Sequence[np.ndarray], score: Score) -> np.ndarray:
    """Tests all pairs of K teams: p [K, K] by Holm's method, NaN where there is none.

    Args:
      teams: [S, U, P] each.
    """
    count = len(teams)
    pairs = list(itertools.combinations(range(count), 2))
    found = holm([pair_p(teams[i], teams[j], score) for i, j in pairs])
    p = np.full((count, count), np.nan)
    for (i, j), value in zip(pairs, found):
        p[i, j] = p[j, i] = value
    return p


def brackets(scores: Sequence[float], p: np.ndarray, alpha: float = .05) -> List[Tuple[int, int]]:
    """Computes the ranks that each team may have: [(best, worst)], 1 is first.

    The best is 1 and the number of teams that are better for sure, the worst K less those that are
    worse for sure. With p corrected for all pairs, all brackets hold at once with chance 1 - alpha.
    (Klein, Wright and Wieczorek, J. R. Stat. Soc. A 2020; Mogstad, Romano, Shaikh and Wilhelm,
    Rev. Econ. Stud. 2024.)

    Args:
      scores: K.
      p: [K, K] of `all_pairs`.
    """
    values = np.asarray(scores, np.float64)
    sure = np.nan_to_num(p, nan=1.0) < alpha
    better = values[np.newaxis] > values[:, np.newaxis]
    first = 1 + (sure & better).sum(1)
    last = len(values) - (sure & better.T).sum(1)
    return [(int(low), int(high)) for low, high in zip(first, last)]


def bracket_text(bracket: Tuple[int, int]) -> str:
    """Writes "1", or "2-4"."""
    low, high = bracket
    return str(low) if low == high else f"{low}-{high}"
