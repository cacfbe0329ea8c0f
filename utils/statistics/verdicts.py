"""From numbers over seeds to a verdict in words, for one pair or for all pairs of a family.

A verdict is one of "A better", "B better", "equivalent", "inconclusive", "no verdict".
"""
import dataclasses
from typing import Callable, List, Optional, Sequence, Tuple

import numpy as np

from utils.statistics.arrays import Numbers
from utils.statistics.power import seeds_needed
from utils.statistics.seed_tests import Claim, claim, tost, welch

BETTER = ("A better", "B better")


@dataclasses.dataclass(frozen=True)
class OverSeeds:
    """What a verdict goes by.

    Attributes:
      seeds_a, seeds_b: runs. difference: of mean scores, fractions 0..1.
      spread: root mean variance of both over seeds; NaN for a single run.
      claim: the `Claim` over seeds. tost_p: equivalence within +-margin, by the same rule.
      margin: differences up to this are of no consequence. level: as .95.
    """
    seeds_a: int
    seeds_b: int
    difference: float
    spread: float
    claim: Claim
    tost_p: float
    margin: float
    level: float

    @property
    def seeds_needed(self) -> Optional[int]:
        """Seeds of each that find the observed difference, were it true; None: > 10000."""
        return self._seeds_for(self.difference)

    @property
    def seeds_for_margin(self) -> Optional[int]:
        """Seeds of each that find a true difference of the margin."""
        return self._seeds_for(self.margin)

    def _seeds_for(self, difference):
        return seeds_needed(difference, self.spread, level=1 - self.level) if (
            self.spread > 0) else None


def over_seeds(a: Numbers, b: Numbers, margin: float = .01, level: float = .95) -> OverSeeds:
    """Compares scores [Sa] and [Sb] over seeds: `OverSeeds`.

    Raises:
      ValueError: no run, or a score that is no number.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if not len(a) or not len(b) or np.isnan(a).any() or np.isnan(b).any():
        raise ValueError("expected scores of 1 run or more of each, none of them NaN: got "
                         f"{a.tolist()} and {b.tolist()}"
                         )
    found = claim(welch(a, b, level), len(a), len(b), level)
    spread = np.nan if min(len(a), len(b)) < 2 else float(
        np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2))
    return OverSeeds(len(a), len(b), float(a.mean() - b.mean()), spread, found,
                     tost(found, margin), margin, level)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A verdict.

    Attributes:
      word: see the module.
      tell: () -> `why`, the reasons in a sentence or two; it takes its time, and few are read.
      brief: difference and p.
      p, tost_p: that it goes by, corrected for all pairs where there are several.
      alpha: what these had to be below.
    """
    word: str
    tell: Callable[[], str]
    brief: str = ""
    p: float = np.nan
    tost_p: float = np.nan
    alpha: float = np.nan

    @property
    def why(self) -> str:
        """The reasons in words."""
        return self.tell()

    @property
    def decided(self) -> bool:
        """Whether more seeds have nothing left to decide."""
        return self.word in BETTER or self.word == "equivalent"


def no_verdict(why: str, brief: str = "") -> Verdict:
    """Makes the `Verdict` that there is none, with the reason."""
    return Verdict("no verdict", lambda: why, brief)


def judge_family(found: Sequence[OverSeeds], nominal: Callable[[int], float], p_decided: int = 0,
                 tost_decided: int = 0, others: int = 0) -> List[Verdict]:
    """Judges all pairs together, a `Verdict` each: any false claim among them has the chance of the
    level.

    Differences and equivalences are each corrected by Holm's method. A pair that is truly
    different cannot be a false claim of a difference, nor an equal one of equivalence.

    Args:
      found: `OverSeeds` of each pair.
      nominal: (pairs that are open) -> what the smallest p among them must be below: level / pairs,
        or less at a planned look (Ye, Li, Liu & Yao, Statistics in Medicine 2013).
      p_decided, tost_decided: pairs of the family, beside these, that an earlier look found
        different, equivalent. Each leaves the family of the one claim, and stays in the other.
      others: pairs of the family that cannot be judged yet. Those of single runs, or without
        spread, do not count: they make no claim.
    """
    told = sum(not np.isnan(one.claim.p) for one in found)
    pairs = told + p_decided + tost_decided + others
    p = _step_down([one.claim.p for one in found], nominal, pairs - p_decided)
    tost_p = _step_down([one.tost_p for one in found], nominal, pairs - tost_decided)
    return [judge(one, p=own, tost_p=equal, pairs=pairs)
            for one, own, equal in zip(found, p, tost_p)]


