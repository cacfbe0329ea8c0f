"""What the page's scripts read: a JSON of names and columns, and blocks of numbers and pictures."""
import dataclasses
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.explore.exploration import Exploration
from utils.explore.page.blocks import CHUNK, label_blocks, packed, picture_blocks
from utils.explore.page.columns import MapColumn, map_columns
from utils.explore.page.sample import sampled
from utils.explore.page.similarity import Space, kept_neighbours, level, make_space
from utils.explore.panel import Panel
from utils.explore.projection import map_coordinates

#: Greatest coordinate of the map; the page scales it.
_EXTENT = 65535
#: Blocks that a large page keeps in files beside it begin with these words.
LARGE = ("thumbnails", "labels", "predictions", "cells")


@dataclasses.dataclass(frozen=True)
class PageData:
    """The data of a page of P of N images.

    Attributes:
      values: what the JSON holds.
      blocks: {name: text}.
      shown: int64 [P], the images of the map, of the result's N.
      coordinates: float64 [P, 2], in 0..1.
      columns: what the map can be coloured by, of P images.
      kept: share of the 10 exact nearest images that the page finds; NaN for unknown.
      level: stride of the features that images are compared by.
    """
    values: Dict[str, Any]
    blocks: Dict[str, str]
    shown: np.ndarray
    coordinates: np.ndarray
    columns: Tuple[MapColumn, ...]
    kept: float
    level: int


def page_data(exploration: Exploration, panels: Sequence[Panel]) -> PageData:
    """Makes the data of a page.

    Raises:
      UserError: the features are not extracted, or the nets have none.
    """
    shown = _shown(exploration, panels)
    coordinates = scaled(map_coordinates(exploration))[shown]
    columns = [dataclasses.replace(one, values=one.values[:, shown])
               for one in map_columns(exploration, panels)]
    spaces = [make_space(one) for one in exploration.features]
    kept = kept_neighbours(exploration.features, spaces)
    blocks = {"coordinates": packed(np.rint(coordinates * _EXTENT).astype(np.uint16))}
    for place, column in enumerate(columns):
        blocks[f"column-{place}"] = packed(column.values)
    blocks.update(_space_blocks(spaces, shown))
    made, pictures, labels = _picture_blocks(exploration, shown)
    blocks.update(made)
    values = dict(
        count=len(shown), total=len(exploration.names), chunk=CHUNK,
        names=[exploration.names[index] for index in shown],
        seeds=[seed_name(record) if exploration.num_folds == 1 else record.name
               for record in exploration.records],
        components=spaces[0].vectors.shape[1], grid=list(spaces[0].cells.shape[1:3]),
        shift=spaces[0].shift,
        columns=[dict(name=one.name, note=one.note, group=one.group, seeds=len(one.values),
                      categories=one.categories or None) for one in columns],
        pictures=pictures + labels, labels=labels, palette=exploration.palette)
    return PageData(values, blocks, shown, coordinates, tuple(columns), kept,
                    level(exploration.features[0]))


def seed_name(record: Any) -> str:
    """Names the seed of a run as the page's menu shows it."""
    return record.name if record.seed_text == "-" else f"seed {record.seed_text}"


def scaled(coordinates: np.ndarray) -> np.ndarray:
    """Scales coordinates [N, 2] into 0..1 alike in both directions, centred."""
    values = np.asarray(coordinates, np.float64)
    low, high = values.min(0), values.max(0)
    extent = max(float((high - low).max()), 1e-12)
    return .5 + (values - (low + high) / 2) / extent


def _shown(exploration, panels):
    """Chooses the images of the map; those of galleries are among them."""
    picked = [pick.index for panel in panels for gallery in panel.galleries
              for pick in gallery.picks]
    strata = exploration.scenes
    if strata is None:
        strata = exploration.matrices[0].sum(-1).argmax(-1)
    return sampled(len(exploration.names), strata, picked)


def _space_blocks(spaces: Sequence[Space], shown: np.ndarray) -> Dict[str, str]:
    """Packs vectors and cells; cells component by component, which packs better."""
    made = {"box": packed(spaces[0].box[shown])}
    for seed, space in enumerate(spaces):
        made[f"vectors{seed}"] = packed(space.vectors[shown])
        if space.cells.size:
            made[f"cells{seed}"] = packed(np.moveaxis(space.cells[shown], -1, 0))
    return made


def _picture_blocks(exploration: Exploration,
                    shown: np.ndarray) -> Tuple[Dict[str, str], List[str], List[str]]:
    """Makes blocks of thumbnails, labels, and predictions of each seed, of those that are there.

    Returns:
      (blocks, kinds that are pictures, kinds that are label images).
    """
    found: List[Tuple[str, Any]] = []
    images = exploration.images
    if images:
        found += [("thumbnails", images.thumbnails), ("labels", images.labels)]
    try:
        found += [(f"predictions{seed}", one) for seed, one in enumerate(exploration.predictions)]
    except UserError:  # not extracted
        pass
    made: Dict[str, str] = {}
    pictures: List[str] = []
    labels: List[str] = []
    for name, stored in found:
        if stored is not None:
            encoded = [stored[int(index)] for index in shown]
            blocks = label_blocks(name, encoded)
            (pictures if blocks is None else labels).append(name)
            made.update(picture_blocks(name, encoded) if blocks is None else blocks)
    return made, pictures, labels
