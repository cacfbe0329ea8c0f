"""`clusters`: groups of images that the seeds see as alike, and in how many seeds each holds."""
from typing import Any, Dict, List, Optional

import numpy as np

from utils.explore.agreement import Agreement, agreements, layer, layer_units
from utils.explore.cluster_rows import (
    Training,
    by_distance,
    mean_loss,
    miou_of,
    training_members,
)
from utils.explore.clusters import FEWEST, STABLE, Clusters, clusters
from utils.explore.enriched import Enrichment, enrichments
from utils.explore.exploration import Exploration
from utils.explore.layers import LAYERS
from utils.explore.panel import PANELS, Gallery, ImageColumn, Panel, Pick
from utils.report.common import percent_level
from utils.report.layout import ALWAYS
from utils.report.section import Section
from utils.report.table import Column, Table

#: False discovery rate of the metadata that are named.
_RATE = .1
#: Images of a gallery, metadata of a cluster in its row, and rows of the table of metadata.
_PICKS, _NAMED, _MOST_ROWS = 12, 2, 200


@PANELS.register("clusters")
def analyse(exploration: Exploration) -> Panel:
    """Tables the agreement of the seeds by layer, then the clusters with what marks them."""
    found, shared = clusters(exploration), agreements(exploration)
    metadata, training = exploration.metadata, training_members(exploration, found)
    enriched = enrichments(metadata, found.label, exploration.scenes)
    tables = [_agreement_table(exploration, shared)] if shared else []
    if found.match.shape[1]:
        tables.append(_table(exploration, found, enriched, training))
    marks = [one for one in enriched if one.p_adjusted < _RATE]
    if marks:
        tables.append(_metadata_table(exploration, found, marks, len(enriched)))
    text = ([shared[0].line] if shared else []) + [_verdict(found)]
    section = Section("clusters", "Clusters", tuple(text), tuple(tables),
                      remarks=tuple(_remarks(exploration, found, enriched)))
    return Panel(section, tuple(_galleries(exploration, found)), (ImageColumn(
        "cluster", found.image_names(), "of more than half of the seeds"),),
        head=tuple(one.line for one in shared[:1]) + (
            f"The map is made of {LAYERS[layer(exploration)]}.",))


def _verdict(found: Clusters) -> str:
    """Says how many clusters hold over the seeds, in one sentence."""
    seeds, count = found.match.shape
    if not count:
        return (f"No cluster: no {FEWEST} images are together in more than half of the {seeds} "
                "seeds.")
    if seeds == 1:
        steady = int((found.bootstrap >= STABLE).sum())
        return (f"{count} clusters of one run, {steady} of them stable when its images are "
                "resampled. That is no evidence over seeds: another seed may see other clusters.")
    holding = int(found.holds.sum())
    if not holding:
        return (f"No cluster holds: none of {count} is found in more than half of the {seeds} "
                "seeds. Do not read the groups of the map.")
    everywhere = int((found.seeds == seeds).sum())
    return (f"{holding} of {count} clusters hold{'s' if holding == 1 else ''} in more than half "
            f"of the {seeds} seeds, {everywhere} in all of them.")


def _agreement_table(exploration: Exploration, shared: List[Agreement]) -> Table:
    rows = [dict(layer=one.layer, what=LAYERS[one.layer], shared=one.shared, interval=one.interval,
                 chance=one.chance, cka=one.kernels) for one in shared]
    columns = (Column("layer", "layer", keep=ALWAYS), Column("what", "what it is", keep=0),
               Column("shared", "shared neighbours", "number", keep=ALWAYS),
               Column("interval", "interval", "interval", of="shared"),
               Column("chance", "by chance", "number"), Column("cka", "CKA", "number", 2))
    return Table("neighbours", f"Neighbours that two seeds share, of the {shared[0].nearest} "
                 "nearest", columns, rows,
                 f"{percent_level(exploration.study)} interval over seeds and "
                 f"{_units(exploration)}; {shared[0].images} images. CKA: linear, "
                 "unbiased; 1 for the same features up to a rotation.")


