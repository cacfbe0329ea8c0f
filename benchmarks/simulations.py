"""How often the statistics of utils/statistics are right, counted on runs of known truth.

    python benchmarks/simulations.py [--trials=1000] [--only=coverage,scenes,...]

Prints the tables of docs/error_bars.md: coverage of intervals, false claims under true nulls,
variance components against the truth, power, corrections for many comparisons. numpy and scipy
only; about a quarter of an hour of one core. A share p has a standard error of sqrt(p (1 - p) /
trials).
"""
import argparse
import time

import common  # noqa: F401, puts the project on the path
import numpy as np
from scipy import stats

from utils.statistics import simulated
from utils.statistics.components import checkpoint_components, variance_components
from utils.statistics.importance import best_of_k_inflation
from utils.statistics.intervals import bca, bca_over_images, sd_factors, t_interval
from utils.statistics.many import holm, max_t, max_t_over_images
from utils.statistics.miou import miou_d
from utils.statistics.pair_intervals import image_interval, population_interval, two_level_bootstrap
from utils.statistics.power import detectable_difference
from utils.statistics.resampling import (
    by_cluster, draw_counts, jackknife, jackknife_se, resampled_scores)
from utils.statistics.seed_tests import permutation_test, probability_above, tost, welch

#: Of the logits: seed spread much below, about, and much above a run's luck on 500 images.
SEED_SDS = (.005, .02, .1)


def show(title, columns, rows):
    """Prints a table in Markdown."""
    print("\n{}\n\n| {} |\n|{}".format(title, " | ".join(columns), "---|" * len(columns)))
    for row in rows:
        print("| {} |".format(" | ".join(
            "{:.3g}".format(value) if isinstance(value, float) else str(value) for value in row)),
            flush=True)


def coverage(trials, random):
    """Of intervals of one run over images: percentile, BCa, normal with the jackknife's error."""
    rows = []
    for classes, count in ((8, 100), (8, 500), (8, 1449), (21, 100), (21, 500)):
        nets = simulated.Nets(classes=classes, rarest=.1 if classes == 8 else .03)
        truth = simulated.true_scores(nets, [0.0], random, 400000)[0]
        caught = []
        for trial in range(trials):
            images = simulated.draw_images(nets, count, random)
            parts = miou_d.parts(simulated.run_matrices(nets, images, [0.0], random)[0])
            score = miou_d.score(parts.sum(0))
            replicates = resampled_scores(parts, miou_d.score, draw_counts(count, 2000, random))
            low, high = np.percentile(replicates, [2.5, 97.5])
            half = 1.96 * jackknife_se(parts, miou_d.score)
            caught.append((low <= truth <= high, bca(
                score, replicates, jackknife(parts, miou_d.score)).contains(truth),
                abs(score - truth) <= half))
        rows.append((classes, count) + tuple(float(share) for share in np.mean(caught, 0)))
    show("Coverage of 95 % intervals of one run's mIoU_D over images",
         ("classes", "images", "percentile", "BCa", "jackknife +-1.96 se"), rows)


def scenes(trials, random):
    """Coverage where images come in scenes, resampled one by one and by scene."""
    nets, rows = simulated.Nets(), []
    truth = simulated.true_scores(nets, [0.0], random, 400000)[0]
    for count, length in ((500, 1), (500, 10), (1000, 10), (1000, 100)):
        clusters, caught = np.arange(count) // length, []
        for _ in range(trials):
            images = simulated.in_scenes(simulated.draw_images(nets, count, random), length, .7,
                                         random)
            matrices = simulated.run_matrices(nets, images, [0.0], random)[0]
            caught.append([bca_over_images(matrices, groups, 1000, seed=random)
                           .interval.contains(truth) for groups in (None, clusters)])
        rows.append((count, length) + tuple(float(share) for share in np.mean(caught, 0)))
    show("Coverage of BCa where difficulties correlate by .7 within scenes",
         ("images", "per scene", "resampling images", "resampling scenes"), rows)


