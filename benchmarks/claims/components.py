"""Where the spread comes from: components of the variance, and checkpoints of a run."""
import functools

import numpy as np

from benchmarks.claims.frame import (
    SHOWN,
    Claim,
    Exact,
    Mean,
    Outcomes,
    Table,
    about,
    at_least,
    at_most,
    mean,
    share,
    study,
)
from utils.statistics import simulated
from utils.statistics.checkpoints import freeze_point
from utils.statistics.components import checkpoint_components, pooled_lag1, variance_components

#: Of the logits: seed spread much below, about, and much above a run's luck on 500 images.
SEED_SDS = (.005, .02, .1)


@functools.lru_cache(maxsize=None)
def true_seed_sd(nets: simulated.Nets) -> float:
    return simulated.true_seed_sd(nets, np.random.RandomState(8), 20000)


def variances(trials: int, random: np.random.RandomState, seed_sd: float, runs: int) -> Outcomes:
    """Components of runs on 200 images, in points: root mean squares, what the interval holds."""
    nets = simulated.Nets(seed_sd=seed_sd)
    truth, found, raw, caught = true_seed_sd(nets), [], [], []
    for _ in range(trials):
        images = simulated.draw_images(nets, 200, random)
        made = simulated.run_matrices(
            nets, images, simulated.draw_seeds(nets, runs, random), random)
        parts = variance_components(made, splits=20, seed=random)
        found.append((parts.naive_sd, parts.seed_sd, parts.split_half_seed_sd,
                      parts.interaction_sd, parts.image_sd))
        raw.append([parts.variances[name] for name in ("seed", "split_half")])
        caught.append(parts.seed_interval is not None and parts.seed_interval.contains(truth))
    found, raw = np.array(found), np.array(raw)
    names = ("naive", "anova", "halves", "interaction", "image")
    result = {name: _root(column ** 2) for name, column in zip(names, found.T)}
    result.update(truth=Exact(100 * truth), interval=share(caught),
                  anova_raw=_root(raw[:, 0]), halves_raw=_root(raw[:, 1]))
    return result


def _root(squares):
    """Root of a mean in points; its error by the delta method."""
    middle = max(float(squares.mean()), 1e-12)
    error = squares.std(ddof=1) / np.sqrt(len(squares)) / (2 * np.sqrt(middle))
    return Mean(100 * np.sqrt(middle), 100 * float(error), len(squares), 3)


def checkpoints(trials: int, random: np.random.RandomState, count: int, correlation: float = 0.0,
                runs: int = 5) -> Outcomes:
    """Checkpoints of sd 1 on a trend, each correlated with the one before (AR(1))."""
    sds, lags, noticed = [], [], []
    for _ in range(trials):
        noise = random.standard_normal((runs, count))
        for index in range(1, count):
            noise[:, index] = (correlation * noise[:, index - 1]
                               + np.sqrt(1 - correlation ** 2) * noise[:, index])
        found = checkpoint_components(noise + np.arange(count))
        sds.append(found.within_sd ** 2)
        lags.append(found.lag1)
        noticed.append(pooled_lag1([found]).hangs_together)
    sds = np.array(sds)
    middle = float(np.sqrt(sds.mean()))
    return {"sd": Mean(middle, float(sds.std(ddof=1) / np.sqrt(trials) / (2 * middle)), trials),
            "lag1": mean(lags), "expected": Exact(-2 / count), "noticed": share(noticed)}


def picking(trials: int, random: np.random.RandomState, count: int) -> Outcomes:
    """What picking the best of `count` checkpoints of pure noise promises and keeps, in sds."""
    found = []
    for _ in range(trials):
        scores = random.standard_normal((2, 5, count))
        made = freeze_point(scores[0], scores[1], np.arange(count))
        found.append((made.gain_validation.mean, made.gain_test.mean))
    found = np.array(found)
    return {"promised": mean(found[:, 0]), "kept": mean(found[:, 1])}


def _variances(seed_sd, runs=40, trials=200):
    return study(variances, trials, seed_sd=seed_sd, runs=runs)


def _checkpoints(count, correlation=0.0):
    return study(checkpoints, 2000, count=count, correlation=correlation)


CLAIMS = tuple(
    Claim(f"components.seed-sd-{seed_sd}",
          "The seed sd's 95 % interval holds the sd of the scores on endless images.",
          f"5 runs on 200 images, true sd {({.005: .10, .02: .39, .1: 1.92}[seed_sd]):.2f} "
          "points".replace("0.", "."), at_least(.95),
          _variances(seed_sd, 5, 1000), "interval") for seed_sd in SEED_SDS
) + tuple(
    Claim(f"components.checkpoints-{count}-{correlation}",
          "\"Trend removed\": the checkpoints' sd, in true sds.",
          "{} checkpoints, neighbours correlate by {}".format(
              count, f"{correlation:g}".replace("0.", ".")),
          about(1.0, .05) if not correlation else SHOWN, _checkpoints(count, correlation), "sd")
    for count, correlation in ((5, 0.0), (5, .8), (10, .8))
) + (
    Claim("components.lag1", "Checkpoints are told to hang together though they are independent.",
          "10 checkpoints, 5 runs", at_most(.05), _checkpoints(10), "noticed"),
    Claim("components.lag1-noticed", "Checkpoints are told to hang together where they do.",
          "10 checkpoints, 5 runs, neighbours correlate by .8", SHOWN, _checkpoints(10, .8),
          "noticed"),
    Claim("components.picking-promised", "Picking the best of 5 checkpoints on validation promises "
          "1.16 sd on pure noise.", "5 checkpoints, 5 runs", about(1.16), study(
              picking, 2000, count=5), "promised"),
    Claim("components.picking-kept", "Picking the best of 5 checkpoints keeps none of it on test.",
          "5 checkpoints, 5 runs", about(0.0), study(picking, 2000, count=5), "kept"),
)

TABLES = (
    Table("components.variances", "In points, 40 runs on 200 images; root mean squares",
          ("seed sd of the logits",), tuple(((value,), _variances(value)) for value in SEED_SDS), (
              ("truth", "true seed sd"), ("naive", "naive"), ("anova", "ANOVA"),
              ("halves", "split half"), ("anova_raw", "ANOVA, not clipped"),
              ("halves_raw", "split half, not clipped"), ("interaction", "seed x image"),
              ("image", "images"), ("interval", "coverage of the seed sd's interval"))),
    Table("components.checkpoints", "Checkpoints of true sd 1 on a trend, 5 runs",
          ("checkpoints", "correlation of neighbours"), tuple(
              ((count, correlation), _checkpoints(count, correlation))
              for count in (5, 10, 20) for correlation in (0.0, .4, .8)),
          (("sd", "sd found"), ("lag1", "lag 1 found"), ("expected", "-2 / M"),
           ("noticed", "told to hang together"))),
)
