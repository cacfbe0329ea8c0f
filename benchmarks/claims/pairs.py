"""Verdicts on two configurations that are equal, or differ by the margin."""
import functools
from typing import Any, Sequence

import numpy as np
from scipy import stats

from benchmarks.claims import scores
from benchmarks.claims.frame import (
    SHOWN,
    Claim,
    Exact,
    Outcomes,
    Share,
    Table,
    at_least,
    at_most,
    share,
    study,
)
from utils.statistics import simulated
from utils.statistics.claim_rules import claim_rule
from utils.statistics.intervals import t_interval
from utils.statistics.miou import miou_d
from utils.statistics.pair_intervals import image_interval, two_level_bootstrap
from utils.statistics.pairs import compare_scores
from utils.statistics.seed_tests import claim, permutation_test, probability_above, tost, welch

#: Of A's sd to B's.
EVEN, WIDE, WIDEST = (1,), (3, 1, 1 / 3), (10, 3, 1, 1 / 3, 1 / 10)


def rule_p(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """p of the tool's rule, for scores [trials, runs]; NaN where neither varies."""
    difference, parts, _ = scores.welch_parts(a, b)
    return claim_rule(a.shape[1], b.shape[1]).p(
        difference / np.sqrt(sum(parts)), parts[0] / sum(parts))


def level(trials: int, random: np.random.RandomState, a: int, b: int,
          ratios: Sequence[float] = EVEN, shape: str = "normal") -> Outcomes:
    """False claims at the worst of the ratios of sds; `mixture` shares no code with the tool."""
    found = []
    for ratio in ratios:
        drawn = [scores.draw(random, trials, a, ratio, shape), scores.draw(random, trials, b,
                                                                           shape=shape)]
        # Rounded scores may not vary at all: their p is NaN, and they claim nothing.
        with np.errstate(invalid="ignore", divide="ignore"):
            found.append({name: share(claims) for name, claims in (
                ("tool", rule_p(*drawn) < .05), ("welch", scores.welch(*drawn) < .05),
                ("fewer", scores.degrees_of_the_fewer(*drawn) < .05),
                ("mixture", np.abs(scores.welch_parts(*drawn)[0]) > scores.behrens_fisher_cut(
                    *drawn)), ("pooled", scores.pooled(*drawn) < .05))})
    worst = {name: max((row[name] for row in found), key=lambda one: one.hits)
             for name in found[0]}
    shares = np.array([ratio ** 2 / a / (ratio ** 2 / a + 1 / b) for ratio in ratios])
    return dict(worst, exact=Exact(float(claim_rule(a, b).level_at(.05, shares).max()), 3))


def verdicts(trials: int, random: np.random.RandomState, a: int, b: int, shift: float = 0.0,
             margin: float = 1.0, sd_ratio: float = 1.0, shape: str = "normal") -> Outcomes:
    """What `compare_scores` says of A, which is truly better by `shift`; all in sds of B."""
    found = [compare_scores(one, other, margin=margin).verdict for one, other in zip(
        scores.draw(random, trials, a, sd_ratio, shape, shift),
        scores.draw(random, trials, b, shape=shape))]
    return {name: Share(found.count(name), trials) for name in (
        "A better", "B better", "equivalent", "inconclusive")}


def any_better(trials: int, random: np.random.RandomState, **settings: Any) -> Outcomes:
    """Either is called better."""
    found = verdicts(trials, random, **settings)
    return {"better": Share(found["A better"].hits + found["B better"].hits, trials)}


def equivalence(trials: int, random: np.random.RandomState, a: int, b: int, margin: float,
                sd_ratio: float = 1.0) -> Outcomes:
    """Called equivalent where the true difference is the margin, in sds of B."""
    drawn = zip(scores.draw(random, trials, a, sd_ratio, shift=margin),
                scores.draw(random, trials, b))
    return {"tool": share([tost(claim(welch(*pair), a, b), margin) < .05 for pair in drawn])}


def ties(trials: int, random: np.random.RandomState, runs: int) -> Outcomes:
    """Claims about configurations whose runs all score alike, each at a score of its own."""
    found = []
    for one, other in np.round(random.random_sample((trials, 2)), 4):
        result = compare_scores([one] * runs, [other] * runs)
        found.append(result.verdict != "no verdict" or result.test_set_interval is not None
                     or t_interval([one] * runs) is not None)
    return {"tool": share(found)}


def above(trials: int, random: np.random.RandomState, runs: int, effect: float) -> Outcomes:
    """Coverage of the interval of P(A > B)."""
    truth = stats.norm.cdf(effect / np.sqrt(2))
    drawn = zip(scores.draw(random, trials, runs, shift=effect), scores.draw(random, trials, runs))
    return {"tool": share([probability_above(*pair)[1].contains(truth) for pair in drawn])}


def on_images(trials: int, random: np.random.RandomState, seed_sd: float, runs: int = 5,
              images: int = 500) -> Outcomes:
    """False claims of two equal configurations on the same images, by several methods."""
    nets, found = simulated.Nets(seed_sd=seed_sd), []
    for _ in range(trials):
        drawn = simulated.draw_images(nets, images, random)
        parts = [simulated.run_parts(nets, drawn, simulated.draw_seeds(nets, runs, random), random)
                 for _ in range(2)]
        tested = [miou_d.score(part.sum(-2)) for part in parts]
        apart = functools.partial(_apart, score=miou_d.score)
        found.append((rule_p(*[row[np.newaxis] for row in tested])[0] < .05,
                      apart(image_interval, *[part[:1] for part in parts]),
                      apart(image_interval, *parts),
                      (permutation_test(*tested)[0] or 1) < .05))
    found = np.array(found)
    return {name: share(column) for name, column in zip(
        ("tool", "images of 1", "images", "permutation"), found.T)}


def _apart(interval, *parts, **settings):
    found = interval(*parts, **settings)
    return found is not None and not found.contains(0.0)


def two_levels(trials: int, random: np.random.RandomState, runs: int,
               images: int = 200) -> Outcomes:
    """False claims of the two-level bootstrap, below the runs at which the tool offers it, too."""
    nets, found = simulated.Nets(seed_sd=.02), []
    for _ in range(trials):
        drawn = simulated.draw_images(nets, images, random)
        a, b = [simulated.run_matrices(nets, drawn, simulated.draw_seeds(nets, runs, random),
                                       random) for _ in range(2)]
        found.append(not two_level_bootstrap(a, b, replicates=500, seed=random,
                                             fewest=2)[0].contains(0))
    return {"bootstrap": share(found)}


def _level(a, b, ratios=EVEN, shape="normal", trials=20000):
    return study(level, trials, a=a, b=b, ratios=ratios, shape=shape)


def _level_claim(a, b, ratios, words, shape="normal"):
    name = "pairs.level-{}+{}{}{}".format(
        a, b, "" if ratios == EVEN else "-unequal",
        "" if shape == "normal" else "-" + shape.replace(" ", "-"))
    return Claim(name, "Two equal configurations: one is called better (p < .05).",
                 f"{a} + {b} seeds, {words}", at_most(.05),
                 _level(a, b, ratios, shape), "tool")


_UNEQUAL = "worst of sds 1:10, 1:3, 1:1, 3:1, 10:1"

CLAIMS = (
    _level_claim(5, 5, EVEN, "equal sds"),
    _level_claim(5, 5, WIDEST, _UNEQUAL),
    _level_claim(3, 3, WIDEST, _UNEQUAL),
    _level_claim(2, 2, WIDEST, _UNEQUAL),
) + tuple(_level_claim(a, b, WIDEST, _UNEQUAL) for a, b in (
    (2, 10), (3, 5), (3, 10), (5, 50))) + (
    _level_claim(5, 5, EVEN, "lognormal scores", "lognormal"),
    _level_claim(5, 5, WIDE, "lognormal scores, worst of sds 1:3, 1:1, 3:1", "lognormal"),
    _level_claim(3, 10, WIDE, "lognormal scores, worst of sds 1:3, 1:1, 3:1", "lognormal"),
    _level_claim(3, 3, EVEN, "scores rounded to whole sds", "rounded"),
    _level_claim(5, 5, EVEN, "one seed of ten 3.3 sds low", "two levels"),
    Claim("pairs.whole-5+5", "Two equal configurations: `compare` calls one better.",
          "5 + 5 seeds, equal sds", at_most(.05), study(any_better, 2000, a=5, b=5), "better"),
) + tuple(
    Claim("pairs.equivalent-{}+{}{}".format(a, b, "" if ratio == 1 else "-unequal"),
          "\"Equivalent\" where the true difference is the margin.",
          f"{a} + {b} seeds, margin of {margin:g} sds, sds {ratio:g}:1",
          at_most(.05), study(equivalence, 10000, a=a, b=b, margin=margin, sd_ratio=ratio), "tool")
    for a, b, margin, ratio in ((5, 5, 2.5, 1), (3, 10, 4.0, 3), (2, 10, 10.0, 3))
) + (
    Claim("pairs.ties", "A verdict or an interval is given where the runs of each configuration "
          "score alike.", "5 + 5 seeds, a score for each configuration", at_most(0.0),
          study(ties, 1000, runs=5), "tool"),
    Claim("pairs.above-5", "The 95 % interval of P(A > B) holds it.", "5 + 5 seeds, 2 sds apart",
          at_least(.95), study(above, 4000, runs=5, effect=2.0), "tool"),
    Claim("pairs.images-of-one-run", "What resampling the images of one run each would claim of "
          "equal configurations (the tool gives no verdict).",
          "500 images, seed sd .39 points", SHOWN, study(on_images, 1000, seed_sd=.02),
          "images of 1"),
)

_METHODS = (("tool", "verdict"), ("permutation", "permutation"),
            ("images of 1", "images, 1 run each"), ("images", "images, 5 runs each"))
_RULES = (("tool", "verdict"), ("exact", "by integration"), ("welch", "Welch"),
          ("fewer", "degrees of the fewer"), ("mixture", "Cochran's mixture"),
          ("pooled", "pooled t"))

TABLES = (
    Table("pairs.levels", "False claims by the numbers of seeds, equal sds and worst of sds 1:10 "
          "to 10:1 (aim .05)", ("seeds", "sds"), tuple(
              ((f"{a} + {b}", words), _level(a, b, ratios))
              for a, b in ((2, 2), (3, 3), (5, 5), (2, 3), (2, 5), (2, 10), (3, 5), (3, 10),
                           (4, 10), (5, 10), (5, 50))
              for ratios, words in ((EVEN, "equal"), (WIDEST, "worst"))), _RULES),
    Table("pairs.shapes", "False claims by the distribution of the scores (aim .05)",
          ("seeds", "scores"), tuple(
              ((f"{a} + {b}", shape), _level(a, b, EVEN, shape))
              for a, b in ((3, 3), (5, 5), (10, 10), (3, 10))
              for shape in ("lognormal", "two levels", "heavy", "rounded")), _RULES[::2][:2]),
    Table("pairs.images", "False claims of two equal configurations, 5 runs each on 500 images",
          ("seed sd, points",), tuple(((words,), study(on_images, 1000, seed_sd=sd))
                                      for sd, words in ((.005, ".10"), (.02, ".39"), (.1, "1.92"))),
          _METHODS),
    Table("pairs.two-level", "False claims of the two-level bootstrap, 200 images", ("runs each",),
          tuple(((runs,), study(two_levels, 400, runs=runs)) for runs in (3, 5, 10)),
          (("bootstrap", "two-level bootstrap"),)),
)
