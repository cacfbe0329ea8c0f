"""Separates the spread of scores into seeds, test images, their interaction and checkpoints."""
import dataclasses
from typing import Dict, Optional, Sequence, Tuple

import numpy as np

from utils.lazy import lazy_module
from utils.statistics.arrays import Clusters, Numbers, Score, Seed
from utils.statistics.intervals import Interval, sd_factors, varies
from utils.statistics.miou import METRICS, check_matrices
from utils.statistics.resampling import as_random, by_cluster, pseudo_values

stats = lazy_module("scipy.stats")

#: Sums of squares of scores below this are rounding.
_NOTHING = 1e-24
#: Standard errors above which a lag-1 correlation is clearly that of dependent checkpoints.
_CLEARLY = 1.645


@dataclasses.dataclass(frozen=True)
class Components:
    """Standard deviations in the unit of the score, each as what it adds to one run's score.

    Variance of the score of one run, on other images of the kind (as many as here):
    seed_sd^2 + interaction_sd^2 + image_sd^2. Of one run on these images: naive_sd^2, about
    seed_sd^2 + interaction_sd^2.

    Attributes:
      seed_sd: of the score that a run would have on endless images: what a lucky seed keeps.
      interaction_sd: seed x images: luck of a seed on these images, which others will not repeat.
      image_sd: these images rather than others, the same for all seeds.
      naive_sd: plain sd of the runs' scores.
      seed_interval: `Interval` of seed_sd, by the F distribution; None where the runs score alike,
        or differ by less than luck on these images would make them.
      seed_p: p that seeds differ only by luck on these images (F test); NaN where they score alike.
      split_half_seed_sd: seed_sd by the covariance of two halves of the images.
      clipped: names of those whose variance came out negative and is given as 0.
      variances: {seed, interaction, image, split_half} before clipping. Average these, not the sds,
        over experiments: clipping and roots are biased where seeds hardly differ.
      seeds, units: runs, and images (or clusters).
    """
    seed_sd: float
    interaction_sd: float
    image_sd: float
    naive_sd: float
    seed_interval: Optional[Interval]
    seed_p: float
    split_half_seed_sd: float
    clipped: Tuple[str, ...]
    variances: Dict[str, float]
    seeds: int
    units: int


def variance_components(matrices: np.ndarray, clusters: Clusters = None, metric: str = "miou_d",
                        level: float = .95, splits: int = 200, seed: Seed = 0) -> Components:
    """Separates seed, image and seed x image variance of runs of one configuration.

    The score becomes a table seeds x images of jackknife pseudo-values. The two-way random-effects
    ANOVA without replication makes components of it, by the method of moments (Searle, Casella &
    McCulloch, Variance Components, 1992, ch. 4).

    Args:
      matrices: [S, N, C, C], S >= 2 runs on the same N >= 2 images.
      clusters: [N] or None; clusters take the place of images.
      splits: random halves for `split_half_variance`.

    Returns:
      `Components`.

    Raises:
      ValueError: a single run, or a single image (or cluster).
    """
    matrices, metric = check_matrices(matrices, 4), METRICS[metric]
    if len(matrices) < 2:
        raise ValueError("1 run: the spread over seeds needs 2 of them")
    parts = by_cluster(metric.parts(matrices), clusters)
    seed_ms, image_ms, rest_ms = mean_squares(pseudo_values(parts, metric.score))
    seeds, units = parts.shape[:2]
    variances = dict(seed=(seed_ms - rest_ms) / units, interaction=rest_ms / units,
                     image=(image_ms - rest_ms) / seeds / units,
                     split_half=split_half_variance(parts, metric.score, splits, seed))
    sds = {name: float(np.sqrt(max(value, 0.0))) for name, value in variances.items()}
    interval, p = None, np.nan
    scores = metric.score(parts.sum(-2))
    if varies(scores):
        interval, p = _seed_interval(seed_ms, rest_ms, seeds, units, level)
    return Components(
        seed_sd=sds["seed"], interaction_sd=sds["interaction"], image_sd=sds["image"],
        naive_sd=float(scores.std(ddof=1)), seed_interval=interval, seed_p=p,
        split_half_seed_sd=sds["split_half"], seeds=seeds, units=units,
        variances={name: float(value) for name, value in variances.items()},
        clipped=tuple(sorted(name for name, value in variances.items() if value < 0)))


def mean_squares(table: np.ndarray) -> Tuple[float, float, float]:
    """Computes the mean squares (rows, columns, rest) of a two-way table [S, U] without
    replication."""
    table = np.asarray(table, np.float64)
    rows, columns = table.shape
    row, column = table.mean(1, keepdims=True), table.mean(0, keepdims=True)
    rest = table - row - column + table.mean()
    return (float(columns * row.var(ddof=1)), float(rows * column.var(ddof=1)),
            float((rest ** 2).sum() / ((rows - 1) * (columns - 1))))


