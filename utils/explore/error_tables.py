"""Tables of the kinds of error: over all classes, of each class, and which classes are confused."""
import functools
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from utils.explore.exploration import Exploration
from utils.measures.error_types import TYPES
from utils.report.common import percent_level, units_name
from utils.report.layout import ALWAYS
from utils.report.table import Column, Table
from utils.statistics.error_kinds import (
    KINDS,
    boundary_iou,
    gains,
    mean_over_classes,
    remaining_shares,
    shares,
)
from utils.statistics.seed_means import SeedMean, seed_mean

#: Confusions that are listed.
MOST_CONFUSIONS = 12


class ErrorCounts(NamedTuple):
    """What is counted of S runs, N images and C classes.

    Attributes:
      types: int64 [S, N, C, 7], by `measures.error_types.TYPES`.
      rims: int64 [S, N, C, 2].
      matrices: int64 [S, N, C, C].
      occur: int [K], the classes with a true pixel.
    """
    types: np.ndarray
    rims: np.ndarray
    matrices: np.ndarray
    occur: np.ndarray


class Estimator:
    """Estimates scores of an exploration's runs, over its seeds and images.

    Args:
      exploration: what is looked at.
    """

    def __init__(self, exploration: Exploration) -> None:
        self._clusters = exploration.scenes
        self._level = exploration.study.options.level

    def __call__(self, parts: np.ndarray, score: Any, within: Any = (0.0, 1.0)) -> SeedMean:
        """Estimates a score of parts [S, N, P]; see `statistics.seed_means.seed_mean`."""
        return seed_mean(parts, score, self._clusters, self._level, within)


class Kind(NamedTuple):
    """A kind of error, as a mean over classes: its share of a class's union, the same once coarser
    kinds are fixed, and the mIoU that fixing it alone would add."""
    name: str
    share: SeedMean
    remaining: SeedMean
    gain: SeedMean


def estimate_kinds(counts: ErrorCounts, estimator: Estimator) -> List[Kind]:
    """Estimates each of `KINDS` over the classes that occur."""
    parts = counts.types[:, :, counts.occur]
    parts = parts.reshape(parts.shape[:2] + (-1,))
    made = []
    for index, name in enumerate(KINDS):
        made.append(Kind(name, *[estimator(parts, functools.partial(
            mean_over_classes, function=function, column=index + offset)) for function, offset in (
                (shares, 1), (remaining_shares, 0), (gains, 0))]))
    return made


def estimate_classes(counts: ErrorCounts, estimator: Estimator) -> List[List[SeedMean]]:
    """Estimates IoU and the shares of `KINDS`, [K][4], of the classes that occur."""
    return [[estimator(counts.types[:, :, label], lambda sums, column=column:
                       shares(sums)[..., column]) for column in range(1 + len(KINDS))]
            for label in counts.occur]


def agreeing(runs: Sequence[np.ndarray]) -> Tuple[int, int]:
    """Finds the largest of several values, and in how many runs it is the largest.

    Args:
      runs: of each value, float64 [S].

    Returns:
      (index of the value with the largest mean, number of runs).
    """
    largest = int(np.argmax(np.mean(runs, axis=1)))
    return largest, int((np.argmax(runs, axis=0) == largest).sum())


def cells(key: str, found: SeedMean) -> Dict[str, Any]:
    """Fills the columns of `columns`."""
    sd = found.runs.std(ddof=1) if len(found.runs) > 1 else None
    return {key: found.value, key + "_sd": sd, key + "_seeds": found.seeds,
            key + "_images": found.images}


def columns(key: str, title: str, kind: str = "percent", keep: int = 2,
            intervals: bool = False) -> Tuple[Column, ...]:
    """Makes the columns of an estimate: value, sd over seeds, interval over seeds, over images.

    Args:
      key, title, kind, keep: as `Column` has them.
      intervals: whether people see the intervals; files have them anyway.
    """
    spread = "spread" if kind == "percent" else kind
    interval = "interval" if kind == "number" else kind + "_interval"
    return (Column(key, title, kind, keep=keep),
            Column(key + "_sd", "sd", spread, unit="", shown=False, of=key),
            Column(key + "_seeds", "over seeds", interval, unit="", shown=intervals,
                   keep=1, of=key),
            Column(key + "_images", "over images", interval, unit="", shown=intervals,
                   keep=0, of=key))


def kinds_table(exploration: Exploration, kinds: Sequence[Kind]) -> Table:
    """Makes a table with a row for each kind of error."""
    largest, runs = agreeing([kind.share.runs for kind in kinds])
    rows = []
    for index, kind in enumerate(kinds):
        row: Dict[str, Any] = {"kind": kind.name}
        row.update(cells("share", kind.share))
        row.update(cells("gain", kind.gain))
        row.update(cells("remaining", kind.remaining))
        row["seeds"] = f"{runs} of {len(exploration.records)}" if index == largest else ""
        rows.append(row)
    made = (Column("kind", "kind of error", keep=ALWAYS),) + columns(
        "share", "of the union", keep=ALWAYS, intervals=True) + columns(
        "gain", "mIoU if fixed", "points", keep=ALWAYS) + columns(
        "remaining", "coarser ones fixed") + (
        Column("seeds", "largest in", keep=2),)
    return Table("error_kinds", "Kinds of error, mean over classes", made, rows,
                 "Share of a class's union (true or predicted pixels): with IoU the kinds add up "
                 "to 100 %. mIoU if fixed: what fixing this kind alone would add. coarser ones "
                 "fixed: share once the kinds below are fixed. largest in: seeds whose largest "
                 "kind it is. " + interval_note(exploration))


