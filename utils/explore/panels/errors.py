"""`errors`: of which kind the errors are, in which classes, and what fixing a kind would give."""
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.evaluate.observers.objects import Objects
from utils.explore.error_tables import (
    ErrorCounts,
    Estimator,
    Kind,
    agreeing,
    class_table,
    confusion_table,
    error_counts,
    estimate_classes,
    estimate_kinds,
    kinds_table,
)
from utils.explore.exploration import Exploration
from utils.explore.object_tables import ClassObjects, estimate_objects, over_under_table
from utils.explore.panel import PANELS, Gallery, ImageColumn, Panel
from utils.explore.worst_galleries import worst_galleries
from utils.report import figures, plots
from utils.report.common import units_name
from utils.report.section import Plot, Section
from utils.statistics.error_kinds import KINDS
from utils.statistics.intervals import Interval
from utils.statistics.seed_means import SeedMean

#: Classes that a sentence names.
_MOST_NAMED = 4


@PANELS.register("errors")
def errors(exploration: Exploration) -> Panel:
    """Tables kinds of error, confusions, and objects in pieces or merged; shows the worst."""
    counts = error_counts(exploration)
    _require_same_test(exploration, counts)
    estimator = Estimator(exploration)
    kinds = estimate_kinds(counts, estimator)
    classes = estimate_classes(counts, estimator)
    text = [_main_sentence(exploration, kinds)]
    text += _class_sentences(exploration, counts, kinds, classes)
    tables = [kinds_table(exploration, kinds), class_table(exploration, counts, classes, estimator)]
    objects, remarks = _objects(exploration)
    if objects:
        found = estimate_objects(exploration, objects, estimator)
        instances = all(bool(one.instances) for one in objects)
        tables.append(over_under_table(exploration, found, instances))
        text += _object_sentences(exploration, found, "instances" if instances else "blobs")
    tables.append(confusion_table(exploration, counts, estimator))
    galleries, missing = _galleries(exploration)
    section = Section("errors", "Kinds of error", tuple(text), tuple(tables),
                      (_plot(exploration, counts, classes),), remarks=tuple(remarks + missing))
    return Panel(section, galleries, _image_columns(counts))


def _require_same_test(exploration, counts):
    """Raises a `UserError` where error types are not of the pixels of the stored result."""
    hits = np.diagonal(counts.matrices, axis1=-2, axis2=-1)
    true, found = counts.matrices.sum(-1), counts.matrices.sum(-2)
    for index, record in enumerate(exploration.records):
        types = counts.types[index]
        if not (np.array_equal(types[..., 0], hits[index])
                and np.array_equal(types[..., 1::2].sum(-1), (found - hits)[index])
                and np.array_equal(types[..., 2::2].sum(-1), (true - hits)[index])):
            raise UserError(f"{record.name}: its error types are not those of its stored result: "
                            f"{exploration.extract_command(record)}")


# ---- sentences ----

def _main_sentence(exploration: Exploration, kinds: Sequence[Kind]) -> str:
    largest, runs = agreeing([kind.share.runs for kind in kinds])
    best, best_runs = agreeing([kind.gain.runs for kind in kinds])
    total, main = len(exploration.records), kinds[largest]
    intervals = [_over_seeds(main.share)]
    if main.share.images is not None:
        intervals.append(f"{_ends(main.share.images)} over {units_name(exploration.study)}")
    seeds = f"the largest in {runs} of {total} seeds" if total > 1 else "another seed may differ"
    gain = f"would add {100 * kinds[best].gain.value:.1f} points of mIoU"
    gain += f" (the most in {best_runs} of {total} seeds)" if total > 1 else ""
    return (f"The main kind of error is {main.name}: {100 * main.share.value:.1f} % of a class's "
            f"union, mean over classes ({', '.join(filter(None, intervals + [seeds]))}). Fixing "
            f"{'it' if best == largest else kinds[best].name} alone {gain}.")


def _over_seeds(found: SeedMean) -> str:
    return f"{_ends(found.seeds)} over seeds" if found.seeds is not None else ""