def _table(exploration: Exploration, found: Clusters, enriched: List[Enrichment],
           training: Optional[Training]) -> Table:
    rows = []
    for cluster, name in enumerate(found.names()):
        row = _row(exploration, found, enriched, cluster, found.label == cluster)
        if training is not None:
            row.update(_training_cells(training, training.label == cluster, row["loss"]))
        rows.append(dict(row, cluster=name))
    others = found.label < 0
    if others.any():
        rows.append(dict(cluster="none", images=int(others.sum()), share=others.mean(),
                         **_scores(exploration, others)))
    columns = (
        Column("cluster", "cluster", keep=ALWAYS), Column("images", "images", "count", keep=ALWAYS),
        Column("share", "of all", "percent", 0, keep=0), Column("seeds", "seeds", keep=ALWAYS),
        Column("bootstrap", "bootstrap", "number", 2),
        Column("loss", "loss", "number", 2, keep=2),
        Column("loss_interval", "interval", "interval", 2, of="loss"),
        Column("miou", "mIoU", "percent", keep=2),
        Column("miou_interval", "interval", "percent_interval", of="miou"),
        Column("more", "more or less of", keep=2),
        Column("training", "training images", "count", keep=0, shown=training is not None),
        Column("gap", "loss less training's", "number", 2, shown=training is not None))
    return Table("clusters", f"Clusters of {len(found.label)} images "
                 f"({LAYERS[layer(exploration)]})", columns, rows,
                 "seeds: in how many of all it holds. bootstrap: Jaccard in resampled images, "
                 f"stable from {STABLE}. loss in nats; mIoU of the summed matrices; "
                 f"{percent_level(exploration.study)} intervals over seeds and "
                 f"{_units(exploration)}.")


def _row(exploration, found, enriched, cluster, members) -> Dict[str, Any]:
    seeds = len(found.by_seed)
    marks = [one for one in enriched if one.cluster == cluster and one.p_adjusted < _RATE]
    return dict(images=int(members.sum()), share=members.mean(),
                seeds=f"{found.seeds[cluster]}/{seeds}" if seeds > 1 else "-",
                bootstrap=found.bootstrap[cluster], more="; ".join(map(_mark, marks[:_NAMED])),
                **_scores(exploration, members))


def _scores(exploration, members):
    loss, miou = mean_loss(exploration, members), miou_of(exploration, members)
    return dict(loss=loss.mean, loss_interval=loss.interval, miou=miou.mean,
                miou_interval=miou.interval)


def _training_cells(training, members, loss):
    """Returns the cells of a cluster's training images; loss: of its images here."""
    known = training.loss[members & ~np.isnan(training.loss)]
    return dict(training=int(members.sum()), gap=loss - known.mean() if len(known) else None)


def _mark(one: Enrichment) -> str:
    """Writes "objects of car 5.1 (others 2.3)"."""
    if one.is_category:
        return f"{one.column} {one.inside:.0%} (others {one.outside:.0%})"
    return f"{one.column} {one.inside:.3g} (others {one.outside:.3g})"


def _metadata_table(exploration, found, marks, tests) -> Table:
    rows = [dict(cluster=found.names()[one.cluster], column=one.column,
                 inside=_amount(one, one.inside), outside=_amount(one, one.outside), p=one.p,
                 adjusted=one.p_adjusted) for one in marks[:_MOST_ROWS]]
    columns = (Column("cluster", "cluster", keep=ALWAYS), Column("column", "column", keep=ALWAYS),
               Column("inside", "mean in it", keep=2), Column("outside", "of others", keep=2),
               Column("p", "p", "p"), Column("adjusted", "Benjamini-Hochberg", "p", keep=2))
    left = len(marks) - len(rows)
    test = ("permutation of whole scenes" if exploration.scenes is not None else
            "Mann-Whitney's test, Fisher's for categories; images taken as independent")
    return Table("cluster_metadata", "What the images of a cluster have more or less of", columns,
                 rows, f"{tests} tests; listed where fewer than {_RATE:.0%} are false on average. "
                 f"By {test}." + (f" The first {len(rows)}; {left} more." if left else ""))


def _units(exploration):
    return "images" if exploration.scenes is None else "scenes"


def _amount(one, value):
    return f"{value:.0%}" if one.is_category else f"{value:.3g}"


def _remarks(exploration: Exploration, found: Clusters, enriched: List[Enrichment]) -> List[str]:
    """Says what the clusters rest on."""
    lines = [f"Each seed has {found.k} clusters, the number with which most are stable in "
             f"resampled images. An image that more than half of the seeds do not "
             f"put with {FEWEST - 1} others or more is of no cluster."]
    if not exploration.metadata.numbers and not exploration.metadata.categories:
        lines.append("Nothing is known of what marks a cluster: no metadata of these images: "
                     + exploration.extract_command(exploration.records[0]))
    elif not enriched:
        lines.append("No column of the metadata could be tested: none varies.")
    if exploration.scenes is None:
        lines.append("Images are taken as independent; frames of a video are not: --cluster names "
                     "the scenes.")
    return lines


def _galleries(exploration: Exploration, found: Clusters) -> List[Gallery]:
    """Shows the images nearest to the centre of each cluster."""
    loss = exploration.loss.mean(0)
    made = []
    for cluster, name in enumerate(found.names()):
        members = found.label == cluster
        order = by_distance(layer_units(exploration), members)
        made.append(Gallery(
            f"Cluster {name} ({int(members.sum())} images)",
            tuple(Pick(index, f"loss {loss[index]:.2f}") for index in order[:_PICKS]),
            "Nearest to its centre, mean over seeds."))
    return made
