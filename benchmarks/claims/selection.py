"""What picking does: the best of many configurations, the best beside the worst, the best seed."""
import itertools
from typing import Sequence

import numpy as np

from benchmarks.claims import scores
from benchmarks.claims.frame import (
    SHOWN,
    Claim,
    Outcomes,
    Table,
    about,
    at_most,
    mean,
    share,
    study,
)
from benchmarks.claims.many import holm_rejects
from benchmarks.claims.pairs import rule_p
from utils.statistics.shrinkage import expected_of_retraining


def picked_pair(trials: int, random: np.random.RandomState, configurations: int,
                runs: int) -> Outcomes:
    """The best and the worst of equal configurations are named: they are called different.

    `holm`: after the correction for all pairs, as compare prints it.
    """
    drawn = scores.draw(random, trials * configurations, runs).reshape(
        trials, configurations, runs)
    pairs = list(itertools.combinations(range(configurations), 2))
    p = np.stack([rule_p(drawn[:, i], drawn[:, j]) for i, j in pairs], 1)
    means = drawn.mean(2)
    ends = np.sort(np.stack([means.argmax(1), means.argmin(1)], 1), 1)
    number = {pair: index for index, pair in enumerate(pairs)}
    named = np.array([number[tuple(row)] for row in ends.tolist()])
    rows = np.arange(trials)
    return {"uncorrected": share(p[rows, named] < .05),
            "holm": share(holm_rejects(p)[rows, named])}


def best_of(trials: int, random: np.random.RandomState, configurations: int, spread: float,
            runs: Sequence[int] = (5,), shape: str = "normal", outlier: float = 0.0) -> Outcomes:
    """How far the best mean is above its true mean, and what is expected of it, in sds over seeds.

    Args:
      spread: sd of the true means. runs: numbers of runs, in turns.
      shape: of the true means. outlier: by how much one configuration is below.
    """
    plain, shrunken, squares = [], [], []
    runs = np.resize(runs, configurations)
    for _ in range(trials):
        true = scores.draw(random, 1, configurations, spread, shape)[0]
        true[0] -= outlier
        drawn = [middle + random.standard_normal(count) for middle, count in zip(true, runs)]
        means = np.array([values.mean() for values in drawn])
        expected = expected_of_retraining(drawn).expected
        best = means.argmax()
        plain.append(means[best] - true[best])
        shrunken.append(expected[best] - true[best])
        squares.append((((means - true) ** 2).mean(), ((expected - true) ** 2).mean()))
    squares = np.array(squares)
    return {"mean": mean(plain), "expected": mean(shrunken),
            "mean error": mean(squares[:, 0], 3), "expected error": mean(squares[:, 1], 3)}


def _picked(configurations, runs=5):
    return study(picked_pair, 2000, configurations=configurations, runs=runs)


def _best(configurations, spread, trials=500, **settings):
    return study(best_of, trials, configurations=configurations, spread=spread, **settings)


_SETTINGS = (
    ("40 configurations, true sd .5", _best(40, .5)),
    ("40, true sd 0", _best(40, 0.0)), ("40, true sd 2", _best(40, 2.0)),
    ("8, true sd .5", _best(8, .5)), ("4, true sd .5", _best(4, .5)),
    ("8, true sd .5, one collapsed by 30", _best(8, .5, outlier=30.0)),
    ("8, true sd 1, skewed upwards", _best(8, 1.0, shape="lognormal")),
    ("40, true sd 1, skewed upwards", _best(40, 1.0, shape="lognormal")),
    ("40, true sd .5, 1, 2, 3, 5 or 10 seeds", _best(40, .5, runs=(1, 2, 3, 5, 10))),
    ("8, true sd .5, 2 seeds", _best(8, .5, runs=(2,))),
)
_BY_WORDS = dict(_SETTINGS)

CLAIMS = (
    Claim("selection.pair-20", "The best and the worst of 20 equal configurations, compared as if "
          "they had been named beforehand.", "5 seeds each", SHOWN, _picked(20), "uncorrected"),
    Claim("selection.pair-20-corrected", "The best and the worst of 20 equal configurations, after "
          "the correction for all pairs that compare prints.", "5 seeds each, 190 pairs",
          at_most(.05), _picked(20), "holm"),
    Claim("selection.best-40", "What the best mean of 40 exceeds its true mean by, in sds over "
          "seeds.", "true means of sd .5, 5 seeds", SHOWN, _SETTINGS[0][1], "mean"),
    Claim("selection.expected-40", "What \"expected of a retraining\" exceeds it by.",
          "true means of sd .5, 5 seeds", about(0.0, .05), _SETTINGS[0][1], "expected"),
    Claim("selection.expected-4", "What \"expected of a retraining\" exceeds it by.",
          "4 configurations, true means of sd .5, 5 seeds", about(0.0, .05),
          _BY_WORDS["4, true sd .5"], "expected"),
    Claim("selection.expected-outlier", "What \"expected of a retraining\" exceeds it by.",
          "8 configurations, one collapsed, true sd .5", about(0.0, .05),
          _BY_WORDS["8, true sd .5, one collapsed by 30"], "expected"),
)

TABLES = (
    Table("selection.pairs", "The best and the worst of equal configurations are called different "
          "(aim .05)", ("configurations", "seeds"), tuple(
              ((count, runs), _picked(count, runs))
              for count, runs in ((4, 5), (8, 5), (20, 5), (20, 3))),
          (("uncorrected", "as if named beforehand"), ("holm", "corrected for all pairs"))),
    Table("selection.best", "The best mean less its true mean, in sds over seeds; squared errors "
          "of all", ("configurations",), tuple(((words,), made) for words, made in _SETTINGS),
          (("mean", "mean"), ("expected", "expected of a retraining"),
           ("mean error", "squared error of means"), ("expected error", "of expected ones"))),
)
