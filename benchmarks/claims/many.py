"""Several configurations at once: Holm, max-T, ranks, per-class tables."""
import itertools
from typing import Mapping, Optional, Sequence, Tuple

import numpy as np

from benchmarks.claims import scores
from benchmarks.claims.frame import Claim, Outcomes, Table, at_most, mean, share, study
from benchmarks.claims.pairs import rule_p
from utils.report.verdicts import Outcome, Rules, judge
from utils.statistics import simulated
from utils.statistics.looks import OBRIEN_FLEMING, Looks
from utils.statistics.many import max_t, max_t_over_images
from utils.statistics.verdicts import BETTER

#: The sd over seeds of made-up scores, one point.
SD = .01


def holm_rejects(p: np.ndarray, level: float = .05) -> np.ndarray:
    """Which of p-values [trials, pairs] Holm's correction leaves below the level; own code."""
    order = np.argsort(p, 1)
    ranked = np.take_along_axis(p, order, 1)
    kept = np.cumprod(ranked < level / np.arange(p.shape[1], 0, -1), 1).astype(bool)
    return np.take_along_axis(kept, np.argsort(order, 1), 1)


def pair_p(drawn: Sequence[np.ndarray]) -> np.ndarray:
    """p of all pairs of configurations, [trials, pairs]; drawn: arrays [trials, runs]."""
    return np.stack([rule_p(a, b) for a, b in itertools.combinations(drawn, 2)], 1)


def all_pairs(trials: int, random: np.random.RandomState, runs: Sequence[int],
              sds: Sequence[float] = ()) -> Outcomes:
    """Any false claim among all pairs of equal configurations."""
    drawn = [scores.draw(random, trials, count, sd)
             for count, sd in zip(runs, sds or (1.0,) * len(runs))]
    p = pair_p(drawn)
    corrected = [max_t([values[row] for values in drawn], 2000, random).p_adjusted.min()
                 for row in range(trials)]
    return {"uncorrected": share((p < .05).any(1)), "holm": share(holm_rejects(p).any(1)),
            "max-T": share(np.array(corrected) < .05)}


def families(trials: int, random: np.random.RandomState, means: Sequence[float],
             seeds: Sequence[int] = (5,), margin: float = 3.0,
             spending: str = OBRIEN_FLEMING) -> Outcomes:
    """What compare and sweeps say of all pairs together: any false "better" or "equivalent".

    Args:
      means: true ones of the configurations, in sds over seeds.
      seeds: of each; several are planned looks.
      margin: differences of that and more, in sds, are not equivalent.
    """
    pairs = list(itertools.combinations(range(len(means)), 2))
    rules = Rules(margin * SD, .95, Looks(seeds, spending) if len(seeds) > 1 else None)
    drawn = np.stack([scores.draw(random, trials, seeds[-1], shift=middle) for middle in means], 1)
    found, counts = [], []
    for row in drawn:
        judged = judge([outcomes(values) for values in row], pairs, rules)
        said = [(one.verdict.word, means[i] - means[j]) for one, (i, j) in zip(judged, pairs)]
        found.append((any(_is_false_better(*one) for one in said),
                      any(word == "equivalent" and abs(apart) >= margin for word, apart in said),
                      any(word in BETTER for word, _ in said),
                      any(word == "equivalent" for word, _ in said)))
        counts.append(max(seeds[-1] if one.look is None or not one.verdict.decided
                          else seeds[one.look] for one in judged))
    found = np.array(found)
    return {"better": share(found[:, 0]), "equivalent": share(found[:, 1]),
            "any better": share(found[:, 2]), "any equivalent": share(found[:, 3]),
            "seeds": mean(counts)}


def outcomes(values: Sequence[float],
             trouble: Optional[Mapping[int, str]] = None) -> Tuple[Outcome, ...]:
    """Runs for `evidence.judge`; scores in sds around 60 %, the sd being one point.

    Args:
      trouble: {index of a run: what the report says of it}; lost runs score 0.
    """
    trouble = trouble or {}
    return tuple(Outcome((index,), str(index), 0.0 if trouble.get(index, "").startswith("lost")
                         else float(.6 + SD * value), trouble.get(index, ""))
                 for index, value in enumerate(values))


def _is_false_better(word, apart):
    """Whether a verdict calls the wrong one better, or one of two that are equal."""
    return word in BETTER and (apart == 0 or (word == BETTER[0]) != (apart > 0))


def all_pairs_on_images(trials: int, random: np.random.RandomState,
                        runs: Sequence[int] = (5, 5, 5, 5), images: int = 200,
                        per_scene: int = 1) -> Outcomes:
    """The same where images vary, too: architectures that are equal over all images."""
    nets, found = simulated.Nets(seed_sd=.02), []
    clusters = np.arange(images) // per_scene if per_scene > 1 else None
    for _ in range(trials):
        drawn = simulated.draw_images(nets, images, random)
        made = []
        for count in runs:
            seen = simulated.other_eyes(drawn, .7, random)
            if per_scene > 1:
                seen = simulated.in_scenes(seen, per_scene, .7, random)
            made.append(simulated.run_matrices(
                nets, seen, simulated.draw_seeds(nets, count, random), random))
        tests = max_t_over_images(made, 2000, random, clusters)
        found.append((tests.p.min() < .05, tests.p_adjusted.min() < .05))
    found = np.array(found)
    return {"uncorrected": share(found[:, 0]), "max-T": share(found[:, 1])}


def _pairs(runs, sds=()):
    return study(all_pairs, 2000, runs=runs, sds=sds)


