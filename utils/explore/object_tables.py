"""The table of over- and under-segmentation of each class."""
import dataclasses
from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np

from utils.evaluate.observers.objects import Objects
from utils.explore.error_tables import Estimator, cells, columns, interval_note, ratio
from utils.explore.exploration import Exploration
from utils.measures.regions import SPECK
from utils.report.layout import ALWAYS
from utils.report.table import Column, Table
from utils.statistics.over_under import COUNTS, count_by_image, rom_rum, ror_rur
from utils.statistics.seed_means import SeedMean

_TRUE, _FOUND, _OVER, _OVER_PARTS, _UNDER, _UNDER_PARTS = map(COUNTS.index, (
    "true", "found", "over", "over_parts", "under", "under_parts"))

_NUMBERS = ("over_parts", "under_parts", "rom", "rum", "ror", "rur")


class ClassObjects(NamedTuple):
    """Over- and under-segmentation of a class.

    Attributes:
      label: the class.
      true, found: regions of the truth, and of the prediction as a mean over seeds.
      values: {name: `SeedMean`}: over, under: share of the regions; over_parts, under_parts: parts
        of one; any_over, any_under: share of the class's images that have one; rom, rum: mean
        over the images that the class is in; ror, rur: over the split; each of them with "_specks"
        too, where specks count.
    """
    label: int
    true: int
    found: float
    values: Dict[str, SeedMean]


def estimate_objects(exploration: Exploration, objects: Sequence[Objects],
                     estimator: Estimator) -> List[ClassObjects]:
    """Estimates over- and under-segmentation of each class with a region above `SPECK` pixels."""
    size = len(exploration.names), len(exploration.class_names)
    without, every = (np.stack([count_by_image(one, *size, larger_than=least) for one in objects])
                      for least in (SPECK, 0))
    made = []
    for label in np.flatnonzero(without[0, :, :, _TRUE].sum(0)):
        values = _estimates(without[:, :, label], estimator)
        values.update({name + "_specks": value for name, value in _estimates(
            every[:, :, label], estimator).items()})
        own = without[:, :, label]
        made.append(ClassObjects(int(label), int(own[0, :, _TRUE].sum()),
                                 float(own[..., _FOUND].sum(1).mean()), values))
    return made


def _estimates(counts, estimator):
    """Returns {name: `SeedMean`} of counts [S, N, 12] of one class."""
    present = counts[..., _TRUE] > 0
    values = {name: estimator(counts[..., [part, whole]], ratio, within) for (
        name, part, whole, within) in (
            ("over", _OVER, _TRUE, (0, 1)), ("under", _UNDER, _FOUND, (0, 1)),
            ("over_parts", _OVER_PARTS, _OVER, (2, np.inf)),
            ("under_parts", _UNDER_PARTS, _UNDER, (2, np.inf)))}
    for name, part, whole in (("any_over", _OVER, _TRUE), ("any_under", _UNDER, _FOUND)):
        values[name] = estimator((counts[..., [part, whole]] > 0), ratio)
    for name, of_image in zip(("rom", "rum"), rom_rum(counts)):
        values[name] = estimator(np.stack([of_image * present, present], -1), ratio)
    for index, name in enumerate(("ror", "rur")):
        values[name] = estimator(counts, lambda sums, index=index: ror_rur(sums)[index])
    return values


def over_under_table(exploration: Exploration, found: Sequence[ClassObjects],
                     instances: bool) -> Table:
    """Makes a table with a row for each class.

    Args:
      instances: whether true objects are instances.
    """
    rows = []
    for one in found:
        row: Dict[str, Any] = {"class": exploration.class_names[one.label], "true": one.true,
                               "found": one.found}
        for name, value in one.values.items():
            row.update(cells(name, value))
        rows.append(row)
    noun = "instances" if instances else "blobs"
    made = [Column("class", "class", keep=ALWAYS), Column("true", "true " + noun, "count"),
            Column("found", "predicted", "count")]
    for name, title in (("over", "over-segmented"), ("under", "under-segmented")):
        made += columns(name, title, keep=ALWAYS)
        made += _hidden(columns(name + "_parts", "parts", "number")
                        + columns("any_" + name, "images"))
    for name, title in (("rom", "ROM"), ("rum", "RUM")):
        made += columns(name, title, "number", keep=2)
    for name in ("ror", "rur"):
        made += _hidden(columns(name, name.upper(), "number"))
    for name in ("over", "under", "any_over", "any_under") + _NUMBERS:
        kind = "number" if name in _NUMBERS else "percent"
        made += _hidden(columns(name + "_specks", f"{name}, specks too", kind))
    return Table("over_under", f"Over- and under-segmentation of {noun} above {SPECK} pixels",
                 tuple(_fine(made)), rows, _note(instances) + interval_note(exploration))


def _hidden(made):
    return [dataclasses.replace(column, shown=False) for column in made]


def _fine(made):
    """Shows numbers of 0 to 1 with two digits."""
    return [dataclasses.replace(column, digits=2) if column.kind in ("number", "interval")
            else column
            for column in made]


def _note(instances):
    blobs = ("True objects are the records' instances. " if instances else
             "The records have no instance ids: objects are blobs, connected regions of a class, "
             "so that touching objects are one. ")
    return blobs + (
        "Over-segmented: true ones in which two or more predicted ones lie with more than 80 % of "
        "their pixels; under-segmented: predicted ones that hold so two or more true ones "
        "(ARMBench). ROM, RUM: 0 (none) to 1, where any shared pixel counts, mean over the images "
        "with the class (Zhang et al., 2021). Files have ROR and RUR of the split, parts, and all "
        "with specks. ")