def few_scenes(trials, random):
    """What 4 to 30 scenes bear: coverage for one run, false claims for three equal architectures.
    """
    nets, rows = simulated.Nets(seed_sd=.02), []
    truth = simulated.true_scores(nets, [0.0], random, 400000)[0]
    for scenes_ in (4, 10, 15, 20, 30):
        clusters, found = np.repeat(np.arange(scenes_), 30), []
        for _ in range(trials):
            images = simulated.in_scenes(simulated.draw_images(nets, len(clusters), random), 30,
                                         .7, random)
            parts = by_cluster(miou_d.parts(
                simulated.run_matrices(nets, images, [0.0], random)[0]), clusters)
            found.append(_over_scenes(parts, truth, random) + _claims_over_scenes(
                nets, images, clusters, random))
        rows.append((scenes_,) + tuple(float(share) for share in np.mean(found, 0)))
    show("Few scenes of 30 images: coverage of BCa and of the jackknife's t; false claims of max-T "
         "over images (3 pairs) and of the population interval, 4 runs each", (
             "scenes", "BCa", "jackknife t", "max-T", "population interval"), rows)


def _over_scenes(parts, truth, random):
    """(whether BCa covers the truth, whether Student's t of the jackknife does)."""
    score, units = miou_d.score(parts.sum(0)), len(parts)
    interval = bca(score, resampled_scores(parts, miou_d.score, draw_counts(units, 1000, random)),
                   jackknife(parts, miou_d.score))
    half = stats.t.ppf(.975, units - 1) * jackknife_se(parts, miou_d.score)
    return interval.contains(truth), abs(score - truth) <= half


def _claims_over_scenes(nets, images, clusters, random):
    """Whether max-T over images and the population interval call equal architectures different."""
    runs = []
    for _ in range(3):
        eyes = simulated.in_scenes(simulated.other_eyes(images, .5, random), 30, .5, random)
        runs.append(simulated.run_matrices(nets, eyes, simulated.draw_seeds(nets, 4, random),
                                           random))
    parts = [by_cluster(miou_d.parts(matrices), clusters) for matrices in runs]
    tests = max_t_over_images(runs, 2000, random, clusters, fewest=2)
    return (tests.p_adjusted.min() < .05,
            not population_interval(*parts[:2], score=miou_d.score).contains(0.0))


def few_seeds(trials, random):
    """False claims of Welch's test with few and with unequal numbers of runs, normal scores."""
    rows = []
    for runs_a, runs_b in ((2, 2), (3, 3), (2, 3), (2, 5), (2, 10), (3, 5), (3, 10), (4, 10)):
        found = []
        for spread in (1, 1 / 3, 3, .1, 10):
            a = random.standard_normal((100 * trials, runs_a))
            b = spread * random.standard_normal((100 * trials, runs_b))
            variances = [scores.var(1, ddof=1) / scores.shape[1] for scores in (a, b)]
            degrees = sum(variances) ** 2 / sum(
                part ** 2 / (scores.shape[1] - 1) for part, scores in zip(variances, (a, b)))
            t = np.abs(a.mean(1) - b.mean(1)) / np.sqrt(sum(variances))
            found.append([float((2 * stats.t.sf(t, df) < .05).mean())
                          for df in (degrees, min(runs_a, runs_b) - 1)])
        found = np.array(found)
        rows.append(("{} + {}".format(runs_a, runs_b), float(found[0, 0]),
                     float(found[:3, 0].max()), float(found[:, 0].max()),
                     float(found[:, 1].max())))
    show("False claims of Welch's test by the number of runs (aim .05)", (
        "runs", "equal sds", "worst of sds 1:3, 1:1, 3:1", "worst up to 1:10",
        "degrees of freedom of the fewer, worst"), rows)


def _pair(nets, count, seeds, random, shared=1.0):
    """Runs of two equal configurations on the same images: two arrays [seeds, N, C, C]."""
    images = simulated.draw_images(nets, count, random)
    other = simulated.other_eyes(images, shared, random) if shared < 1 else images
    return tuple(simulated.run_matrices(
        nets, seen, simulated.draw_seeds(nets, seeds, random), random) for seen in (images, other))


