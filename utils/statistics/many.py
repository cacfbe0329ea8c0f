"""Many comparisons at once: corrected p-values, all pairs of configurations, ranks."""
import dataclasses
import itertools
from typing import Sequence, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Clusters, Numbers, Seed
from utils.statistics.components import mean_squares
from utils.statistics.intervals import varies
from utils.statistics.miou import METRICS, check_matrices, check_same_test_set
from utils.statistics.resampling import as_random, by_cluster, pseudo_values
from utils.statistics.seed_tests import claim, welch

multitest = lazy_module("statsmodels.stats.multitest")

#: Images (or clusters) below which max-T over images errs more often than it says.
FEWEST_UNITS = 20


def holm(p: Numbers) -> np.ndarray:
    """Corrects p-values [n] so that one false claim among all has chance .05 (Holm 1979).

    NaN (a comparison without a verdict) stays NaN and does not count.
    """
    return _corrected(p, "holm")


def benjamini_hochberg(p: Numbers) -> np.ndarray:
    """Corrects p-values [n] so that 5 % of the claims are false on average (JRSS B 1995).

    For exploring, as in per-class tables. NaN stays NaN and does not count.
    """
    return _corrected(p, "fdr_bh")


def _corrected(p, method):
    p = np.asarray(p, np.float64)
    corrected, known = np.full(p.shape, np.nan), ~np.isnan(p)
    if known.any():
        corrected[known] = multitest.multipletests(p[known], method=method)[1]
    return corrected


@dataclasses.dataclass(frozen=True)
class PairTests:
    """All pairs of K configurations.

    Attributes:
      pairs: indices (i, j), i < j, in the order of the arrays below.
      difference: [pairs], mean of i minus mean of j.
      p: [pairs], over seeds those of `seed_tests.claim`; with images varying, that of one pair by
        the same simulation.
      p_adjusted: [pairs], by max-T: chance that some pair differs as clearly, were all
        configurations equal.
      images_vary: whether the images were drawn anew too.
    """
    pairs: Tuple[Tuple[int, int], ...]
    difference: np.ndarray
    p: np.ndarray
    p_adjusted: np.ndarray
    images_vary: bool


def max_t(scores: Sequence[Numbers], draws: int = 20000, seed: Seed = 0) -> PairTests:
    """Corrects all pairs by max-T over seeds, on one test set.

    All pairs share configurations, so their t values hang together and Holm is too strict.

    For equal numbers of runs, the null distribution of the largest |Welch t| is simulated with the
    spread of each configuration (a parametric bootstrap of Games & Howell 1976).

    For unequal numbers that errs up to .14 for .05: it takes the spread of a few runs as known.
    Instead each mean is drawn from its own Student's t around a common value, as in the
    Behrens-Fisher test. Its extension to many means are fiducial generalised intervals (Hannig,
    Lidong, Abdel-Karim & Iyer, Austrian J. Stat. 2006). The smallest p of all pairs counts
    (Westfall & Young 1993): the heavy tails of the fewest runs then do not hide other pairs.

    Args:
      scores: K arrays, one score per run, 2 runs or more each.

    Returns:
      `PairTests`, images fixed.

    Raises:
      ValueError: fewer than 2 configurations, or one of a single run or without spread.
    """
    scores = _with_spread(scores)
    pairs, _, _ = _pairs(len(scores))
    tests = [welch(scores[i], scores[j]) for i, j in pairs]
    claims = [claim(test, len(scores[i]), len(scores[j])) for test, (i, j) in zip(tests, pairs)]
    difference = np.array([test.difference for test in tests])
    _, adjusted = _simulated_p(scores, difference, _NO_IMAGES, draws, as_random(seed))
    return PairTests(pairs, difference, np.array([found.p for found in claims]), adjusted, False)


def max_t_over_images(configurations: Sequence[np.ndarray], draws: int = 20000, seed: Seed = 0,
                      clusters: Clusters = None, metric: str = "miou_d",
                      fewest: int = FEWEST_UNITS) -> PairTests:
    """Corrects all pairs by max-T where seeds and the shared images are drawn anew.

    As `max_t`, with what other images do to the differences added. One draw of images moves all
    configurations, by a multivariate t with U - 1 degrees of freedom. Its covariance is that over
    images of the pseudo-values, averaged over runs.

    Args:
      configurations: K arrays [S, N, C, C], S >= 2.
      fewest: images (or clusters) below which it refuses.

    Returns:
      `PairTests`, images varying.

    Raises:
      ValueError: as `max_t`, or different test sets, or fewer images (or clusters) than
        `fewest`.
    """
    runs = [check_matrices(matrices, 4) for matrices in configurations]
    for matrices in runs[1:]:
        check_same_test_set(runs[0], matrices)
    metric = METRICS[metric]
    parts = [by_cluster(metric.parts(matrices), clusters) for matrices in runs]
    units = parts[0].shape[-2]
    if units < fewest:
        raise ValueError(f"{units} images or clusters: max-T over images takes {fewest} or more, "
                         "or p comes out too small")
    scores = _with_spread([metric.score(part.sum(-2)) for part in parts])
    pairs, _, _ = _pairs(len(scores))
    difference = np.array([scores[i].mean() - scores[j].mean() for i, j in pairs])
    single, adjusted = _simulated_p(scores, difference, _image_effects(parts, metric.score), draws,
                                    as_random(seed))
    return PairTests(pairs, difference, single, adjusted, True)


