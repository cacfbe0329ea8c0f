"""Which metadata the images of a cluster have more, or less, of than the others.

Images are independent where no scenes are known: Mann-Whitney's test for numbers, Fisher's exact
test for each category. Where they are, whole scenes are permuted: what differs within scenes alone
is not found, and few scenes find nothing. All p of a table are corrected by Benjamini & Hochberg.
"""
import dataclasses
from typing import List, NamedTuple, Sequence

import numpy as np

from utils.explore.dataset import Metadata
from utils.lazy import lazy_module
from utils.statistics.arrays import Clusters
from utils.statistics.many import benjamini_hochberg
from utils.statistics.resampling import by_cluster

stats = lazy_module("scipy.stats")

#: Categories of a column that are tested; a column with more is no description.
_MOST_CATEGORIES = 30
_PERMUTATIONS = 9999


class _Column(NamedTuple):
    """A column of numbers; a category is one of 0 and 1."""
    name: str
    values: np.ndarray
    is_category: bool


@dataclasses.dataclass(frozen=True)
class Enrichment:
    """One column beside one cluster.

    Attributes:
      cluster: its number.
      column: "objects of car", or "light = night".
      is_category: whether `inside` and `outside` are shares of images.
      inside, outside: mean over the images of the cluster and over all others.
      p, p_adjusted: of no difference, two-sided.
    """
    cluster: int
    column: str
    is_category: bool
    inside: float
    outside: float
    p: float
    p_adjusted: float


def enrichments(metadata: Metadata, label: np.ndarray, scenes: Clusters = None,
                seed: int = 0) -> List[Enrichment]:
    """Tests every column against every cluster, the smallest p first.

    Args:
      metadata: of N images; images without a value are left out.
      label: int [N], clusters; negative for none.
      scenes: [N], or None where images are independent.
      seed: of the permutations.
    """
    columns = _columns(metadata)
    inside = np.array([label == cluster for cluster in range(label.max() + 1)])
    if not columns or not len(inside):
        return []
    p = np.array([_p_over_scenes(inside, column.values, np.asarray(scenes), seed)
                  if scenes is not None else
                  [_p_over_images(own, column) for own in inside] for column in columns])
    adjusted = benjamini_hochberg(p.ravel()).reshape(p.shape)
    found = [Enrichment(cluster, column.name, column.is_category, _mean(column.values[own]),
                        _mean(column.values[~own]), float(p[row, cluster]),
                        float(adjusted[row, cluster]))
             for row, column in enumerate(columns) for cluster, own in enumerate(inside)]
    return sorted((one for one in found if not np.isnan(one.p)),
                  key=lambda one: (one.p, one.cluster, one.column))


def _columns(metadata):
    """Returns the columns that vary; a category becomes a column of 0 and 1."""
    made = [_Column(name, np.asarray(values, np.float64), False)
            for name, values in metadata.numbers.items()]
    for name, texts in metadata.categories.items():
        values = np.asarray(texts)
        kinds = sorted(set(values.tolist()) - {""})
        if len(kinds) == 2:  # the other one says the same
            kinds = [min(kinds, key=lambda kind: (values == kind).sum())]
        for kind in kinds if len(kinds) <= _MOST_CATEGORIES else ():
            own = np.where(values == "", np.nan, values == kind).astype(np.float64)
            made.append(_Column(f"{name} = {kind}", own, True))
    return [column for column in made if len(set(_known(column.values).tolist())) > 1]


def _known(values):
    return values[~np.isnan(values)]


def _mean(values):
    known = _known(values)
    return float(known.mean()) if len(known) else float("nan")


def _p_over_images(inside: np.ndarray, column: _Column) -> float:
    """Tests the images of a cluster against the others; NaN where one side is empty."""
    own, others = _known(column.values[inside]), _known(column.values[~inside])
    if not len(own) or not len(others):
        return float("nan")
    if column.is_category:
        table = [[own.sum(), len(own) - own.sum()], [others.sum(), len(others) - others.sum()]]
        return float(stats.fisher_exact(np.array(table, np.int64))[1])
    return float(stats.mannwhitneyu(own, others, alternative="two-sided",
                                    method="asymptotic")[1])


def _p_over_scenes(inside: np.ndarray, values: np.ndarray, scenes: np.ndarray,
                   seed: int) -> Sequence[float]:
    """Tests by permutation whether scenes with more images of a cluster have greater ranks.

    Args:
      inside: bool [C, N].

    Returns:
      [C]; NaN where neither side varies over scenes.
    """
    known = ~np.isnan(values)
    parts = np.concatenate([inside[:, known], stats.rankdata(values[known])[np.newaxis],
                            np.ones((1, known.sum()))]).T
    sums = by_cluster(parts.astype(np.float64), scenes[known])
    means = sums[:, :-1] / sums[:, -1:]
    means = means - means.mean(0)
    random = np.random.RandomState(seed)
    orders = np.argsort(random.random_sample((_PERMUTATIONS, len(means))), axis=1)
    shares, ranks = means[:, :-1], means[:, -1]
    observed = np.abs(ranks @ shares)
    drawn = np.abs(ranks[orders] @ shares)
    p = ((drawn >= observed * (1 - 1e-9)).sum(0) + 1) / (_PERMUTATIONS + 1.0)
    return np.where(np.ptp(shares, axis=0) * np.ptp(ranks) > 0, p, np.nan)
