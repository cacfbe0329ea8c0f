"""`labels`: which labels look wrong, where the runs disagree, and where all are unsure."""
from typing import Callable, List, Sequence, Tuple

import numpy as np

from utils.explore.exploration import Exploration
from utils.explore.exports.candidates import packed_candidates
from utils.explore.labels.evidence import AMBIGUOUS, HARD, REGION, WRONG, Evidence, gather
from utils.explore.labels.judges import Judges, find_judges
from utils.explore.labels.pictures import candidates, region_pictures
from utils.explore.labels.ranking import Finding, findings, wrong_regions
from utils.explore.labels.tables import (
    image_table,
    kept_names,
    pixel_table,
    planted_table,
    region_table,
)
from utils.explore.panel import PANELS, Gallery, ImageColumn, Panel, Pick
from utils.explore.units import about_units
from utils.measures.planted import KINDS
from utils.report.section import Section
from utils.statistics.verdicts import p_text

#: Regions with pictures.
_PICTURES = 12
#: Title of each list of regions.
_TITLES = {WRONG: "Labels that look wrong", AMBIGUOUS: "Ambiguous: the runs see different classes",
           HARD: "Hard: no run is sure"}
_ORANGE = ("Orange: has the given class in the label, and another by the nets; outlines: white the "
           "given class, yellow the seen one.")


@PANELS.register("labels")
def labels(exploration: Exploration) -> Panel:
    """Lists suspicious regions and images, after telling how well planted faults are found.

    Raises:
      UserError: the opinions of the runs, or the records, are not there.
    """
    judges = find_judges(exploration.records, exploration.split, exploration.names)
    evidence = gather(exploration, judges.runs)
    classes = len(exploration.class_names)
    level = exploration.study.options.level
    measured = findings(evidence, classes, exploration.scenes, level)
    found = (any(one.regions.found(level) for one in measured),
             any(one.images.found(level) for one in measured))
    shown = [one or exploration.anyway for one in found]
    rows, scores = wrong_regions(evidence, classes)
    tables = [planted_table(measured, evidence), pixel_table(measured)] if measured else []
    galleries: Tuple[Gallery, ...] = ()
    files: Tuple[Tuple[str, Callable[[], bytes]], ...] = ()
    if shown[0]:
        tables.append(region_table(exploration, judges, "labels_wrong", _TITLES[WRONG], rows,
                                   scores))
        galleries = (_gallery(exploration, judges, rows[:_PICTURES]),)
        files = kept_names(exploration, rows) + (
            ("labels_candidates.npz", lambda: packed_candidates(
                candidates(exploration, judges.runs, rows, scores))),)
    if shown[1]:
        tables.append(image_table(exploration, judges, evidence))
    tables += [_unsure(exploration, judges, evidence, kind) for kind in (AMBIGUOUS, HARD)
               if (evidence.regions[:, REGION.index("list")] == kind).any()]
    section = Section("labels", "Wrong labels", tuple(_text(exploration, measured, found)),
                      tuple(tables), remarks=tuple(_remarks(exploration, judges)))
    return Panel(section, galleries, _columns(evidence), files=files)


def _unsure(exploration: Exploration, judges: Judges, evidence: Evidence, kind: int):
    """Tables the ambiguous or the hard regions, by what was summed up over them."""
    rows = evidence.regions[evidence.regions[:, REGION.index("list")] == kind]
    weight = rows[:, REGION.index("weight")]
    order = np.argsort(-weight, kind="stable")
    name = "labels_ambiguous" if kind == AMBIGUOUS else "labels_hard"
    return region_table(exploration, judges, name, _TITLES[kind], rows[order], weight[order])


def _gallery(exploration: Exploration, judges: Judges, rows: np.ndarray) -> Gallery:
    pictures = region_pictures(exploration, judges.runs, rows)
    picks = []
    for row, picture in zip(rows, pictures):
        of = dict(zip(REGION, row))
        given, seen = (exploration.class_names[int(of[name])] for name in ("given", "seen"))
        picks.append(Pick(int(of["image"]), f"given {given}, seen {seen}, {of['pixels']:,.0f} "
                          f"pixels, {of['seeds']:.0f} of {judges.runs[:, int(of['image'])].sum()} "
                          "seeds", picture))
    return Gallery(_TITLES[WRONG], tuple(picks), _ORANGE)


# ---- sentences ----

def _text(exploration: Exploration, measured: Sequence[Finding],
          found: Tuple[bool, bool]) -> List[str]:
    """Says how well planted faults are found, and what follows for the lists."""
    if not measured:
        return ["No region of these labels is of a size to plant a fault in (.14 to 15 % of an "
                "image): how well wrong labels are found is not known, and none are listed."]
    level = exploration.study.options.level
    lines = [_measured(one, level) for one in measured]
    for works, what in zip(found, ("regions", "images")):
        if not works:
            lines.append(f"By the {what}, planted faults are not surely found more often than by "
                         "chance: these nets cannot tell wrong labels here" + (
                             " (listed because of --anyway)." if exploration.anyway else
                             f", so no {what} are listed (--anyway lists them)."))
    return lines


def _measured(one: Finding, level: float) -> str:
    best = max((one.regions, one.images), key=lambda found: found.precision)
    by = "their worst region" if best is one.regions else "softmin"
    verdict = "found" if best.found(level) else "not surely found"
    first = np.mean(one.first)
    regions = "no label looks wrong in a whole region" if np.isnan(first) else (
        f"{first:.2f} of the first {one.count[0]} regions are planted, chance {one.chance:.3f}")
    return (f"Planted faults of kind {KINDS[one.kind]} are {verdict}: average precision "
            f"{best.precision:.2f} [{best.low:.2f}, {best.high:.2f}] of images by {by}, chance "
            f"{best.base:.2f}, {p_text(best.p_adjusted)}; {regions}.")


def _remarks(exploration: Exploration, judges: Judges) -> List[str]:
    lines = ["Planted faults flatter: real ones are subtler, and real ones among these labels "
             "count as false alarms here."]
    if judges.in_sample.any():
        lines.append(f"{judges.in_sample.sum()} of {len(judges.in_sample)} images are in sample: "
                     "memorised faults are missed. fcn_sweep.py run --folds=5 trains runs that "
                     "leave each image out.")
    if exploration.split == "test":
        lines.append("Of the test split, for reporting: not for correcting and then scoring "
                     "silently.")
    if len(exploration.records) == 1:
        lines.append("One run: another seed may see other labels as wrong, and what is ambiguous "
                     "takes two.")
    return lines + about_units(exploration)


def _columns(evidence: Evidence) -> Tuple[ImageColumn, ...]:
    return (ImageColumn("label softmin", evidence.softmin, "low where labels look wrong"),
            ImageColumn("predictive entropy", evidence.entropy, "nats, mean over pixels"),
            ImageColumn("disagreement (BALD)", evidence.disagreement, "nats, mean over pixels"))
