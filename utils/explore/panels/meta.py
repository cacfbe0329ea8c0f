"""`meta`: what loss and IoU of images have to do with what is known of the images."""
from typing import TYPE_CHECKING, Iterable, List, NamedTuple, Tuple

import numpy as np

from utils.explore.binned_plot import binned
from utils.explore.dataset import Metadata
from utils.explore.effects import (
    Row,
    category_rows,
    effect_table,
    left_out,
    number_rows,
    sentences,
)
from utils.explore.panel import PANELS, ImageColumn, Panel
from utils.explore.units import about_units, units_name
from utils.report.layout import ALWAYS
from utils.report.section import Plot, Section
from utils.report.table import Column, Table
from utils.statistics.bins import bin_numbers
from utils.statistics.effects import mean_score
from utils.statistics.estimates import Estimate
from utils.statistics.miou import miou_d

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: Columns that are cut into bins, and those that are drawn: of the clearest effect on the loss.
_MOST_BINNED, _MOST_DRAWN = 20, 4
#: Bins of a column of numbers, and images of the highest one.
_BINS, _FEWEST_IN_BIN = 10, 5


class BinRow(NamedTuple):
    """A bin of a column: its images, mean loss and mIoU of the summed matrices."""
    column: str
    label: str
    images: int
    loss: Estimate
    miou: Estimate


@PANELS.register("meta")
def analyse(exploration: "Exploration") -> Panel:
    """Tables loss and IoU against each column of metadata, and draws the clearest in bins.

    Raises:
      UserError: nothing was extracted.
    """
    metadata, scenes = exploration.require_metadata(), exploration.scenes
    level, runs = exploration.study.options.level, len(exploration.records)
    text: List[str] = []
    tables: List[Table] = []
    rows: List[Row] = []
    for key, value, values in (("loss", "the loss", exploration.loss),
                               ("iou", "the IoU", exploration.iou)):
        numbers = number_rows(values, metadata, scenes, level)
        kinds = [("", "columns of numbers", numbers), (
            "_categories", "categories", category_rows(values, metadata, numbers, scenes, level))]
        for suffix, what, own in kinds:
            text += sentences(own, value, level, runs)
            tables += [effect_table(
                f"meta_{key}{suffix}", f"{value[:1].upper() + value[1:]} of an image against "
                f"{what}", own, runs, level, units_name(exploration))] if own else []
            rows += own
    clearest = list(dict.fromkeys(row.column for row in rows if not row.category))[:_MOST_BINNED]
    bins = bin_rows(exploration, clearest)
    absent = left_out(metadata, rows)
    return Panel(
        Section("meta", "What is known of the images, and loss and IoU", tuple(text),
                tuple(tables) + ((_bin_table(bins, level, units_name(exploration)),)
                                 if bins else ()),
                tuple(_plot(bins, column, level) for column in clearest[:_MOST_DRAWN]),
                remarks=tuple(about_units(exploration)) + ((absent,) if absent else ())),
        columns=columns_of(metadata))


def columns_of(metadata: Metadata) -> Tuple[ImageColumn, ...]:
    """Makes an `ImageColumn` of every column of metadata."""
    return tuple(ImageColumn(name, values, "metadata") for name, values in list(
        metadata.numbers.items()) + list(metadata.categories.items()))


def bin_rows(exploration: "Exploration", columns: Iterable[str]) -> List[BinRow]:
    """Computes loss and mIoU in bins of columns of numbers."""
    loss, parts, scenes = exploration.loss, miou_d.parts(exploration.matrices), exploration.scenes
    labelled = ~np.isnan(loss).any(0)
    losses = np.stack([np.where(labelled, loss, 0.0), np.broadcast_to(labelled, loss.shape)], -1)
    rows = []
    for name in columns:
        for one in bin_numbers(exploration.metadata.numbers[name], _BINS, _FEWEST_IN_BIN):
            own = None if scenes is None else scenes[one.members]
            rows.append(BinRow(
                name, one.label, int(one.members.sum()),
                mean_score(losses[:, one.members], _mean, own),
                mean_score(parts[:, one.members], miou_d.score, own)))
    return rows


def _mean(sums):
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums[..., 0] / sums[..., 1]


def _bin_table(rows, level, units):
    columns = (Column("column", "column", keep=ALWAYS), Column("bin", "bin", keep=ALWAYS),
               Column("images", "images", "count"), Column("loss", "loss", "number", 3, keep=2),
               Column("loss_interval", "its interval", "interval", 3, of="loss"),
               Column("miou", "mIoU", "percent", keep=2),
               Column("miou_interval", "its interval", "percent_interval", of="miou"))
    cells = [dict(column=row.column, bin=row.label, images=row.images, loss=row.loss.value,
                  loss_interval=row.loss.interval(level), miou=row.miou.value,
                  miou_interval=row.miou.interval(level, (0, 1))) for row in rows]
    return Table("meta_bins", "Loss and mIoU in bins of the clearest columns", columns, cells,
                 f"Means over seeds; intervals {100 * level:g} %: over {units}. mIoU: of the "
                 "matrices summed within the bin, over the classes that occur there.",
                 terminal=False)


def _plot(rows, column, level):
    own = [row for row in rows if row.column == column]

    def ends(estimate: Estimate, factor: float = 1.0):
        interval = estimate.interval(level)
        return interval and (factor * interval.low, factor * interval.high)

    def draw():
        return binned(column, [row.label for row in own], [
            ("loss", [row.loss.value for row in own], [ends(row.loss) for row in own]),
            ("mIoU, %", [100 * row.miou.value for row in own],
             [ends(row.miou, 100) for row in own])])
    name = "meta_" + "".join(sign if sign.isalnum() else "_" for sign in column)
    return Plot(name, f"Loss and mIoU in bins of {column}", "Points: means over seeds. Lines: "
                f"{100 * level:g} % intervals over the images (or scenes) of the bin. Bins: of "
                "about equal numbers of images, or single values.", draw)
