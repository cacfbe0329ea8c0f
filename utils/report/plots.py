"""Plots as SVG: runs as points, intervals as lines, no bars without points. matplotlib, no display.

Each function returns a Figure. Scores come as fractions and are drawn in percent.
"""
import io
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Optional, Sequence, Tuple, TypeVar, Union

import numpy as np

from utils.page.svg import EDGE, FAINT, INK, SOFT
from utils.report.layout import wrapped
from utils.report.section import Plot

if TYPE_CHECKING:
    from matplotlib.figure import Figure


T = TypeVar("T")
#: Numbers of a plot.
Values = Union[np.ndarray, Sequence[float]]
#: The two ends of an interval, where there is one.
Ends = Optional[Tuple[float, float]]

#: Okabe & Ito's palette without yellow: told apart by the colour-blind, and printed in grey.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#555555", "#7a4fbf")
#: More rows than this do not fit a page; callers draw the best ones and say so.
MOST_ROWS = 40
#: More lines than this cannot be told apart; callers draw the best ones, the rest is in the table.
MOST_LINES = 8
_DASHES, _MARKERS = ("-", "--", ":", "-."), "osD^"
_STYLE = {
    "font.family": "sans-serif", "font.size": 9.5, "svg.fonttype": "none", "axes.edgecolor": EDGE,
    "font.sans-serif": ["Helvetica Neue", "Helvetica", "Arial", "DejaVu Sans"],
    "axes.linewidth": .7, "axes.spines.top": False, "axes.spines.right": False,
    "xtick.color": SOFT, "ytick.color": SOFT, "axes.labelcolor": SOFT,
    "text.color": INK, "axes.grid": False, "legend.frameon": False, "figure.facecolor": "none",
    "axes.facecolor": "none", "savefig.facecolor": "none"}
#: Inches of a plot that takes a page's width.
_WIDTH = 12
#: Characters of a line of a row's label, and of all labels of a line of a legend.
_LABEL_WIDTH, _LEGEND_WIDTH = 56, 160
#: Inches of a line of a row's label; points of its text.
_LINE, _LABEL_SIZE = .165, 9
#: More or longer labels than this cover the lines of a plot: their legend stands above it.
_MOST_INSIDE, _LONGEST_INSIDE = 4, 34


def render(plot: Plot) -> str:
    """Renders the SVG of a `Plot` for a file of its own, the same bytes for the same data."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    with matplotlib.rc_context(dict(_STYLE, **{"svg.hashsalt": plot.name})):
        figure = plot.draw()
        out = io.StringIO()
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None})
    return out.getvalue()


def render_png(plot: Plot, dots_per_inch: int = 160) -> bytes:
    """Renders the PNG of a `Plot` on white."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    with matplotlib.rc_context(dict(_STYLE, **{"savefig.dpi": dots_per_inch})):
        figure, out = plot.draw(), io.BytesIO()
        figure.set_facecolor("white")
        FigureCanvasAgg(figure)
        figure.savefig(out, format="png", facecolor="white")
    return out.getvalue()


def figure(height: float, width: float = _WIDTH, columns: int = 1,
           **options: Any) -> "Tuple[Figure, Any]":
    """Makes (Figure, axes), sizes in inches."""
    from matplotlib.figure import Figure
    made = Figure(figsize=(width, height), constrained_layout=True)
    return made, made.subplots(1, columns, **options)


def best_only(items: Sequence[T]) -> Tuple[Sequence[T], str]:
    """Keeps the first `MOST_ROWS` items.

    Returns:
      (items, what the note says of those left out).
    """
    shown = items[:MOST_ROWS]
    if len(shown) == len(items):
        return shown, ""
    return shown, f" The best {len(shown)} of {len(items)}."


def colour(index: int) -> str:
    """Gives the colour of the index-th configuration; `_again` tells those of one colour apart."""
    return COLOURS[index % len(COLOURS)]