def _rejections(a, b, random):
    """Which methods call two configurations different, one entry per method of `null_errors`."""
    parts = [miou_d.parts(runs) for runs in (a, b)]
    scores = [miou_d.score(part.sum(-2)) for part in parts]
    single = [part[:1] for part in parts]

    def apart(interval):
        return not interval.contains(0.0)

    return (apart(image_interval(*single, score=miou_d.score, replicates=500, seed=random)),
            apart(image_interval(*parts, score=miou_d.score, replicates=500, seed=random)),
            welch(*scores).p < .05, permutation_test(*scores)[0] < .05,
            apart(two_level_bootstrap(a, b, replicates=500, seed=random, fewest=2)[0]),
            apart(population_interval(*parts, score=miou_d.score)))


METHODS = ("images, 1 run each", "images, 5 runs each", "Welch", "permutation",
           "two-level bootstrap", "population interval")


def null_errors(trials, random):
    """False claims where two configurations are equal: 500 images, 5 runs each."""
    rows = []
    for seed_sd in SEED_SDS:
        nets = simulated.Nets(seed_sd=seed_sd)
        truth = simulated.true_seed_sd(nets, random)
        found = [_rejections(*_pair(nets, 500, 5, random), random=random) for _ in range(trials)]
        rows.append(("{:.2f}".format(100 * truth),) + tuple(
            float(share) for share in np.mean(found, 0)))
    show("False claims, two equal configurations, 5 runs each on 500 images (aim .05)",
         ("seed sd, points",) + METHODS, rows)


def null_errors_of_other_eyes(trials, random):
    """The same where A and B are equal over all images, but find other images hard."""
    rows = []
    for count in (200, 500):
        nets = simulated.Nets(seed_sd=.02)
        found = [_rejections(*_pair(nets, count, 5, random, shared=.5), random=random)
                 for _ in range(trials)]
        rows.append((count,) + tuple(float(share) for share in np.mean(found, 0)))
    show("False claims about other images, two architectures equal over all images but not on "
         "these (aim .05)", ("images",) + METHODS, rows)


def two_level(trials, random):
    """False claims of the two-level bootstrap by the number of runs."""
    nets, rows = simulated.Nets(seed_sd=.02), []
    for seeds in (3, 5, 10):
        found = []
        for _ in range(trials):
            a, b = _pair(nets, 200, seeds, random)
            parts = [miou_d.parts(runs) for runs in (a, b)]
            found.append((
                not two_level_bootstrap(a, b, replicates=500, seed=random, fewest=2)[0].contains(0),
                not population_interval(*parts, score=miou_d.score).contains(0)))
        rows.append((seeds,) + tuple(float(share) for share in np.mean(found, 0)))
    show("False claims about seeds and images by the number of runs, 200 images (aim .05)",
         ("runs each", "two-level bootstrap", "population interval"), rows)


