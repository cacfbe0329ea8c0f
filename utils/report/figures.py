"""What every plot shares: its style and colours, labels of rows, legends, and rendering as a file.

matplotlib, without a display.
"""
import io
from typing import TYPE_CHECKING, Any, List, Optional, Sequence, Tuple, TypeVar, Union

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
DASHES, MARKERS = ("-", "--", ":", "-."), "osD^"
_STYLE = {
    "font.family": "sans-serif", "font.size": 9.5, "svg.fonttype": "none", "axes.edgecolor": EDGE,
    "font.sans-serif": ["Helvetica Neue", "Helvetica", "Arial", "DejaVu Sans"],
    "axes.linewidth": .7, "axes.spines.top": False, "axes.spines.right": False,
    "xtick.color": SOFT, "ytick.color": SOFT, "axes.labelcolor": SOFT,
    "text.color": INK, "axes.grid": False, "legend.frameon": False, "figure.facecolor": "none",
    "axes.facecolor": "none", "savefig.facecolor": "none"}
#: Inches of a plot that takes a page's width.
WIDTH = 12
#: Characters of a line of a row's label, and of all labels of a line of a legend.
_LABEL_WIDTH, _LEGEND_WIDTH = 56, 160
#: Inches of a line of a row's label; points of its text.
_LINE, _LABEL_SIZE = .165, 9
#: More or longer labels than this cover the lines of a plot: their legend stands above it.
MOST_INSIDE, LONGEST_INSIDE = 4, 34


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


def figure(height: float, width: float = WIDTH, columns: int = 1,
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
    """Gives the colour of the index-th configuration; `again` tells those of one colour apart."""
    return COLOURS[index % len(COLOURS)]


def again(index: int, choices: Sequence[str]) -> str:
    """Returns the dash or marker of the index-th configuration: another each time that colours
    repeat."""
    return choices[index // len(COLOURS) % len(choices)]


def versus(a: str, b: str) -> str:
    """Writes the label of a pair, in one line where it fits."""
    return f"{a} - {b}" if len(a) + len(b) + 3 <= _LABEL_WIDTH else f"{a} -\n{b}"


def label_rows(axes: Any, labels: Sequence[str], lines_across: bool = True) -> None:
    """Gives each label a row of the axes, from the top.

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


def folded_labels(labels: Sequence[str]) -> Tuple[List[str], float]:
    """Returns (labels in lines that leave room for the plot, inches of a row)."""
    folded = ["\n".join(wrapped(line, _LABEL_WIDTH) for line in label.split("\n"))
              for label in labels]
    lines = max([label.count("\n") + 1 for label in folded] + [1])
    return folded, max(.36, .14 + _LINE * lines)


def _legend_columns(labels):
    """Counts the labels that fit side by side above a plot."""
    return max(min(len(labels), _LEGEND_WIDTH // (max(map(len, labels)) + 6)), 1)


def legend_above(axes: Any, labels: Sequence[str], **options: Any) -> None:
    """Puts the legend of these labels above the axes."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncol=_legend_columns(labels),
                fontsize=8.5, borderaxespad=.2, **options)


def legend_height(labels: Sequence[str]) -> float:
    """Returns the inches of the legend above a plot."""
    return .19 * -(-len(labels) // _legend_columns(labels))
