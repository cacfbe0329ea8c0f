"""What is said of slices, by the panel and by compare."""
from typing import List, Sequence

import numpy as np

from utils.explore.properties import Property
from utils.report.common import counted
from utils.statistics.slices import Slice, SliceSearch


def label_of(found: Slice, properties: Sequence[Property]) -> str:
    """Names a slice: "brightness 0.1 to 0.2, place: town"."""
    return ", ".join(properties[part].label for part in found.parts)


def image_names(names: Sequence[str], members: np.ndarray) -> str:
    """Joins the names of a slice's images for files."""
    return ";".join(name for name, inside in zip(names, members) if inside)


def slice_remarks(search: SliceSearch) -> List[str]:
    """Tells how slices were found and confirmed."""
    return ["Slices have one property or two. They were found on {} ({} of {} "
            "independent units) and tested on the others.".format(
                counted(int(search.first.sum()), "image"), search.scenes[0], sum(search.scenes))]
