"""Galleries of the worst images of each kind of error."""
from typing import List, Tuple

import numpy as np

from utils.evaluate.observers.worst import KINDS, Worst
from utils.explore.exploration import Exploration
from utils.explore.panel import Gallery, Pick
from utils.report.common import counted

_TITLES = {"boundary": "Worst boundaries", "extent": "Worst extents",
           "segment": "Worst missed or invented segments",
           "over_segmented": "Most objects in pieces", "under_segmented": "Most objects merged"}
_PIXELS = ("Orange wrongly has the class, blue lacks it; outlines: white the truth, yellow the "
           "prediction. ")
_PARTS = "Colours are the parts of an object; outlines: white the truth, yellow the prediction. "


def worst_galleries(exploration: Exploration) -> Tuple[Gallery, ...]:
    """Makes a gallery of each kind, of the run whose score is nearest to the mean.

    Raises:
      UserError: pictures were not extracted.
    """
    found = exploration.worst
    scores = exploration.sample.scores
    chosen = int(np.argmin(np.abs(scores - scores.mean())))
    record = exploration.records[chosen]
    made = []
    for kind, name in enumerate(KINDS):
        picks = _picks(exploration, found, chosen, kind)
        if picks:
            note = (_PIXELS if name in KINDS[:3] else _PARTS) + (
                f"Of {record.name}" + (", the run nearest to the mean score; seeds: that have the "
                                       "image and class among their worst too."
                                       if len(found) > 1 else "."))
            made.append(Gallery(_TITLES[name], tuple(picks), note))
    return tuple(made)


def _picks(exploration: Exploration, found: List[Worst], chosen: int, kind: int) -> List[Pick]:
    """Makes the `Pick`s of one kind of a run, the worst first."""
    own, picks = found[chosen], []
    for place in np.flatnonzero(own.kind == kind):
        image, label = int(own.image[place]), int(own.label[place])
        seeds = sum(bool(((one.kind == kind) & (one.image == image) & (one.label == label)).any())
                    for one in found)
        amount = (f"{own.pixels[place]:,} pixels" if KINDS[kind] in KINDS[:3] else
                  counted(int(own.pixels[place]), "object"))
        words = [exploration.class_names[label], amount]
        words += [f"{seeds} of {len(found)} seeds"] if len(found) > 1 else []
        picks.append(Pick(image, ", ".join(words), own.picture(place)))
    return picks
