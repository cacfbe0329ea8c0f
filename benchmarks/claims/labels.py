"""Planted label faults: how often nets that see nothing pass for judges; what intervals hold."""
from typing import Tuple

import numpy as np

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
from utils.measures.planted import KINDS, faulty_images
from utils.statistics.detection import average_precision, decide, detection

_PLANTINGS = 3


def draw(random: np.random.RandomState, images: int, effect: float,
         scenes: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draws scores of two lists: suspicions that images have anyway, of their scene and their own.

    Args:
      effect: what a planted fault adds, in sds of the images.
      scenes: that images are in; 0 for independent images.

    Returns:
      (scores [lists, kinds, plantings, N], faulty bool [kinds, plantings, N], scene [N]).
    """
    scene = np.arange(images) * max(scenes, 1) // images
    shared = np.sqrt(.5) * random.standard_normal(max(scenes, 1))[scene] if scenes else 0
    own = shared + (np.sqrt(.5) if scenes else 1) * random.standard_normal(images)
    first = random.randint(2 ** 31 - len(KINDS) * _PLANTINGS)
    faulty = np.array([[faulty_images(images, kind, first + place) for place in range(_PLANTINGS)]
                       for kind in range(len(KINDS))])
    both = np.stack([own, .7 * own + .7 * random.standard_normal(images)])
    return np.exp(both[:, np.newaxis, np.newaxis] + effect * faulty), faulty, scene


def judged(trials: int, random: np.random.RandomState, images: int, effect: float,
           scenes: int = 0) -> Outcomes:
    """Measures drawn scores as `labels` does.

    Returns:
      any: some kind of fault is said to be found by some list; all: every kind by the first list.
      covered: the first interval has the true average precision; above: it lies above it.
    """
    truth = _truth(effect)
    any_found, all_found, covered, above = [], [], [], []
    for _ in range(trials):
        scores, faulty, scene = draw(random, images, effect, scenes)
        found = decide([detection(one, made, scene if scenes else None)
                        for of_list in scores for one, made in zip(of_list, faulty)])
        any_found.append(any(one.found() for one in found))
        all_found.append(all(one.found() for one in found[:len(KINDS)]))
        covered.append(found[0].low <= truth <= found[0].high)
        above.append(found[0].low > truth)
    return {"any": share(any_found), "all": share(all_found), "covered": share(covered),
            "above": share(above)}


def _truth(effect: float) -> float:
    """Returns the average precision of very many images."""
    scores, faulty, _ = draw(np.random.RandomState(0), 200000, effect, 0)
    return float(average_precision(scores[0, 0, 0], faulty[0, 0]))


def _rows(effect, trials, settings):
    return tuple(((f"{images} images" + (f", {scenes} scenes" if scenes else ""), f"{effect:g}"),
                  study(judged, trials, images=images, effect=effect, scenes=scenes))
                 for images, scenes in settings)


_NULL = _rows(0.0, 300, ((33, 0), (101, 0), (233, 0), (233, 2), (233, 10)))
_PLANTED = _rows(1.0, 150, ((33, 0), (101, 0), (233, 0), (233, 10))) + _rows(
    2.0, 150, ((33, 0), (233, 0)))

CLAIMS = (
    Claim("labels.few", "Of nets that see nothing of the labels, planted faults are said to be "
          "found.", "33 images, 3 kinds, 2 lists", at_most(.05), _NULL[0][1], "any"),
    Claim("labels.level", "Of nets that see nothing of the labels, planted faults are said to be "
          "found.", "233 images, 3 kinds, 2 lists", at_most(.05), _NULL[2][1], "any"),
    Claim("labels.scenes", "Of nets that see nothing of the labels, planted faults are said to be "
          "found.", "233 images of 2 scenes", at_most(.05), _NULL[3][1], "any"),
    Claim("labels.power", "Faults that raise a score by 1 sd are found, all kinds.", "233 images",
          at_least(.8), _PLANTED[2][1], "all"),
    Claim("labels.interval", "The interval of an average precision has the true one.",
          "233 images, +1 sd", at_least(.95), _PLANTED[2][1], "covered"),
    Claim("labels.interval-few", "The interval of an average precision has the true one.",
          "33 images, +1 sd", SHOWN, _PLANTED[0][1], "covered"),
    Claim("labels.interval-scenes", "The interval of an average precision has the true one.",
          "233 images of 10 scenes, +1 sd", SHOWN, _PLANTED[3][1], "covered"),
)

TABLES = (
    Table("labels.rates", "Planted faults: what is found, and what intervals hold",
          ("images", "fault, sds"), _NULL + _PLANTED,
          (("any", "a kind is found"), ("all", "all kinds by one list"),
           ("covered", "interval has the true AP"), ("above", "interval lies above it"))),
)
