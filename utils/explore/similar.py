"""`similar IMAGE`: the images that a configuration sees as most alike, and in how many seeds."""
import difflib
from typing import Sequence

import numpy as np

from utils.errors import UserError
from utils.explore.agreement import layer, layer_units
from utils.explore.exploration import Exploration
from utils.explore.layers import LAYERS
from utils.explore.neighbours import first_ranks, similarities
from utils.explore.panel import Gallery, ImageColumn, Panel, Pick
from utils.report.layout import ALWAYS
from utils.report.section import Section
from utils.report.table import Column, Table

#: Images that are listed.
MOST = 20


def similar(exploration: Exploration, name: str) -> Panel:
    """Lists the images most similar to one, by the mean over seeds of the cosine.

    Args:
      name: of an image of the split.

    Raises:
      UserError: no such image, or nothing is extracted.
    """
    image = find_image(exploration.names, name)
    units = layer_units(exploration)
    order, ranks = first_ranks(units, image)
    found = similarities(units, image)
    most = min(MOST, len(order))
    own = LAYERS[layer(exploration)]
    table = _table(exploration, order[:most], ranks, found.mean(0), name, own)
    picks = tuple(Pick(int(index), f"{found[:, index].mean():.2f}") for index in order[:most])
    return Panel(Section("similar", f"Images similar to {name}", tuple(
        _verdict(ranks, order[:most], most)), (table,)),
        (Gallery("The image", (Pick(image),)),
         Gallery("Most similar", picks, f"Cosine of {own}, mean over seeds.")),
        (ImageColumn(f"similarity to {name}", found.mean(0), f"cosine of {own}, mean over seeds"),))


def find_image(names: Sequence[str], name: str) -> int:
    """Finds an image by its name.

    Raises:
      UserError: there is none; names those that read alike.
    """
    if name in names:
        return list(names).index(name)
    near = difflib.get_close_matches(name, names, 3, .5)
    raise UserError(f"{name!r} is none of the {len(names)} images" + (
        f": did you mean {', '.join(near)}?" if near else f": expected a name as {names[0]!r}"))


def _verdict(ranks, chosen, most):
    """Says for how many of the images all seeds agree."""
    seeds = len(ranks)
    if seeds == 1:
        return ["One run: whether other seeds see the same images as similar is unknown."]
    if not most:
        return []
    everywhere = int((ranks[:, chosen] <= most).all(0).sum())
    return [f"{everywhere} of the {most} most similar images are among the first {most} in all "
            f"{seeds} seeds."]


def _table(exploration, chosen, ranks, similarity, name, own) -> Table:
    seeds, most = len(ranks), len(chosen)
    loss, iou = (np.asarray(values).mean(0) for values in (exploration.loss, exploration.iou))
    rows = [dict(name=exploration.names[index], similarity=similarity[index],
                 seeds=f"{int((ranks[:, index] <= most).sum())}/{seeds}",
                 ranks=" ".join(map(str, ranks[:, index])), loss=loss[index], iou=iou[index])
            for index in chosen]
    columns = (Column("name", "image", keep=ALWAYS),
               Column("similarity", "similarity", "number", 3, keep=ALWAYS),
               Column("seeds", "seeds", keep=2), Column("ranks", "rank in each seed"),
               Column("loss", "loss", "number", 2), Column("iou", "IoU", "percent"))
    return Table("similar", f"Images most similar to {name}", columns, rows,
                 f"similarity: cosine of {own}, less their mean; mean over seeds. seeds: in how "
                 f"many it is among the first {most}. loss (nats) and mean IoU: means over seeds.")