def _step_down(p, nominal, left):
    """Returns [(corrected p, what it must be below)] by Holm's method; NaN does not count."""
    corrected, largest, limit, failed = [(np.nan, np.nan)] * len(p), 0.0, np.nan, False
    for place, index in enumerate(np.argsort(p, kind="stable")):
        if np.isnan(p[index]):
            continue
        open_pairs = left - place
        largest = max(largest, min(p[index] * open_pairs, 1.0))
        limit = limit if failed else nominal(open_pairs) * open_pairs
        failed = failed or largest >= limit
        corrected[index] = (largest, limit)
    return corrected


def judge(found: OverSeeds, alpha: Optional[float] = None, p: Optional[Tuple[float, float]] = None,
          tost_p: Optional[Tuple[float, float]] = None, pairs: int = 1) -> Verdict:
    """Judges one pair: its `Verdict`.

    Args:
      found: its `OverSeeds`.
      alpha: what its own p must be below; where None, p and tost_p are given.
      p, tost_p: (corrected p, what it must be below).
      pairs: how many they are corrected for.
    """
    alone = 0.0 if alpha is None else alpha
    p, limit = p or (found.claim.p, alone)
    tost_p, tost_limit = tost_p or (found.tost_p, alone)
    said = _Said(found, p, tost_p, limit, tost_p < tost_limit, pairs)
    if min(found.seeds_a, found.seeds_b) < 2:
        return no_verdict((
            f"{found.seeds_a} and {found.seeds_b} runs: a single run does not tell a better "
            "configuration from a luckier seed; train 2 seeds of each or more (5 are "
            "usual)"), points(found.difference))
    if np.isnan(p):
        return no_verdict((
            "the runs of each configuration score exactly alike: their seeds did not differ, so "
            "the spread over seeds is unknown"), points(found.difference))
    if p < limit:
        word, tell = BETTER[0 if found.difference > 0 else 1], said.better
    elif tost_p < tost_limit:
        word, tell = "equivalent", said.equivalent
    else:
        word, tell = "inconclusive", said.inconclusive
    return Verdict(word, tell, said.brief(), p, tost_p, limit)


def p_text(p: float) -> str:
    """Writes "p = .046", "p < .001"."""
    return "p < .001" if p < .001 else f"p = {p:.3f}".replace("0.", ".")


def points(fraction: float) -> str:
    """Writes "1.20 points" for a fraction of .012."""
    return f"{100 * abs(fraction):.2f} points"


class _Said:
    """The reasons of a verdict in words."""

    def __init__(self, found, p, tost_p, alpha, is_small, pairs):
        self._found, self._p, self._tost_p = found, p, tost_p
        self._alpha, self._is_small = alpha, is_small
        self._after = "" if pairs < 2 else f" after Holm's correction for {pairs} pairs"

    def _difference(self):
        return (f"{points(self._found.difference)} over {self._found.seeds_a} + "
                f"{self._found.seeds_b} seeds")

    def brief(self):
        return f"{points(self._found.difference)} ({p_text(self._p)})"

    def better(self):
        why = f"{self._difference()} ({p_text(self._p)}{self._after})"
        if self._is_small:
            return why + (f", but within the margin of {points(self._found.margin)}: real, and too "
                          "small to matter")
        if abs(self._found.difference) < self._found.margin:
            return why + (f", but less than the margin of {points(self._found.margin)}; whether it "
                          "matters is open")
        return why

    def equivalent(self):
        return (f"the difference of {self._difference()} is within +-{points(self._found.margin)} "
                f"(equivalence {p_text(self._tost_p)}{self._after})")

    def inconclusive(self):
        needed = self._found.seeds_needed
        return "{} could be luck of the seeds ({}){}; were it the true difference, {} would show " \
            "it in 4 of 5 cases{}".format(
                self._difference(), self._p_with_reason(),
                self._level(),
                "no number of seeds worth training" if needed is None
                else f"{needed} seeds of each", self._margin())

    def _level(self):
        """Returns the level, where a planned look has less than the whole of it."""
        if self._alpha >= .999 * (1 - self._found.level):
            return ""
        return f", the level at this look being {self._alpha:.4f}".replace("0.", ".", 1)

    def _p_with_reason(self):
        own, welch_p = self._found.claim.p, self._found.claim.test.p
        text = p_text(self._p) + self._after
        if own != self._p and own < self._alpha:
            text += f", {p_text(own)} alone"
        if not self._found.claim.is_welch and welch_p < self._alpha <= own:
            text += f"; Welch's {p_text(welch_p)} is not to be trusted with so few runs beside more"
        return text

    def _margin(self):
        seeds = self._found.seeds_for_margin
        return ("") if seeds is None else (f"; a difference of {points(self._found.margin)} needs "
                                         f"{seeds}")
