"""Writes the page of a configuration: one file, and a folder of pictures where it is large."""
import datetime
import hashlib
import os
import re
import shutil
import urllib.parse
from typing import Any, Dict, List, Optional, Sequence, Tuple

from utils.errors import UserError
from utils.explore.exploration import Exploration
from utils.explore.page.blocks import as_json, as_script, data_address
from utils.explore.page.data import LARGE, PageData, page_data
from utils.explore.page.drawn_map import RAMP, drawn_map
from utils.explore.panel import Gallery, Panel, all_panels
from utils.files import write_text
from utils.page import shell
from utils.report.common import counted, parted, percent_level, score_name
from utils.report.section_values import MOST_ROWS, section_values
from utils.statistics.intervals import SCORES, summarise
from utils.whole_folder import whole_folder

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_SCRIPTS = ("data.js", "colours.js", "map.js", "gestures.js", "similar.js", "grid.js", "image.js",
            "selection.js", "main.js")
_MB = 1e6
#: Letters of the digest that names a folder of pictures.
_DIGEST = 12


def write_page(exploration: Exploration, path: str, page_mb: float = 40,
               extra: Sequence[Panel] = (), whole: Optional[Exploration] = None) -> List[str]:
    """Writes the page.

    Args:
      path: of the file. What does not fit stands in "<path without .html>_files/<digest>/"; the
        page is written after it, and folders of earlier pages go then.
      page_mb: millions of bytes, above which pictures and cells do not stand in the page.
      extra: more panels, before the others.
      whole: what the map shows, where that is more than the panels are of: its first images are
        those of `exploration`.

    Returns:
      What was written, in lines.

    Raises:
      UserError: the folder of `path` does not exist, or nothing is extracted.
    """
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        raise UserError(f"--out={path}: there is no folder {folder}: make it first")
    panels, absent = all_panels(exploration)
    panels = list(extra) + panels
    whole = whole or exploration
    data = page_data(whole, panels)
    beside = os.path.splitext(path)[0] + "_files"
    outside = _outside(data, page_mb)
    digest = _digest(outside) if outside else ""
    place = urllib.parse.quote(f"{os.path.basename(beside)}/{digest}/") if outside else ""
    text = _render(exploration, whole, panels, absent, data, set(outside), place)
    if outside:
        _write_blocks(os.path.join(beside, digest), outside)
    write_text(path, text)
    _remove_others(beside, digest)
    return [f"{path}: {len(text.encode()) / _MB:.1f} MB, "
            f"{counted(len(data.shown), 'image')}"] + [
                f"{beside}/: {sum(map(len, outside.values())) / _MB:.1f} MB of pictures and "
                "cells; keep it beside the page"] * bool(outside)


def _outside(data: PageData, page_mb: float) -> Dict[str, str]:
    """Chooses the blocks that do not stand in the page: none, or all large ones."""
    if sum(map(len, data.blocks.values())) <= page_mb * _MB:
        return {}
    return {name: text for name, text in data.blocks.items() if name.startswith(LARGE)}


def _digest(blocks: Dict[str, str]) -> str:
    made = hashlib.sha256()
    for name in sorted(blocks):
        made.update(f"{name}\n{blocks[name]}\n".encode())
    return made.hexdigest()[:_DIGEST]


def _write_blocks(folder: str, blocks: Dict[str, str]) -> None:
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with whole_folder(folder) as written:
        for name, text in blocks.items():
            write_text(os.path.join(written, name + ".js"), as_script(name, text))


def _remove_others(beside: str, digest: str) -> None:
    """Removes the pictures of earlier pages of this name."""
    if not os.path.isdir(beside):
        return
    for name in os.listdir(beside):
        if re.fullmatch(f"[0-9a-f]{{{_DIGEST}}}", name) and name != digest:
            shutil.rmtree(os.path.join(beside, name), ignore_errors=True)
    if not os.listdir(beside):
        os.rmdir(beside)


def _render(exploration, whole, panels, absent, data, outside, place):
    """Renders the page; `place` is the folder of the blocks that stand outside."""
    title = f"{_subject(exploration)}, image by image"
    values = dict(data.values, title=title, folder=place, ramp=RAMP, split=exploration.split,
                  splits=_splits(whole))
    colouring = data.columns[0]
    return shell.render(
        os.path.join(_FOLDER, "explore.html.jinja"), title, [shell.own("explore.css", _FOLDER)],
        [shell.own(name, _FOLDER) for name in _SCRIPTS], beside=bool(place),
        facts=_facts(exploration, whole, data, panels), several=bool(_splits(whole)),
        split=exploration.split,
        head=[line for panel in panels for line in panel.head],
        columns=data.values["columns"], seeds=data.values["seeds"], count=len(data.shown),
        has_cells=bool(data.values["grid"][0]), map_name=colouring.name,
        map_note=colouring.note, map_drawing=shell.safe(drawn_map(data.coordinates, colouring)),
        panels=[_panel(whole if panel.splits else exploration, panel, data)
                for panel in panels],
        absent=[(name,) + parted(why) for name, why in absent],
        notes=list(map(parted, exploration.study.notes)), most_rows=MOST_ROWS,
        json=shell.safe(as_json(values)),
        blocks=[(name, shell.safe(text)) for name, text in data.blocks.items()
                if name not in outside])


