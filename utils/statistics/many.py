"""Many comparisons at once: corrected p-values, all pairs of configurations, ranks."""
import dataclasses
import itertools
from typing import Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.components import mean_squares
from utils.statistics.miou import METRICS, check_matrices, check_same_test_set
from utils.statistics.resampling import (
    FEWEST_TO_RESAMPLE, as_random, by_cluster, draw_counts, pseudo_values)
from utils.statistics.seed_tests import welch

multitest = lazy_module("statsmodels.stats.multitest")


def holm(p):
    """p-values [n] corrected so that one false claim among all has chance .05 (Holm 1979).

    NaN (a comparison without a verdict) stays NaN and does not count.
    """
    return _corrected(p, "holm")


def benjamini_hochberg(p):
    """p-values [n] corrected so that 5 % of the claims are false on average (JRSS B 1995).

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
class PairTests(object):
    """All pairs of K configurations.

    Attributes:
      pairs: indices (i, j), i < j, in the order of the arrays below.
      difference: [pairs], mean of i minus mean of j.
      p: [pairs], Welch over seeds; with images varying, that of one pair by the same simulation.
      p_adjusted: [pairs], by max-T: chance that the largest |t| of all pairs is as large, were all
        configurations equal.
      images_vary: whether the images were drawn anew too.
    """
    pairs: Tuple[Tuple[int, int], ...]
    difference: np.ndarray
    p: np.ndarray
    p_adjusted: np.ndarray
    images_vary: bool


def max_t(scores, draws=20000, seed=0):
    """Max-T correction for all pairs over seeds, on one test set.

    All pairs share configurations, so their t values hang together and Holm is too strict. The null
    distribution of the largest |Welch t| is simulated with each configuration's own spread and
    number of runs (a parametric bootstrap of Games & Howell 1976).

    Args:
      scores: K arrays, one score per run, 2 runs or more each.

    Returns:
      `PairTests`, images fixed.

    Raises:
      ValueError: fewer than 2 configurations, or one of a single run or without spread.
    """
    scores = _with_spread(scores)
    sizes = np.array([len(group) for group in scores])
    variances = np.array([group.var(ddof=1) for group in scores]) / sizes
    means, own = _null_draws(variances, sizes, draws, as_random(seed))
    pairs, first, second = _pairs(len(scores))
    largest = _largest(means, own, first, second)
    tests = [welch(scores[i], scores[j]) for i, j in pairs]
    t = np.abs([test.t for test in tests])
    return PairTests(pairs, np.array([test.difference for test in tests]),
                     np.array([test.p for test in tests]), _share_above(largest, t), False)


def max_t_over_images(configurations, draws=20000, seed=0, clusters=None, metric="miou_d",
                      fewest=FEWEST_TO_RESAMPLE):
    """Max-T correction for all pairs where seeds and the shared images are drawn anew.

    As `max_t`, with a bootstrap of the images added: one draw of images moves all configurations,
    as pseudo-values averaged over their runs say.

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
    metric, random = METRICS[metric], as_random(seed)
    parts = [by_cluster(metric.parts(matrices), clusters) for matrices in runs]
    units = parts[0].shape[-2]
    if units < fewest:
        raise ValueError("{} images or clusters: resampling takes {} or more, or p comes out far "
                         "too small".format(units, fewest))
    scores = _with_spread([metric.score(part.sum(-2)) for part in parts])
    sizes = np.array([len(group) for group in scores])
    pairs, first, second = _pairs(len(scores))
    images, shared = _image_effects(parts, metric.score, draws, random, first, second)
    variances = np.array([group.var(ddof=1) for group in scores]) / sizes
    means, own = _null_draws(variances, sizes, draws, random)
    spread = np.sqrt(variances[first] + variances[second] + shared)
    statistics = np.abs(means[:, first] - means[:, second] + images) / np.sqrt(
        own[:, first] + own[:, second] + shared)
    difference = np.array([scores[i].mean() - scores[j].mean() for i, j in pairs])
    t = np.abs(difference) / spread
    return PairTests(pairs, difference, ((statistics >= t).sum(0) + 1) / (draws + 1.0),
                     _share_above(statistics.max(1), t), True)


