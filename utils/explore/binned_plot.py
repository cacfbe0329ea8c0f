"""A value in bins of a column, as points with intervals."""
from typing import TYPE_CHECKING, Sequence, Tuple

from utils.page.svg import FAINT, INK
from utils.report import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A panel: its y label, and of each bin the value and (low, high) or None.
Curve = Tuple[str, Sequence[float], Sequence[figures.Ends]]
#: Labels of bins longer than this in all stand slanted.
_MOST_LETTERS = 60


def binned(xlabel: str, labels: Sequence[str], curves: Sequence[Curve]) -> "Figure":
    """Draws curves side by side, each point with its interval.

    Args:
      xlabel: the column.
      labels: of its bins.
      curves: `Curve`s.
    """
    made, axes = figures.figure(3.4, columns=len(curves), squeeze=False)
    for index, (own, (title, values, intervals)) in enumerate(zip(axes[0], curves)):
        places = range(len(labels))
        own.plot(places, values, color=figures.colour(index), lw=1.2, marker="o", ms=4.5, zorder=3)
        for place, ends in zip(places, intervals):
            if ends is not None:
                own.plot([place] * 2, ends, color=INK, lw=1, zorder=2, solid_capstyle="butt")
        own.set_xticks(list(places))
        own.set_xticklabels(labels, rotation=0 if sum(map(len, labels)) <= _MOST_LETTERS else 30,
                            ha="center" if sum(map(len, labels)) <= _MOST_LETTERS else "right")
        own.set_xlim(-.5, len(labels) - .5)
        own.grid(axis="y", color=FAINT, lw=.5)
        own.set_xlabel(xlabel)
        own.set_ylabel(title)
    return made
