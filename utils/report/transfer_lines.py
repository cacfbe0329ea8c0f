"""What ImageNet accuracies say of the scores of groups: correlations and slopes."""
from typing import List, NamedTuple, Optional, Sequence

from utils.report.study import Study
from utils.report.transfer import Arm, Group
from utils.statistics.arrays import Numbers
from utils.statistics.transfer import FEWEST, Correlation, Slope, rank_correlation, slope


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


def find_lines(study: Study, groups: Sequence[Group]) -> List[Line]:
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
    scores = scores_of(groups)
    return Line(label, arms, groups, rank_correlation(accuracies, scores, study.options.level),
                slope(accuracies, scores, study.options.level))


def scores_of(groups: Sequence[Group]) -> List[List[Numbers]]:
    """Lists the scores of each extractor of alike groups, [K][G] arrays."""
    return [[arm.sample.scores for arm in row] for row in zip(*[group.arms for group in groups])]
