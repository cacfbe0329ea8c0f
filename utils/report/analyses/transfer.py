"""`transfer`: how well ImageNet accuracy predicts the score of a feature extractor."""
import collections
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from utils.errors import UserError
from utils.report.common import counted, numbered, percent_level, score_name, test_set_text
from utils.report.layout import ALWAYS
from utils.report.scatter import transfer_plot
from utils.report.section import ANALYSES, Section
from utils.report.study import Study
from utils.report.table import Column, Table
from utils.report.transfer import Arm, ArmPair, Group, find_groups, judge_pairs, top1_error
from utils.statistics.intervals import SCORES, summarise
from utils.statistics.ranks import fewest_items, least_p
from utils.statistics.transfer import (
    FEWEST,
    Correlation,
    Slope,
    agreement,
    rank_correlation,
    slope,
)
from utils.statistics.verdicts import p_text

#: Of more pairs a terminal shows the first.
_MOST_PAIRS = 12


class Line(NamedTuple):
    """What accuracies say of the scores of a group, or of the mean of groups.

    Attributes:
      label: of the group. arms: K extractors, of its first group. groups: that were averaged.
      correlation, slope: of K extractors.
    """
    label: str
    arms: Sequence[Arm]
    groups: Sequence[Group]
    correlation: Correlation
    slope: Optional[Slope]


@ANALYSES.register("transfer")
def analyse(study: Study) -> Section:
    """Correlates the ImageNet accuracy of feature extractors with their scores, all else equal."""
    if study.options.imagenet is None:
        raise UserError("transfer: got no ImageNet accuracies: expected those of the records of "
                        "feature extractors, as fcn_report.py gives them")
    text, tables, pictures, remarks = [], [], [], []
    for samples in study.test_sets():
        groups, left_out = find_groups(study, samples)
        if not groups:
            continue
        index, first = len(pictures), groups[0].arms[0].sample
        lines, (pairs, planned) = _lines(study, groups), judge_pairs(study, groups)
        place = f"{first.configuration.place} ({len(first.names)} images): " * bool(index)
        text += [place + line for line in _sentences(study, groups, lines, pairs)]
        tables += [_arm_table(study, groups, index)] + [
            table for table in (_correlation_table(study, lines, index),
                                _slope_table(study, lines, index)) if table.rows]
        tables.append(_pair_table(study, pairs, index))
        pictures.append(transfer_plot(study, groups, numbered("transfer", index)))
        remarks += [line for line in left_out + _close(groups) + _open(pairs) + list(planned)
                    if line not in remarks]
    if not pictures:
        raise UserError("transfer: no two feature extractors with all other flags equal: expected "
                        "runs of several, as fcn_sweep.py makes them with "
                        "--basenet=mobilenet_v1 --basenet=mobilenet_v2")
    return Section("transfer", "ImageNet accuracy and score", tuple(text), tuple(tables),
                   tuple(pictures), remarks=tuple(remarks))


# ---- what is computed ----

def _lines(study, groups):
    """Computes the `Line`s: of each group, and of the mean of those with the same extractors."""
    made = [_line(study, group.label, [group]) for group in groups if len(group.arms) >= FEWEST]
    alike = _alike(groups)
    if len(alike) > 1 and made:
        made.insert(0, _line(study, f"mean of {len(alike)}", alike))
    return made


def _alike(groups):
    """Returns the groups that have the feature extractors of the largest one."""
    first = [arm.extractor for arm in groups[0].arms]
    return [group for group in groups if [arm.extractor for arm in group.arms] == first]


def _line(study, label, groups):
    arms = groups[0].arms
    accuracies = [arm.top1 / 100 for arm in arms]
    scores = _scores(groups)
    return Line(label, arms, groups, rank_correlation(accuracies, scores, study.options.level),
                slope(accuracies, scores, study.options.level))


def _scores(groups):
    """Lists the scores of each extractor of alike groups, [K][G] arrays."""
    return [[arm.sample.scores for arm in row] for row in zip(*[group.arms for group in groups])]


# ---- in words ----

