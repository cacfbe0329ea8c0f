"""Scores on images that training has used: to fit the weights, or to pick the checkpoint.

A run looks at two splits. It trains on one, or on a list of its images, and keeps as fcn.ckpt_best
the checkpoint that scored best on (a part of) validation. Scores of that checkpoint on validation
are those of a winner.
"""
from typing import TYPE_CHECKING, Sequence

import numpy as np

from utils.errors import UserError
from utils.report.checkpoints import kept_of
from utils.report.collect import RunRecord
from utils.report.common import counted, spanned
from utils.statistics.checkpoints import freeze_point
from utils.statistics.importance import best_of_k_inflation
from utils.statistics.intervals import summarise

if TYPE_CHECKING:
    from utils.report.study import Study

TRAINED, PARTLY, PICKED = "trained on", "trained on some of", "picked on"
#: Runs that a line names.
_MOST_NAMED = 3


class UsedSplits:
    """Tells once of all runs asked for, as soon as one of them was scored on such images."""

    def __init__(self) -> None:
        self._told = False

    def tell(self, study: "Study", records: Sequence[RunRecord]) -> None:
        """Adds a line for each use to the notes of a study.

        Args:
          records: runs that have the result that is asked for.
        """
        if self._told or not _used_as(study, records):
            return
        self._told = True  # what follows may ask for samples
        for line in _lines(study):
            study.note(line)


def _used_as(study, records):
    """Returns {use: runs} of the runs whose result is on images that they were trained or picked
    on."""
    found = {}
    for record in records:
        use = _use(study, record)
        if use:
            found.setdefault(use, []).append(record)
    return found


def _is_trained_on(study, record):
    """Returns bool [N]: which images of a result on the training split the run trained on."""
    return np.array(record.trained_on(study.result(record).names))


def _use(study, record):
    """Returns `TRAINED`, `PARTLY`, `PICKED` or "". Splits are told by their hashes where both sides
    have one."""
    tested = study.signature(record).sha256
    hashes = dict(record.info.get("splits_sha256") or {})
    hashes.setdefault("training", record.info.get("data_sha256", ""))

    def is_split(name):
        own = hashes.get(name, "")
        return own == tested if own and tested else study.options.split == name
    if is_split("training"):
        trained = _is_trained_on(study, record)
        return TRAINED if trained.all() else PARTLY if trained.any() else ""
    picked = study.asked.checkpoint == "best"
    return PICKED if picked and is_split("validation") else ""


def _lines(study):
    """Writes a line on the results for each use of their images."""
    records = [record for configuration in study.chosen() for record in configuration.records
               if _is_read(study, record)]
    found, lines = _used_as(study, records), []
    if TRAINED in found:
        lines.append(f"{_named(found[TRAINED], records)} {_is(found[TRAINED], records)} scored on "
                     "the images that it was trained on, which says nothing of others: test on "
                     "another split")
    if PARTLY in found:
        shares = [_is_trained_on(study, record) for record in found[PARTLY]]
        lines.append(f"{_named(found[PARTLY], records)} {_is(found[PARTLY], records)} scored on "
                     f"{spanned([len(share) for share in shares])} images of which it was trained "
                     f"on {spanned([int(share.sum()) for share in shares])} (--subset): that is "
                     "too high for others: test on another split")
    if PICKED in found:
        lines.append(f"{_named(found[PICKED], records)} {_is(found[PICKED], records)} scored on "
                     "validation, by which its checkpoint was picked: that is too high. "
                     f"{_optimism(study, found[PICKED])}. Report the picked one on another split, "
                     "or the newest on this one "
                     f"(--result={study.asked.newest().rest})")
    return lines


def _is_read(study, record):
    try:
        return record.has(study.stem()) and study.result(record) is not None
    except UserError:  # the statistics that leave it out say so
        return False


def _named(found, records):
    if len(found) == len(records):
        return "each run" if len(found) > 1 else found[0].name
    more = len(found) - _MOST_NAMED
    return ", ".join(record.name for record in found[:_MOST_NAMED]) + (
        f" and {more} more" if more > 0 else "")


def _is(found, records):
    return "is" if len(found) in (1, len(records)) else "are each"


def _optimism(study, records):
    """Says by how much: as measured on kept checkpoints, else by chance alone."""
    kept = [found for found, _ in (kept_of(study, [record]) for record in records) if found]
    if kept:
        points = [freeze_point(one.validation, one.test, one.steps) for one in kept]
        found = summarise([point.optimism.mean for point in points], study.options.level)
        interval = found.mean_interval
        return ("Of the last {} kept checkpoints of {}, the best on validation promises {:.2f} "
                "points more there than it keeps on test{}".format(
                    spanned([len(one.steps) for one in kept]), counted(len(kept), "run"),
                    100 * found.mean, "" if interval is None else
                    f" [{100 * interval.low:.2f}, {100 * interval.high:.2f}]"))
    looks = [len(record.curve()) for record in records if len(record.curve()) > 1]
    count = int(np.median(looks)) if looks else 5
    return (f"By chance alone the best of {count} evaluations lies up to "
            f"{best_of_k_inflation(count):.2f} sd of a checkpoint's noise above their mean")
