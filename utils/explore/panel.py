"""What a command of fcn_explore.py found, and the registry of panels. One panel is one file in
panels/."""
import dataclasses
from typing import TYPE_CHECKING, Callable, List, Tuple, Union

import numpy as np

from utils.errors import UserError
from utils.registry import Registry
from utils.report.section import Section

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: (exploration) -> `Panel`; raises `UserError` where what was stored does not allow it.
PANELS = Registry("panel")
#: In reading order; panels that are not named here follow.
_ORDER = ("clusters", "meta", "slices", "errors", "labels")
#: Those that judge each image by the runs that were not trained on it, so that they take folds.
OF_FOLDS = ("labels",)


@dataclasses.dataclass(frozen=True)
class Pick:
    """An image to show.

    Attributes:
      index: of the image in the result.
      caption: what is told of it, a few words.
      picture: an encoded picture (WebP, PNG) to show; empty for the image's thumbnail.
    """
    index: int
    caption: str = ""
    picture: bytes = b""


@dataclasses.dataclass(frozen=True)
class Gallery:
    """Images in a row, which a terminal lists by name.

    Attributes:
      title: what they are.
      picks: `Pick`s, the most telling first.
      note: how they were chosen.
    """
    title: str
    picks: Tuple[Pick, ...]
    note: str = ""


@dataclasses.dataclass(frozen=True)
class ImageColumn:
    """A value of each image, by which the map can be coloured.

    Attributes:
      name: as the page's menu shows it.
      values: [N] numbers (NaN for unknown), or text for categories.
      note: unit, or how it came about.
    """
    name: str
    values: np.ndarray
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Panel:
    """A section with pictures.

    Attributes:
      section: sentences, tables, plots; its name is the command.
      galleries: in reading order, after the tables.
      columns: what the map can be coloured by.
      head: sentences for the head of the page: what a reader has to know before the map.
      splits: of whose images it is, with commas between; "" for those of the page's first split.
      files: (name, what makes its bytes) of further files, which --outdir writes.
    """
    section: Section
    galleries: Tuple[Gallery, ...] = ()
    columns: Tuple[ImageColumn, ...] = ()
    head: Tuple[str, ...] = ()
    splits: str = ""
    files: Tuple[Tuple[str, Callable[[], bytes]], ...] = ()


def all_panels(exploration: "Exploration") -> Tuple[List[Panel], List[Tuple[str, str]]]:
    """Makes every panel.

    Returns:
      (panels in reading order, [(name of a panel without data, why)]).
    """
    names = [name for name in _ORDER if name in PANELS.names()]
    names += [name for name in PANELS.names() if name not in _ORDER]
    panels: List[Panel] = []
    absent: List[Tuple[str, str]] = []
    for name in names:
        made = _panel(exploration, name)
        if isinstance(made, Panel):
            panels.append(made)
        else:
            absent.append((name, made))
    return panels, absent


def _panel(exploration: "Exploration", name: str) -> Union[Panel, str]:
    """Makes a panel, or says why there is none."""
    if exploration.num_folds > 1 and name not in OF_FOLDS:
        return "of runs that were trained on the same images, which those of folds are not"
    try:
        return PANELS.get(name)(exploration)
    except UserError as error:
        return str(error)