def _again(index, choices):
    """Returns the dash or marker of the index-th configuration: another each time that colours
    repeat."""
    return choices[index // len(COLOURS) % len(choices)]


def versus(a: str, b: str) -> str:
    """Writes the label of a pair, in one line where it fits."""
    return f"{a} - {b}" if len(a) + len(b) + 3 <= _LABEL_WIDTH else f"{a} -\n{b}"


def _rows(axes, labels, lines_across=True):
    """Returns a row for each label.

    Each line of a label is a text of its own: a page may set another font than the measured one.
    """
    axes.set_yticks(range(len(labels)))
    axes.set_yticklabels([""] * len(labels))
    axes.set_ylim(len(labels) - .5, -.5)
    axes.tick_params(axis="y", length=0)
    for row, label in enumerate(labels):
        if lines_across:
            axes.axhline(row, color=FAINT, lw=.5, zorder=0)
        lines = label.split("\n")
        for number, line in enumerate(lines):
            axes.annotate(line, (0, row), (-5, (len(lines) - 1) / 2 * 72 * _LINE
                                           - number * 72 * _LINE),
                          xycoords=axes.get_yaxis_transform(), textcoords="offset points",
                          ha="right", va="center", fontsize=_LABEL_SIZE)


def _folded(labels):
    """Returns (labels in lines that leave room for the plot, inches of a row)."""
    folded = ["\n".join(wrapped(line, _LABEL_WIDTH) for line in label.split("\n"))
              for label in labels]
    lines = max([label.count("\n") + 1 for label in folded] + [1])
    return folded, max(.36, .14 + _LINE * lines)


def _legend_columns(labels):
    """Counts the labels that fit side by side above a plot."""
    return max(min(len(labels), _LEGEND_WIDTH // (max(map(len, labels)) + 6)), 1)


def _legend_above(axes, labels, **options):
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncol=_legend_columns(labels),
                fontsize=8.5, borderaxespad=.2, **options)


def _legend_height(labels):
    """Inches of the legend above a plot."""
    return .19 * -(-len(labels) // _legend_columns(labels))


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
    labels, height = _folded(labels)
    made, axes = figure(.62 + height * len(labels))
    _rows(axes, labels)
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
    labels, height = _folded(labels)
    made, axes = figure(.62 + height * len(labels))
    _rows(axes, labels)
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
    labels, height = _folded(labels)
    made, axes = figure(.95 + height * len(labels))
    _rows(axes, labels)
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
    inside = len(labels) <= _MOST_INSIDE and max(map(len, labels)) <= _LONGEST_INSIDE
    made, axes = figure(3.8 + (0 if inside else _legend_height(labels)))
    for index, (label, x, (middle, low, high)) in enumerate(zip(labels, steps, bands)):
        ink = colour(colours[index])
        for values in lines[index] if lines else ():
            axes.plot(x, 100 * np.asarray(values), color=ink, lw=.6, alpha=.4)
        if low is not None:
            axes.fill_between(x, 100 * np.asarray(low), 100 * np.asarray(high), lw=0, alpha=.15,
                              color=ink)
        axes.plot(x, 100 * np.asarray(middle), color=ink, lw=1.6, label=label,
                  ls=_again(colours[index], _DASHES),
                  marker="o" if len(x) < 12 else None, ms=3)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    if inside:
        axes.legend(fontsize=8.5, loc="best")
    else:
        _legend_above(axes, labels)
    return made


def ranks(labels: Sequence[str], shares: np.ndarray) -> "Figure":
    """Draws the probability of each rank as a grid of squares with the percentage in each.

    Args:
      shares: [K, K]; row: configuration, column: rank, best first; NaN where unknown.
    """
    labels, height = _folded(labels)
    made, axes = figure(.85 + (height + .04) * len(labels),
                        width=min(_WIDTH, 4.2 + .62 * len(labels)))
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
    _rows(axes, labels, lines_across=False)
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
    made, axes = figure(.7 + _legend_height(labels)
                        + (.16 + .09 * len(labels)) * len(classes))
    _rows(axes, classes)
    width = .7 / len(labels)
    for index, (label, runs) in enumerate(zip(labels, values)):
        rows = np.arange(len(classes)) + (index - (len(labels) - 1) / 2) * width
        for number, run in enumerate(np.asarray(runs)):
            axes.plot(100 * run, rows, _again(colours[index], _MARKERS), ms=3.6, mew=0, alpha=.75,
                      color=colour(colours[index]), label=None if number else label, zorder=3)
    axes.set_xlabel(xlabel)
    _legend_above(axes, labels, handletextpad=.2)
    return made
