"""Plots accuracy against cost: for each configuration its mean, its interval and its runs."""
import functools
from typing import Any, Dict, List, Sequence

import numpy as np

from utils.page.svg import FAINT
from utils.report import figures
from utils.report.section import Plot

#: Costs that a plot can show: {key of a row: label of the axis}.
COSTS = {"gflops": "GFLOPs for one image", "parameters": "parameters, millions",
         "forward": "forward, images/s", "training": "training, images/s",
         "forward_memory": "peak memory forward, GB", "training_memory": "peak memory training, GB"}
#: Costs that are better when greater.
_SPEEDS = ("forward", "training")
_MARKERS = "osD^vP"
#: The axis is logarithmic where the greatest cost exceeds the least by this ratio.
_WIDE = 8
_LEGEND_LINE, _PLOT_HEIGHT = .2, 3.1


def accuracy_plot(rows: List[Dict[str, Any]], costs: Sequence[str], score: str) -> Plot:
    """Makes a `Plot` with a panel for each cost.

    Args:
      rows: of the table, with label, miou, miou_interval, scores and costs; a panel leaves out rows
        without its cost.
      costs: keys of `COSTS`.
      score: name of the score, "mIoU on test".
    """
    rows, cut = figures.best_only(rows)
    return Plot("nets", score + " against cost", "Mean over seeds with its t interval, and every "
                f"run. Grey: the best mean to be had at this cost or less.{cut}",
                functools.partial(_draw, rows, costs, score))


def _draw(rows, costs, score):
    from matplotlib.figure import Figure
    labels = ["{} (n={})".format(row["label"], row["seeds"]) for row in rows]
    columns = max(1, min(3, 110 // (max(map(len, labels)) + 6)))
    legend = .1 + _LEGEND_LINE * -(-len(labels) // columns)
    made = Figure(figsize=(max(5.2, 3.9 * len(costs)), legend + _PLOT_HEIGHT),
                  constrained_layout=True)
    grid = made.add_gridspec(2, len(costs), height_ratios=[legend, _PLOT_HEIGHT])
    above, first = made.add_subplot(grid[0, :]), None
    above.axis("off")
    for column, cost in enumerate(costs):
        axes = made.add_subplot(grid[1, column], sharey=first)
        first = first or axes
        _panel(axes, rows, labels, cost)
    first.set_ylabel(score + ", %")
    above.legend(*first.get_legend_handles_labels(), loc="upper left", ncol=columns, fontsize=8.5,
                 borderaxespad=0, handletextpad=.2)
    return made


def _panel(axes, rows, labels, cost):
    there = [(row[cost], row["miou"]) for row in rows if row.get(cost) is not None]
    axes.plot(*_frontier(there, cost), color=FAINT, lw=1.2, zorder=1)
    for index, (row, label) in enumerate(zip(rows, labels)):
        if row.get(cost) is None:
            continue
        ink = figures.colour(index)
        x, scores = row[cost], 100 * np.asarray(row["scores"])
        axes.plot(np.full(len(scores), x), scores, "_", ms=7, color=ink, alpha=.7, zorder=3)
        if row["miou_interval"] is not None:
            axes.plot([x, x], [100 * row["miou_interval"].low, 100 * row["miou_interval"].high],
                      color=ink, lw=1.4, solid_capstyle="butt", zorder=2)
        axes.plot([x], [100 * row["miou"]], _MARKERS[index // len(figures.COLOURS) % len(_MARKERS)],
                  ms=6.5, mew=0, color=ink, label=label, zorder=4)
    _cost_axis(axes, [x for x, _ in there], cost)


def _cost_axis(axes, values, cost):
    """Labels the axis of costs, and scales it logarithmically where costs differ much."""
    from matplotlib.ticker import NullFormatter, ScalarFormatter
    axes.set_xlabel(COSTS[cost])
    axes.margins(x=.12)
    if values and max(values) > _WIDE * min(values) > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(ScalarFormatter())
        axes.xaxis.set_minor_formatter(NullFormatter())


def _frontier(points, cost):
    """Lists the corners (xs, ys) of the stairs: the best score to be had at each cost or less."""
    points = sorted(points, key=lambda point: (-point[0] if cost in _SPEEDS else point[0],
                                               -point[1]))
    xs, ys = [], []
    for x, score in points:
        if ys and 100 * score <= ys[-1]:
            continue
        if ys:  # a step: level, then up
            xs.append(x)
            ys.append(ys[-1])
        xs.append(x)
        ys.append(100 * score)
    if ys:  # level on to the greatest cost
        xs.append(points[-1][0])
        ys.append(ys[-1])
    return xs, ys