def components(trials, random):
    """Root mean square of estimated sds beside the truth, in points."""
    rows = []
    for seed_sd in SEED_SDS:
        nets = simulated.Nets(seed_sd=seed_sd)
        truth = simulated.true_seed_sd(nets, random, 20000)
        found, seed_variances, caught = [], [], 0
        for _ in range(trials // 2):
            images = simulated.draw_images(nets, 200, random)
            runs = simulated.run_matrices(
                nets, images, simulated.draw_seeds(nets, 40, random), random)
            parts = variance_components(runs, splits=50, seed=random)
            found.append((parts.naive_sd, parts.seed_sd, parts.split_half_seed_sd,
                          parts.interaction_sd, parts.image_sd))
            seed_variances.append([parts.variances[name] for name in ("seed", "split_half")])
            caught += parts.seed_interval.contains(truth)
        rms = 100 * np.sqrt(np.mean(np.square(found), 0))
        unclipped = 100 * np.sqrt(np.maximum(np.mean(seed_variances, 0), 0))
        rows.append((100 * truth,) + tuple(float(value) for value in rms[:3])
                    + tuple(float(value) for value in unclipped)
                    + tuple(float(value) for value in rms[3:])
                    + (caught / (trials // 2),))
    show("Components in points, 40 runs on 200 images (root mean square over trials)",
         ("true seed sd", "naive", "ANOVA", "split half", "ANOVA, not clipped",
          "split half, not clipped", "seed x image", "images",
          "coverage of the seed sd's interval"), rows)


def over_seeds(trials, random):
    """Normal scores over seeds: what holds for them whatever the images."""
    trials, rows = 20 * trials, []
    for seeds in (3, 5, 10):
        scores = random.standard_normal((trials, seeds))
        low, high = sd_factors(seeds)
        sds = scores.std(1, ddof=1)
        means = [t_interval(row).contains(0.0) for row in scores[:trials // 10]]
        rows.append((seeds, best_of_k_inflation(seeds), float(scores.max(1).mean()),
                     "{:.2f} - {:.2f}".format(low, high),
                     float(np.mean((low * sds <= 1) & (1 <= high * sds))), float(np.mean(means))))
    show("Over seeds", ("seeds", "best of k, sds", "counted", "interval of the sd, times",
                        "its coverage", "coverage of the t interval"), rows)


def power(trials, random):
    """Welch's power at the detectable difference; TOST and P(A > B)."""
    rows = []
    for seeds in (3, 5, 10, 20):
        effect = detectable_difference(seeds)
        above = stats.norm.cdf(effect / np.sqrt(2))
        found = []
        for _ in range(2 * trials):
            a, b = effect + random.standard_normal(seeds), random.standard_normal(seeds)
            found.append((welch(a, b).p < .05, tost(welch(a, b), effect) < .05,
                          probability_above(a, b)[1].contains(above)))
        rows.append((seeds, effect) + tuple(float(share) for share in np.mean(found, 0)))
    show("At the detectable difference (aims .80, .05, .95)",
         ("seeds", "difference, sds", "power of Welch", "called equivalent within it",
          "coverage of the interval of P(A > B)"), rows)


def many(trials, random):
    """Any false claim among the six pairs of four equal configurations."""
    nets, found = simulated.Nets(seed_sd=.02), []
    for _ in range(trials // 2):
        images = simulated.draw_images(nets, 200, random)
        runs = [simulated.run_matrices(nets, simulated.other_eyes(images, shared, random),
                                       simulated.draw_seeds(nets, 5, random), random)
                for shared in (1, .7, .7, .7)]
        fixed = max_t([random.standard_normal(5) for _ in range(4)], 4000, random)
        drawn = max_t_over_images(runs, 4000, random)
        found.append([values.min() < .05 for values in (
            fixed.p, holm(fixed.p), fixed.p_adjusted, drawn.p, holm(drawn.p), drawn.p_adjusted)])
    share = [float(value) for value in np.mean(found, 0)]
    show("Any false claim among 6 pairs of 4 equal configurations, 5 runs each (aim .05)",
         ("what varies", "uncorrected", "Holm", "max-T"),
         [["seeds"] + share[:3], ["seeds and 200 images"] + share[3:]])


def checkpoints(trials, random):
    """The lag-1 correlation and spread of independent checkpoints, 5 runs."""
    rows = []
    for count in (5, 10, 20):
        found = [checkpoint_components(random.standard_normal((5, count)) + np.arange(count))
                 for _ in range(trials)]
        rows.append((count, float(np.sqrt(np.mean([row.within_sd ** 2 for row in found]))),
                     float(np.mean([row.lag1 for row in found])), -2 / count))
    show("Independent checkpoints on a trend (sd 1)",
         ("checkpoints", "sd found", "lag 1", "-2 / M"), rows)


PARTS = (coverage, scenes, few_scenes, few_seeds, null_errors, null_errors_of_other_eyes,
         two_level, components, over_seeds, power, many, checkpoints)


def main():
    names = ",".join(part.__name__ for part in PARTS)
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=1000, help="simulations of each figure")
    parser.add_argument("--only", default=names, help="tables, of " + names)
    args, began = parser.parse_args(), time.time()
    for number, part in enumerate(PARTS):
        if part.__name__ in args.only.split(","):
            part(args.trials, np.random.RandomState(number))
    print("\n{} trials, {:.0f} s".format(args.trials, time.time() - began))


if __name__ == "__main__":
    main()
