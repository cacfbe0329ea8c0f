"""Several configurations at once: Holm, max-T, ranks, per-class tables."""
import itertools

import numpy as np

from benchmarks.claims import scores
from benchmarks.claims.frame import SHOWN, Claim, Table, at_most, share, study
from benchmarks.claims.pairs import rule_p
from utils.statistics import simulated
from utils.statistics.many import max_t, max_t_over_images
from utils.statistics.verdicts import BETTER, judge_family, over_seeds


def holm_rejects(p, level=.05):
    """Which of p-values [trials, pairs] Holm's correction leaves below the level; own code."""
    order = np.argsort(p, 1)
    ranked = np.take_along_axis(p, order, 1)
    kept = np.cumprod(ranked < level / np.arange(p.shape[1], 0, -1), 1).astype(bool)
    return np.take_along_axis(kept, np.argsort(order, 1), 1)


def pair_p(drawn):
    """p of all pairs of configurations, [trials, pairs]; drawn: arrays [trials, runs]."""
    return np.stack([rule_p(a, b) for a, b in itertools.combinations(drawn, 2)], 1)


def all_pairs(trials, random, runs, sds=()):
    """Any false claim among all pairs of equal configurations."""
    drawn = [scores.draw(random, trials, count, sd)
             for count, sd in zip(runs, sds or (1.0,) * len(runs))]
    p = pair_p(drawn)
    corrected = [max_t([values[row] for values in drawn], 2000, random).p_adjusted.min()
                 for row in range(trials)]
    return {"uncorrected": share((p < .05).any(1)), "holm": share(holm_rejects(p).any(1)),
            "max-T": share(np.array(corrected) < .05)}


def families(trials, random, means, runs=5, margin=2.5, sds=()):
    """What is said of all pairs together: any false "better", any false "equivalent".

    Args:
      means: true ones of the configurations, in sds.
      margin: differences of that and more are not equivalent.
    """
    sds = sds or (1.0,) * len(means)
    drawn = np.stack([scores.draw(random, trials, runs, sd, shift=mean_)
                      for mean_, sd in zip(means, sds)], 1)
    pairs = list(itertools.combinations(range(len(means)), 2))
    apart = np.array([means[i] - means[j] for i, j in pairs])
    found = []
    for row in drawn:
        said = [verdict.word for verdict in judge_family(
            [over_seeds(row[i], row[j], margin) for i, j in pairs], .05)]
        found.append((
            any(word in BETTER and (true == 0 or (word == "A better") != (true > 0))
                for word, true in zip(said, apart)),
            any(word == "equivalent" and abs(true) >= margin for word, true in zip(said, apart)),
            any(word in BETTER for word in said), any(word == "equivalent" for word in said)))
    found = np.array(found)
    p = pair_p([drawn[:, index] for index in range(len(means))])
    return {"better": share(found[:, 0]), "equivalent": share(found[:, 1]),
            "any better": share(found[:, 2]), "any equivalent": share(found[:, 3]),
            "own holm": share(holm_rejects(p)[:, apart == 0].any(1))}


def all_pairs_on_images(trials, random, configurations=4, runs=5, images=200, scenes=0):
    """The same where images vary, too: architectures that are equal over all images."""
    nets, found = simulated.Nets(seed_sd=.02), []
    for _ in range(trials):
        drawn = simulated.draw_images(nets, images, random)
        made = [simulated.run_matrices(nets, simulated.other_eyes(drawn, .7, random),
                                       simulated.draw_seeds(nets, runs, random), random)
                for _ in range(configurations)]
        tests = max_t_over_images(made, 2000, random)
        found.append((tests.p.min() < .05, tests.p_adjusted.min() < .05))
    found = np.array(found)
    return {"uncorrected": share(found[:, 0]), "max-T": share(found[:, 1])}


def _pairs(runs, sds=()):
    return study(all_pairs, 2000, runs=runs, sds=sds)


def _family(means, margin, runs=5):
    return study(families, 1000, means=means, margin=margin, runs=runs)


_EQUAL, _AT_MARGIN = _family((0.0,) * 4, 3.0), _family((0.0, 0.0, 3.0, 3.0), 3.0)

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
    Claim("many.better", "Any of all pairs is falsely called better, after Holm's correction.",
          "4 equal configurations, 5 seeds", at_most(.05), _EQUAL, "better"),
    Claim("many.equivalent", "Any of all pairs is falsely called equivalent, after Holm's "
          "correction.", "4 configurations, 4 of 6 pairs differ by the margin of 3 sds, 5 seeds",
          at_most(.05), _AT_MARGIN, "equivalent"),
    Claim("many.better-mixed", "Any of all pairs is falsely called better, after Holm's correction.",
          "4 configurations, two pairs are equal, 5 seeds", at_most(.05), _AT_MARGIN, "better"),
) + tuple(
    Claim("many.{}-{}".format(method.lower(), number), "Any false claim among all pairs of equal "
          "configurations, after {}.".format({"holm": "Holm's correction"}.get(method, method)),
          _words(runs, words), at_most(.05), _pairs(runs, sds), method)
    for number, (runs, sds, words) in enumerate(_FAMILIES) if number in (0, 2, 5, 7, 11)
    for method in ("holm", "max-T")
) + (
    Claim("many.max-t-images", "Any false claim among all pairs, seeds and images vary, after "
          "max-T.", "4 architectures, 5 runs each, 200 images", at_most(.05),
          study(all_pairs_on_images, 400), "max-T"),
)

TABLES = (
    Table("many.pairs", "Any false claim among all pairs of equal configurations (aim .05)",
          ("seeds", "sds"), tuple(((" + ".join(map(str, runs)), words), _pairs(runs, sds))
                                  for runs, sds, words in _FAMILIES),
          (("uncorrected", "uncorrected"), ("holm", "Holm"), ("max-T", "max-T"))),
)