def interval_note(exploration: Exploration) -> str:
    """Says what intervals are over."""
    study, runs = exploration.study, len(exploration.records)
    level, units = percent_level(study), units_name(study)
    if runs < 2:
        return f"One seed: no interval over seeds. {level} interval over {units} (jackknife)."
    return f"{level} intervals: over {runs} seeds (t), and over {units} for these (jackknife)."


def class_table(exploration: Exploration, counts: ErrorCounts, found: Sequence[Sequence[SeedMean]],
                estimator: Estimator) -> Table:
    """Makes a table with a row for each class: IoU and the kinds, and Boundary IoU."""
    rows = []
    for label, values in zip(counts.occur, found):
        largest, runs = agreeing([one.runs for one in values[1:]])
        row: Dict[str, Any] = {"class": exploration.class_names[label]}
        for key, value in zip(("iou",) + KINDS, values):
            row.update(cells(key, value))
        row.update(cells("boundary_iou", estimator(counts.rims[:, :, label], boundary_iou)))
        row.update(largest=KINDS[largest], seeds=f"{runs} of {len(exploration.records)}")
        rows.append(row)
    made: Tuple[Column, ...] = (Column("class", "class", keep=ALWAYS),)
    for key, title in (("iou", "IoU"),) + tuple(zip(KINDS, KINDS)):
        made += columns(key, title, keep=ALWAYS)
    made += (Column("largest", "largest", keep=2), Column("seeds", "in seeds", keep=2))
    made += columns("boundary_iou", "Boundary IoU", keep=1)
    return Table("errors", "IoU and kinds of error of each class, % of its union", made, rows,
                 "boundary: within 1 % of the image's diagonal of right pixels on both sides; "
                 "extent: in a region that is hit elsewhere; segment: a whole region missed or "
                 "invented. IoU and the three add up to 100 %. in seeds: whose largest kind it is. "
                 "Files have intervals over seeds and images.")


def confusion_table(exploration: Exploration, counts: ErrorCounts, estimator: Estimator) -> Table:
    """Makes a table of the commonest confusions: a true class called another one."""
    sums = counts.matrices.sum(1).astype(np.float64)
    wrong = sums * (1 - np.eye(sums.shape[-1]))
    share = (wrong / np.maximum(wrong.sum((1, 2), keepdims=True), 1)).reshape(len(sums), -1)
    listed = [set(_commonest(one)) for one in share]
    rows = []
    for place in _commonest(share.mean(0)):
        true, called = divmod(place, sums.shape[-1])
        own = counts.matrices[:, :, true]
        row = {"true": exploration.class_names[true], "called": exploration.class_names[called],
               "errors": share[:, place].mean(),
               "seeds": f"{sum(place in one for one in listed)} of {len(sums)}"}
        row.update(cells("share", estimator(np.stack([own[..., called], own.sum(-1)], -1),
                                            ratio)))
        rows.append(row)
    made = (Column("true", "true class", keep=ALWAYS), Column("called", "called", keep=ALWAYS),
            Column("errors", "of all errors", "percent", keep=ALWAYS)) + columns(
        "share", "of the class", keep=ALWAYS, intervals=True) + (
        Column("seeds", "listed in", keep=2),)
    return Table("confusions", f"The {len(rows)} commonest confusions", made, rows,
                 "Of all errors: of all wrong pixels; of the class: of its true pixels. listed in: "
                 f"seeds that have it among their {MOST_CONFUSIONS} commonest. "
                 + interval_note(exploration))


def _commonest(share):
    """Returns the places of the greatest values of [C C], the greatest first, none of 0."""
    order = np.argsort(-share, kind="stable")[:MOST_CONFUSIONS]
    return [int(place) for place in order if share[place] > 0]


def ratio(sums: np.ndarray) -> np.ndarray:
    """Divides sums [..., 2]: the first by the second; NaN where that is 0."""
    return np.divide(sums[..., 0], sums[..., 1], out=np.full(sums.shape[:-1], np.nan),
                     where=sums[..., 1] > 0)


def error_counts(exploration: Exploration) -> ErrorCounts:
    """Reads what is counted of an exploration's runs."""
    types = np.stack([one.counts for one in exploration.error_types]).astype(np.int64)
    rims = np.stack([one.rims for one in exploration.error_types]).astype(np.int64)
    true = types.sum((0, 1))[:, [TYPES.index("hit")] + list(range(2, len(TYPES), 2))].sum(-1)
    return ErrorCounts(types, rims, exploration.matrices, np.flatnonzero(true))