def _with_spread(scores):
    scores = [np.asarray(group, np.float64) for group in scores]
    if len(scores) < 2 or any(len(group) < 2 or not np.ptp(group) > 0 for group in scores):
        raise ValueError("expected 2 configurations or more, each of 2 runs or more that differ: "
                         "got {} runs".format([len(group) for group in scores]))
    return scores


def _pairs(count):
    """(pairs, their first indices, their second indices)."""
    pairs = tuple(itertools.combinations(range(count), 2))
    first, second = np.array(pairs).T
    return pairs, first, second


def _null_draws(variances, sizes, draws, random):
    """Means of equal configurations and their estimated variances, both [draws, K]."""
    means = random.standard_normal((draws, len(sizes))) * np.sqrt(variances)
    return means, variances * random.chisquare(sizes - 1, (draws, len(sizes))) / (sizes - 1)


def _largest(means, own, first, second):
    """The largest |t| over pairs in each draw."""
    return (np.abs(means[:, first] - means[:, second])
            / np.sqrt(own[:, first] + own[:, second])).max(1)


def _share_above(largest, t):
    """Share of simulated maxima at or above each t, counting the observed one."""
    return ((largest[:, np.newaxis] >= t).sum(0) + 1) / (len(largest) + 1.0)


def _image_effects(parts, score, draws, random, first, second):
    """(what a draw of images adds to each pair's difference [draws, pairs], its variance [pairs]).

    The seed x image part is already in the spread over seeds, so the bootstrap's effect is shrunk
    by it (`pair_intervals.population_interval` subtracts the same).
    """
    tables = [pseudo_values(part, score) for part in parts]
    units = tables[0].shape[1]
    effects = np.array([table.mean(0) - table.mean() for table in tables])
    rest = np.array([mean_squares(table)[2] / len(table) for table in tables])
    paired = effects[first] - effects[second]
    total = paired.var(-1, ddof=1)
    shared = np.maximum(total - rest[first] - rest[second], 0.0)
    shrink = np.sqrt(np.divide(shared, total, out=np.zeros_like(total), where=total > 0))
    # Resampled in slices: draws x units counts need not stand in memory at once.
    slices = [draw_counts(units, count, random) @ paired.T / units
              for count in _slices(draws, 2000)]
    return np.concatenate(slices) * shrink, shared / units


def _slices(total, most):
    return [most] * (total // most) + ([total % most] if total % most else [])


def rank_distribution(scores, draws=20000, seed=0):
    """How sure each rank is: probability that configuration k has rank r, 0 the best.

    Of the configurations' mean scores, each drawn from its t distribution (observed mean, standard
    error over seeds, n - 1 degrees): what a larger number of seeds would settle.

    Args:
      scores: K arrays, one score per run, 2 runs or more each.

    Returns:
      float64 [K, K], rows configurations, columns ranks; rows and columns sum to 1.

    Raises:
      ValueError: a configuration of a single run.
    """
    scores = [np.asarray(group, np.float64) for group in scores]
    if not scores or min(len(group) for group in scores) < 2:
        raise ValueError("ranks need 2 runs or more of each configuration: got {}".format(
            [len(group) for group in scores]))
    random = as_random(seed)
    means = np.stack([group.mean() + group.std(ddof=1) / np.sqrt(len(group))
                      * random.standard_t(len(group) - 1, draws) for group in scores], axis=1)
    ranks = np.argsort(np.argsort(-means, axis=1, kind="stable"), axis=1)
    return np.array([np.bincount(column, minlength=len(scores)) for column in ranks.T]) / draws
