"""Feature extractors: gains that differ between them, slopes and rank correlations of a few."""
import math

import numpy as np

from benchmarks.claims import scores
from benchmarks.claims.frame import (
    SHOWN,
    Claim,
    Outcomes,
    Table,
    at_least,
    at_most,
    share,
    study,
)
from benchmarks.claims.many import holm_rejects
from utils.statistics.contrasts import contrast
from utils.statistics.ranks import for_other_items, permutation_p, spearman
from utils.statistics.transfer import rank_correlation, slope

_GAIN = (1.0, -1.0, -1.0, 1.0)
#: A margin, in sds over seeds.
_MARGIN = 4.0


def interaction(trials: int, random: np.random.RandomState, runs: int,
                sds: tuple = (1.0, 1.0, 1.0, 1.0), shape: str = "normal") -> Outcomes:
    """Four cells without an interaction, and with one of the margin."""
    cells = np.stack([scores.draw(random, trials, runs, sd, shape) for sd in sds], 1)
    found = [contrast(own, _GAIN) for own in cells]
    away = [contrast([own[0] + _MARGIN] + list(own[1:]), _GAIN) for own in cells]
    return {"differs": share([one.p < .05 for one in found]),
            "covers": share([one.interval.contains(0.0) for one in found]),
            "small": share([one.p_within(_MARGIN) < .05 for one in away])}


def family(trials: int, random: np.random.RandomState, runs: int, values: int) -> Outcomes:
    """Two feature extractors and a flag of several values that gives both the same: any claim."""
    cells = scores.draw(random, trials * 2 * values, runs).reshape(trials, 2, values, runs)
    p = np.array([[contrast([one[1, at], one[1, 0], one[0, at], one[0, 0]], _GAIN).p
                   for at in range(1, values)] for one in cells])
    return {"uncorrected": share((p < .05).any(1)), "holm": share(holm_rejects(p).any(1))}


def slopes(trials: int, random: np.random.RandomState, count: int, runs: int,
           spread: float = 1.0, noisy: float = 1.0) -> Outcomes:
    """Coverage of the two intervals of a slope.

    Args:
      count: extractors. spread: sd of their distances to the line, in sds over seeds.
      noisy: sd over seeds of every other extractor.
    """
    seeds, others = [], []
    sds = np.where(np.arange(count) % 2, noisy, 1.0)[:, np.newaxis]
    for _ in range(trials):
        x = np.sort(random.standard_normal(count))
        true = 2 * x + spread * random.standard_normal(count)
        runs_of = true[:, np.newaxis] + sds * random.standard_normal((count, runs))
        found = slope(x, [[one] for one in runs_of])
        seeds.append(found.over_seeds.interval.contains(np.polyfit(x, true, 1)[0]))
        others.append(found.for_others.contains(2.0))
    return {"seeds": share(seeds), "others": share(others)}


def over_seeds(trials: int, random: np.random.RandomState, count: int, runs: int,
               spread: float, ordered: bool = False) -> Outcomes:
    """Coverage of the interval of rho over seeds of these extractors.

    Args:
      spread: sd of true means, in sds over seeds.
      ordered: whether true means are in the order of accuracies.
    """
    x, covered, above, resampled = np.arange(count), [], [], []
    for _ in range(trials):
        true = spread * random.standard_normal(count)
        true = np.sort(true) if ordered else true
        runs_of = true[:, np.newaxis] + random.standard_normal((count, runs))
        found = rank_correlation(x, [[one] for one in runs_of]).rho_over_seeds
        rho, ends = float(spearman(x, true)), _bootstrap(random, x, runs_of)
        covered.append(found.low - 1e-9 <= rho <= found.high + 1e-9)
        resampled.append(ends[0] - 1e-9 <= rho <= ends[1] + 1e-9)
        above.append(found.low > 0)
    return {"covers": share(covered), "above": share(above), "bootstrap": share(resampled)}


def _bootstrap(random, x, runs_of):
    """The ends of rho where each mean is drawn from its own Student's t, the observed one among
    them."""
    runs = runs_of.shape[1]
    means = runs_of.mean(1) + runs_of.std(1, ddof=1) / math.sqrt(runs) * random.standard_t(
        runs - 1, (500, len(x)))
    low, high = np.percentile(spearman(x, means), [2.5, 97.5])
    own = float(spearman(x, runs_of.mean(1)))
    return min(low, own), max(high, own)


def over_others(trials: int, random: np.random.RandomState, count: int, r: float) -> Outcomes:
    """Coverage of the interval of rho over other extractors, and false claims of p.

    Args:
      r: correlation of accuracy and score, of a bivariate normal.
    """
    x = random.standard_normal((trials, count))
    y = r * x + math.sqrt(1 - r * r) * random.standard_normal((trials, count))
    true = 6 / math.pi * math.asin(r / 2)
    ends = [for_other_items(round(float(rho), 9), count) for rho in spearman(x, y)]
    p = {}
    for one, other, rho in zip(x, y, spearman(x, y)):
        key = round(abs(float(rho)), 9)
        p[key] = p[key] if key in p else permutation_p(one, other)[0]
    return {"covers": share([low <= true <= high for low, high in ends]),
            "shown": share([p[round(abs(float(rho)), 9)] < .05 for rho in spearman(x, y)])}


def _interaction(runs, *sds, shape="normal"):
    return study(interaction, 4000, runs=runs, sds=tuple(sds) or (1.0,) * 4, shape=shape)


def _slopes(count, runs, **settings):
    return study(slopes, 2000, count=count, runs=runs, **settings)


def _seeds(count, runs, spread, ordered=False):
    return study(over_seeds, 500, count=count, runs=runs, spread=spread, ordered=ordered)


