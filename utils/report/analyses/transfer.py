"""`transfer`: how well ImageNet accuracy predicts the score of a feature extractor."""
import collections
from typing import Any, Dict, List, Sequence

from utils.errors import UserError
from utils.report.common import counted, numbered, score_name
from utils.report.scatter import transfer_plot
from utils.report.section import ANALYSES, Plot, Section
from utils.report.study import Study
from utils.report.table import Table
from utils.report.transfer import ArmPair, Group, find_groups, judge_pairs, top1_error
from utils.report.transfer_lines import find_lines, scores_of
from utils.report.transfer_tables import arm_table, correlation_table, pair_table, slope_table
from utils.statistics.ranks import fewest_items, least_p
from utils.statistics.transfer import Correlation, Slope, agreement
from utils.statistics.verdicts import p_text


@ANALYSES.register("transfer")
def analyse(study: Study) -> Section:
    """Correlates the ImageNet accuracy of feature extractors with their scores, all else equal."""
    if study.options.imagenet is None:
        raise UserError("transfer: got no ImageNet accuracies: expected those of the records of "
                        "feature extractors, as fcn_report.py gives them")
    text: List[str] = []
    tables: List[Table] = []
    pictures: List[Plot] = []
    remarks: List[str] = []
    for samples in study.test_sets():
        groups, left_out = find_groups(study, samples)
        if not groups:
            continue
        index, first = len(pictures), groups[0].arms[0].sample
        lines, (pairs, planned) = find_lines(study, groups), judge_pairs(study, groups)
        place = f"{first.configuration.place} ({len(first.names)} images): " * bool(index)
        text += [place + line for line in _sentences(study, groups, lines, pairs)]
        tables += [arm_table(study, groups, index)] + [
            table for table in (correlation_table(study, lines, index),
                                slope_table(study, lines, index)) if table.rows]
        tables.append(pair_table(study, pairs, index))
        pictures.append(transfer_plot(study, groups, numbered("transfer", index)))
        remarks += [line for line in left_out + _close(groups) + _open(pairs) + list(planned)
                    if line not in remarks]
    if not pictures:
        raise UserError("transfer: no two feature extractors with all other flags equal: expected "
                        "runs of several, as fcn_sweep.py makes them with "
                        "--basenet=mobilenet_v1 --basenet=mobilenet_v2")
    return Section("transfer", "ImageNet accuracy and score", tuple(text), tuple(tables),
                   tuple(pictures), remarks=tuple(remarks))


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
    w, p = agreement(scores_of(groups))
    place = counted(len(groups), "setting")
    return [f"Their order in {place}: Kendall's W = {_figure(w)}, where 1 is one order in all "
            f"({p_text(p)})."]


def _pair_sentences(pairs: Sequence[ArmPair]) -> List[str]:
    """Counts the verdicts on each two extractors over groups."""
    words: Dict[str, List[str]] = collections.OrderedDict()
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
