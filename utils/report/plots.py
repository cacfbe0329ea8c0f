"""Plots: runs as points, intervals as lines, no bars without points.

Each function returns a Figure. Scores come as fractions and are drawn in percent.
"""
from typing import TYPE_CHECKING, Iterable, Mapping, Optional, Sequence, Tuple

import numpy as np

from utils.page.svg import EDGE, INK
from utils.report.figures import (
    COLOURS,
    DASHES,
    LONGEST_INSIDE,
    MARKERS,
    MOST_INSIDE,
    WIDTH,
    Ends,
    Values,
    again,
    colour,
    figure,
    folded_labels,
    label_rows,
    legend_above,
    legend_height,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def strip(labels: Sequence[str], scores: Sequence[Values], intervals: Sequence[Ends], xlabel: str,
          colours: Optional[Sequence[int]] = None) -> "Figure":
    """Draws every run as a point; the mean as a tick with its interval over seeds.

    Args:
      labels: K configurations.
      scores: K arrays of fractions.
      intervals: K of (low, high) fractions or None.
      colours: K numbers for `colour`, so that a configuration keeps its own; else 0, 1, ...
    """
    colours = colours or range(len(labels))
    labels, height = folded_labels(labels)
    made, axes = figure(.62 + height * len(labels))
    label_rows(axes, labels)
    for row, (values, interval) in enumerate(zip(scores, intervals)):
        values = 100 * np.asarray(values)
        offsets = _spread(values)
        axes.plot(values, row + offsets, "o", ms=5, alpha=.75, mew=0, color=colour(colours[row]),
                  zorder=3)
        if len(values) > 1:
            axes.plot([values.mean()] * 2, [row - .3, row + .3], color=INK, lw=1.4, zorder=4)
        if interval is not None:
            axes.plot(100 * np.asarray(interval), [row + .34] * 2, color=INK, lw=1, zorder=4,
                      solid_capstyle="butt")
    axes.set_xlabel(xlabel)
    return made


def _spread(values):
    """Makes small offsets that part equal scores; the same each time."""
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return np.where(len(values) > 1, ((order * 7) % 5 - 2) * .055, 0)


def forest(labels: Sequence[str], centres: Values, intervals: Sequence[Ends], xlabel: str,
           marks: Iterable[float] = (), second: Optional[Sequence[Ends]] = None,
           points: Optional[Sequence[Values]] = None) -> "Figure":
    """Draws centres with intervals, one a row.

    Args:
      centres: K fractions.
      intervals: K of (low, high) or None; thick where there is a `second`.
      marks: vertical lines, fractions.
      second: K further intervals, thin and longer.
      points: K arrays of single runs, drawn faintly, or None.
    """
    labels, height = folded_labels(labels)
    made, axes = figure(.62 + height * len(labels))
    label_rows(axes, labels)
    for mark in marks:
        axes.axvline(100 * mark, color=EDGE, lw=.8, ls="-" if mark == 0 else (0, (4, 3)))
    for row, (centre, interval) in enumerate(zip(centres, intervals)):
        wide = second[row] if second else None
        for ends, width in ((wide, 1), (interval, 3 if second else 1.6)):
            if ends is not None:
                axes.plot(100 * np.asarray(ends), [row] * 2, color=COLOURS[0], lw=width,
                          solid_capstyle="butt", zorder=2)
        if points:
            axes.plot(100 * np.asarray(points[row]), np.full(len(points[row]), row - .2), "o",
                      ms=3.5, mew=0, alpha=.5, color=COLOURS[1], zorder=2)
        axes.plot([100 * centre], [row], "o", ms=5, color=INK, zorder=3)
    axes.set_xlabel(xlabel)
    return made


def stacked(labels: Sequence[str], parts: Mapping[str, Values], xlabel: str) -> "Figure":
    """Draws components side by side on a row each.

    Args:
      parts: {component: K values >= 0, NaN counts as 0}, in order.
    """
    labels, height = folded_labels(labels)
    made, axes = figure(.95 + height * len(labels))
    label_rows(axes, labels)
    left = np.zeros(len(labels))
    for index, (name, values) in enumerate(parts.items()):
        values = np.nan_to_num(np.asarray(values, np.float64))
        axes.barh(np.arange(len(labels)), values, left=left, height=.5, label=name,
                  color=colour(index), alpha=.85, lw=0, zorder=2)
        left = left + values
    axes.set_xlabel(xlabel)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncol=len(parts), fontsize=8.5,
                handlelength=1, borderaxespad=.2)
    return made


