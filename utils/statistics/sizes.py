"""Recall and IoU of objects by their size. Objects are connected components of a class.

Takes `utils.evaluate.observers.objects.Objects`, one per run, of one test set.
"""
import dataclasses
from typing import Any, Optional, Sequence, Tuple, Union

import numpy as np

from utils.measures.regions import SPECK
from utils.statistics.intervals import SCORES, SeedSummary, summarise

#: COCO's bins: small below 32 x 32 pixels, medium below 96 x 96. COCO's images are about 640 x 480.
COCO_EDGES = (0, 32 ** 2, 96 ** 2, np.inf)
COCO_NAMES = ("small", "medium", "large")


@dataclasses.dataclass(frozen=True)
class Specks:
    """The smallest objects of a test set.

    Attributes:
      specks: objects of at most `SPECK` pixels.
      objects: all of them.
      pixels: the specks' share of the pixels of all objects, 0..1.
    """
    specks: int
    objects: int
    pixels: float


def speck_share(objects: Any) -> Specks:
    """Computes the `Specks` among the true objects of a test set."""
    speck = objects.area <= SPECK
    pixels = objects.area.sum(dtype=np.int64)
    return Specks(int(speck.sum()), len(speck),
                  float(objects.area[speck].sum(dtype=np.int64) / pixels) if pixels else 0.0)


@dataclasses.dataclass(frozen=True)
class SizeRow:
    """One bin of object areas; low <= area < high, in pixels of the images' own resolution.

    Attributes:
      name, low, high.
      objects: of the truth; predicted: mean number per run of predicted ones of such an area.
      recall: `SeedSummary` over runs of the mean over objects of the share of pixels found.
      found: of the share of objects with an IoU of .5 or more.
      iou: of the mean IoU of an object and all predicted objects of its class that touch it.
      over_segmented: of the share of objects that several predicted ones touch.
      under_segmented: of the share of predicted objects (by their own area) that touch several of
        the truth; None where a run predicted none.
      All None where the truth has no object in the bin.
    """
    name: str
    low: float
    high: float
    objects: int
    predicted: float
    recall: Optional[SeedSummary] = None
    found: Optional[SeedSummary] = None
    iou: Optional[SeedSummary] = None
    over_segmented: Optional[SeedSummary] = None
    under_segmented: Optional[SeedSummary] = None


def size_table(runs: Sequence[Any], bins: Union[str, Sequence[float]] = "coco",
               label: Optional[int] = None, level: float = .95) -> Tuple[SizeRow, ...]:
    """Computes the scores of objects by size, as means over the objects of a bin, then over runs.

    Args:
      runs: list of `Objects`, one per run, of the same truth.
      bins: "coco", "deciles" (of the areas of the truth's objects above `SPECK` pixels, for specks
        would fill most of them; the rest is in no bin) or edges, increasing.
      label: index of a class, to count its objects only.

    Raises:
      ValueError: no run, runs of different truths, or an unknown kind of bins.
    """
    if not runs:
        raise ValueError("no run was given")
    first = runs[0]
    for other in runs[1:]:
        if not (np.array_equal(first.area, other.area) and np.array_equal(first.label, other.label)
                and np.array_equal(first.image, other.image)):
            raise ValueError(f"the runs' true objects differ ({len(first.area)} and "
                             f"{len(other.area)}): expected one test set"
                             )
    chosen = np.ones(len(first.area), bool) if label is None else first.label == label
    names, edges = _bins(bins, first.area[chosen])
    return tuple(_row(runs, chosen, label, name, low, high, level)
                 for name, low, high in zip(names, edges[:-1], edges[1:]))


def _bins(bins, areas):
    """Returns (names, edges) of "coco", "deciles" or given edges."""
    if isinstance(bins, str) and bins == "coco":
        return COCO_NAMES, COCO_EDGES
    if isinstance(bins, str) and bins == "deciles":
        areas = areas[areas > SPECK]
        if not len(areas):
            return (), (0,)
        # Many objects of one size make deciles coincide; the last bin holds the largest object.
        edges = np.unique(np.percentile(areas, np.arange(0, 100, 10)))
        edges = tuple(float(edge) for edge in edges) + (np.inf,)
    elif isinstance(bins, str) or len(bins) < 2 or np.any(np.diff(bins) <= 0):
        raise ValueError(f"bins {bins!r}: expected coco, deciles or increasing edges")
    else:
        edges = tuple(bins)
    return tuple(f"{low:.0f}-{high:.0f}" if np.isfinite(high) else
                 f"{low:.0f} or more" for low, high in zip(edges[:-1], edges[1:])), edges


def _row(runs, chosen, label, name, low, high, level):
    area = runs[0].area
    of_bin = chosen & (area >= low) & (area < high)
    predicted = [(run.predicted_area >= low) & (run.predicted_area < high)
                 & ((run.predicted_label == label) if label is not None else True) for run in runs]
    row = SizeRow(name, float(low), float(high), int(of_bin.sum()),
                  float(np.mean([these.sum() for these in predicted])))
    if not row.objects:
        return row

    def over_runs(values):
        return summarise([np.mean(of_run) for of_run in values], level, SCORES)

    iou = [run.hit[of_bin] / run.union[of_bin] for run in runs]
    return dataclasses.replace(
        row, recall=over_runs([run.hit[of_bin] / run.area[of_bin] for run in runs]),
        found=over_runs([of_run >= .5 for of_run in iou]), iou=over_runs(iou),
        over_segmented=over_runs([run.pieces[of_bin] > 1 for run in runs]),
        under_segmented=over_runs([run.predicted_wholes[these] > 1
                                   for run, these in zip(runs, predicted)])
        if all(these.any() for these in predicted) else None)
