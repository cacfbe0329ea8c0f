"""Tables of suspicious labels, and of how well planted faults are found."""
from typing import Callable, List, Sequence, Tuple

import numpy as np

from utils.explore.exploration import Exploration
from utils.explore.labels.evidence import REGION, Evidence
from utils.explore.labels.judges import Judges
from utils.explore.labels.ranking import Finding
from utils.measures.planted import KINDS
from utils.report.layout import ALWAYS
from utils.report.table import Column, Table

#: Rows that a terminal shows, and that a table has.
_FIRST, MOST_ROWS = 15, 500
#: Regions of this score and more are left out of the list of names: as many as look worst.
_SUSPICIOUS = 50
_IN_SAMPLE = "in sample: memorised faults are missed"


def planted_table(measured: Sequence[Finding], evidence: Evidence) -> Table:
    """Tables how well planted faults are found, by kind and list."""
    rows = []
    for one in measured:
        for name, found in (("regions", one.regions), ("images", one.images)):
            regions = name == "regions"
            rows.append(dict(
                kind=KINDS[one.kind], by=name, precision=found.precision, interval=found,
                chance=found.base, p=found.p_adjusted,
                least=min(found.of_plantings), most=max(found.of_plantings),
                first=float(np.mean(one.first)) if regions else None,
                first_chance=one.chance if regions else None,
                count=one.count[0] if regions else None))
    return Table(
        "labels_planted", "How well planted faults are found", (
            Column("kind", "Fault", keep=ALWAYS), Column("by", "By", keep=ALWAYS),
            Column("precision", "AP", "number", 2, keep=ALWAYS),
            Column("interval", "interval", "interval", 2, keep=4, of="precision"),
            Column("chance", "chance", "number", 2, keep=4, of="precision"),
            Column("p", "p", "p", keep=4),
            Column("least", "least", "number", 2, keep=2, of="precision"),
            Column("most", "most", "number", 2, keep=2, of="precision"),
            Column("first", "Among the first k", "number", 2, keep=3),
            Column("first_chance", "chance", "number", 3, keep=2, of="first"),
            Column("count", "k", "count", 0, keep=3)), rows,
        f"AP: average precision over images, mean of {evidence.faulty.shape[1]} plantings in "
        f"copies of the labels; one fault in {evidence.faulty[0, 0].sum()} of "
        f"{evidence.faulty.shape[2]} images. Chance: the same scores, faults planted in other "
        "images. p: how often these are found as well, after Holm's correction for these rows. "
        "Least and most: of the plantings.")


def pixel_table(measured: Sequence[Finding]) -> Table:
    """Tables how well pixels on which runs disagree with the label are planted faults."""
    rows = [dict(kind=KINDS[one.kind], **{f"{name}_{what}": value for name, pair in zip(
        ("one", "all"), one.flagged) for what, value in zip(("precision", "recall"), pair)})
        for one in measured]
    return Table("labels_pixels", "Pixels: planted faults among those that runs see otherwise", (
        Column("kind", "Fault", keep=ALWAYS),
        Column("one_precision", "Some run: precision", "percent"),
        Column("one_recall", "recall", "percent", of="one_precision"),
        Column("all_precision", "All runs: precision", "percent"),
        Column("all_recall", "recall", "percent", of="all_precision")), rows,
        "All runs: they see one class, and not the given one.")


