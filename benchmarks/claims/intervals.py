"""Intervals of one run over images, and of a configuration over its seeds."""
import functools

import numpy as np

from benchmarks.claims import peers
from benchmarks.claims.frame import (
    SHOWN,
    Claim,
    Exact,
    Outcomes,
    Table,
    at_least,
    mean,
    share,
    study,
)
from benchmarks.claims.scores import draw
from utils.statistics import simulated
from utils.statistics.importance import best_of_k_inflation
from utils.statistics.intervals import jackknife_t, sd_factors, t_interval
from utils.statistics.miou import miou_d
from utils.statistics.resampling import (
    by_cluster,
    draw_counts,
    jackknife,
    pseudo_values,
    resampled_scores,
)

#: Trials of them in which resamples are drawn as well, which take longer than all the rest.
RESAMPLED = 400

#: How often classes occur: the share of the images of each object class.
NETS = {
    "8 classes": simulated.Nets(),
    "21, rarest 3 %": simulated.Nets(classes=21, rarest=.03),
    "8, two in 3 %": simulated.Nets(classes=8, shares=(.6, .5, .4, .3, .2, .03, .03)),
    "21, ten in 2 %": simulated.Nets(
        classes=21, shares=tuple(np.linspace(.6, .1, 10)) + (.02,) * 10),
}


@functools.lru_cache(maxsize=None)
def _true_iou(nets):
    """IoU of each class over 400 000 images, of a run whose seed adds nothing: [C]."""
    random = np.random.RandomState(7)
    total = 0
    for _ in range(100):
        images = simulated.draw_images(nets, 4000, random)
        total = total + simulated.run_parts(nets, images, [0.0], random)[0].sum(0)
    hit, truth, predicted = np.split(total, 3)
    return hit / (truth + predicted - hit)


def one_run(trials: int, random: np.random.RandomState, classes: int, images: int,
            per_scene: int = 1) -> Outcomes:
    """Coverage of intervals of one run's mIoU_D over images, or scenes of them.

    The truth is the mean over the classes that occur in these images, as the score is; `all`: over
    all classes.
    """
    nets, found, resampled = NETS[classes], [], []
    iou = _true_iou(nets)
    clusters = np.arange(images) // per_scene if per_scene > 1 else None
    for trial in range(trials):
        drawn = simulated.draw_images(nets, images, random)
        if per_scene > 1:
            drawn = simulated.in_scenes(drawn, per_scene, .7, random)
        single = simulated.run_parts(nets, drawn, [0.0], random)[0]
        parts = by_cluster(single, clusters)
        truth = iou[drawn.pixels.any(0)].mean()
        score = miou_d.score(parts.sum(0))
        interval = jackknife_t(score, pseudo_values(parts, miou_d.score))
        found.append((interval.contains(truth), truth < interval.low, truth > interval.high,
                      100 * interval.half_width, interval.contains(iou.mean())))
        if trial < RESAMPLED:
            replicates = resampled_scores(
                parts, miou_d.score, draw_counts(len(parts), 1000, random))
            left_out = jackknife(parts, miou_d.score)
            alone = jackknife_t(score, pseudo_values(single, miou_d.score))
            resampled.append([low <= truth <= high for low, high in (
                peers.bca(score, replicates, left_out), peers.percentile(replicates))]
                + [alone.contains(truth)])
    found, resampled = np.array(found), np.array(resampled)
    return {"tool": share(found[:, 0]), "above": share(found[:, 1]), "below": share(found[:, 2]),
            "half": mean(found[:, 3]), "all": share(found[:, 4]), "bca": share(resampled[:, 0]),
            "percentile": share(resampled[:, 1]), "images": share(resampled[:, 2])}


def over_seeds(trials: int, random: np.random.RandomState, seeds: int,
               shape: str = "normal") -> Outcomes:
    """Coverage of the t interval of the mean and the chi-square interval of the sd."""
    scores = draw(random, trials, seeds, shape=shape)
    low, high = sd_factors(seeds)
    sds = scores.std(1, ddof=1)
    return {"mean": share([t_interval(row).contains(0.0) for row in scores]),
            "sd": share((low * sds <= 1) & (1 <= high * sds)),
            "factor": Exact(high), "inflation": Exact(best_of_k_inflation(seeds)),
            "best": mean(scores.max(1))}



