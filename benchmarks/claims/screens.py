"""Screens: how often effects of choices are claimed falsely, and their intervals cover."""
import itertools

import numpy as np

from benchmarks.claims import scores
from benchmarks.claims.frame import (
    SHOWN,
    Claim,
    Outcomes,
    Table,
    about,
    at_least,
    at_most,
    share,
    study,
)
from utils.statistics.screen import against_base, design, detectable_effect, main_effects

#: Sds of a run: what a seed does to every setting, and to each setting of a choice.
_SEED, _LUCK = .5, .25


def screened(trials: int, random: np.random.RandomState, effects: tuple = (), shape: str = "normal",
             interactions: int = 0, scatter: float = 1.0, missing: int = 0, seeds: int = 1,
             choices: int = 11) -> Outcomes:
    """Screens where some choices do nothing; sds of a run are 1.

    Args:
      effects: true effects of the first choices; 0 for the others.
      interactions: pairs of choices, drawn anew each time, of which one gives 1 sd more or less
        where the other has setting B.
      scatter: sd of runs with setting B of the last choice.
      missing: runs that are lost by chance.
    """
    plan = np.tile(design(choices), (seeds, 1))
    truth = np.append(effects, np.zeros(choices - len(effects)))
    sds = np.where(plan[:, -1] == 1, scatter, 1.0)
    pairs = list(itertools.combinations(range(choices), 2))
    noise = scores.draw(random, trials, len(plan), shape=shape) * sds + plan @ truth
    found, covered, beyond = [], [], []
    for row in noise:
        signs = 2 * plan - 1
        for index in random.permutation(len(pairs))[:interactions]:
            i, j = pairs[index]
            row = row + .25 * random.choice([-1, 1]) * signs[:, i] * signs[:, j]
        kept = np.sort(random.permutation(len(plan))[missing:])
        fit = main_effects(plan[kept], row[kept]).effects
        none = fit[len(effects):]
        found.append((any(one.p_adjusted < .05 for one in none), any(one.p < .05 for one in none),
                      bool(effects) and fit[0].p < .05))
        covered += [one.interval.contains(true) for one, true in zip(fit, truth)]
        beyond += [one.verdict() == "not shown" and abs(true) > one.bound
                   for one, true in zip(fit, effects)]
    any_false, uncorrected, shown = map(share, zip(*found))
    measured = {"any": any_false, "uncorrected": uncorrected, "covers": share(covered)}
    return dict(measured, beyond=share(beyond), shown=shown) if effects else measured


def seeded(trials: int, random: np.random.RandomState, scheme: str, choices: int = 11) -> Outcomes:
    """Coverage where a seed is good for all runs, and for single settings.

    Args:
      scheme: "own", a seed for each run; "pairs", one for a run and its mirror; "one" for all.
    """
    plan, covered, claimed = design(choices), [], []
    numbers = {"own": np.arange(len(plan)), "pairs": np.arange(len(plan)) // 2,
               "one": np.zeros(len(plan), int)}[scheme]
    for row in random.standard_normal((trials, len(plan))):
        luck = _LUCK * random.standard_normal((len(plan), choices, 2))
        row = row + _SEED * random.standard_normal(len(plan))[numbers]
        row = row + luck[numbers[:, np.newaxis], np.arange(choices), plan].sum(1)
        fit = main_effects(plan, row).effects
        covered += [one.interval.contains(0.0) for one in fit]
        claimed.append(any(one.p_adjusted < .05 for one in fit))
    return {"covers": share(covered), "any": share(claimed)}


def variants(trials: int, random: np.random.RandomState, variants_: int, runs: int,
             scatter: float = 1.0) -> Outcomes:
    """Variants that are equal to their base: any is said to help or to hurt."""
    base = scores.draw(random, trials, runs, sd=scatter)
    others = [scores.draw(random, trials, runs) for _ in range(variants_)]
    return {"any": share([any(one.p_adjusted < .05 for one in against_base(
        base[trial], [own[trial] for own in others]).effects) for trial in range(trials)])}


def _screened(trials=4000, **settings):
    return study(screened, trials, **settings)


