"""Slices: how often one is confirmed that does not exist, and one that does."""
from typing import Any

import numpy as np

from benchmarks.claims.frame import (
    SHOWN,
    Claim,
    Outcomes,
    Table,
    at_least,
    at_most,
    mean,
    share,
    study,
)
from utils.statistics.bins import bin_numbers
from utils.statistics.slices import find_slices

#: Columns of numbers, each in four bins; beside them one of three categories.
_COLUMNS = 6
#: What the columns share within a scene, of their variance.
_SHARED = .3


def draw(random: np.random.RandomState, scenes: int, images: int, effect: float,
         seeds: int = 3) -> Any:
    """Draws images of scenes whose loss has to do with their scene, and with the planted slice.

    Args:
      images: of each scene.
      effect: by what the loss of the planted slice, 8 % of the images, is multiplied.

    Returns:
      (loss [S, N], properties [F, N], groups [F], scene [N], parts of the planted slice).
    """
    count, scene = scenes * images, np.repeat(np.arange(scenes), images)
    properties, groups = [], []
    for column in range(_COLUMNS):
        values = np.sqrt(_SHARED) * random.standard_normal(scenes)[scene] + np.sqrt(
            1 - _SHARED) * random.standard_normal(count)
        own = bin_numbers(values, 4)
        properties += [one.members for one in own]
        groups += [column] * len(own)
    category = random.randint(3, size=count)
    properties += [category == one for one in range(3)]
    groups += [_COLUMNS] * 3
    planted = (3, 4 * _COLUMNS)
    loss = np.exp(.3 * random.standard_normal(scenes))[scene] * random.gamma(4, .25, count)
    loss = loss * np.exp(.1 * random.standard_normal((seeds, count)))
    loss = np.where(properties[planted[0]] & properties[planted[1]], effect * loss, loss)
    return loss, np.array(properties), groups, scene, planted


def searched(trials: int, random: np.random.RandomState, scenes: int, images: int,
             effect: float) -> Outcomes:
    """Searches drawn images.

    Returns:
      any: a slice is confirmed; planted: the planted one is; found, confirmed: loss ratio of the
      tested slice that looks worst in the half that chose it, there and in the other half.
    """
    any_found, hits, found, confirmed = [], [], [], []
    for _ in range(trials):
        loss, properties, groups, scene, planted = draw(random, scenes, images, effect)
        slices = find_slices(loss, properties, groups, None if images == 1 else scene).slices
        sure = [one for one in slices if one.p_adjusted < .05]
        any_found.append(bool(sure))
        hits.append(any(one.parts == planted for one in sure))
        worst = max(slices, key=lambda one: one.found, default=None)
        found.append(np.exp(worst.found) if worst else np.nan)
        confirmed.append(np.exp(worst.confirmed.value) if worst else np.nan)
    return {"any": share(any_found), "planted": share(hits), "found": mean(found),
            "confirmed": mean(confirmed)}


def _rows(effect, trials, settings):
    return tuple(((f"{scenes} scenes of {images}" if images > 1 else f"{scenes} images",),
                  study(searched, trials, scenes=scenes, images=images, effect=effect))
                 for scenes, images in settings)


_NULL = _rows(1.0, 400, ((12, 20), (40, 12), (75, 20), (500, 1)))
_PLANTED = _rows(1.5, 200, ((40, 12), (40, 25), (75, 20), (500, 1), (1500, 1)))

CLAIMS = (
    Claim("slices.few-scenes", "Of metadata that has nothing to do with the loss, a slice is "
          "confirmed.", "12 scenes of 20 images", at_most(.05), _NULL[0][1], "any"),
    Claim("slices.level", "Of metadata that has nothing to do with the loss, a slice is "
          "confirmed.", "40 scenes of 12 images", at_most(.05), _NULL[1][1], "any"),
    Claim("slices.images", "Of metadata that has nothing to do with the loss, a slice is "
          "confirmed.", "500 independent images", at_most(.05), _NULL[3][1], "any"),
    Claim("slices.planted", "A slice of 8 % of the images with 1.5 times the loss is confirmed.",
          "75 scenes of 20 images", at_least(.8), _PLANTED[2][1], "planted"),
    Claim("slices.planted-few", "A slice of 8 % of the images with 1.5 times the loss is "
          "confirmed.", "40 scenes of 12 images", SHOWN, _PLANTED[0][1], "planted"),
)

TABLES = (
    Table("slices.null", "Nothing is there: how often a slice is confirmed", ("images",), _NULL,
          (("any", "any slice"), ("found", "loss ratio of the worst, where found"),
           ("confirmed", "on the other half"))),
    Table("slices.found", "A slice of 8 % of the images has 1.5 times the loss", ("images",),
          _PLANTED, (("planted", "confirmed"),)),
)
