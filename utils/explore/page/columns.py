"""What the map can be coloured by: values of each image, of each seed where they differ."""
import dataclasses
from typing import List, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate.observers.coarse import Coarse
from utils.explore.exploration import Exploration
from utils.explore.panel import Panel
from utils.measures.confusion import class_iou

#: A category's colours that have no meaning of their own are chosen by the page.
_FREE = ""
#: A column of more categories names images rather than groups of them: it is left out.
_MOST_CATEGORIES = 1000
_SCORES, _IMAGES, _CLASSES = "Scores", "Images", "IoU of a class"


@dataclasses.dataclass(frozen=True)
class MapColumn:
    """A value of each image.

    Attributes:
      name, note: as the page shows them.
      group: heading of the menu.
      values: float32 [S, N], or [1, N] where the seeds have the same; NaN for unknown. uint16
        [1, N] of categories.
      categories: (name, "#rrggbb" or "") of each; none for numbers.
    """
    name: str
    note: str
    group: str
    values: np.ndarray
    categories: Tuple[Tuple[str, str], ...] = ()


def map_columns(exploration: Exploration, panels: Sequence[Panel]) -> List[MapColumn]:
    """Makes every column of a page: scores, the panels' columns, metadata, IoU by class.

    The first is the loss where it is stored. Of columns of the same name the first one stays.
    Of folds there are no scores: most of their runs were trained on the image.
    """
    scored = exploration.num_folds == 1
    made = _scores(exploration) + _disagreement(exploration) if scored else []
    for panel in panels:
        made += [_column(one.name, exploration.spread(one.values), one.note, panel.section.title)
                 for one in panel.columns]
    metadata = exploration.metadata
    if exploration.split_of_images is not None:
        made.append(_column("split", exploration.split_of_images, "of the data set", _IMAGES))
    if exploration.scenes is not None:
        made.append(_column("scene", exploration.scenes, "by --cluster", _IMAGES))
    made.append(_frequent_class(exploration))
    for columns in (metadata.categories, metadata.numbers):
        made += [_column(name, values, "", _IMAGES) for name, values in columns.items()]
    made += _classes(exploration) if scored else []
    made = [one for one in made if len(one.categories) <= _MOST_CATEGORIES]
    names = [one.name for one in made]
    return [one for place, one in enumerate(made) if names.index(one.name) == place]


def _column(name, values, note, group):
    """Makes a column of numbers, or of categories where the values are text."""
    values = np.asarray(values)
    if values.dtype.kind in "fiub":
        return MapColumn(name, note, group, _finite(values)[np.newaxis])
    names, codes = np.unique(values.astype(str), return_inverse=True)
    return MapColumn(name, note, group, codes.reshape(1, -1).astype(np.uint16),
                     tuple((one or "unknown", _FREE) for one in names))


def _finite(values):
    """Returns float32; what is not finite is unknown."""
    values = np.asarray(values, np.float32)
    return np.where(np.isfinite(values), values, np.float32(np.nan))


def _scores(exploration):
    iou = MapColumn("IoU", "mean over the classes of the image's label", _SCORES,
                    exploration.iou.astype(np.float32))
    try:
        loss = _finite(exploration.loss)
    except UserError:  # not extracted
        return [iou]
    return [MapColumn("loss", "cross entropy, in nats", _SCORES, loss), iou]


def _disagreement(exploration):
    """The column "disagreement of the seeds", where there are two seeds and probabilities."""
    if len(exploration.records) < 2:
        return []
    try:
        values = disagreement(exploration.coarse)
    except UserError:  # not extracted
        return []
    return [MapColumn("disagreement of the seeds", "mutual information of class and seed, in nats: "
                      "entropy of the seeds' mean probabilities minus their mean entropy",
                      _SCORES, values.astype(np.float32)[np.newaxis])]


def disagreement(coarse: Sequence[Coarse]) -> np.ndarray:
    """Measures how much the seeds' probabilities differ in each image.

    Args:
      coarse: of each of S seeds.

    Returns:
      float64 [N], in nats: the mutual information between class and seed, mean over the image's
      blocks (Houlsby et al., arXiv 1112.5745, eq. 2; seeds as in Lakshminarayanan et al., 2017).
    """
    made = []
    for index in range(len(coarse[0].grid)):
        each = np.array([one.probabilities(index) for one in coarse], np.float64)
        made.append((_entropy(each.mean(0)) - _entropy(each).mean(0)).mean())
    return np.array(made)


def _entropy(probabilities):
    logs = np.log(np.where(probabilities > 0, probabilities, 1))
    return -(probabilities * logs).sum(-1)


def _frequent_class(exploration):
    """The column "class": what most labelled pixels of an image are of."""
    pixels = exploration.matrices[0].sum(-1)
    names = [(name, "#{:02x}{:02x}{:02x}".format(*colour))
             for name, colour in zip(exploration.class_names, exploration.palette)]
    return MapColumn("class", "the most frequent one in the image's label", _IMAGES,
                     pixels.argmax(-1).astype(np.uint16)[np.newaxis], tuple(names))


def _classes(exploration):
    """The IoU of each class, mean over seeds, where its label is."""
    values = class_iou(exploration.matrices).mean(0).T
    return [MapColumn(f"IoU of {name}", "mean over the seeds; images whose label has the class",
                      _CLASSES, np.round(values[label], 3).astype(np.float32)[np.newaxis])
            for label, name in enumerate(exploration.class_names)
            if not np.isnan(values[label]).all()]
