"""Two configurations trained with the same seeds: correlation, and what it does to the level."""
import numpy as np
from scipy import stats

from benchmarks.claims import scores
from benchmarks.claims.frame import (
    SHOWN,
    Claim,
    Exact,
    Outcomes,
    Table,
    at_least,
    at_most,
    share,
    study,
)
from benchmarks.claims.pairs import rule_p
from utils.statistics.seed_pairs import seed_correlation, welch_level


def shared(trials: int, random: np.random.RandomState, runs: int, correlation: float,
           effect: float = 0.0) -> Outcomes:
    """Claims of the verdict and of a paired t test, where scores correlate over seeds."""
    a, own = scores.draw(random, trials, runs), scores.draw(random, trials, runs)
    b = correlation * a + np.sqrt(1 - correlation ** 2) * own
    found = {"tool": share(rule_p(a + effect, b) < .05),
             "paired": share(stats.ttest_rel(a + effect, b, axis=1)[1] < .05)}
    if not effect:
        found["told"] = Exact(welch_level(correlation, runs), 3)
    return found


def interval(trials: int, random: np.random.RandomState, pairs: int,
             correlation: float) -> Outcomes:
    """Coverage of the interval of the correlation."""
    a = random.standard_normal((trials, pairs))
    b = correlation * a + np.sqrt(1 - correlation ** 2) * random.standard_normal((trials, pairs))
    return {"tool": share([seed_correlation(np.stack(both, 1)).interval.contains(correlation)
                           for both in zip(a, b)])}


def _shared(runs, correlation, effect=0.0):
    return study(shared, 20000, runs=runs, correlation=correlation, effect=effect)


def _interval(pairs, correlation):
    return study(interval, 5000, pairs=pairs, correlation=correlation)


def _text(correlation):
    return f"{correlation:g}".replace("0.", ".")


_CORRELATIONS = (-.7, -.3, 0.0, .3, .7)

CLAIMS = tuple(
    Claim(f"seeds.level-5-{correlation:g}",
          "Two equal configurations with the same seeds: one is called better (p < .05).",
          f"5 + 5 seeds, correlation {_text(correlation)}", at_most(.05) if correlation >= 0
          else SHOWN, _shared(5, correlation), "tool") for correlation in (-.7, -.3, 0.0, .7)
) + (
    Claim("seeds.interval-5", "The 95 % interval of the correlation over seeds holds it.",
          "5 shared seeds, correlation 0", at_least(.95), _interval(5, 0.0), "tool"),
)

TABLES = (
    Table("seeds.level", "False claims of equal configurations whose scores correlate over shared "
          "seeds", ("seeds", "correlation"), tuple(
              ((runs, f"{correlation:g}"), _shared(runs, correlation))
              for runs in (5, 10) for correlation in _CORRELATIONS),
          (("tool", "verdict (does not pair)"), ("told", "as compare tells"),
           ("paired", "paired t"))),
    Table("seeds.power", "Claims of a true difference of 2 sds, 5 seeds", ("correlation",), tuple(
        ((f"{correlation:g}",), _shared(5, correlation, 2.0))
        for correlation in _CORRELATIONS), (("tool", "verdict"), ("paired", "paired t"))),
    Table("seeds.interval", "Coverage of the 95 % interval of the correlation", ("seeds",
          "correlation"), tuple(((pairs, f"{correlation:g}"), _interval(pairs, correlation))
                                for pairs in (4, 5, 8, 15) for correlation in (-.7, 0.0, .5)),
          (("tool", "coverage"),)),
)
