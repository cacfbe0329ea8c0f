"""Tables of classes: which are claimed to differ between the best configuration and the others."""
from typing import Sequence

import numpy as np

from benchmarks.claims import scores
from benchmarks.claims.frame import SHOWN, Claim, Outcomes, Table, at_most, mean, share, study
from utils.measures.confusion import class_iou
from utils.statistics.classes import differences_from_first

#: IoUs over seeds: their centre and sd.
CENTRE, SD = .6, .01
_PIXELS = 10 ** 6


def matrices(iou: np.ndarray) -> np.ndarray:
    """Confusion matrices [S, 1, C, C] of runs whose classes have these IoUs [S, C]."""
    seeds, classes = iou.shape
    made = np.zeros((seeds, 1, classes, classes), np.int64)
    # Missed pixels are called background, which is large: its own IoU hardly moves.
    hits = np.round(_PIXELS * iou).astype(np.int64)
    index = np.arange(classes)
    made[:, 0, index, 0] = _PIXELS - hits
    made[:, 0, index, index] = hits
    made[:, 0, 0, 0] = 100 * _PIXELS * classes
    return made


def claimed(trials: int, random: np.random.RandomState, runs: Sequence[int],
            classes: int = 11, differing: int = 0, shape: str = "normal",
            sds: Sequence[float] = ()) -> Outcomes:
    """Claims on classes of the configuration of the best mean against each of the others.

    Args:
      runs: of each configuration. sds: of each, relative.
      differing: the last configuration is truly worse by 4 sds in so many classes.

    Returns:
      any: a class is claimed falsely; false: share of the claims that are false, 0 without claims;
      within: any, by Welch's p corrected within each pair.
    """
    found = []
    for _ in range(trials):
        iou = [scores.draw(random, count, classes, sd, shape)
               for count, sd in zip(runs, sds or (1.0,) * len(runs))]
        iou[-1][:, classes - differing:] -= 4.0
        made = [matrices(CENTRE + SD * values) for values in iou]
        order = sorted(range(len(made)), key=lambda i: -class_iou(made[i].sum(1)).mean())
        rows = differences_from_first([made[i] for i in order])
        last = len(made) - 1
        wrong, right = 0, 0
        for other, pair in zip(order[1:], rows):
            for row in pair:
                if row.p_adjusted < .05:
                    # The background, 0, has the pixels that those classes miss.
                    true = last in (order[0], other) and differing and (
                        row.index == 0 or row.index >= classes - differing)
                    wrong, right = wrong + (not true), right + true
        within = any(_benjamini_hochberg(scores.welch(
            iou[order[0]].T[1:], iou[other].T[1:])).min() < .05 for other in order[1:])
        found.append((wrong > 0, wrong / max(wrong + right, 1), within, right > 0))
    found = np.array(found, float)
    return {"any": share(found[:, 0]), "false": mean(found[:, 1], 3), "within": share(found[:, 2]),
            "right": share(found[:, 3])}


def _benjamini_hochberg(p):
    """Corrected p-values [n]; own code."""
    order = np.argsort(p)
    steps = p[order] * len(p) / np.arange(1, len(p) + 1)
    return np.minimum.accumulate(steps[::-1])[::-1][np.argsort(order)]


def _claimed(runs, trials=400, **settings):
    return study(claimed, trials, runs=runs, **settings)


_SETTINGS = (
    ("5 + 5 seeds", _claimed((5, 5), 1000)),
    ("8 configurations, 5 seeds", _claimed((5,) * 8)),
    ("3 + 10 seeds", _claimed((3, 10), 1000)), ("2 + 10 seeds", _claimed((2, 10), 1000)),
    ("2 + 10 seeds, sds 3:1", _claimed((2, 10), 1000, sds=(3.0, 1.0))),
    ("5 + 5 seeds, lognormal IoUs", _claimed((5, 5), 1000, shape="lognormal")),
    ("4 configurations, one is worse in 3 of 11 classes", _claimed((5,) * 4, differing=3)),
)

CLAIMS = (
    Claim("classes.pair", "Of two equal configurations, any class is claimed to differ.",
          "11 classes, 5 + 5 seeds", at_most(.05), _SETTINGS[0][1], "any"),
    Claim("classes.best-of-8", "Of 8 equal configurations, any class is claimed to differ between "
          "the best and another.", "11 classes, 5 seeds each", at_most(.05), _SETTINGS[1][1],
          "any"),
    Claim("classes.best-of-8-within", "Of 8 equal configurations, any class is claimed by Welch's "
          "p, corrected within each pair.", "11 classes, 5 seeds each", SHOWN, _SETTINGS[1][1],
          "within"),
    Claim("classes.2+10", "Of two equal configurations, any class is claimed to differ.",
          "11 classes, 2 + 10 seeds", at_most(.05), _SETTINGS[3][1], "any"),
    Claim("classes.false", "The share of the claims on classes that is false.",
          "4 configurations, one is worse in 3 of 11 classes", at_most(.05), _SETTINGS[6][1],
          "false"),
)

TABLES = (
    Table("classes.claims", "Per-class tables of 11 classes; nothing differs unless told",
          ("settings",), tuple(((words,), made) for words, made in _SETTINGS),
          (("any", "any false claim"), ("false", "share of the claims that is false"),
           ("within", "any claim by Welch, corrected within pairs"))),
)