def _subject(exploration: Exploration) -> str:
    """Names what the page is of."""
    configuration = exploration.sample.configuration
    return exploration.sample.label if exploration.num_folds == 1 else (
        f"{configuration.place}, {exploration.num_folds} folds")


def _splits(whole: Exploration) -> List[str]:
    """Lists the splits of the map where there are several, the panels' one first."""
    found = whole.split_of_images
    return [] if found is None else list(dict.fromkeys(map(str, found)))


def _map_of(whole: Exploration, split: str, panels: Sequence[Panel]) -> List[str]:
    """Says of how many images of each split the map is, where there are several."""
    splits = _splits(whole)
    counts = ", ".join(f"{int((whole.split_of_images == one).sum()):,} of {one}" for one in splits)
    others = "".join(f", but for {panel.section.title.lower()}" for panel in panels
                     if panel.splits)
    return [f"The map has {counts}; all else on the page is of {split} alone{others}."
            ] if splits else []


def _facts(exploration: Exploration, whole: Exploration, data: PageData,
           panels: Sequence[Panel]) -> List[str]:
    """Writes the head of the page."""
    count, records = len(exploration.names), exploration.records
    lines = ["{} of {} ({}); {} of {}, {}{}.".format(
        counted(len(records), "run"), exploration.sample.configuration.place,
        ", ".join(data.values["seeds"]), counted(count, "image"), exploration.split,
        f"{len(exploration.class_names)} classes",
        "" if exploration.scenes is None else
        f", {counted(len(set(exploration.scenes)), 'scene')}"), _score(exploration)]
    lines += _map_of(whole, exploration.split, panels)
    if len(data.shown) < len(whole.names):
        lines.append("The map shows {:,} of {:,} images: a sample in which each {} has its share; "
                     "scores and tables are of all images.".format(
                         len(data.shown), len(whole.names),
                         "most frequent class" if exploration.scenes is None else "scene"))
    today = datetime.date.today().isoformat()
    return lines + [_similarity(data), f"Made by fcn_explore.py on {today}."]


def _score(exploration: Exploration) -> str:
    """Writes the mean score with its interval over seeds; of folds, why there is none."""
    study = exploration.study
    if exploration.num_folds > 1:
        return ("Each run was trained without a part of the images, so that there are no scores of "
                "runs here. Labels are judged by the runs that were not trained on the image; "
                "predictions of the others are shown too.")
    found = summarise(exploration.sample.scores, study.options.level, SCORES)
    text = f"{score_name(study)}: {100 * found.mean:.2f} %"
    interval = found.mean_interval
    if interval is None:
        return text + "; no interval over seeds" + (" of one seed." if found.n == 1 else ".")
    low, high = 100 * interval.low, 100 * interval.high
    return text + f" [{low:.2f}, {high:.2f}], {percent_level(study)} interval over {found.n} seeds."


def _similarity(data: PageData) -> str:
    """Says what similar images are ranked by, and how near that is to all features."""
    text = ("Similar images: cosine of the mean features at stride {}, centred, in {} principal "
            "components; mean over seeds.".format(data.level, data.values["components"]))
    if data.kept == data.kept:
        text += (f" Of the 10 nearest by all features, these find {100 * data.kept:.0f} %.")
    return text


def _panel(exploration: Exploration, panel: Panel, data: PageData) -> Dict[str, Any]:
    """Prepares a panel for the template."""
    command = "python fcn_explore.py {} {} --split={}".format(
        panel.section.name, " ".join(record.folder.path for record in exploration.records),
        panel.splits or exploration.split)
    made = section_values(panel.section, [
        ("This section in a terminal; with --outdir=tables as CSV, JSON and SVG", command)])
    points = {int(index): point for point, index in enumerate(data.shown)}
    made["whole"] = bool(panel.splits)
    made["galleries"] = [_gallery(exploration, one, points) for one in panel.galleries]
    return made


def _gallery(exploration: Exploration, gallery: Gallery,
             points: Dict[int, int]) -> Dict[str, Any]:
    thumbnails = exploration.images.thumbnails if exploration.images else None

    def address(pick) -> Optional[str]:
        picture = pick.picture or (thumbnails[pick.index] if thumbnails is not None else b"")
        return data_address(picture) if picture else None
    picks: List[Tuple[Any, ...]] = [
        (address(pick), exploration.names[pick.index], pick.caption, points.get(pick.index),
         bool(pick.picture)) for pick in gallery.picks]
    return dict(title=gallery.title, note=gallery.note, picks=picks)
