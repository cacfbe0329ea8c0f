"""Simulates confusion matrices of runs whose true scores and variances are known.

Tests of the statistics and `benchmarks/simulations.py` use them. The coverage of an interval and
the errors of a comparison can be counted only where the truth is known.
"""
import dataclasses
from typing import Tuple

import numpy as np

from utils.statistics.miou import miou_d

#: Pixels of an image: enough that rounding is no noise, few enough to count fast.
PIXELS = 20000


@dataclasses.dataclass(frozen=True)
class Nets:
    """A configuration: how well its runs find each class, and what makes them differ.

    The recall of class c in image i by the run of seed s is logistic(skill[c] + seed_s + image_ic +
    luck_sic). The last three are normal. Missed pixels go to the background or, those of the
    background, to some class of the image or not of it. Objects have log-normal areas and rare
    classes occur in few images, so a few images weigh much, as in real test sets.

    Attributes:
      classes: C, the background (0) included.
      seed_sd: of a seed's effect on all logits; image_sd: of an image's effect on a class;
      luck_sd: of a run's luck with a class of an image, which the next seed does not share.
      skill: mean logit.
      rarest: share of the images that the last class occurs in; the first object class: .6.
      shares: of the images that each object class occurs in, C - 1 of them, instead of `rarest`.
    """
    classes: int = 8
    seed_sd: float = .05
    image_sd: float = .8
    luck_sd: float = .4
    skill: float = 1.2
    rarest: float = .1
    shares: Tuple[float, ...] = ()

    @property
    def occurrence(self) -> np.ndarray:
        """Share of the images that each object class occurs in: float64 [C - 1]."""
        return np.array(self.shares or np.linspace(.6, self.rarest, self.classes - 1))


@dataclasses.dataclass(frozen=True)
class Images:
    """The truth of a test set: pixels int64 [N, C], false_class int [N, C] that a class's missed
    pixels go to, difficulty float64 [N, C]."""
    pixels: np.ndarray
    false_class: np.ndarray
    difficulty: np.ndarray


def draw_images(nets: Nets, count: int, random: np.random.RandomState) -> Images:
    """Draws `count` independent `Images`, in which classes occur by `nets.occurrence`."""
    objects = nets.classes - 1
    occurs = random.random_sample((count, objects)) < nets.occurrence
    areas = occurs * random.lognormal(0.0, 1.0, (count, objects))
    background = random.lognormal(1.0, .5, (count, 1))
    areas = np.concatenate([background, areas], axis=1)
    pixels = np.round(PIXELS * areas / areas.sum(1, keepdims=True)).astype(np.int64)
    false_class = np.zeros((count, nets.classes), int)
    false_class[:, 0] = random.randint(1, nets.classes, count)
    return Images(pixels, false_class, random.standard_normal((count, nets.classes)))


def in_scenes(images: Images, length: int, shared: float, random: np.random.RandomState) -> Images:
    """Groups the images into scenes of `length` frames whose difficulties correlate by `shared`
    (0..1)."""
    scenes = random.standard_normal((-(-len(images.pixels) // length),) + images.pixels.shape[1:])
    scene = np.repeat(scenes, length, axis=0)[:len(images.pixels)]
    return dataclasses.replace(images, difficulty=np.sqrt(shared) * scene
                               + np.sqrt(1 - shared) * images.difficulty)


def other_eyes(images: Images, shared: float, random: np.random.RandomState) -> Images:
    """Draws the images as another architecture finds them: difficulties correlate by `shared`
    (0..1)."""
    fresh = random.standard_normal(images.difficulty.shape)
    return dataclasses.replace(
        images, difficulty=shared * images.difficulty + np.sqrt(1 - shared ** 2) * fresh)


def draw_seeds(nets: Nets, count: int, random: np.random.RandomState) -> np.ndarray:
    """Draws the effects of so many seeds, float64 [S]."""
    return nets.seed_sd * random.standard_normal(count)


def run_matrices(nets: Nets, images: Images, seeds: np.ndarray,
                 random: np.random.RandomState) -> np.ndarray:
    """Draws the confusion matrices of runs with the seed effects [S]: int64 [S, N, C, C]."""
    count, classes = images.pixels.shape
    hits = _hits(nets, images, seeds, random)
    matrices = np.zeros((len(seeds), count, classes, classes), np.int64)
    image, row = np.indices((count, classes))
    matrices[:, image, row, images.false_class] = images.pixels - hits
    matrices[:, image, row, row] += hits
    return matrices


def run_parts(nets: Nets, images: Images, seeds: np.ndarray,
              random: np.random.RandomState) -> np.ndarray:
    """Draws `miou_d.parts` of `run_matrices` with the same random state, without the matrices.

    Several times as fast, for simulations of thousands of test sets.
    """
    hits = _hits(nets, images, seeds, random).astype(np.float64)
    missed = images.pixels - hits
    predicted = hits.copy()
    # Objects that are missed are called background; of the background, one class of each image.
    predicted[..., 0] += missed[..., 1:].sum(-1)
    image = np.arange(len(images.pixels))
    predicted[:, image, images.false_class[:, 0]] += missed[..., 0]
    truth = np.broadcast_to(images.pixels.astype(np.float64), hits.shape)
    return np.concatenate([hits, truth, predicted], axis=-1)


def _hits(nets, images, seeds, random):
    """Pixels that the runs find of each class: int64 [S, N, C]."""
    luck = random.standard_normal((len(seeds),) + images.pixels.shape)
    logit = (nets.skill + np.asarray(seeds)[:, np.newaxis, np.newaxis]
             + nets.image_sd * images.difficulty + nets.luck_sd * luck)
    # The background is easy: most of its pixels are far from any object.
    logit[..., 0] += 2.0
    return np.round(images.pixels / (1 + np.exp(-logit))).astype(np.int64)


def true_scores(nets: Nets, seeds: np.ndarray, random: np.random.RandomState,
                images: int = 20000) -> np.ndarray:
    """Computes the scores on (nearly) endless images of runs with the seed effects [S]: float64
    [S].

    All runs see the same images with the same luck, so that only their seeds tell them apart.
    """
    chunks = max(images // 4000, 1)
    state = random.randint(2 ** 31 - 1)
    scores = []
    for seed in np.asarray(seeds):
        same = np.random.RandomState(state)
        scores.append(miou_d.score(sum(
            run_parts(nets, draw_images(nets, images // chunks, same), [seed], same)[0].sum(0)
            for _ in range(chunks))))
    return np.array(scores)


def true_seed_sd(nets: Nets, random: np.random.RandomState, images: int = 4000) -> float:
    """Computes the sd over seeds of scores on endless images, by quadrature over the seeds'
    effect."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    weights = weights / weights.sum()
    scores = true_scores(nets, nets.seed_sd * nodes, random, images)
    return float(np.sqrt(weights @ (scores - weights @ scores) ** 2))
