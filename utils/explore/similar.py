"""`similar IMAGE`: the images that a configuration sees as most alike, and in how many seeds."""
import os
from typing import List, Optional, Sequence

import numpy as np

from utils.errors import UserError
from utils.evaluate.unlabelled import folder_name, unlabelled_path
from utils.explore.agreement import layer, layer_units
from utils.explore.exploration import Exploration
from utils.explore.layers import LAYERS, all_values, layer_values, unit_vectors
from utils.explore.neighbours import first_ranks, similarities
from utils.explore.panel import Gallery, ImageColumn, Panel, Pick
from utils.explore.unlabelled import load_unlabelled
from utils.names import alike
from utils.report.layout import ALWAYS
from utils.report.section import Section
from utils.report.table import Column, Table

#: Images that are listed.
MOST = 20


def similar(exploration: Exploration, name: str) -> Panel:
    """Lists the images most similar to one, by the mean over seeds of the cosine.

    Args:
      name: of an image of the split; or the path of one that `extract --imagepath` has stored.

    Raises:
      UserError: no such image, or nothing is extracted.
    """
    units, own = layer_units(exploration), LAYERS[layer(exploration)]
    stored = None if name in exploration.names else find_unlabelled(exploration, name)
    image = find_image(exploration.names, name) if stored is None else None
    found = similarities(units, [unit[image] for unit in units] if stored is None else stored)
    order, ranks = first_ranks(found, image)
    most = min(MOST, len(order))
    table = _table(exploration, order[:most], ranks, found.mean(0), name, own)
    picks = tuple(Pick(int(index), f"{found[:, index].mean():.2f}") for index in order[:most])
    shown = () if image is None else (Gallery("The image", (Pick(image),)),)
    return Panel(
        Section("similar", f"Images similar to {name}", tuple(_verdict(
            ranks, order[:most], most)), (table,)),
        shown + (Gallery("Most similar", picks, f"Cosine of {own}, mean over seeds."),),
        (ImageColumn(f"similarity to {name}", found.mean(0), f"cosine of {own}, mean over seeds"),))


def find_unlabelled(exploration: Exploration, path: str) -> Optional[List[np.ndarray]]:
    """Finds an image among those without labels that every run has stored.

    Args:
      path: of the image; what is stored of it is called after its folder, or after itself.

    Returns:
      its unit vector [D] in each seed, in the layer of the exploration; None where none is stored.

    Raises:
      UserError: the layer is of classes, whose means other images do not have.
    """
    for name in (folder_name(os.path.dirname(path) or "."), folder_name(path)):
        if all(os.path.isfile(unlabelled_path(record.folder.path, name))
               for record in exploration.records):
            return _unlabelled_vectors(exploration, name, os.path.basename(path))
    return None


def _unlabelled_vectors(exploration, folder, file):
    own = layer(exploration)
    if own == "classes":
        raise UserError("similar: images without labels cannot be compared by --layer=classes: "
                        "give another layer")
    vectors = []
    for record, split in zip(exploration.records, all_values(exploration, own)):
        stored = load_unlabelled(record.folder.path, folder)
        image = find_image(stored.names, file)
        values = layer_values(own, stored.features, stored.coarse)[image:image + 1]
        vectors.append(unit_vectors(values, np.mean(split, 0, np.float64))[0])
    return vectors


def find_image(names: Sequence[str], name: str) -> int:
    """Finds an image by its name.

    Raises:
      UserError: there is none; names those that read alike.
    """
    if name in names:
        return list(names).index(name)
    near = alike(name, names, 3, .5)
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
