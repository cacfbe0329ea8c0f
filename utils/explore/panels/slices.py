"""`slices`: groups of images that the runs do worse on, found on half of the scenes and confirmed
on the other half."""
from typing import TYPE_CHECKING, List, Optional

import numpy as np

from utils.errors import UserError
from utils.explore.panel import PANELS, Gallery, ImageColumn, Panel, Pick
from utils.explore.properties import Property, properties_of
from utils.explore.slice_words import image_names, label_of, slice_remarks
from utils.explore.units import about_units
from utils.report.common import counted
from utils.report.layout import ALWAYS
from utils.report.section import Section
from utils.report.table import Column, Table
from utils.statistics.intervals import Interval
from utils.statistics.miou import miou_d
from utils.statistics.slices import Slice, SliceSearch, find_slices

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: Confirmed slices with a gallery, and images of each.
_GALLERIES, _PICKS = 6, 12


@PANELS.register("slices")
def analyse(exploration: "Exploration") -> Panel:
    """Searches the metadata, and the clusters where there are some, for slices of high loss.

    Raises:
      UserError: too few scenes, or no property that enough images have.
    """
    exploration.require_metadata()
    properties = properties_of(exploration)
    if not properties:
        raise UserError(f"no slice of {len(exploration.names)} images: no property of the metadata "
                        "that enough images have, and not all")
    labelled = ~np.isnan(exploration.loss).any(0)
    search = _search(exploration, properties, labelled)
    confirmed = [one for one in search.slices if one.p_adjusted < 1 - _level(exploration)]
    return Panel(
        Section("slices", "Slices", tuple(_text(exploration, properties, search, confirmed)),
                (_table(exploration, properties, search, labelled),) if search.slices else (),
                remarks=tuple(about_units(exploration) + slice_remarks(search))),
        tuple(_gallery(exploration, properties, one, labelled)
              for one in confirmed[:_GALLERIES]),
        tuple(ImageColumn(f"slice: {label_of(one, properties)}", np.where(_members(
            one, labelled), "in it", "not"), "confirmed slice") for one in confirmed))


def _level(exploration):
    return exploration.study.options.level


def _search(exploration, properties, labelled):
    scenes = exploration.scenes
    try:
        return find_slices(
            exploration.loss[:, labelled], np.array([one.members[labelled] for one in properties]),
            np.unique([one.group for one in properties], return_inverse=True)[1],
            None if scenes is None else scenes[labelled], level=_level(exploration))
    except ValueError as error:
        raise UserError(str(error)) from None


def _members(found: Slice, labelled):
    """Spreads the members among labelled images to all: bool [N]."""
    members = np.zeros(len(labelled), bool)
    members[labelled] = found.members
    return members


def ratio_interval(found: Slice, level: float) -> Optional[Interval]:
    """Turns the interval of the logarithm of a ratio into that of the ratio."""
    interval = found.confirmed.interval(level)
    return interval and Interval(float(np.exp(interval.low)), float(np.exp(interval.high)), level,
                                 interval.method)


def _text(exploration, properties, search: SliceSearch, confirmed) -> List[str]:
    runs, level = len(exploration.records), _level(exploration)
    if not confirmed:
        return ["No slice is confirmed: {} of {} were tested on the other half.".format(
            len(search.slices), counted(search.candidates, "slice"))]
    lines = [f"{len(confirmed)} of {len(search.slices)} tested slices are confirmed on the other "
             f"half ({search.candidates} were looked at)."]
    for one in confirmed[:_GALLERIES]:
        interval = ratio_interval(one, level)
        lines.append("{}: {:.2f} times the mean loss [{:.2f}, {:.2f}], in {} of {} seeds; {}."
                     .format(label_of(one, properties), np.exp(one.confirmed.value), interval.low,
                             interval.high, one.seeds, runs,
                             counted(int(one.members.sum()), "image")))
    return lines


def _table(exploration, properties: List[Property], search, labelled):
    level, runs = _level(exploration), len(exploration.records)
    rows = []
    for one in search.slices:
        members = _members(one, labelled)
        rows.append(dict(
            slice=label_of(one, properties), ratio=np.exp(one.confirmed.value),
            interval=ratio_interval(one, level), found=np.exp(one.found), p=one.p,
            holm=one.p_adjusted, holds=f"{one.seeds}/{runs}", images=int(members.sum()),
            miou=miou_d(exploration.matrices[:, members]).mean(),
            confirmed="yes" if one.p_adjusted < 1 - level else "no",
            names=image_names(exploration.names, members)))
    columns = (Column("slice", "slice", keep=ALWAYS), Column("confirmed", "holds", keep=2),
               Column("ratio", "loss ratio", "number", 2, keep=ALWAYS),
               Column("interval", "its interval", "interval", 2, of="ratio"),
               Column("found", "where found", "number", 2, keep=0),
               Column("holm", "Holm", "p", keep=2), Column("p", "p", "p", keep=0),
               Column("holds", "seeds"), Column("images", "images", "count"),
               Column("miou", "mIoU", "percent"), Column("names", "images", shown=False))
    whole = miou_d(exploration.matrices).mean()
    return Table("slices", "Slices of the images, and their loss over that of all", columns, rows,
                 "loss ratio: on the half that had no part in the choice, the mean over seeds; "
                 f"interval {100 * level:g} %. where found: on the other half, too high by choice. "
                 "p: one-sided. Holm: corrected for all rows, weighted by their place where found. "
                 f"mIoU: of the summed matrices of all images of the slice; {100 * whole:.1f} % on "
                 "all images.")


def _gallery(exploration, properties, found, labelled):
    loss = np.where(_members(found, labelled), exploration.loss.mean(0), -np.inf)
    picks = [Pick(int(index), f"loss {loss[index]:.2f}")
             for index in np.argsort(-loss, kind="stable")[:_PICKS] if np.isfinite(loss[index])]
    return Gallery(label_of(found, properties), tuple(picks),
                   "The images of this slice with the highest loss, the mean over seeds.")
