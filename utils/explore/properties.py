"""Properties of images, of which slices are made: bins of metadata, categories, clusters."""
from typing import TYPE_CHECKING, List, NamedTuple

import numpy as np

from utils.errors import UserError
from utils.explore.effects import categories_of
from utils.explore.panel import PANELS
from utils.statistics.bins import bin_numbers
from utils.statistics.slices import fewest_images

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: Bins of a column of numbers: of finer ones, conjunctions are of too few images.
_BINS = 4
#: The panel, and its column, that says which cluster an image is in.
_CLUSTERS, _CLUSTER = "clusters", "cluster"


class Property(NamedTuple):
    """What some images have in common.

    Attributes:
      label: "brightness 0.1 to 0.2", "place: town".
      group: the column that it is of; an image has one property of a column.
      members: bool [N].
    """
    label: str
    group: str
    members: np.ndarray


def properties_of(exploration: "Exploration") -> List[Property]:
    """Lists the properties that enough images have, and not all."""
    metadata, images = exploration.metadata, len(exploration.names)
    found = [Property(f"{name} {one.label}", name, one.members)
             for name, values in metadata.numbers.items()
             for one in bin_numbers(values, _BINS, fewest_images(images))]
    categories = dict(metadata.categories)
    clusters = _clusters(exploration)
    if clusters is not None:
        categories[_CLUSTER] = clusters
    found += [Property(f"{name}: {category}", name, values == category)
              for name, values in categories.items() for category in _both(values)]
    return [one for one in found if fewest_images(images) <= one.members.sum() < images]


def _both(values):
    """Lists categories; of two, both, of which either may be the worse."""
    first = categories_of(values)
    names = np.unique(values[values != ""]).tolist()
    return names if len(names) == 2 else first


def _clusters(exploration):
    """Returns the cluster of each image as text; None without that panel, or where it refuses."""
    if _CLUSTERS not in PANELS.names():
        return None
    try:
        columns = PANELS.get(_CLUSTERS)(exploration).columns
    except UserError:
        return None
    return next((np.asarray(one.values).astype(str) for one in columns if one.name == _CLUSTER),
                None)
