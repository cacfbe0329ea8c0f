"""`compare A B`: what changed between two configurations or label systems, and on which images."""
import dataclasses
from typing import TYPE_CHECKING, List, NamedTuple, Optional, Tuple

import numpy as np

from utils.explore.compare_slices import slice_table
from utils.explore.effects import effect_table, number_rows, sentences
from utils.explore.paired import Paired, SharedClass
from utils.explore.panel import Gallery, ImageColumn, Panel, Pick
from utils.explore.units import about_units, units_name
from utils.report.common import counted
from utils.report.layout import ALWAYS
from utils.report.looks import families
from utils.report.section import Section
from utils.report.table import Column, Table
from utils.report.verdicts import judge, outcomes
from utils.statistics.effects import mean_score
from utils.statistics.estimates import unit_codes, unit_sums
from utils.statistics.intervals import Interval
from utils.statistics.miou import miou_d
from utils.statistics.pair_intervals import population_interval
from utils.statistics.seed_tests import claim, welch
from utils.statistics.verdicts import OverSeeds, Verdict, judge_family, no_verdict, over_seeds

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

#: Images of each gallery.
_PICKS = 12


class _Score(NamedTuple):
    """IoU of shared classes: name, of A's and B's runs, over seeds and images, and the verdict."""
    name: str
    a: np.ndarray
    b: np.ndarray
    seeds: OverSeeds
    images: Optional[Interval]
    verdict: Verdict


def compare(a: "Exploration", b: "Exploration") -> Panel:
    """Compares two explorations on the images and classes that both have.

    Returns:
      `Panel` whose images are those of A.

    Raises:
      UserError: they share no image or class, or something was not extracted.
    """
    pair = Paired(a, b)
    level = a.study.options.level
    scores = _scores(pair)
    loss_text = _loss_sentence(pair, level)
    rows = number_rows(pair.loss_difference, pair.metadata, pair.scenes, level)
    effects = [effect_table("compare_meta", "Loss of A minus loss of B against columns of numbers",
                            rows, len(a.records), level, units_name(a))] if rows else []
    told = sentences(rows, "the loss of A beside that of B", level, len(a.records)) if rows else []
    slices, slice_text = slice_table(pair)
    text = [_names(pair), _verdict_sentence(pair, scores[0]), loss_text] + told + slice_text
    return Panel(
        Section("compare", "What changed, and where", tuple(text),
                (_score_table(pair, scores, level),) + tuple(effects) + slices,
                remarks=tuple(_remarks(pair) + about_units(a))),
        _galleries(pair), _columns(pair))


def _names(pair):
    return "A: {} ({}). B: {} ({}).".format(
        pair.a.sample.label, counted(len(pair.a.records), "seed"), pair.b.sample.label,
        counted(len(pair.b.records), "seed"))


# ---- IoU of the shared classes ----

def _scores(pair: Paired) -> List[_Score]:
    """Returns the mean over shared classes, and each class where there are several."""
    options = pair.a.study.options
    whole = _score(pair, pair.classes, _mean_name(pair))
    whole = whole._replace(verdict=_main_verdict(pair, whole))
    if len(pair.classes) < 2:
        return [whole]
    single = [_score(pair, [one], one.name) for one in pair.classes]
    verdicts = judge_family([one.seeds for one in single],
                            lambda left: (1 - options.level) / left)
    return [whole] + [one._replace(verdict=verdict) for one, verdict in zip(single, verdicts)]


def _mean_name(pair):
    if len(pair.classes) == 1:
        return pair.classes[0].name
    return "mean" if pair.same_classes else f"mean of {len(pair.classes)} shared"


def _score(pair: Paired, classes: List[SharedClass], name: str) -> _Score:
    """Scores the mean over classes; its verdict is filled in by `_scores`."""
    options, parts = pair.a.study.options, pair.parts(classes)
    a, b = [miou_d.score(one.sum(1)) for one in parts]
    codes = unit_codes(parts[0].shape[1], pair.scenes)
    units = [np.moveaxis(unit_sums(np.moveaxis(one, -1, -2), codes), -1, -2) for one in parts]
    images = population_interval(units[0], units[1], miou_d.score, options.level) if (
        units[0].shape[1] > 1) else None
    return _Score(name, a, b, over_seeds(a, b, options.margin, options.level), images,
                  no_verdict(""))


def _main_verdict(pair: Paired, score: _Score) -> Verdict:
    """Takes the verdict as `fcn_report.py compare` does: with lost runs, at the planned looks."""
    samples = [pair.a.sample, pair.b.sample]
    (_, rules), = families(pair.a.study, samples)[0]
    runs = []
    for sample, scores in zip(samples, (score.a, score.b)):
        own = {record.name: float(value) for record, value in zip(sample.records, scores)}
        runs.append(tuple(dataclasses.replace(run, score=own.get(run.name, run.score))
                          for run in outcomes(sample)))
    return judge(runs, [(0, 1)], rules)[0].verdict


