"""Draws scores of feature extractors over their ImageNet accuracy, with intervals both ways."""
import functools
from typing import Dict, Sequence, Tuple

import numpy as np

from utils.page.svg import INK
from utils.report import figures
from utils.report.common import percent_level, score_name
from utils.report.section import Plot
from utils.report.study import Study
from utils.report.transfer import Group, top1_error
from utils.statistics.intervals import SCORES, summarise
from utils.statistics.transfer import FEWEST, slope

_HEIGHT, _LEGEND_LINE = 4.2, .19
#: Settings stand beside each other by this share of the span of accuracies.
_ASIDE = .012


def transfer_plot(study: Study, groups: Sequence[Group], name: str) -> Plot:
    """Makes the `Plot` of groups; of many, those with the most extractors."""
    shown = groups[:figures.MOST_LINES]
    cut = f" The first {len(shown)} of {len(groups)} settings." * (len(shown) < len(groups))
    place = shown[0].arms[0].sample.configuration.place
    return Plot(name, f"{score_name(study)} over ImageNet top-1 ({place})",
                f"Points: means over seeds. Upright: their {percent_level(study)} t intervals. "
                "Level: 95 % intervals of top-1 over images of ImageNet's kind; settings stand a "
                f"little aside. Lines: least squares from {FEWEST} feature extractors on, else "
                f"from one to the other.{cut}",
                functools.partial(_draw, shown, study.options.level, score_name(study)))


def _draw(groups, level, score):
    made, axes = figures.figure(_HEIGHT + _LEGEND_LINE * len(groups), width=8.5)
    for index, group in enumerate(groups):
        aside = (index - (len(groups) - 1) / 2) * _ASIDE * _span(groups)
        _group(axes, group, level, figures.colour(index), aside)
    for (x, y), extractor in _tops(groups).items():
        axes.annotate(extractor, (x, y), (4, 9), textcoords="offset points", fontsize=8.5,
                      rotation=35, color=INK)
    axes.margins(x=.12, y=.16)
    axes.set_xlabel("top-1 of the published checkpoint on ImageNet, %")
    axes.set_ylabel(score + ", %")
    if len(groups) > 1:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncol=2, fontsize=8.5)
    return made


def _span(groups):
    accuracies = [arm.top1 for group in groups for arm in group.arms]
    return max(accuracies) - min(accuracies)


def _group(axes, group, level, ink, aside):
    x = np.array([arm.top1 for arm in group.arms])
    found = [summarise(arm.sample.scores, level, SCORES) for arm in group.arms]
    y = 100 * np.array([one.mean for one in found])
    for at, middle, one in zip(x, y, found):
        if one.mean_interval is not None:
            axes.plot([at + aside] * 2, [100 * one.mean_interval.low, 100 * one.mean_interval.high],
                      color=ink, lw=1.3, alpha=.8, solid_capstyle="butt", zorder=2)
        ends = at + aside + 1.96 * top1_error(at) * np.array([-1, 1])
        axes.plot(ends, [middle] * 2, color=ink, lw=1, alpha=.8, solid_capstyle="butt", zorder=2)
    axes.plot(x + aside, y, "o", ms=5.5, mew=0, color=ink, zorder=3, label=group.label)
    axes.plot(*_line(group, x, y), color=ink, lw=.9, alpha=.5, zorder=1)


def _line(group, x, y):
    fitted = slope(x / 100, [[arm.sample.scores] for arm in group.arms])
    if fitted is None or len(x) < FEWEST:
        return x, y
    ends = np.array([x.min(), x.max()])
    return ends, 100 * (fitted.intercept + fitted.over_seeds.value * ends / 100)


def _tops(groups: Sequence[Group]) -> Dict[Tuple[float, float], str]:
    """Finds the highest point of each extractor: {(x, y): name}."""
    tops: Dict[str, Tuple[float, float]] = {}
    for group in groups:
        for arm in group.arms:
            point = (arm.top1, 100 * float(arm.sample.scores.mean()))
            tops[arm.extractor] = max(tops.get(arm.extractor, point), point)
    return {point: extractor for extractor, point in tops.items()}