def _seed_interval(seed_ms, rest_ms, seeds, units, level):
    """Returns (interval of the seed sd, p of seed sd 0): MS_seed / (MS_rest + U var) follows F.

    The interval is None where it holds no positive sd: seeds without any effect would be claimed.
    """
    degrees = (seeds - 1, (seeds - 1) * (units - 1))
    tails = stats.f.ppf([(1 + level) / 2, (1 - level) / 2], *degrees)
    ends = np.sqrt(np.maximum(seed_ms / tails - rest_ms, 0.0) / units)
    p = stats.f.sf(seed_ms / rest_ms, *degrees) if rest_ms > 0 else np.nan
    if not ends[1] > 0:
        return None, float(p)
    return Interval(float(ends[0]), float(ends[1]), level, "F of mean squares"), float(p)


def split_half_variance(parts: np.ndarray, score: Score, splits: int = 200,
                        seed: Seed = 0) -> float:
    """Computes seed variance without image noise: covariance over seeds of the scores of two
    halves.

    Luck on one half of the images says nothing of the other: the covariance is of the run itself
    (Jordan, On the Variance of Neural Network Training, arXiv 2304.01910). Mean over random halves.

    Args:
      parts: [S, U, P] of a `miou.Metric`; score: its score.

    Returns:
      float, negative by chance where seeds hardly differ; NaN with fewer than 2 units.
    """
    seeds, units = parts.shape[:2]
    if units < 2 or seeds < 2:
        return np.nan
    order = np.argsort(as_random(seed).random_sample((splits, units)), axis=1)
    first = (order < units // 2).astype(np.float64)
    halves = [score(member @ parts) for member in (first, 1 - first)]  # each [S, splits]
    away = [half - half.mean(0) for half in halves]
    return float(np.nanmean((away[0] * away[1]).sum(0)) / (seeds - 1))


@dataclasses.dataclass(frozen=True)
class CheckpointComponents:
    """Spread over the last M checkpoints of S runs, in the unit of the score.

    Attributes:
      within_sd: of checkpoints around their run's linear trend, pooled over runs. It is a lower
        bound: checkpoints that hang together wander, and the line takes a part of that for trend.
        Of the true sd it finds .79 / .88 / .93 with 5 / 10 / 20 checkpoints whose neighbours
        correlate by .4, and .45 / .57 / .70 where they correlate by .8.
      lag1: correlation of neighbouring checkpoints around the trend, pooled over runs.
      lag1_independent: what independent checkpoints give on average: -2 / M, for removing a trend
        makes neighbours differ.
      lag1_se: standard deviation of lag1 over experiments with independent checkpoints.
      trend: mean slope from one checkpoint to the next.
      seed_sd: between the runs' means over the M checkpoints, beyond what independent checkpoints
        would explain; a run that wanders more slowly (see `pooled_lag1`) counts it as seed. NaN
        for one run.
      clipped: whether seed_sd came out negative and is given as 0.
      seeds, checkpoints: S, M.
    """
    within_sd: float
    lag1: float
    lag1_independent: float
    lag1_se: float
    trend: float
    seed_sd: float
    clipped: bool
    seeds: int
    checkpoints: int


def checkpoint_components(scores: np.ndarray) -> CheckpointComponents:
    """Separates checkpoint noise, nested in seeds, from the spread of seeds.

    Args:
      scores: [S, M], the last M >= 4 checkpoints of each run, evenly spaced. From stored matrices:
        `METRICS[name](matrices)` of [S, M, N, C, C].

    Returns:
      `CheckpointComponents`.

    Raises:
      ValueError: fewer than 4 checkpoints, where a trend leaves no residual to speak of.
    """
    scores = np.asarray(scores, np.float64)
    if scores.ndim != 2 or scores.shape[1] < 4:
        raise ValueError(f"scores are {list(scores.shape)}, expected [runs, 4 checkpoints or more]")
    seeds, checkpoints = scores.shape
    rest, slopes = detrend(scores)
    within = (rest ** 2).sum() / (seeds * (checkpoints - 2))
    between = np.nan
    if seeds > 1:
        between = scores.mean(1).var(ddof=1) - within / checkpoints
    expected, se = lag1_of_independent(seeds, checkpoints)
    return CheckpointComponents(
        within_sd=float(np.sqrt(within)), lag1=lag1_correlation(rest), lag1_independent=expected,
        lag1_se=se, trend=float(slopes.mean()),
        seed_sd=float(np.sqrt(max(between, 0.0))) if seeds > 1 else np.nan,
        clipped=bool(between < 0), seeds=seeds, checkpoints=checkpoints)


def detrend(scores: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Computes (residuals [S, M], slopes [S]) of each run's least-squares line over its
    checkpoints."""
    step = np.arange(scores.shape[1]) - (scores.shape[1] - 1) / 2
    centred = scores - scores.mean(1, keepdims=True)
    slopes = centred @ step / (step ** 2).sum()
    return centred - slopes[:, np.newaxis] * step, slopes


def lag1_correlation(rest: np.ndarray) -> float:
    """Computes the correlation of neighbours in residuals [S, M], pooled over runs; NaN without
    spread."""
    spread = (rest ** 2).sum()
    return float((rest[:, 1:] * rest[:, :-1]).sum() / spread) if spread > _NOTHING else np.nan


def lag1_of_independent(seeds: int, checkpoints: int) -> Tuple[float, float]:
    """Computes (mean, standard deviation) of `lag1_correlation` of independent normal checkpoints
    [S, M].

    It is a ratio x'Ax / x'x of the residuals, and does not depend on x'x. So its moments are
    those of x'Ax over those of x'x (Anderson, The Statistical Analysis of Time Series, 1971, ch.
    6). The mean is -2 / M.
    """
    steps = np.arange(checkpoints) - (checkpoints - 1) / 2
    line = np.stack([np.ones(checkpoints), steps], axis=1)
    residual = np.eye(checkpoints) - line @ np.linalg.pinv(line)
    neighbours = (np.eye(checkpoints, k=1) + np.eye(checkpoints, k=-1)) / 2
    product = residual @ neighbours @ residual
    first, second = seeds * np.trace(product), seeds * np.trace(product @ product)
    degrees = seeds * (checkpoints - 2)
    mean = first / degrees
    variance = (2 * second + first ** 2) / (degrees * (degrees + 2)) - mean ** 2
    return float(mean), float(np.sqrt(variance))


@dataclasses.dataclass(frozen=True)
class Lag1:
    """lag1, lag1_independent and lag1_se of `CheckpointComponents` over several configurations,
    weighted by inverse variance."""
    value: float
    independent: float
    se: float

    @property
    def hangs_together(self) -> bool:
        """Whether it is clearly above that of independent ones: one-sided, 5 %. With 5 runs a
        correlation of .8 is noticed in .26 of cases at 5 checkpoints, .91 at 10, 1.00 at 20."""
        return self.value > self.independent + _CLEARLY * self.se


def pooled_lag1(components: Sequence[CheckpointComponents]) -> Optional[Lag1]:
    """Pools `CheckpointComponents` into a `Lag1`; None where none of them has any spread."""
    known = [parts for parts in components if not np.isnan(parts.lag1)]
    if not known:
        return None
    weights = np.array([parts.lag1_se ** -2 for parts in known])
    value, independent = [float(np.average([getattr(parts, name) for parts in known],
                                           weights=weights))
                          for name in ("lag1", "lag1_independent")]
    return Lag1(value, independent, float(weights.sum() ** -.5))


@dataclasses.dataclass(frozen=True)
class RepeatSpread:
    """Nondeterminism: sd of runs with the same seed, pooled over seeds.

    Attributes:
      sd: 0.0 where repeats are identical.
      interval: chi-square `Interval`; None where repeats are identical.
      groups, runs, degrees: seeds with 2 runs or more, their runs, degrees of freedom.
      identical: whether every repeat scored exactly alike.
    """
    sd: float
    interval: Optional[Interval]
    groups: int
    runs: int
    degrees: int
    identical: bool


def repeat_sd(groups: Sequence[Numbers], level: float = .95) -> RepeatSpread:
    """Pools the sd of repeats. groups: one array of scores per seed; single runs are passed over.

    Raises:
      ValueError: no seed was run twice.
    """
    repeats = [np.asarray(group, np.float64) for group in groups if len(group) > 1]
    if not repeats:
        raise ValueError("no seed was run twice: train one again with the same seed")
    runs = sum(len(group) for group in repeats)
    degrees = runs - len(repeats)
    sd = np.sqrt(sum(((group - group.mean()) ** 2).sum() for group in repeats) / degrees)
    if not any(varies(group) for group in repeats):
        return RepeatSpread(0.0, None, len(repeats), runs, degrees, True)
    low, high = sd_factors(degrees + 1, level)
    return RepeatSpread(float(sd), Interval(float(sd * low), float(sd * high), level,
                                            "chi-square over repeats"),
                        len(repeats), runs, degrees, False)