def _others(count, r):
    return study(over_others, 5000, count=count, r=r)


_SPREADS = (((1.0,) * 4, "equal"), ((10.0, 1.0, 1.0, 1.0), "10:1:1:1"),
            ((10.0, 10.0, 1.0, 1.0), "10:10:1:1"), ((3.0, 1.0, 3.0, 1.0), "3:1:3:1"))
_FAMILY = study(family, 2000, runs=3, values=4)
_DIFFERS = "An extractor is said to gain more from a flag that gives both the same."
_COVERS = "The interval of an interaction holds the true one."
_RHO = "The interval of rho of these feature extractors holds rho of their true means."
_KIND = "The interval of rho over other feature extractors holds theirs."

CLAIMS = tuple(
    Claim(f"transfer.interaction-{runs}-{name}", _DIFFERS, f"4 cells of {runs} seeds, sds {name}",
          at_most(.05) if name == "equal" else SHOWN, _interaction(runs, *sds), "differs")
    for runs in (3, 5) for sds, name in _SPREADS) + (
    Claim("transfer.interaction-covers", _COVERS, "4 cells of 3 seeds, sds equal", at_least(.95),
          _interaction(3), "covers"),
    Claim("transfer.small", "\"No larger than the margin\", of an interaction of the margin.",
          "4 cells of 3 seeds, margin of 4 sds", at_most(.05), _interaction(3), "small"),
    Claim("transfer.family", _DIFFERS[:-1] + ", of any of three values.",
          "3 seeds, Holm over the three", at_most(.05), _FAMILY, "holm"),
    Claim("transfer.slope-seeds", "The interval of the slope over seeds holds the slope of the "
          "true means.", "5 feature extractors of 3 seeds", at_least(.95), _slopes(5, 3), "seeds"),
    Claim("transfer.slope-others", "The interval of the slope over other feature extractors holds "
          "theirs.", "5 feature extractors of 3 seeds", at_least(.95), _slopes(5, 3), "others"),
    Claim("transfer.rho-seeds", _RHO, "5 feature extractors of 3 seeds, true sd 1", at_least(.95),
          _seeds(5, 3, 1.0), "covers"),
    Claim("transfer.rho-seeds-ordered", _RHO, "5 feature extractors of 3 seeds, true sd 1, rho = 1",
          at_least(.95), _seeds(5, 3, 1.0, True), "covers"),
    Claim("transfer.rho-bootstrap", "The same by a parametric bootstrap of the means.",
          "5 feature extractors of 3 seeds, true sd 1, rho = 1", SHOWN, _seeds(5, 3, 1.0, True),
          "bootstrap"),
    Claim("transfer.rho-others", _KIND, "5 feature extractors, correlation .5", at_least(.95),
          _others(5, .5), "covers"),
    Claim("transfer.rho-others-7", _KIND, "7 feature extractors, correlation .9", at_least(.95),
          _others(7, .9), "covers"),
    Claim("transfer.shown", "A correlation is shown that is not there.",
          "7 feature extractors, correlation 0", at_most(.05), _others(7, 0.0), "shown"),
    Claim("transfer.power", "A correlation of .9 is shown.", "7 feature extractors", SHOWN,
          _others(7, .9), "shown"),
)

TABLES = (
    Table("transfer.interactions", "Four cells without an interaction, and with one of 4 sds",
          ("seeds of each", "sds"), tuple(
              ((runs, name), _interaction(runs, *sds))
              for runs in (2, 3, 5) for sds, name in _SPREADS) + (
                  ((3, "lognormal"), _interaction(3, shape="lognormal")),
                  ((5, "lognormal"), _interaction(5, shape="lognormal"))),
          (("differs", "said to differ"), ("covers", "interval covers 0"),
           ("small", "no larger than 4 sds, where it is 4"))),
    Table("transfer.slopes", "Coverage of the two intervals of the slope",
          ("extractors", "seeds", "distances to the line, sds", "noisiest, sds"), tuple(
              ((count, runs, f"{spread:g}", f"{noisy:g}"),
               _slopes(count, runs, spread=spread, noisy=noisy))
              for count, runs, spread, noisy in ((4, 3, 1.0, 1.0), (5, 3, 1.0, 1.0),
                                                 (7, 3, 1.0, 1.0), (7, 5, 1.0, 1.0),
                                                 (5, 3, 0.0, 10.0), (5, 3, 1.0, 10.0),
                                                 (7, 3, 3.0, 10.0))),
          (("seeds", "over seeds"), ("others", "over other extractors"))),
    Table("transfer.seeds", "Rank correlation of these extractors alone",
          ("extractors", "seeds", "sd of true means, sds", "true order"), tuple(
              ((count, runs, f"{spread:g}", "that of top-1" if ordered else "random"),
               _seeds(count, runs, spread, ordered))
              for count, runs, spread, ordered in (
                  (4, 3, 1.0, False), (5, 3, 1.0, False), (5, 3, 1.0, True), (5, 3, 10.0, True),
                  (5, 5, 3.0, True), (5, 5, 10.0, True), (7, 3, 10.0, True), (7, 5, 3.0, True),
                  (7, 5, 10.0, True))),
          (("covers", "interval covers the true rho"), ("above", "interval above 0"),
           ("bootstrap", "a bootstrap's covers it"))),
    Table("transfer.others", "Rank correlation over other feature extractors",
          ("extractors", "correlation"), tuple(
              ((count, f"{r:g}"), _others(count, r))
              for count in (4, 5, 7) for r in (0.0, .5, .9)),
          (("covers", "interval covers"), ("shown", "p < .05"))),
)
