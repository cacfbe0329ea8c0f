"""Slices in which the change from B to A is greater than elsewhere, confirmed on other scenes."""
from typing import List, Tuple

import numpy as np

from utils.explore.paired import Paired
from utils.explore.properties import properties_of
from utils.explore.slice_words import image_names, label_of, slice_remarks
from utils.report.common import counted
from utils.report.layout import ALWAYS
from utils.report.table import Column, Table
from utils.statistics.slices import DIFFERENCE, find_slices

#: Slices that are told in sentences.
_MOST_TOLD = 3
#: Which way the loss changes, by the sign of A - B that is searched for.
_WAYS = ((1, "higher with A"), (-1, "lower with A"))


def slice_table(pair: Paired) -> Tuple[Tuple[Table, ...], List[str]]:
    """Searches for slices both ways, each at half of the level.

    Returns:
      (tables, sentences); a sentence alone where scenes or properties are too few.
    """
    change = pair.loss_difference
    known = ~np.isnan(change).any(0)
    places = pair.of_a[known]
    properties = [one._replace(members=one.members[places]) for one in properties_of(pair.a)]
    if not properties:
        return (), []
    level, rows, remarks = pair.a.study.options.level, [], []
    scenes = None if pair.scenes is None else pair.scenes[known]
    try:
        for sign, way in _WAYS:
            search = find_slices(
                sign * change[:, known], np.array([one.members for one in properties]),
                np.unique([one.group for one in properties], return_inverse=True)[1], scenes,
                DIFFERENCE, level)
            remarks = slice_remarks(search)
            rows += [_row(pair, one, sign, way, properties, places) for one in search.slices]
    except ValueError as error:
        return (), [f"No slices: {error}."]
    confirmed = [row for row in rows if row["holm"] < (1 - level) / 2]
    return ((_table(rows, level),) if rows else ()), _sentences(confirmed, len(rows)) + remarks


def _row(pair, found, sign, way, properties, places):
    level = pair.a.study.options.level
    interval = found.confirmed.interval(level)
    ends = interval and sorted((sign * interval.low, sign * interval.high))
    members = np.zeros(len(pair.a.names), bool)
    members[places] = found.members
    return dict(slice=label_of(found, properties), way=way, change=sign * found.confirmed.value,
                interval=ends, found=sign * found.found, holm=found.p_adjusted,
                holds=f"{found.seeds}/{len(pair.a.records)}", images=int(members.sum()),
                confirmed="yes" if found.p_adjusted < (1 - level) / 2 else "no",
                names=image_names(pair.a.names, members))


def _sentences(confirmed, count):
    if not confirmed:
        return [f"No slice changes more than the rest: {counted(count, 'slice')} were tested."]
    told = ["{}: A - B is {:+.3f} beyond that of all images, in {} runs of A; {}.".format(
        row["slice"], row["change"], row["holds"], counted(row["images"], "image"))
        for row in confirmed[:_MOST_TOLD]]
    more = len(confirmed) - len(told)
    return told + ([f"And {more} more of {counted(count, 'slice')} tested: see the table."]
                   if more else [])


def _table(rows, level):
    columns = (Column("slice", "slice", keep=ALWAYS), Column("way", "loss", keep=2),
               Column("confirmed", "holds", keep=2),
               Column("change", "beyond all", "number", 3, keep=ALWAYS),
               Column("interval", "its interval", "interval", 3, of="change"),
               Column("found", "where found", "number", 3, keep=0),
               Column("holm", "Holm", "p", keep=2), Column("holds", "runs of A", keep=0),
               Column("images", "images", "count", keep=0), Column("names", "images", shown=False))
    return Table("compare_slices", "Slices in which the loss changed more than elsewhere", columns,
                 rows, "beyond all: A - B within the slice minus A - B of all images, on the half "
                 f"that had no part in the choice; interval {100 * level:g} %. Holm: one-sided, "
                 "each way for itself, so half of the level is what it must be below.")