def _with_spread(scores):
    scores = [np.asarray(group, np.float64) for group in scores]
    if len(scores) < 2 or not all(varies(group) for group in scores):
        raise ValueError("expected 2 configurations or more, each of 2 runs or more that differ: "
                         f"got {[len(group) for group in scores]} runs")
    return scores


def _pairs(count):
    """Returns (pairs, their first indices, their second indices)."""
    pairs = tuple(itertools.combinations(range(count), 2))
    first, second = np.array(pairs).T
    return pairs, first, second


#: What images add to the differences of pairs: effects [U, pairs] of each image (or cluster), whose
#: sum of squares over (U - 1) U is the variance of the mean.
_NO_IMAGES = np.zeros((2, 1))


def _image_effects(parts, score):
    """Returns the effects [U, pairs] of each image on the difference of each pair.

    The seed x image part is already in the spread over seeds, so they are shrunk by it
    (`pair_intervals.population_interval` subtracts the same).
    """
    _, first, second = _pairs(len(parts))
    tables = [pseudo_values(part, score) for part in parts]
    effects = np.array([table.mean(0) - table.mean() for table in tables])
    rest = np.array([mean_squares(table)[2] / len(table) for table in tables])
    paired = effects[first] - effects[second]
    total = paired.var(-1, ddof=1)
    shared = np.maximum(total - rest[first] - rest[second], 0.0)
    shrink = np.sqrt(np.divide(shared, total, out=np.zeros_like(total), where=total > 0))
    return (paired * shrink[:, np.newaxis]).T


def _simulated_p(scores, difference, images, draws, random):
    """Returns (p of each pair alone [pairs], p adjusted for all [pairs]); see `max_t` for the two
    ways."""
    sizes = np.array([len(group) for group in scores])
    variances = np.array([group.var(ddof=1) for group in scores]) / sizes
    _, first, second = _pairs(len(scores))
    means = random.standard_normal((draws, len(sizes))) * np.sqrt(variances)
    ratio = random.chisquare(sizes - 1, (draws, len(sizes))) / (sizes - 1)
    units = len(images)
    moved = random.standard_normal((draws, units)) @ images / np.sqrt((units - 1) * units)
    images_ratio = random.chisquare(units - 1, (draws, 1)) / (units - 1)
    if len(set(sizes)) > 1:
        means = means / np.sqrt(ratio)
        return _smallest_p(np.abs(means[:, first] - means[:, second]
                                  + moved / np.sqrt(images_ratio)), np.abs(difference))
    by_images = (images ** 2).sum(0) / ((units - 1) * units)
    own = ratio * variances
    t = np.abs(means[:, first] - means[:, second] + moved) / np.sqrt(
        own[:, first] + own[:, second] + images_ratio * by_images)
    observed = np.abs(difference) / np.sqrt(variances[first] + variances[second] + by_images)
    return _share_above(t, observed), _share_above(t.max(1)[:, np.newaxis], observed)


def _smallest_p(drawn, observed):
    """Returns (p of each pair [pairs], adjusted by the smallest p of all pairs [pairs]) of absolute
    differences drawn [draws, pairs] and observed [pairs]."""
    single = _share_above(drawn, observed)
    ranks = np.argsort(np.argsort(-drawn, axis=0), axis=0)
    smallest = (ranks.min(1) + 2) / (len(drawn) + 1.0)
    return single, _share_above(-smallest[:, np.newaxis], -single)


def _share_above(drawn, observed):
    """Computes the share of draws [draws, pairs or 1] at or above each observed one [pairs], itself
    included."""
    return ((drawn >= observed).sum(0) + 1) / (len(drawn) + 1.0)


def rank_distribution(scores: Sequence[Numbers], draws: int = 20000, seed: Seed = 0) -> np.ndarray:
    """Computes how sure each rank is: the probability that configuration k has rank r, 0 the best.

    The mean scores are drawn, each from its t distribution (observed mean, standard error over
    seeds, n - 1 degrees). More seeds make the ranks surer.

    Runs that score exactly alike tell no spread. Such a configuration takes the pooled sd of those
    that do. Where none does, configurations of one mean share the ranks evenly, and of different
    means no rank is known (NaN).

    Args:
      scores: K arrays, one score per run, 2 runs or more each.

    Returns:
      float64 [K, K], rows configurations, columns ranks; rows and columns sum to 1.

    Raises:
      ValueError: a configuration of a single run.
    """
    groups = [np.asarray(group, np.float64) for group in scores]
    if not groups or min(len(group) for group in groups) < 2:
        raise ValueError("ranks need 2 runs or more of each configuration: got "
                         f"{[len(group) for group in groups]}")
    count, random = len(groups), as_random(seed)
    spread = [group for group in groups if varies(group)]
    if not spread:
        alike = not varies(np.concatenate(groups))
        return np.full((count, count), 1 / count if alike else np.nan)
    pooled = np.sqrt(sum(((group - group.mean()) ** 2).sum() for group in spread)
                     / sum(len(group) - 1 for group in spread))
    means = np.stack([
        group.mean() + (group.std(ddof=1) if varies(group) else pooled) / np.sqrt(len(group))
        * random.standard_t(len(group) - 1, draws) for group in groups], axis=1)
    ranks = np.argsort(np.argsort(-means, axis=1), axis=1)
    return np.array([np.bincount(column, minlength=count) for column in ranks.T]) / draws