def region_table(exploration: Exploration, judges: Judges, name: str, title: str,
                 rows: np.ndarray, scores: np.ndarray) -> Table:
    """Tables regions in their order.

    Args:
      name: of the table's files.
      rows: [R, columns] of `REGION`.
      scores: [R].
    """
    wrong = name == "labels_wrong"
    pair = ("Given", "Seen") if wrong else ("Most probable", "Next")
    return Table(name, title, (
        Column("image", "Image", keep=ALWAYS), Column("split", "Split", keep=0),
        Column("given", pair[0], keep=5), Column("seen", pair[1], keep=5),
        Column("box", "Box", keep=3),
        *(Column(side, side, "count", shown=False) for side in ("top", "left", "bottom", "right")),
        Column("pixels", "Pixels", "count", keep=4),
        Column("given_probability", f"p {pair[0].lower()}", "number", 2, keep=4),
        Column("seen_probability", f"p {pair[1].lower()}", "number", 2, keep=2),
        Column("seeds", "Seeds", keep=4 if wrong else 0, shown=wrong),
        Column("score", "Score", "number", 2, keep=1), Column("kind", "Kind", shown=False),
        Column("sample", "Sample", keep=6, shown=bool(judges.in_sample.any()))),
        [_region_row(exploration, judges, name, row, score)
         for row, score in zip(rows[:MOST_ROWS], scores)],
        _counted(len(rows)) + "Box: top, left, bottom, right. p: mean over the region and the "
        "seeds." + (" Seeds: that see the class in at least half of the region." * wrong),
        first=_FIRST)


def _counted(count):
    return f"The first {MOST_ROWS} of {count:,} regions. " if count > MOST_ROWS else ""


def _region_row(exploration, judges, name, row, score):
    of = dict(zip(REGION, row))
    image = int(of["image"])
    box = {side: int(of[side]) for side in ("top", "left", "bottom", "right")}
    return dict(
        box, image=exploration.names[image], split=exploration.split,
        given=exploration.class_names[int(of["given"])],
        seen=exploration.class_names[int(of["seen"])], box=",".join(map(str, box.values())),
        pixels=int(of["pixels"]), given_probability=of["given_probability"],
        seen_probability=of["seen_probability"],
        seeds=f"{int(of['seeds'])} of {judges.runs[:, image].sum()}", score=float(score),
        kind=name[len("labels_"):], sample=_IN_SAMPLE if judges.in_sample[image] else
        "out of sample")


def image_table(exploration: Exploration, judges: Judges, evidence: Evidence) -> Table:
    """Tables images by softmin, the most suspicious first."""
    known = np.flatnonzero(~np.isnan(evidence.softmin))
    order = known[np.argsort(evidence.softmin[known], kind="stable")]
    rows = [dict(image=exploration.names[image], split=exploration.split,
                 softmin=evidence.softmin[image], entropy=evidence.entropy[image],
                 disagreement=evidence.disagreement[image], sample=_IN_SAMPLE
                 if judges.in_sample[image] else "out of sample") for image in order]
    return Table("labels_images", "Images whose labels look wrong", (
        Column("image", "Image", keep=ALWAYS), Column("split", "Split", keep=0),
        Column("softmin", "Softmin", "number", 4, keep=5),
        Column("entropy", "Entropy", "number", 3, unit="nats", keep=2),
        Column("disagreement", "Disagreement", "number", 3, unit="nats", keep=2),
        Column("sample", "Sample", keep=6, shown=bool(judges.in_sample.any()))), rows,
        "Softmin of the mean probabilities of the seeds: low where labels look wrong. Disagreement "
        "of the seeds: mutual information.", first=_FIRST)


def kept_names(exploration: Exploration,
               rows: np.ndarray) -> Tuple[Tuple[str, Callable[[], bytes]], ...]:
    """Makes the list for --subset without the images of the most suspicious regions: [(name of the
    file, what makes its bytes)]; only of the training split.

    Args:
      rows: [R, columns] of `REGION`, the most suspicious first.
    """
    if exploration.split != "training":
        return ()
    suspicious = set(rows[:_SUSPICIOUS, REGION.index("image")].astype(int).tolist())
    kept: List[str] = [name for index, name in enumerate(exploration.names)
                       if index not in suspicious]
    head = (f"# {len(kept)} of {len(exploration.names)} training images: without those of the "
            f"{min(_SUSPICIOUS, len(rows))} most suspicious regions of labels")
    text = "\n".join([head, *kept]) + "\n"
    return (("labels_kept.txt", lambda: text.encode("utf-8")),)
