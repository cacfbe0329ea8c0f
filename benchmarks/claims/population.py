"""The interval for other images of the kind: few clusters, and images or seeds that matter most."""
import dataclasses
from typing import Sequence

import numpy as np

from benchmarks.claims.frame import SHOWN, Claim, Outcomes, Table, at_most, mean, share, study
from utils.statistics import simulated
from utils.statistics.miou import miou_d
from utils.statistics.pair_intervals import population_interval
from utils.statistics.resampling import by_cluster
from utils.statistics.seed_tests import claim, welch

#: Images of a scene, and the correlation of their difficulties.
PER_SCENE, TOGETHER = 20, .7


def other_images(trials: int, random: np.random.RandomState, runs: Sequence[int] = (5, 5),
                 units: int = 500, scenes: bool = False, shared: float = .5, seed_sd: float = .02,
                 shares: Sequence[float] = ()) -> Outcomes:
    """What is said of architectures that are equal over all images, but not on these.

    Args:
      runs: of A and B. units: images, or scenes of them.
      shared: correlation of what the two find hard.
      shares: of the images that each object class occurs in; (): 60 % down to 10 %.
    """
    nets, found = simulated.Nets(seed_sd=seed_sd, shares=shares), []
    length = PER_SCENE if scenes else 1
    clusters = np.repeat(np.arange(units), length) if scenes else None
    for _ in range(trials):
        parts = [by_cluster(simulated.run_parts(
            nets, seen, simulated.draw_seeds(nets, count, random), random), clusters)
            for seen, count in zip(_two_views(nets, units, length, shared, random), runs)]
        fixed = claim(welch(*[miou_d.score(part.sum(-2)) for part in parts]), *runs).interval
        varying = population_interval(*parts, score=miou_d.score)
        given = varying is not None
        found.append((given and not varying.contains(0.0), not fixed.contains(0.0), given,
                      given and varying.half_width < fixed.half_width - 1e-12,
                      200 * varying.half_width if given else np.nan))
    found = np.array(found, float)
    return {"tool": share(found[found[:, 2] > 0, 0]), "these": share(found[:, 1]),
            "given": share(found[:, 2]), "narrower": share(found[:, 3]),
            "width": mean(found[:, 4])}


def _two_views(nets, units, length, shared, random):
    """The same images as two architectures find them: difficulties correlate by `shared`."""
    drawn = simulated.draw_images(nets, units * length, random)
    own = dataclasses.replace(drawn, difficulty=random.standard_normal(drawn.difficulty.shape))
    if length > 1:
        drawn, own = [simulated.in_scenes(images, length, TOGETHER, random)
                      for images in (drawn, own)]
    return drawn, dataclasses.replace(
        drawn, difficulty=shared * drawn.difficulty + np.sqrt(1 - shared ** 2) * own.difficulty)


def _other(trials=1000, **settings):
    return study(other_images, trials, **settings)


_SENTENCE = "\"Other images\": the 95 % interval of the difference excludes a true 0."
_RARE = (.6, .5, .4, .3, .2, .03, .03)
_SCENES = {units: _other(2000 if units < 10 else 1000, units=units, scenes=True)
           for units in (2, 3, 4, 6, 10, 20)}
_IMAGES = (
    ("500 images, seed sd .10 points", _other(seed_sd=.005)),
    ("500 images, seed sd .39 points", _other()),
    ("500 images, seed sd 1.92 points", _other(seed_sd=.1)),
    ("500 images, the two find the same hard", _other(shared=1.0)),
    ("100 images", _other(units=100)),
    ("100 images, two of 8 classes in 3 %", _other(units=100, shares=_RARE)),
    ("30 images, two of 8 classes in 3 %", _other(units=30, shares=_RARE)),
    ("500 images, 3 + 10 runs", _other(runs=(3, 10))),
    ("100 images, 2 + 2 runs", _other(units=100, runs=(2, 2))),
)

CLAIMS = tuple(
    Claim(f"population.{units}-scenes", _SENTENCE,
          f"{units} scenes of {PER_SCENE} images, 5 + 5 runs", at_most(.05), made, "tool")
    for units, made in _SCENES.items() if units in (2, 3, 4, 10)
) + tuple(
    Claim("population." + name, _SENTENCE, words, at_most(.05), dict(_IMAGES)[words], "tool")
    for name, words in (("500-images", "500 images, seed sd .39 points"),
                        ("rare", "100 images, two of 8 classes in 3 %"),
                        ("3+10", "500 images, 3 + 10 runs"))
) + (
    Claim("population.these-images",
          "What the verdict, which is about these images, says of others.",
          "500 images, seed sd .39 points", SHOWN,
          dict(_IMAGES)["500 images, seed sd .39 points"], "these"),
    Claim("population.narrower", "The interval for other images is narrower than that for these.",
          f"2 scenes of {PER_SCENE} images, 5 + 5 runs", at_most(0.0), _SCENES[2],
          "narrower"),
)

_COLUMNS = (("tool", "false claims, other images"), ("these", "false claims, these images"),
            ("given", "interval given"), ("narrower", "narrower than for these"),
            ("width", "mean width, points"))

TABLES = (
    Table("population.scenes", "Equal architectures that find other scenes hard, 5 + 5 runs, "
          f"scenes of {PER_SCENE} images", ("scenes",), tuple(
              ((units,), made) for units, made in _SCENES.items()), _COLUMNS),
    Table("population.images", "Equal architectures that find other images hard, 5 + 5 runs unless "
          "told", ("settings",), tuple(((words,), made) for words, made in _IMAGES), _COLUMNS),
)
