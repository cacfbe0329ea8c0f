"""What a number of seeds detects: the power at the printed differences and numbers of seeds."""
import numpy as np
from statsmodels.stats.power import TTestIndPower

from benchmarks.claims import scores
from benchmarks.claims.frame import (
    Claim,
    Exact,
    Mean,
    Outcomes,
    Table,
    about,
    at_least,
    share,
    study,
)
from benchmarks.claims.pairs import rule_p
from utils.statistics.power import detectable_difference, seeds_needed


def at_effect(trials: int, random: np.random.RandomState, a: int, b: int, effect: float,
              sd_ratio: float = 1.0, level: float = .05, shape: str = "normal") -> Outcomes:
    """Power of rules at a true difference, in sds of B."""
    drawn = (scores.draw(random, trials, a, sd_ratio, shape, effect),
             scores.draw(random, trials, b, shape=shape))
    difference = scores.welch_parts(*drawn)[0]
    return {"tool": share(rule_p(*drawn) < level), "welch": share(scores.welch(*drawn) < level),
            "fewer": share(scores.degrees_of_the_fewer(*drawn) < level),
            "mixture": share(np.abs(difference) > scores.behrens_fisher_cut(*drawn, level=level))}


def at_printed(trials: int, random: np.random.RandomState, a: int, b: int, level: float = .05,
               shape: str = "normal", sd_ratio: float = 1.0) -> Outcomes:
    """Power at the difference that compare, power and plan print as detectable (for .8)."""
    spread = float(np.sqrt((sd_ratio ** 2 + 1) / 2))
    effect = detectable_difference(a, spread, seeds_b=b, level=level)
    found = at_effect(trials, random, a, b, effect, sd_ratio, level, shape)
    pooled = TTestIndPower().solve_power(nobs1=a, ratio=b / a, alpha=level, power=.8)
    found.update(printed=Exact(effect), pooled=Exact(float(pooled)),
                 at_pooled=at_effect(trials, random, a, b, float(pooled), level=level)["tool"])
    return found


def at_observed(trials: int, random: np.random.RandomState, runs: int) -> Outcomes:
    """Power of a second experiment at what compare printed for a first, by its observed sds."""
    first = [scores.draw(random, trials, runs) for _ in range(2)]
    spread = np.sqrt(sum(values.var(1, ddof=1) for values in first) / 2)
    shift = detectable_difference(runs) * spread[:, np.newaxis]
    drawn = [scores.draw(random, trials, runs) for _ in range(2)]
    return {"tool": share(rule_p(drawn[0] + shift, drawn[1]) < .05)}


def at_needed(trials: int, random: np.random.RandomState, effect: float,
              level: float = .05) -> Outcomes:
    """Power with the number of seeds that is printed as needed, and with one fewer."""
    seeds = seeds_needed(effect, 1.0, level=level)
    return {"seeds": Exact(seeds, 0),
            "tool": at_effect(trials, random, seeds, seeds, effect, level=level)["tool"],
            "one fewer": at_effect(trials, random, max(seeds - 1, 2), max(seeds - 1, 2), effect,
                                   level=level)["tool"]}


def deleting(trials: int, random: np.random.RandomState, a: int, b: int, effect: float,
             sd_ratio: float = 1.0) -> Outcomes:
    """What B's runs beyond a add to the power at a + a."""
    drawn = (scores.draw(random, trials, a, sd_ratio, shift=effect),
             scores.draw(random, trials, b))
    found = [p < .05 for p in (rule_p(*drawn), rule_p(drawn[0], drawn[1][:, :a]))]
    gain = found[0].astype(float) - found[1]
    return {"all": share(found[0]), "deleted": share(found[1]),
            "gain": Mean(float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(trials)), trials, 3)}


def _printed(a, b, level=.05, shape="normal", sd_ratio=1.0):
    return study(at_printed, 20000, a=a, b=b, level=level, shape=shape, sd_ratio=sd_ratio)


def _deleting(a, b, effect, ratio=1.0):
    return study(deleting, 20000, a=a, b=b, effect=effect, sd_ratio=ratio)


_NUMBERS = ((2, 2), (3, 3), (4, 4), (5, 5), (10, 10), (20, 20), (2, 5), (2, 10), (3, 5), (3, 10),
            (5, 10), (5, 50))

