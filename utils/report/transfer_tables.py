"""The tables of `transfer`."""
from typing import Sequence

from utils.report.common import numbered, percent_level, score_name, test_set_text
from utils.report.layout import ALWAYS
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.report.transfer import ArmPair, Group
from utils.report.transfer_lines import Line
from utils.statistics.intervals import SCORES, summarise

#: Of more pairs a terminal shows the first.
_MOST_PAIRS = 12
_WITH = Column("setting", "with", keep=ALWAYS)


def arm_table(study: Study, groups: Sequence[Group], index: int) -> Table:
    """Makes the table of scores: a row for each feature extractor of each group."""
    rows = []
    for group in groups:
        for arm in group.arms:
            summary, info = summarise(arm.sample.scores, study.options.level, SCORES), \
                arm.sample.records[0].info
            parameters = info.get("parameters")
            rows.append(dict(
                setting=group.label, extractor=arm.extractor, top1=arm.top1, seeds=summary.n,
                lost=len(arm.sample.lost) or None, mean=summary.mean,
                interval=summary.mean_interval, gflops=info.get("gflops"), source=arm.source,
                parameters=None if parameters is None else parameters / 1e6))
    return Table(
        numbered("transfer", index),
        f"{score_name(study)} ({test_set_text(groups[0].arms[0].sample)})", (
            _WITH, Column("extractor", "extractor", keep=ALWAYS),
            Column("top1", "top-1", "number", 1, "%", keep=ALWAYS),
            Column("seeds", "seeds", "count"), Column("mean", "mIoU", "percent", keep=ALWAYS),
            Column("interval", "its interval", "percent_interval", keep=2, of="mean"),
            Column("gflops", "GFLOPs", "number", 2),
            Column("parameters", "parameters", "number", 2, "M", keep=0),
            Column("lost", "lost runs", "count", keep=0, shown=any(row["lost"] for row in rows)),
            Column("source", "source of top-1", shown=False)), rows,
        f"{percent_level(study)} t intervals over seeds. top-1: of the published checkpoint on "
        "ImageNet, one crop; sources are in files (--outdir) and docs/nets.md. A lost run has no "
        "score.")


def correlation_table(study: Study, lines: Sequence[Line], index: int) -> Table:
    """Makes the table of rank correlations; without rows where extractors are too few."""
    rows = [dict(setting=line.label, extractors=len(line.arms), rho=line.correlation.rho,
                 rho_seeds=line.correlation.rho_over_seeds, rho_others=line.correlation.for_others,
                 p=line.correlation.p, tau=line.correlation.tau, tau_p=line.correlation.tau_p,
                 tau_seeds=line.correlation.tau_over_seeds, told=line.correlation.told)
            for line in lines]
    return Table(
        numbered("transfer_ranks", index), "Rank correlation of top-1 and mean score", (
            _WITH, Column("extractors", "n", "count"),
            Column("rho", "rho", "number", 2, keep=ALWAYS),
            Column("rho_seeds", "these extractors", "interval", 2, keep=2, of="rho"),
            Column("rho_others", "other extractors", "interval", 2, keep=2, of="rho"),
            Column("p", "p", "p", keep=2),
            Column("tau", "tau", "number", 2),
            Column("tau_seeds", "these extractors", "interval", 2, keep=0, of="tau"),
            Column("told", "pairs told apart", "count", keep=0),
            Column("tau_p", "its p", "p", keep=0, of="tau")), rows,
        f"Spearman's rho, Kendall's tau. {percent_level(study)} intervals: of these feature "
        "extractors, over every order of true means that seeds leave open (all pairs tested "
        "together); and of other extractors, of which these are taken for a random sample, their "
        "means with the noise of these seeds. p: over all orders of the extractors. Decoders are "
        "no further extractors: their mean has the p of one.")


def slope_table(study: Study, lines: Sequence[Line], index: int) -> Table:
    """Makes the table of slopes; without rows where there are none."""
    rows = [dict(setting=line.label, extractors=len(line.arms), slope=line.slope.over_seeds.value,
                 seeds=line.slope.over_seeds.interval, others=line.slope.for_others,
                 p=line.slope.over_seeds.p) for line in lines if line.slope]
    return Table(
        numbered("transfer_slopes", index), "Points of mIoU per point of top-1", (
            _WITH, Column("extractors", "n", "count"),
            Column("slope", "slope", "number", 2, keep=ALWAYS),
            Column("seeds", "other seeds", "interval", 2, keep=2, of="slope"),
            Column("others", "other extractors", "interval", 2, keep=2, of="slope"),
            Column("p", "p over seeds", "p", keep=0)), rows,
        f"Least squares, every extractor alike. {percent_level(study)} t intervals: over seeds "
        "(Welch-Satterthwaite), and from the distances of the extractors to the line.")


def pair_table(study: Study, pairs: Sequence[ArmPair], index: int) -> Table:
    """Makes the table of pairs of feature extractors."""
    rows = [dict(setting=pair.group.label, a=pair.better.extractor, b=pair.worse.extractor,
                 top1=pair.better.top1 - pair.worse.top1, difference=pair.numbers.difference,
                 interval=pair.numbers.claim.interval, p=pair.judged.verdict.p,
                 verdict=pair.judged.verdict.word) for pair in pairs]
    return Table(
        numbered("transfer_pairs", index), "Feature extractors pair by pair", (
            _WITH, Column("a", "A", keep=ALWAYS), Column("b", "B", keep=ALWAYS),
            Column("top1", "top-1, A - B", "number", 1, ""),
            Column("difference", "mIoU, A - B", "points", 1, "", keep=ALWAYS),
            Column("interval", "its interval", "points_interval", 1, "", keep=2, of="difference"),
            Column("p", "Holm's p", "p", keep=2), Column("verdict", "verdict", keep=ALWAYS)), rows,
        "A has the higher top-1. Differences in points; each interval is for its pair alone, p and "
        f"verdict are corrected for all {len(rows)} pairs, as in compare.", first=_MOST_PAIRS)