def _verdict_sentence(pair, score):
    words = {"A better": "A is better", "B better": "B is better"}
    what = "mIoU" if score.name == "mean" else f"IoU, {score.name}"
    word, why = words.get(score.verdict.word, score.verdict.word), score.verdict.why
    return (f"{what}: A {100 * score.a.mean():.2f} %, B {100 * score.b.mean():.2f} %: {word}. "
            f"{why[:1].upper() + why[1:]}.")


def _score_table(pair, scores, level):
    rows = [dict(name=one.name, a=one.a.mean(), b=one.b.mean(), difference=one.seeds.difference,
                 seeds=one.seeds.claim.interval, images=one.images, verdict=one.verdict.word,
                 p=one.verdict.p) for one in scores]
    columns = (Column("name", "IoU of", keep=ALWAYS), Column("a", "A", "percent", 2, "%"),
               Column("b", "B", "percent", 2, "%"),
               Column("difference", "A - B", "points", 2, "", keep=ALWAYS),
               Column("seeds", "on these images", "points_interval", 2, "", keep=2),
               Column("images", "on other images", "points_interval", 2, "", keep=0),
               Column("verdict", "verdict", keep=2), Column("p", "p", "p"))
    return Table("compare_classes", "IoU of the classes that both have, differences in points, on "
                 f"{counted(len(pair.of_a), 'image')}", columns, rows,
                 f"Intervals {100 * level:g} %: over seeds; over seeds and {units_name(pair.a)}. "
                 "p: of the verdict over seeds; that of the classes by Holm over all of them.")


# ---- loss of each image ----

def _loss_sentence(pair: Paired, level: float) -> str:
    loss = [pair.a.loss[:, pair.of_a], pair.b.loss[:, pair.of_b]]
    known = ~np.isnan(loss[0]).any(0) & ~np.isnan(loss[1]).any(0)
    if not known.any():
        return "Loss: no image is labelled in both."
    difference = (loss[0].mean(0) - loss[1].mean(0))[known]
    parts = np.stack([difference, np.ones_like(difference)], -1)[np.newaxis]
    scenes = None if pair.scenes is None else pair.scenes[known]
    estimate = mean_score(parts, lambda sums: sums[..., 0] / sums[..., 1], scenes)
    means = [one[:, known].mean(1) for one in loss]
    seeds = claim(welch(*means, level), len(means[0]), len(means[1]), level).interval
    said = [_interval(one, over) for one, over in ((estimate.interval(level), "other images"),
                                                   (seeds, "other seeds")) if one]
    return "Loss: A {:.3f}, B {:.3f}, A - B {:+.3f}{}; lower with A on {} of {} images.".format(
        means[0].mean(), means[1].mean(), estimate.value,
        f" ({', '.join(said)})" if said else "", int((difference < 0).sum()), len(difference))


def _interval(interval, over):
    return f"[{interval.low:+.3f}, {interval.high:+.3f}] on {over}"


def _remarks(pair: Paired) -> List[str]:
    lines = []
    left = [len(one.names) - len(pair.of_a) for one in (pair.a, pair.b)]
    if any(left):
        lines.append("Left out: {} that only A was tested on, and {} that only B was.".format(
            counted(left[0], "image"), left[1]))
    if not pair.same_classes:
        shared = {one.name for one in pair.classes}
        only = [", ".join(name for name in one.class_names if name not in shared) or "none"
                for one in (pair.a, pair.b)]
        lines.append(f"Only A has: {only[0]}. Only B has: {only[1]}. A loss over other classes is "
                     "another task: read its differences between images, not its mean.")
    other = pair.other_labels()
    if other:
        lines.append("The labels themselves differ in some images, for: " + ", ".join(other) + ".")
    return lines


def _galleries(pair: Paired) -> Tuple[Gallery, ...]:
    change = pair.loss_difference.mean(0)
    made = []
    for title, sign in (("Lower loss with A", 1), ("Lower loss with B", -1)):
        ordered = [int(index) for index in np.argsort(sign * change, kind="stable")
                   if sign * change[index] < 0][:_PICKS]
        made.append(Gallery(title, tuple(
            Pick(int(pair.of_a[index]), f"A - B {change[index]:+.2f}") for index in ordered),
            "The largest change first, means over seeds."))
    return tuple(made)


def _columns(pair: Paired) -> Tuple[ImageColumn, ...]:
    """Spreads differences over the images of A; NaN where B was not tested."""
    made = []
    for name, values in (("difference of loss", pair.loss_difference.mean(0)),
                         ("difference of IoU", pair.iou_difference)):
        spread = np.full(len(pair.a.names), np.nan)
        spread[pair.of_a] = values
        made.append(ImageColumn(name, spread, "A - B, means over seeds"))
    return tuple(made)