def _family(means, seeds=(5,), margin=.5):
    return study(families, 1000, means=means, seeds=seeds, margin=margin)


_EQUAL, _TWO_GROUPS = (0.0,) * 4, (0.0, 0.0, 3.0, 3.0)
#: Of `_TWO_GROUPS`: what lies between the groups is not equivalent. With the smaller margin next to
#: nothing is, so that no early verdict of equivalence saves a pair from a false one.
_APART = 3.0


def _on_images(**settings):
    return study(all_pairs_on_images, 600, **settings)


_FAMILIES = (
    ((5, 5, 5, 5), (), "equal"), ((5, 5, 5, 5), (1, 1, 1, 3), "1:1:1:3"),
    ((5, 5, 5, 5), (1, 1, 1, 10), "1:1:1:10"), ((2, 10, 10), (), "equal"),
    ((2, 10, 10), (3, 1, 1), "3:1:1"), ((2, 10, 10), (1, 3, 3), "1:3:3"),
    ((3, 10, 10), (), "equal"), ((3, 10, 10), (3, 1, 1), "3:1:1"),
    ((3, 10, 10), (10, 1, 1), "10:1:1"), ((3, 10, 10), (1, 10, 10), "1:10:10"),
    ((3, 3, 10, 10), (), "equal"), ((3, 3, 10, 10), (10, 10, 1, 1), "10:10:1:1"),
)


def _words(runs, sds):
    return "{} seeds, sds {}".format(" + ".join(map(str, runs)), sds)


CLAIMS = (
    Claim("many.better", "Any of all pairs is falsely called better.",
          "4 equal configurations, 5 seeds, margin of .5 sds", at_most(.05), _family(_EQUAL),
          "better"),
    Claim("many.better-groups", "Any of all pairs is falsely called better.",
          "two groups of two 3 sds apart, 5 seeds, margin of .5 sds", at_most(.05),
          _family(_TWO_GROUPS), "better"),
    Claim("many.equivalent", "Any of all pairs is falsely called equivalent.",
          "4 configurations, two groups a margin of 3 sds apart, 5 seeds", at_most(.05),
          _family(_TWO_GROUPS, margin=_APART), "equivalent"),
    Claim("many.looks", "Any of all pairs is falsely called better, at any planned look.",
          "4 equal configurations, looks at 5, 10, margin of .5 sds", at_most(.05),
          _family(_EQUAL, (5, 10)), "better"),
    Claim("many.looks-groups", "Any of all pairs is falsely called better, at any planned look.",
          "two groups of two 3 sds apart, looks at 5, 10, margin of .5 sds", at_most(.05),
          _family(_TWO_GROUPS, (5, 10)), "better"),
    Claim("many.looks-equivalent", "Any of all pairs is falsely called equivalent, at any planned "
          "look.", "two groups a margin of 3 sds apart, looks at 5, 10", at_most(.05),
          _family(_TWO_GROUPS, (5, 10), _APART), "equivalent"),
) + tuple(
    Claim("many.max-t-" + name, "Any false claim among all pairs of equal configurations, after "
          "max-T.", _words(runs, words), at_most(.05), _pairs(runs, sds), "max-T")
    for (runs, sds, words), name in ((_FAMILIES[0], "equal"), (_FAMILIES[4], "2+10+10"),
                                     (_FAMILIES[11], "3+3+10+10"))
) + (
    Claim("many.max-t-images", "Any false claim among all pairs, seeds and images vary, after "
          "max-T.", "4 architectures, 5 runs each, 200 images", at_most(.05), _on_images(),
          "max-T"),
    Claim("many.max-t-scenes", "Any false claim among all pairs, seeds and images vary, after "
          "max-T.", "4 architectures, 5 runs each, 20 scenes of 20", at_most(.05),
          _on_images(images=400, per_scene=20), "max-T"),
)

TABLES = (
    Table("many.pairs", "Any false claim among all pairs of equal configurations (aim .05)",
          ("seeds", "sds"), tuple(((" + ".join(map(str, runs)), words), _pairs(runs, sds))
                                  for runs, sds, words in _FAMILIES),
          (("uncorrected", "uncorrected"), ("holm", "Holm"), ("max-T", "max-T"))),
    Table("many.images", "The same where seeds and images vary, architectures equal over all "
          "images", ("settings",), (
              (("5 + 5 + 5 + 5 runs, 200 images",), _on_images()),
              (("3 + 10 + 10 runs, 200 images",), _on_images(runs=(3, 10, 10))),
              (("2 + 10 + 10 runs, 200 images",), _on_images(runs=(2, 10, 10))),
              (("5 + 5 + 5 + 5 runs, 20 scenes of 20",), _on_images(images=400, per_scene=20)),
              (("5 + 5 + 5 + 5 runs, 50 scenes of 20",), _on_images(images=1000, per_scene=20))),
          (("uncorrected", "uncorrected"), ("max-T", "max-T"))),
    Table("many.families", "Verdicts of 4 configurations: any false one among 6 pairs (aim .05)",
          ("true means, sds", "margin, sds", "seeds"), tuple(
              ((", ".join(f"{value:g}" for value in means), f"{margin:g}",
                ", ".join(map(str, seeds))), _family(means, seeds, margin))
              for means, margin in ((_EQUAL, .5), (_TWO_GROUPS, .5), (_TWO_GROUPS, _APART))
              for seeds in ((5,), (5, 10))),
          (("better", "falsely better"), ("equivalent", "falsely equivalent"),
           ("any better", "any better"), ("any equivalent", "any equivalent"),
           ("seeds", "mean seeds"))),
)