CLAIMS = tuple(
    Claim(f"power.detects-{a}+{b}",
          "The printed detectable difference is found in 4 of 5 cases.",
          f"{a} + {b} seeds, equal sds", about(.8), _printed(a, b), "tool")
    for a, b in ((2, 2), (3, 3), (5, 5), (2, 10), (3, 10), (5, 50))
) + tuple(
    Claim("power.detects-" + name, "The printed detectable difference is found in 4 of 5 cases.",
          words, about(.8), made, "tool")
    for name, words, made in (
        ("5+5-level", "5 + 5 seeds, equal sds, `--level=.99`", _printed(5, 5, .01)),
        ("5+5-lognormal", "5 + 5 seeds, lognormal scores", _printed(5, 5, shape="lognormal")),
        ("5+5-two-levels", "5 + 5 seeds, one seed of ten 3.3 sds low",
         _printed(5, 5, shape="two levels")),
        ("5+5-unequal", "5 + 5 seeds, sds 3:1", _printed(5, 5, sd_ratio=3.0)),
        ("3+10-unequal", "3 + 10 seeds, sds 3:1", _printed(3, 10, sd_ratio=3.0)))
) + (
    Claim("power.observed-5", "What compare prints as detectable, by the sds that it observed, is "
          "found by as many new runs.", "5 + 5 seeds", about(.8),
          study(at_observed, 20000, runs=5), "tool"),
    Claim("power.needed-1", "The number of seeds needed for a difference finds it in 4 of 5 cases.",
          "1 sd", about(.8), study(at_needed, 20000, effect=1.0), "tool"),
) + tuple(
    Claim("power.deleting-{}+{}-{:g}{}".format(a, b, effect, "" if ratio == 1 else "-unequal"),
          "Deleting runs gains nothing: power with all runs less that with equal numbers.",
          f"{a} + {b} seeds, {effect:g} sds apart, sds {ratio:g}:1", at_least(0.0),
          _deleting(a, b, effect, ratio), "gain")
    for a, b, effect, ratio in ((3, 5, 2.46, 1), (3, 10, 2.46, 1), (2, 10, 5.0, 1),
                                (2, 10, 10.0, 1), (3, 5, 2.46, 3)))

TABLES = (
    Table("power.detectable", "Power at the printed detectable difference (aim .80), and at that "
          "of the pooled t, which counts a + b - 2 degrees of freedom", ("seeds",), tuple(
              ((f"{a} + {b}",), _printed(a, b)) for a, b in _NUMBERS),
          (("printed", "detectable, sds"), ("tool", "power there"), ("welch", "Welch's"),
           ("fewer", "of the degrees of the fewer"), ("pooled", "pooled t's difference"),
           ("at_pooled", "power there"))),
    Table("power.deleting", "What the runs of one side beyond the other's add to the power",
          ("seeds", "sds apart", "sds"), tuple(
              ((f"{a} + {b}", f"{effect:g}", f"{ratio:g}:1"),
               _deleting(a, b, effect, ratio))
              for a, b, effect in ((2, 5, 5.0), (2, 10, 5.0), (2, 10, 10.0), (3, 5, 2.46),
                                   (3, 10, 2.46), (4, 10, 2.0)) for ratio in (1, 3)),
          (("all", "power with all"), ("deleted", "with equal numbers"), ("gain", "gain"))),
    Table("power.rules", "Power at 2.46 sds (3 seeds) and 5 sds (2 seeds)", ("seeds", "sds"), tuple(
        ((f"{a} + {b}", f"{ratio:.3g}:1"),
         study(at_effect, 20000, a=a, b=b, effect=effect, sd_ratio=ratio))
        for a, b, effect in ((3, 3, 2.46), (3, 5, 2.46), (3, 10, 2.46), (2, 2, 5.0), (2, 5, 5.0),
                             (2, 10, 5.0)) for ratio in (1, 3, 1 / 3)), (
            ("tool", "verdict"), ("mixture", "Cochran's mixture"),
            ("fewer", "degrees of the fewer"), ("welch", "Welch (level not kept)"))),
    Table("power.seeds", "Seeds needed, printed, and the power with as many", ("true difference",),
          tuple(((effect,), study(at_needed, 20000, effect=effect))
                for effect in (.5, .8, 1.0, 1.5, 2.0, 3.0, 5.0)),
          (("seeds", "seeds"), ("tool", "power"), ("one fewer", "with one fewer"))),
)