def _sentences(study, groups, lines, pairs):
    if not lines:
        return ["2 feature extractors cannot show a correlation: any two are in order or in "
                "reverse."] + _pair_sentences(pairs)
    line, said = lines[0], []
    count, level = len(line.arms), study.options.level
    found = line.correlation
    if count < fewest_items(level):
        said.append(f"{count} feature extractors cannot show a correlation: even a perfect order "
                    f"has {p_text(least_p(count))}, and it takes {fewest_items(level)}.")
    else:
        said.append("A correlation of ImageNet top-1 and {} is {}.".format(
            score_name(study), "shown" if found.p < round(1 - level, 12) else "not shown"))
    if found.rho == found.rho:
        said.append(f"{count} feature extractors, {line.label}{' settings' * len(line.groups[1:2])}"
                    f": rho = {_figure(found.rho)} ({p_text(found.p)}); "
                    f"{_open_orders(found, count)}; {_ends(found.for_others)} over other feature "
                    "extractors.")
    if line.slope:
        said.append(_slope_sentence(line.slope))
    return said + _agreement_sentence(line.groups) + _reversed(pairs)


def _slope_sentence(found: Slope) -> str:
    own = found.over_seeds
    return "A point of top-1 goes with {:+.2f} points: {}{}.".format(
        own.value, _over_seeds(own.interval), "" if found.for_others is None else
        f"; {_ends(found.for_others)} over other feature extractors")


def _open_orders(found: Correlation, count: int) -> str:
    if found.rho_over_seeds is None:
        return "no two seeds tell what others would give"
    return (f"{_ends(found.rho_over_seeds)} for these, as seeds tell the order of {found.told} of "
            f"{counted(count * (count - 1) // 2, 'pair')}")


def _over_seeds(interval):
    return "no two seeds tell what others would give" if interval is None else (
        f"{_ends(interval)} over other seeds of these")


def _agreement_sentence(groups):
    """Tells whether the extractors keep their order from group to group."""
    if len(groups) < 2:
        return []
    w, p = agreement(_scores(groups))
    return [f"Their order in {counted(len(groups), 'setting')}: Kendall's W = {_figure(w)}, 1 being "
            f"one order in all ({p_text(p)})."]


def _pair_sentences(pairs: Sequence[ArmPair]) -> List[str]:
    """Counts the verdicts on each two extractors over groups."""
    words = collections.OrderedDict()
    for pair in pairs:
        names = " against ".join(f"{arm.extractor} (top-1 {arm.top1:g})"
                                 for arm in (pair.better, pair.worse))
        words.setdefault(names, []).append(_word(pair))
    return ["{}: {}.".format(names, "; ".join(
        f"{word} in {found.count(word)} of {len(found)}" for word in dict.fromkeys(found)))
        for names, found in words.items()]


def _word(pair: ArmPair) -> str:
    """Says the verdict of the extractor with the higher accuracy."""
    return {"A better": "better", "B better": "worse"}.get(
        pair.judged.verdict.word, pair.judged.verdict.word)


def _reversed(pairs):
    """Names the pairs of extractors whose order is shown to turn round from group to group."""
    found: Dict[Any, Dict[str, List[str]]] = collections.OrderedDict()
    for pair in pairs:
        names = (pair.better.extractor, pair.worse.extractor)
        found.setdefault(names, {}).setdefault(_word(pair), []).append(pair.group.label)
    return ["{} is better than {} with {}, worse with {}.".format(
        *names, ", ".join(words["better"]), ", ".join(words["worse"]))
        for names, words in found.items() if {"better", "worse"} <= set(words)]


def _close(groups: Sequence[Group]) -> List[str]:
    """Names the pairs of accuracies that other images of ImageNet's kind might reverse."""
    arms = sorted({arm.extractor: arm for group in groups for arm in group.arms}.values(),
                  key=lambda arm: arm.top1)
    close = [f"{one.extractor} ({one.top1:g}) and {other.extractor} ({other.top1:g})"
             for one, other in zip(arms, arms[1:])
             if other.top1 - one.top1 < 1.96 * (
                 top1_error(one.top1) ** 2 + top1_error(other.top1) ** 2) ** .5]
    return [f"Top-1 has an error of its own, {top1_error(70):.1f} points, from ImageNet's 50,000 "
            f"images. It may not tell apart {'; '.join(close)}."] if close else []


def _open(pairs: Sequence[ArmPair]) -> List[str]:
    """Tells why pairs have no verdict."""
    whys = collections.Counter(pair.judged.verdict.why for pair in pairs
                               if pair.judged.verdict.word == "no verdict")
    return [f"No verdict on {counted(count, 'pair')}: {why}." for why, count in whys.items()]


def _figure(value):
    return f"{value:.2f}".replace("0.", ".")


def _ends(interval):
    return f"[{_figure(interval.low)}, {_figure(interval.high)}]"


# ---- tables ----

_WITH = Column("setting", "with", keep=ALWAYS)


def _arm_table(study, groups, index):
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


def _correlation_table(study, lines, index):
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


def _slope_table(study, lines, index):
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


def _pair_table(study, pairs, index):
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
