"""What is known of each image, as columns."""
from typing import TYPE_CHECKING, Dict

import numpy as np

from utils.errors import UserError
from utils.explore.clusters import clusters

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration


def image_columns(exploration: "Exploration") -> Dict[str, np.ndarray]:
    """Returns {column: [N] values}: names, scores, and all metadata.

    Scores are means over seeds, with their sd where there are several.
    """
    made: Dict[str, np.ndarray] = {
        "name": np.array(exploration.names),
        "split": np.full(len(exploration.names), exploration.split)}
    for name, values in (("loss", exploration.loss), ("iou", exploration.iou)):
        made[name] = values.mean(0)
        if len(values) > 1:
            made[name + "_sd"] = values.std(0, ddof=1)
    made["class"] = np.asarray(exploration.class_names)[
        exploration.matrices[0].sum(-1).argmax(-1)]
    try:
        made["cluster"] = clusters(exploration).image_names()
    except UserError:  # too few images
        pass
    if exploration.scenes is not None:
        made["scene"] = np.asarray(exploration.scenes)
    metadata = exploration.metadata
    for name, found in list(metadata.numbers.items()) + list(metadata.categories.items()):
        made.setdefault(name, np.asarray(found))
    return made
