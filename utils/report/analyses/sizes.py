"""`sizes`: recall and IoU of objects by their size."""
from typing import Any, Dict, List

import numpy as np

from utils.errors import UserError
from utils.measures.regions import SPECK
from utils.report import figures, plots
from utils.report.common import identity, numbered, percent_level
from utils.report.layout import ALWAYS
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.statistics.sizes import size_table, speck_share

_TITLES = {"coco": "COCO's size bins, specks included",
           "deciles": f"Deciles of the area of objects above {SPECK} pixels"}


@ANALYSES.register("sizes")
def analyse(study: Study) -> Section:
    """Tables objects by COCO's bins and by deciles of area; draws the deciles."""
    found: Dict[str, List[Any]] = {bins: [] for bins in _TITLES}
    specks: List[str] = []
    for sample in study.samples():
        runs = _objects(study, sample)
        specks += [_speck_text(sample, runs[0])] if runs else []
        for bins in found if runs else ():
            found[bins].append((sample, len(runs), size_table(runs, bins,
                                                              level=study.options.level)))
    if not found["coco"]:
        raise UserError(f"no stored objects (<run>/test/{study.stem()}.objects.npz): run: "
                        f"{study.command(study.samples()[0].records[0])}")
    tables = [_table(study, bins, found[bins]) for bins in _TITLES if any(
        rows for _, _, rows in found[bins])]
    text = ("An object is a connected component (8 neighbours) of one class; its IoU is with all "
            "predicted objects of the class that touch it. Areas in pixels at the images' own "
            "size.")
    deciles = sorted((one for one in found["deciles"] if one[2]),
                     key=lambda one: -one[0].scores.mean())
    return Section("sizes", "Object sizes", (text,) + tuple(dict.fromkeys(specks)), tuple(tables),
                   tuple(_plot(study, own, index) for index, own in enumerate(
                       study.by_test_set(deciles, lambda one: one[0].configuration))))


def _speck_text(sample, objects):
    """Counts the specks among a test set's objects, which would fill bins of equal numbers."""
    found = speck_share(objects)
    return (f"{100 * found.specks / max(found.objects, 1):.0f} % of the {found.objects:,} objects "
            f"({len(sample.names)} images) have at most {SPECK} pixels, and together "
            f"{100 * found.pixels:.2g} % of the labelled pixels: the small bin counts them, the "
            "deciles leave them out."
            )


def _objects(study, sample):
    """Returns the `Objects` of the runs that have them; the others are named in one line."""
    runs, missing = [], []
    for record in sample.records:
        try:
            runs.append(study.objects(record))
        except UserError as error:
            missing.append(record)
            if study.has_objects(record):  # they are there, and damaged
                study.note(f"sizes: {error}")
    if runs and missing:
        study.note(f"sizes: {len(missing)} of {len(sample.records)} runs of {sample.label} have no "
                   f"stored objects; run: {study.command(missing[0])}")
    return runs


def _table(study, bins, found):
    rows = []
    for sample, runs, bin_rows in found:
        for row in bin_rows:
            cells = dict(identity(sample), n=runs, bin=row.name, objects=row.objects,
                         predicted=row.predicted)
            for name in ("recall", "found", "iou", "over_segmented", "under_segmented"):
                summary = getattr(row, name)
                cells.update({name: summary and summary.mean, name + "_sd": summary and summary.sd})
            rows.append(cells)
    columns = (Column("configuration", "id", shown=False),
               Column("label", "what it is", keep=ALWAYS), Column("n", "n", "count", keep=0),
               Column("bin", "area", keep=ALWAYS), Column("objects", "objects", "count"),
               Column("predicted", "predicted", "number", 0, keep=0),
               Column("recall", "recall", "percent", keep=2),
               Column("recall_sd", "sd", "spread", 2, "", of="recall"),
               Column("iou", "IoU", "percent", keep=ALWAYS),
               Column("iou_sd", "sd", "spread", 2, "", of="iou"),
               Column("found", "IoU >= .5", "percent"),
               Column("found_sd", "sd", "spread", 2, "", keep=0, of="found"),
               Column("over_segmented", "in pieces", "percent", keep=0),
               Column("over_segmented_sd", "sd", "spread", 2, shown=False),
               Column("under_segmented", "merged", "percent", keep=0),
               Column("under_segmented_sd", "sd", "spread", 2, shown=False))
    return Table("sizes" if bins == "coco" else "size_deciles", _TITLES[bins], columns, rows,
                 "Means over objects, then over n runs; sd over runs in points. predicted: objects "
                 "of that area a run predicts. in pieces: several predicted ones touch it. merged: "
                 "share of predicted ones that touch several true ones.")


def _plot(study, found, index):
    cut = (f" The best {figures.MOST_LINES} of {len(found)} configurations."
           if len(found) > figures.MOST_LINES else "")
    found = found[:figures.MOST_LINES]

    def draw():
        steps = [np.array([max(row.low, 1) for row in rows if row.objects]) for _, _, rows in found]
        bands = []
        for _, runs, rows in found:
            means = np.array([row.iou.mean for row in rows if row.objects])
            ends = np.array([(end.low, end.high) if end else (np.nan, np.nan) for end in (
                row.iou.mean_interval for row in rows if row.objects)])
            bands.append((means,) + (tuple(ends.T) if runs > 1 else (None, None)))
        made = plots.curves([sample.label for sample, _, _ in found], steps, bands,
                            "area of the object in pixels (lower end of the decile)",
                            "IoU of objects, %",
                            colours=study.colours([one.configuration for one, _, _ in found]))
        made.axes[0].set_xscale("log")
        return made
    title = f"IoU by object size ({found[0][0].configuration.place})"
    return Plot(numbered("sizes", index), title,
                f"Deciles of the areas of true objects above {SPECK} pixels; bands: "
                f"{percent_level(study)} t intervals over seeds.{cut}", draw)
