"""Intervals over images of many runs: `bca_over_images`, drawing the resamples once.

Runs of one test set share the resamples, and the share of them that lacks a class; drawing both
anew for each run takes most of the time of a report on a thousand runs.
"""
import numpy as np

from utils.statistics.intervals import RunScore, over_units
from utils.statistics.miou import METRICS
from utils.statistics.resampling import (
    by_cluster, draw_counts, jackknife, pseudo_values, resampled_scores, vanished_share)

REPLICATES = 2000


class ImageIntervals(object):
    """Gives the `RunScore` of matrices; what depends on the test set alone is kept.

    Args:
      metric: key of `METRICS`. level: of the intervals.
    """

    def __init__(self, metric, level):
        self._metric, self._level = METRICS[metric], level
        self._counts, self._vanished = {}, {}

    def __call__(self, matrices, clusters, test_set):
        """The same as `bca_over_images(matrices, clusters)`.

        Args:
          matrices: [N, C, C]. clusters: [N] or None.
          test_set: hashable, equal for runs of one test set.
        """
        parts = by_cluster(self._metric.parts(matrices), clusters)
        score, units = self._metric.score, len(parts)
        about = dict(score=float(score(parts.sum(0))), images=len(matrices), units=units,
                     metric=self._metric.name)
        if units < 2:
            return RunScore(interval=None, se=np.nan, vanished=0.0, why="a single image or cluster",
                            **about)
        if units not in self._counts:
            self._counts[units] = draw_counts(units, REPLICATES)
        counts = self._counts[units]
        pseudo = pseudo_values(parts, score)
        if test_set not in self._vanished:
            self._vanished[test_set] = vanished_share(matrices, counts, clusters)
        interval = over_units(about["score"], pseudo,
                              lambda: resampled_scores(parts, score, counts),
                              jackknife(parts, score), self._level)
        return RunScore(interval=interval, se=float(np.sqrt(pseudo.var(ddof=1) / units)),
                        vanished=self._vanished[test_set], **about)