def _ends(interval: Interval) -> str:
    return f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def _class_sentences(exploration: Exploration, counts: ErrorCounts, kinds: Sequence[Kind],
                     classes: Sequence[Sequence[SeedMean]]) -> List[str]:
    """Names the classes whose main kind is another, by kind."""
    main, _ = agreeing([kind.share.runs for kind in kinds])
    others: Dict[int, List[Tuple[int, float, str]]] = {
        index: [] for index in range(len(KINDS)) if index != main}
    for label, values in zip(counts.occur, classes):
        largest, runs = agreeing([one.runs for one in values[1:]])
        if largest != main and values[1 + largest].value > 0:
            others[largest].append((runs, values[1 + largest].value,
                                    exploration.class_names[label]))
    lines = []
    for index, found in others.items():
        if found:
            named = [f"{name} ({_seed_count(runs, exploration)}{100 * share:.0f} %)"
                     for runs, share, name in sorted(found, reverse=True)[:_MOST_NAMED]]
            lines.append(f"Of {_listed(named, len(found))}, {KINDS[index]} errors are the largest "
                         "part.")
    return lines


def _seed_count(runs: int, exploration: Exploration) -> str:
    total = len(exploration.records)
    return f"{runs} of {total} seeds, " if total > 1 else ""


def _listed(named: Sequence[str], count: int) -> str:
    more = f" and {count - len(named)} more" if count > len(named) else ""
    return ", ".join(named) + more


def _object_sentences(exploration: Exploration, found: Sequence[ClassObjects],
                      noun: str) -> List[str]:
    """Names the classes whose objects are most often in pieces, and most often merged."""
    lines = []
    for name, words in (("over", f"Most often over-segmented are the true {noun} of"),
                        ("under", "Most often under-segmented are the predicted objects of")):
        shares = [(one.values[name], one.label) for one in found
                  if not np.isnan(one.values[name].value) and one.values[name].value > 0]
        shares = sorted(shares, key=lambda pair: -pair[0].value)[:2]
        if shares:
            lines.append(words + " " + ", ".join(
                f"{exploration.class_names[label]} ("
                + ", ".join(filter(None, [f"{100 * share.value:.1f} %", _over_seeds(share)]))
                + ")" for share, label in shares) + ".")
    return lines


# ---- what may be missing ----

def _objects(exploration: Exploration) -> Tuple[Optional[List[Objects]], List[str]]:
    """Returns (objects of all runs, or None; why there are none)."""
    try:
        objects = exploration.objects
    except UserError as error:
        return None, [f"No over- and under-segmentation: {error}"]
    for record, one in zip(exploration.records, objects):
        if not one.has_pairs:
            return None, [f"No over- and under-segmentation: the objects of {record.name} were "
                          f"stored without pairs: {exploration.extract_command(record)}"]
    return objects, []


def _galleries(exploration: Exploration) -> Tuple[Tuple[Gallery, ...], List[str]]:
    """Returns (galleries, why there are none)."""
    try:
        return worst_galleries(exploration), []
    except UserError as error:
        return (), [f"No pictures: {error}"]


# ---- pictures ----

def _plot(exploration, counts, classes):
    order = sorted(range(len(classes)), key=lambda place: -classes[place][0].value)
    shown, cut = figures.best_only(order)

    def draw():
        names = [exploration.class_names[counts.occur[place]] for place in shown]
        parts = {name: [100 * classes[place][column].value for place in shown]
                 for column, name in enumerate(("IoU",) + KINDS)}
        return plots.stacked(names, parts, "% of the class's union of true and predicted pixels")
    return Plot("errors", "IoU and kinds of error of each class",
                f"Mean over {len(exploration.records)} seeds.{cut}", draw)


def _image_columns(counts: ErrorCounts) -> Tuple[ImageColumn, ...]:
    """Makes the share of each image's labelled pixels that is missed by each kind of error."""
    labelled = counts.matrices.sum((-1, -2))
    missed = counts.types[..., 2::2].sum(2)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(labelled[..., np.newaxis] > 0, missed / labelled[..., np.newaxis], np.nan)
    return tuple(ImageColumn(f"{name} errors", shares[..., index].mean(0), "share of the labelled "
                             "pixels, mean over seeds") for index, name in enumerate(KINDS))