def _run(classes, images, per_scene=1):
    return study(one_run, 1000, classes=classes, images=images, per_scene=per_scene)


def _scenes(count):
    return _run("8 classes", 30 * count, 30)


def _seeds(seeds, shape="normal"):
    return study(over_seeds, 20000, seeds=seeds, shape=shape)


def _run_claim(name, settings, made):
    return Claim("intervals." + name, "A run's 95 % interval over images holds its score on "
                 "endless images.", settings, at_least(.95), made, "tool")


_WORDS = {"two levels": "one seed of ten 3.3 sds low"}


def _mean_claim(seeds, shape):
    return Claim("intervals.mean-{}-{}".format(seeds, shape.replace(" ", "-")),
                 "A configuration's 95 % interval over seeds holds the mean of all seeds.",
                 "{} seeds, {}".format(seeds, _WORDS.get(shape, shape + " scores")), at_least(.95),
                 _seeds(seeds, shape), "mean")


CLAIMS = (
    _run_claim("run-100", "100 images, 8 classes", _run("8 classes", 100)),
    _run_claim("run-two-rare", "30 images, two of 8 classes in 3 % of them",
               _run("8, two in 3 %", 30)),
    _run_claim("run-ten-rare", "101 images, ten of 21 classes in 2 % of them",
               _run("21, ten in 2 %", 101)),
    _run_claim("scenes-4", "`--cluster`, 4 scenes of 30 images, correlation .7", _scenes(4)),
    _run_claim("scenes-20", "`--cluster`, 20 scenes of 30 images, correlation .7", _scenes(20)),
    Claim("intervals.scenes-ignored", "Without `--cluster`, images of scenes pass as independent.",
          "20 scenes of 30 images, correlation .7", SHOWN, _scenes(20), "images"),
    _mean_claim(5, "normal"), _mean_claim(5, "lognormal"),
    _mean_claim(5, "two levels"),
    Claim("intervals.sd-5", "A configuration's 95 % interval of the sd holds the sd of all seeds.",
          "5 seeds, normal scores", at_least(.95), _seeds(5), "sd"),
    Claim("intervals.sd-5-lognormal",
          "A configuration's 95 % interval of the sd holds the sd of all seeds.",
          "5 seeds, lognormal scores", at_least(.95), _seeds(5, "lognormal"), "sd"),
)

_COVERAGE = (("tool", "jackknife's t (printed)"), ("above", "truth below it"),
             ("below", "truth above it"), ("all", "the mean of all classes"),
             ("half", "half width, points"), ("bca", "BCa"), ("percentile", "percentile"))

TABLES = (
    Table("intervals.run", "Coverage of 95 % intervals of one run over images", (
        "classes", "images"), tuple(
            ((classes, images), _run(classes, images)) for classes, images in (
                ("8 classes", 30), ("8 classes", 100), ("8 classes", 500), ("8 classes", 1449),
                ("21, rarest 3 %", 100), ("21, rarest 3 %", 500),
                ("8, two in 3 %", 30), ("8, two in 3 %", 101), ("21, ten in 2 %", 30),
                ("21, ten in 2 %", 101), ("21, ten in 2 %", 233))), _COVERAGE),
    Table("intervals.scenes", "Coverage where difficulties correlate by .7 in scenes of 30 images",
          ("scenes",), tuple(((count,), _scenes(count)) for count in (4, 10, 20, 30, 50, 100)),
          _COVERAGE[:1] + _COVERAGE[4:6] + (("images", "images as independent"),)),
    Table("intervals.seeds", "Over seeds", ("seeds", "scores"), tuple(
        ((seeds, shape), _seeds(seeds, shape)) for seeds in (3, 5, 10)
        for shape in ("normal", "lognormal", "two levels")), (
            ("mean", "coverage of the mean's interval"), ("sd", "of the sd's"),
            ("factor", "upper end of the sd's, times"),
            ("inflation", "best of k exceeds the mean by, sds (printed)"), ("best", "counted"))),
)
