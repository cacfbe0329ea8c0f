"""Looks at a comparison as seeds are added: planned with their levels, and unplanned."""
from typing import Sequence

import numpy as np

from benchmarks.claims import scores
from benchmarks.claims.frame import (
    SHOWN,
    Claim,
    Exact,
    Outcomes,
    Table,
    about,
    at_least,
    at_most,
    mean,
    share,
    study,
)
from benchmarks.claims.pairs import rule_p
from utils.statistics.looks import OBRIEN_FLEMING, POCOCK, Looks, beyond

EACH = tuple(range(3, 13))


def looked(trials: int, random: np.random.RandomState, seeds: Sequence[int],
           spending: str = "", effect: float = 0.0, sd_ratio: float = 1.0, shape: str = "normal",
           extra: Sequence[int] = ()) -> Outcomes:
    """Claims of A - B at any look, and the seeds of each until then; `fixed`: one look at the last.

    Args:
      spending: of `Looks`; "": p < .05 at every look, planned by nobody.
      extra: looks beyond the plan, at .05.
    """
    levels = dict(zip(seeds, Looks(seeds, spending).levels() if spending else [.05] * len(seeds)))
    levels.update({count: .05 for count in extra})
    drawn = (scores.draw(random, trials, max(levels), sd_ratio, shape, effect),
             scores.draw(random, trials, max(levels), shape=shape))
    found = np.zeros(trials, bool)
    stopped, independent = np.full(trials, float(max(levels))), np.zeros(trials, bool)
    for count in sorted(levels):
        parts = [values[:, :count] for values in drawn]
        now = ~found & (rule_p(*parts) < levels[count])
        stopped[now] = count
        found |= now
        independent |= scores.welch(*parts) < levels[count]
    last = [values[:, :max(seeds)] for values in drawn]
    result = {"claims": share(found), "scipy": share(independent), "seeds": mean(stopped),
              "fixed": share(rule_p(*last) < .05)}
    if spending and extra:
        result["told"] = Exact(beyond(seeds, tuple(Looks(seeds, spending).levels()), extra), 3)
    return result


def at_printed(trials: int, random: np.random.RandomState, seeds: Sequence[int],
               spending: str = OBRIEN_FLEMING) -> Outcomes:
    """Claims at the difference that a plan prints as detectable."""
    effect = Looks(seeds, spending).detectable_difference()
    return looked(trials, random, seeds, spending, effect)


def _looked(seeds, spending="", trials=20000, **settings):
    return study(looked, trials, seeds=seeds, spending=spending, **settings)


def _level_claim(name, seeds, spending, words, **settings):
    return Claim("looks.level-" + name, "Planned looks: equal configurations, a claim at any look.",
                 "looks at {}, {}, {}".format(
                     "3, 4 .. 12" if seeds == EACH else ", ".join(map(str, seeds)),
                     spending.replace("obrien_fleming", "O'Brien-Fleming").replace(
                         "pocock", "Pocock"), words),
                 at_most(.05), _looked(seeds, spending, **settings), "claims")


CLAIMS = (
    Claim("looks.unplanned", "Seeds are added until p < .05, from 3 up to 12: equal configurations "
          "are called different.", "10 looks at .05", SHOWN, _looked(EACH), "claims"),
    _level_claim("5-10", (5, 10), OBRIEN_FLEMING, "equal sds"),
    _level_claim("5-10-unequal", (5, 10), OBRIEN_FLEMING, "sds 3:1", sd_ratio=3.0),
    _level_claim("5-10-lognormal", (5, 10), OBRIEN_FLEMING, "lognormal scores", shape="lognormal"),
    _level_claim("2-4-6-unequal", (2, 4, 6), OBRIEN_FLEMING, "sds 10:1", sd_ratio=10.0),
    _level_claim("each", EACH, POCOCK, "equal sds"),
    _level_claim("each-unequal", EACH, POCOCK, "sds 3:1", sd_ratio=3.0),
    Claim("looks.power-5-10", "Planned looks find what 10 fixed seeds find.",
          "looks at 5, 10, 1.33 sds", at_least(.79), _looked((5, 10), OBRIEN_FLEMING, effect=1.33),
          "claims"),
    Claim("looks.seeds-5-10", "Mean number of seeds of each until a claim or the last look.",
          "looks at 5, 10, 1.33 sds", SHOWN, _looked((5, 10), OBRIEN_FLEMING, effect=1.33),
          "seeds"),
    Claim("looks.seeds-each", "Mean number of seeds of each until a claim or the last look.",
          "looks at 3, 4 .. 12, Pocock, 1.5 sds", SHOWN, _looked(EACH, POCOCK, effect=1.5),
          "seeds"),
    Claim("looks.detects-5-10", "The printed detectable difference of planned looks is found in 4 "
          "of 5 cases.", "looks at 5, 10", about(.8), study(at_printed, 20000, seeds=(5, 10)),
          "claims"),
    Claim("looks.detects-each", "The printed detectable difference of planned looks is found in 4 "
          "of 5 cases.", "looks at 3, 4 .. 12, Pocock", about(.8),
          study(at_printed, 20000, seeds=EACH, spending=POCOCK), "claims"),
    Claim("looks.beyond-15", "A look at 15 seeds beyond a plan of 5 and 10: claims at any look.",
          "equal configurations, sds alike", SHOWN,
          _looked((5, 10), OBRIEN_FLEMING, extra=(15,)), "claims"),
)

_SETTINGS = (((5, 10), OBRIEN_FLEMING), ((3, 5), OBRIEN_FLEMING), ((2, 4, 6), OBRIEN_FLEMING),
             ((5, 10), POCOCK), (EACH, POCOCK))

TABLES = (
    Table("looks.levels", "Claims of equal configurations at any look (aim .05)",
          ("looks", "spending", "scores"), tuple(
              ((", ".join(map(str, seeds)) if seeds != EACH else "3 .. 12", spending, words),
               _looked(seeds, spending, **settings)) for seeds, spending in _SETTINGS
              for words, settings in (("equal sds", {}), ("sds 3:1", {"sd_ratio": 3.0}),
                                      ("sds 10:1", {"sd_ratio": 10.0}),
                                      ("lognormal", {"shape": "lognormal"}),
                                      ("lognormal, sds 3:1", {"shape": "lognormal",
                                                              "sd_ratio": 3.0}))),
          (("claims", "planned looks"), ("fixed", "one look, at the last"))),
    Table("looks.power", "Claims of a true difference, and seeds of each until then",
          ("looks", "spending", "sds apart"), tuple(
              ((", ".join(map(str, seeds)) if seeds != EACH else "3 .. 12", spending, effect),
               _looked(seeds, spending, effect=effect)) for seeds, spending in _SETTINGS
              for effect in (1.0, 1.5, 2.0)),
          (("claims", "planned looks"), ("seeds", "mean seeds"),
           ("fixed", "the last number, fixed"))),
    Table("looks.beyond", "Claims of equal configurations where it is looked once more, at .05, "
          "beyond a plan of 5 and 10", ("look at",), tuple(
              ((count,), _looked((5, 10), OBRIEN_FLEMING, extra=(count,)))
              for count in (7, 11, 15, 20, 30)),
          (("claims", "counted"), ("told", "as compare tells"))),
)
