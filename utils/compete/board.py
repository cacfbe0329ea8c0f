"""The board as sections: tables and a plot, for a terminal, Markdown and the page."""
import dataclasses
import html
import re
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

import numpy as np

from utils.compete.disagreement import Disagreement
from utils.compete.manifest import Manifest
from utils.compete.private import PUBLIC
from utils.compete.ranks import bracket_text
from utils.compete.standings import Standing, Standings, copies
from utils.report import figures, plots
from utils.report.common import counted
from utils.report.layout import ALWAYS
from utils.report.section import Plot, Section
from utils.report.table import Column, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Images of most disagreement, and pairs of classes, that a table lists.
_WORST, _PAIRS = 10, 6
#: What Markdown takes for links, emphasis, code, or its escape.
_SIGNS = re.compile(r"[\\`*_\[\]~]")


def sections(manifest: Manifest, found: Standings, differ: Optional[Disagreement]) -> List[Section]:
    """Makes the sections of a board: ranking, classes, and disagreement where two have entered."""
    made = [ranking(found), classes(manifest, found)]
    return made + ([disputes(manifest, found, differ)] if differ else [])


def markdown(made: Sequence[Section]) -> str:
    """Writes the tables of sections as Markdown in which names and texts of teams stay text."""
    return "\n".join(f"{table.title}\n\n{_plain(table).markdown()}"
                     for section in made for table in section.tables)


def _plain(table: Table) -> Table:
    """Escapes what Markdown, or HTML in it, would take for more than text."""
    def escaped(value: Any) -> Any:
        return html.escape(_SIGNS.sub(r"\\\g<0>", value)) if isinstance(value, str) else value
    return dataclasses.replace(
        table, rows=[{key: escaped(value) for key, value in row.items()} for row in table.rows],
        columns=tuple(dataclasses.replace(column, title=escaped(column.title))
                      for column in table.columns))


# ---- ranking ----

def ranking(found: Standings) -> Section:
    """Ranks the teams: a table, and a plot of the intervals."""
    by_seeds = any(row.entry.seeds > 1 for row in found.rows)
    columns = (
        Column("rank", "rank", keep=ALWAYS), Column("team", "team", keep=ALWAYS),
        Column("score", "mIoU", "percent", keep=ALWAYS),
        Column("images", "95 % over scenes" if found.by_scene else "95 % over images",
               "percent_interval", unit="", keep=2),
        Column("seeds_interval", "95 % over seeds", "percent_interval", unit="", keep=2,
               shown=by_seeds),
        Column("seeds", "seeds", "count"), Column("entries", "entries", "count"),
        Column("date", "date"), Column("method", "method", keep=0))
    table = Table("board", f"{found.part.capitalize()} part: {_size(found)}", columns,
                  [_row(row) for row in found.rows], _note(found))
    return Section("ranking", "Ranking", tuple(_verdict(found)), (table,), (Plot(
        "board", f"mIoU with 95 % intervals over {_unit(found)}s",
        ("Points: runs, each of a seed." if by_seeds else "One run of each team.")
        + figures.best_only(found.rows)[1],
        lambda: _draw(found)),), remarks=tuple(_remarks(found)))


def _row(row: Standing) -> Dict[str, Any]:
    return dict(rank=bracket_text(row.bracket), team=row.team, score=row.score, images=row.images,
                seeds_interval=row.seeds, seeds=row.entry.seeds, entries=row.entries,
                date=row.entry.time[:10], method=row.entry.method)


def _size(found: Standings) -> str:
    return counted(found.images, "image") + (
        f", {counted(found.units, 'scene')}" if found.by_scene else "")


def _unit(found: Standings) -> str:
    return "scene" if found.by_scene else "image"


def _verdict(found: Standings) -> List[str]:
    """Says who leads, and how many cannot be told from the first."""
    first = [row.team for row in found.rows if row.bracket[0] == 1]
    if len(found.rows) == 1:
        return [f"{first[0]} is the only team."]
    if len(first) == 1:
        return [f"{first[0]} is first: told apart from each other team at 95 %."]
    return [f"No single winner: {', '.join(first[:-1])} and {first[-1]} may each be first."]


def _note(found: Standings) -> str:
    pairs = counted(len(found.rows) * (len(found.rows) - 1) // 2, "pair")
    return ("Ranks: what each team may have, all at once with 95 %. Two teams are told apart where "
            f"p of a paired t test over {_unit(found)}s (pseudo-values of mIoU) is below .05, by "
            f"Holm's method over {pairs}; with several seeds of both, that over seeds too.")


def _remarks(found: Standings) -> List[str]:
    lines = []
    if found.single_runs:
        lines.append("Some teams handed in one run: what another seed would change is in none of "
                     "their intervals, and a better run may be a luckier one.")
    if found.part == PUBLIC:
        lines.append("A public score moves only when an entry is better by more than the standard "
                     "error of the difference (the Ladder), and is rounded. Shown is the entry "
                     "that moved it last.")
    else:
        lines.append("Of each team counts the entry that moved its public score last; none was "
                     "chosen by this part.")
    return lines + [f"The same predictions: {', '.join(teams)}." for teams in copies(found.rows)]


def _draw(found: Standings) -> "Figure":
    rows, _ = figures.best_only(found.rows)
    return plots.forest(
        [f"{bracket_text(row.bracket)}  {row.team}".replace("$", r"\$") for row in rows],
        [row.runs.mean() for row in rows],
        [None if row.images is None else (row.images.low, row.images.high) for row in rows],
        "mIoU, %", points=[row.runs if len(row.runs) > 1 else () for row in rows])


# ---- classes ----

def classes(manifest: Manifest, found: Standings) -> Section:
    """Tables the IoU of each class, a row for each class and a column for each team."""
    columns = (Column("class", "class", keep=ALWAYS),) + tuple(
        Column(f"team_{place}", row.team, "percent", unit="")
        for place, row in enumerate(found.rows))
    rows = [dict({"class": name}, **{f"team_{place}": _known(row.classes[index])
                                     for place, row in enumerate(found.rows)})
            for index, name in enumerate(manifest.class_names)]
    return Section("classes", "Classes", (), (Table(
        "classes", "IoU of each class, %", columns, rows, f"{found.part.capitalize()} part, mean "
        "over runs. A class that does not occur has none."),))


def _known(value: float) -> Optional[float]:
    return None if np.isnan(value) else float(value)


# ---- disagreement ----

def disputes(manifest: Manifest, found: Standings, differ: Disagreement) -> Section:
    """Tables the images and the pairs of classes in which leading entries disagree most."""
    teams = [entry.team for entry in differ.entries]
    names = manifest.class_names
    images = [dict(image=manifest.images[index].name, share=float(differ.shares[index]))
              for index in differ.worst(_WORST)]
    pairs = [dict(pair=f"{names[a]} / {names[b]}", share=share)
             for a, b, share in differ.pairs[:_PAIRS]]
    text = (f"{', '.join(teams[:-1])} and {teams[-1]} see {100 * differ.shares.mean():.1f} % of an "
            "image differently, in the mean.")
    return Section("disagreement", "Where the leading entries disagree", (text,), (
        Table("disputes", "Images", (
            Column("image", "image", keep=ALWAYS),
            Column("share", "pixels not all of one class", "percent", keep=ALWAYS)), images,
            "All images of the competition, public or not; no label is used. First run of each."),
        Table("pairs", "Classes", (
            Column("pair", "one sees / the other sees", keep=ALWAYS),
            Column("share", "of all disputes", "percent", keep=ALWAYS)), pairs,
            "Pixels that two of them see differently, over all pairs of teams.")))