_SETTINGS = (
    ("nothing there", _screened()),
    ("two true effects of 2 and -2 sds", _screened(effects=(2.0, -2.0))),
    ("two true effects of 1 and -1 sd", _screened(effects=(1.0, -1.0))),
    ("6 interactions of 1 sd", _screened(interactions=6)),
    ("lognormal scores", _screened(shape="lognormal")),
    ("heavy tails", _screened(shape="heavy")),
    ("one run of ten 3.3 sds low", _screened(shape="two levels")),
    ("sd of 3 with B of one choice", _screened(scatter=3.0)),
    ("3 of 24 runs missing", _screened(missing=3)),
    ("3 missing, 6 interactions", _screened(missing=3, interactions=6)),
    ("seeds: 2 (48 runs)", _screened(seeds=2)),
    ("seeds: 2, 6 interactions", _screened(seeds=2, interactions=6)),
    ("seeds: 2, 6 missing, 6 interactions", _screened(seeds=2, interactions=6, missing=6)),
    ("7 choices, 16 runs", _screened(choices=7)),
)
_BY_WORDS = dict(_SETTINGS)
_SCHEMES = (("own", "one of its own for each run"), ("pairs", "one for a run and its mirror"),
            ("one", "one for all runs"))

CLAIMS = tuple(
    Claim("screens.any-" + name, "A screen of choices that do nothing: one is said to help or to "
          "hurt.", f"11 choices, {words}", at_most(.05), _BY_WORDS[words], "any")
    for name, words in (
        ("none", "nothing there"), ("interactions", "6 interactions of 1 sd"),
        ("lognormal", "lognormal scores"), ("low", "one run of ten 3.3 sds low"),
        ("scatter", "sd of 3 with B of one choice"), ("missing", "3 of 24 runs missing"),
        ("replicates", "seeds: 2 (48 runs)"))
) + tuple(
    Claim("screens.covers-" + name, "The 95 % interval of a choice's effect holds it.",
          f"11 choices, {words}", at_least(.95), _BY_WORDS[words], "covers")
    for name, words in (
        ("effects", "two true effects of 2 and -2 sds"), ("interactions", "6 interactions of 1 sd"),
        ("lognormal", "lognormal scores"), ("missing", "3 of 24 runs missing"),
        ("missing-interactions", "3 missing, 6 interactions"),
        ("replicates-interactions", "seeds: 2, 6 interactions"))
) + (
    Claim("screens.bound", "An effect is said to be \"no larger than\" something, and is.",
          "11 choices, two true effects of 1 and -1 sd", at_most(.05),
          _BY_WORDS["two true effects of 1 and -1 sd"], "beyond"),
    Claim("screens.detects", "The effect that a screen's plan prints is found.",
          "11 choices, 24 runs", about(.8),
          _screened(effects=(round(detectable_effect(24, 12), 3),)), "shown"),
) + tuple(
    Claim("screens.seeds-" + name, "The 95 % interval of a choice's effect holds it, where seeds "
          "are good for single settings.", f"11 choices, 24 runs, {words}",
          at_least(.95) if name == "own" else SHOWN, study(seeded, 2000, scheme=name), "covers")
    for name, words in (_SCHEMES[0], _SCHEMES[2])
) + (
    Claim("screens.variants-6", "Variants equal to their base: one is said to help or to hurt.",
          "6 variants, 5 seeds each", at_most(.05), study(variants, 2000, variants_=6, runs=5),
          "any"),
)

TABLES = (
    Table("screens.levels", "Screens of 11 choices: false claims (aim .05) and coverage (aim .95)",
          ("settings",), tuple(((words,), made) for words, made in _SETTINGS),
          (("any", "any false claim"), ("uncorrected", "any p < .05, uncorrected"),
           ("covers", "interval covers"), ("beyond", "true effect larger than said"))),
    Table("screens.seeds", "What seeds do to a screen where nothing is there",
          ("seeds",), tuple(((words,), study(seeded, 2000, scheme=name))
                            for name, words in _SCHEMES),
          (("covers", "interval covers"), ("any", "any false claim"))),
    Table("screens.variants", "Variants equal to their base: any false claim (aim .05)",
          ("variants", "seeds", "sd of the base"), tuple(
              ((count, runs, f"{scatter:g}"), study(variants, 2000, variants_=count, runs=runs,
                                                    scatter=scatter))
              for count, runs, scatter in ((6, 3, 1.0), (6, 5, 1.0), (6, 5, 3.0), (12, 3, 1.0))),
          (("any", "any false claim"),)),
)
