"""Which columns of metadata a value of the images hangs together with: rows, tables, sentences."""
import dataclasses
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from utils.explore.dataset import Metadata
from utils.report.common import counted
from utils.report.layout import ALWAYS
from utils.report.table import Column, Table
from utils.statistics.arrays import Clusters
from utils.statistics.effects import (
    Effect,
    difference_of_means,
    partial_effect,
    rank_correlation,
    standard_ranks,
)
from utils.statistics.estimates import Estimate
from utils.statistics.many import benjamini_hochberg

#: Share of the findings of a table that may be false.
FALSE_SHARE = .1
#: Columns that an effect is adjusted for, the strongest others.
_ADJUSTED_FOR = 4
#: Columns of a greater rank correlation say the same: none is adjusted for the other.
_ALIKE = .9
#: Share of a column's variance that others leave it, below which its adjusted effect says nothing
#: (a variance inflation factor above 10).
_FEWEST_OF_ITS_OWN = .1
#: Share of the images that a column is known of, below which no other is adjusted for it.
_MOSTLY_KNOWN = .9
#: Categories of a column that are looked at, the most frequent.
_MOST_CATEGORIES = 20
#: Findings that are told in sentences, and rows that a terminal shows.
_MOST_TOLD, _MOST_SHOWN = 5, 12
#: How the names of columns begin that count.
_COUNTS = ("objects", "number", "count", "persons")


@dataclasses.dataclass(frozen=True)
class Row:
    """A column, or a category of one, and what a value has to do with it.

    Attributes:
      column: its name. category: "" for numbers.
      effect: Spearman's correlation, or the difference of the category's mean from the rest.
      q: p of the effect, corrected by Benjamini-Hochberg over the table.
      adjusted: the effect beside `beside`, the names of other columns; None where it has none.
    """
    column: str
    category: str
    effect: Effect
    q: float
    adjusted: Optional[Estimate]
    beside: Tuple[str, ...]

    @property
    def found(self) -> bool:
        """Whether it is one of the findings."""
        return self.q <= FALSE_SHARE

    @property
    def name(self) -> str:
        """The column, with its category."""
        return f"{self.column}: {self.category}" if self.category else self.column

    @property
    def strength(self) -> float:
        """How clearly it differs from nothing: |t|; 0 where it has no error."""
        estimate = self.effect.estimate
        return abs(estimate.value) / estimate.se if estimate.se > 0 else 0.0


def number_rows(values: np.ndarray, metadata: Metadata, clusters: Clusters = None,
                level: float = .95) -> List[Row]:
    """Correlates values [S, N] with every column of numbers; the clearest effect first."""
    effects = {name: rank_correlation(values, column, clusters, level)
               for name, column in metadata.numbers.items()}
    known = {name: effect for name, effect in effects.items() if effect is not None}
    ordered = sorted(filter(lambda name: _is_mostly_known(metadata.numbers[name]), known),
                     key=lambda name: -abs(known[name].estimate.value))
    rows, ranks = [], _ranks(metadata.numbers)
    for name, q in zip(known, _corrected(known.values())):
        beside = _others(name, ordered, ranks)
        rows.append(Row(name, "", known[name], q, _adjusted(
            values, metadata.numbers[name], beside, metadata.numbers, clusters, True), beside))
    return sorted(rows, key=lambda row: -row.strength)


def category_rows(values: np.ndarray, metadata: Metadata, numbers: Sequence[Row],
                  clusters: Clusters = None, level: float = .95) -> List[Row]:
    """Compares values [S, N] of each category with the rest; the clearest effect first.

    Args:
      numbers: the rows of numbers, whose strongest the effect is adjusted for.
    """
    found: Dict[Tuple[str, str], Effect] = {}
    for name, column in metadata.categories.items():
        for category in categories_of(column):
            effect = difference_of_means(values, column == category, clusters, level)
            if effect is not None:
                found[name, category] = effect
    strongest = _others("", [row.column for row in sorted(
        numbers, key=lambda row: -abs(row.effect.estimate.value))
        if _is_mostly_known(metadata.numbers[row.column])], _ranks(metadata.numbers))
    rows = [Row(name, category, found[name, category], q, _adjusted(
        values, (metadata.categories[name] == category).astype(float), strongest,
        metadata.numbers, clusters, False), strongest)
        for (name, category), q in zip(found, _corrected(found.values()))]
    return sorted(rows, key=lambda row: -row.strength)


def categories_of(column: np.ndarray) -> List[str]:
    """Lists the most frequent categories [N] that two images or more have, without "" for unknown;
    the first alone where there are two."""
    names, counts = np.unique(np.asarray(column)[np.asarray(column) != ""], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_MOST_CATEGORIES]
    found = [str(names[index]) for index in order if counts[index] > 1]
    return found[:1] if len(names) == 2 and len(found) == 2 else found


def _is_mostly_known(column):
    return (~np.isnan(column)).mean() >= _MOSTLY_KNOWN


def _corrected(effects):
    return benjamini_hochberg([effect.estimate.p() for effect in effects]).tolist()


def _ranks(numbers):
    """Returns {column: its standard ranks [N]}; 0, the middle, for unknown."""
    found = {}
    for name, values in numbers.items():
        known = ~np.isnan(values)
        found[name] = np.zeros(len(values))
        if known.any():
            found[name][known] = standard_ranks(values[known])
    return found