def curves(labels: Sequence[str], steps: Sequence[Values],
           bands: Sequence[Tuple[Values, Optional[Values], Optional[Values]]], xlabel: str,
           ylabel: str, lines: Sequence[Iterable[Values]] = (),
           colours: Optional[Sequence[int]] = None) -> "Figure":
    """Draws a line per configuration with a band.

    Args:
      steps: K arrays [M].
      bands: K of (middle, low, high), each [M] fractions; low and high may be None.
      lines: K arrays [S, M] of single runs, drawn faintly, or ().
      colours: as in `strip`.
    """
    colours = colours or range(len(labels))
    inside = len(labels) <= MOST_INSIDE and max(map(len, labels)) <= LONGEST_INSIDE
    made, axes = figure(3.8 + (0 if inside else legend_height(labels)))
    for index, (label, x, (middle, low, high)) in enumerate(zip(labels, steps, bands)):
        ink = colour(colours[index])
        for values in lines[index] if lines else ():
            axes.plot(x, 100 * np.asarray(values), color=ink, lw=.6, alpha=.4)
        if low is not None:
            axes.fill_between(x, 100 * np.asarray(low), 100 * np.asarray(high), lw=0, alpha=.15,
                              color=ink)
        axes.plot(x, 100 * np.asarray(middle), color=ink, lw=1.6, label=label,
                  ls=again(colours[index], DASHES),
                  marker="o" if len(x) < 12 else None, ms=3)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    if inside:
        axes.legend(fontsize=8.5, loc="best")
    else:
        legend_above(axes, labels)
    return made


def ranks(labels: Sequence[str], shares: np.ndarray) -> "Figure":
    """Draws the probability of each rank as a grid of squares with the percentage in each.

    Args:
      shares: [K, K]; row: configuration, column: rank, best first; NaN where unknown.
    """
    labels, height = folded_labels(labels)
    made, axes = figure(.85 + (height + .04) * len(labels),
                        width=min(WIDTH, 4.2 + .62 * len(labels)))
    shares = np.asarray(shares)
    for row, column in np.ndindex(*shares.shape):
        known = not np.isnan(shares[row, column])
        if known:
            axes.axvspan(column - .5, column + .5, 1 - (row + .98) / len(labels),
                         1 - (row + .02) / len(labels), color=COLOURS[0], lw=0,
                         alpha=.04 + .96 * shares[row, column])
        axes.text(column, row, f"{100 * shares[row, column]:.0f}" if known else "-",
                  ha="center", va="center", fontsize=8.5,
                  color="white" if shares[row, column] > .6 else INK)
    axes.set_xlim(-.5, shares.shape[1] - .5)
    label_rows(axes, labels, lines_across=False)
    axes.set_xticks(range(shares.shape[1]))
    axes.set_xticklabels(range(1, shares.shape[1] + 1))
    axes.set_xlabel("rank (1 is best), probability in %")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return made


def class_strip(classes: Sequence[str], labels: Sequence[str], values: Sequence[Values],
                xlabel: str, colours: Optional[Sequence[int]] = None) -> "Figure":
    """Draws every run as a point, a row per class, the configurations side by side in it.

    Args:
      classes: C names.
      labels: K configurations.
      values: K arrays [S, C] of fractions.
      colours: as in `strip`.
    """
    colours = colours or range(len(labels))
    made, axes = figure(.7 + legend_height(labels)
                        + (.16 + .09 * len(labels)) * len(classes))
    label_rows(axes, classes)
    width = .7 / len(labels)
    for index, (label, runs) in enumerate(zip(labels, values)):
        rows = np.arange(len(classes)) + (index - (len(labels) - 1) / 2) * width
        for number, run in enumerate(np.asarray(runs)):
            axes.plot(100 * run, rows, again(colours[index], MARKERS), ms=3.6, mew=0, alpha=.75,
                      color=colour(colours[index]), label=None if number else label, zorder=3)
    axes.set_xlabel(xlabel)
    legend_above(axes, labels, handletextpad=.2)
    return made