def _others(name, ordered, ranks):
    """Returns the names of the first columns that say something else than this, and than each
    other.

    Args:
      name: the column, or "". ordered: names. ranks: of `_ranks`.
    """
    kept: List[str] = []
    for other in ordered:
        if other != name and not any(abs((ranks[other] * ranks[one]).mean()) > _ALIKE
                                     for one in kept + [name] if one):
            kept.append(other)
        if len(kept) == _ADJUSTED_FOR:
            break
    return tuple(kept)


def _adjusted(values, column, beside, numbers, clusters, of_ranks):
    """Returns the effect of a column in a regression on ranks with others beside it, or None."""
    others = [numbers[name] for name in beside]
    known = ~np.isnan(np.stack([column] + others)).any(0) & ~np.isnan(values).any(0)
    if not beside or known.sum() < 2:
        return None
    mean = (standard_ranks(values[:, known]) if of_ranks else values[:, known]).mean(0)
    own = standard_ranks(column[known]) if of_ranks else column[known]
    ranks = [standard_ranks(one[known]) for one in others]
    if _share_of_its_own(own, ranks) < _FEWEST_OF_ITS_OWN:
        return None
    return partial_effect(mean, own, ranks,
                          None if clusters is None else np.asarray(clusters)[known])


def _share_of_its_own(column, others):
    """Returns the share of a column's variance that others do not explain: 1 / VIF."""
    design = np.stack([np.ones(len(column))] + others, 1)
    rest = column - design @ np.linalg.lstsq(design, column, rcond=None)[0]
    return rest.var() / column.var() if column.var() > 0 else 0.0


def left_out(metadata: Metadata, rows: Sequence[Row]) -> str:
    """Tells which columns no effect could be computed of; "" for none."""
    told = {row.column for row in rows}
    names = [name for name in list(metadata.numbers) + list(metadata.categories)
             if name not in told]
    return "" if not names else ("No effect of {}: constant, known of fewer than 3 images, or in a "
                                 "single image each: {}.".format(
                                     counted(len(names), "column"), ", ".join(names)))


def effect_table(name: str, title: str, rows: Sequence[Row], runs: int, level: float,
                 units: str) -> Table:
    """Makes the table of rows of numbers, or of categories.

    Args:
      runs: S. units: what intervals are over, "images".
    """
    numbers = not any(row.category for row in rows)
    digits = 2 if numbers else 3
    cells = [dict(column=row.name, effect=row.effect.estimate.value,
                  interval=row.effect.estimate.interval(level, (-1, 1) if numbers else (
                      -np.inf, np.inf)),
                  holds=f"{row.effect.holds}/{runs}", q=row.q, images=row.effect.images,
                  adjusted=row.adjusted and row.adjusted.value,
                  adjusted_interval=row.adjusted and row.adjusted.interval(level),
                  over_seeds=row.effect.over_seeds, beside=", ".join(row.beside)) for row in rows]
    columns = (
        Column("column", "column" if numbers else "category", keep=ALWAYS),
        Column("effect", "rho" if numbers else "difference", "number", digits, keep=ALWAYS),
        Column("interval", "interval", "interval", digits, keep=2),
        Column("holds", "seeds", keep=2), Column("q", "q", "p", keep=2),
        Column("adjusted", "adjusted", "number", digits),
        Column("adjusted_interval", "its interval", "interval", digits, keep=0, of="adjusted"),
        Column("over_seeds", "over seeds", "interval", digits, keep=0),
        Column("images", "images", "count", keep=0),
        Column("beside", "adjusted for", shown=False))
    return Table(name, title, columns, cells, _note(numbers, len(rows), level, units),
                 first=_MOST_SHOWN)


def _note(numbers, count, level, units):
    first = "rho: Spearman's correlation, the mean over seeds" if numbers else (
        "difference: the category's mean minus that of the other images, the mean over seeds")
    return (f"{first}. Interval {100 * level:g} %: over {units}. seeds: in how many it has this "
            "sign and an interval of its own without 0. adjusted: in a regression on ranks beside "
            "the strongest other columns; none where these explain more than 90 % of it. q: "
            f"Benjamini-Hochberg over {counted(count, 'row')}; of those up to {FALSE_SHARE:g} a "
            "tenth is expected to be false.")


def sentences(rows: Sequence[Row], value: str, level: float, runs: int) -> List[str]:
    """Tells the clearest findings in words, the rest by its number.

    Args:
      value: "the loss".
    """
    found = [row for row in rows if row.found]
    if not found:
        return [f"None of {_what(rows)} hangs together with {value} (q up to {FALSE_SHARE:g})."
                ] if rows else []
    told = [_sentence(row, value, level, runs) for row in found[:_MOST_TOLD]]
    more = len(found) - len(told)
    return told + ([f"And {more} more of {_what(rows)}: see the table."] if more else [])


def _what(rows):
    if rows[0].category:
        return "1 category" if len(rows) == 1 else f"{len(rows)} categories"
    return counted(len(rows), "column")


def _sentence(row, value, level, runs):
    estimate = row.effect.estimate
    up = estimate.value > 0
    if row.category:
        text = f"{row.name}: {value} is {'higher' if up else 'lower'} than elsewhere"
    else:
        word = "more" if row.column.startswith(_COUNTS) else "higher"
        text = f"The {word} {row.column}, the {'higher' if up else 'lower'} {value}"
    interval = estimate.interval(level)
    form = "{:+.3f}" if row.category else "{:+.2f}"
    inside = "{} [{}, {}], in {} of {} seeds".format(
        ("" if row.category else "rho ") + form.format(estimate.value),
        form.format(interval.low), form.format(interval.high), row.effect.holds, runs)
    if row.adjusted is not None:
        inside += f"; {form.format(row.adjusted.value)} beside {', '.join(row.beside)}"
    return f"{text} ({inside})."
