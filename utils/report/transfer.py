"""Groups of configurations that differ in the feature extractor alone, with ImageNet accuracies."""
import collections
import dataclasses
import itertools
import json
from typing import Dict, List, NamedTuple, Sequence, Tuple

from utils.report.common import counted
from utils.report.factors import distinct, flags_with_effect, varying
from utils.report.labels import DEFAULTS, decoder_name, flag_word
from utils.report.looks import families
from utils.report.sample import Sample
from utils.report.study import Study
from utils.report.verdicts import Judged, judge, outcomes
from utils.statistics.verdicts import OverSeeds, over_seeds

#: Flags that choose the feature extractor.
EXTRACTOR_FLAGS = ("basenet", "depth_multiplier")
#: ImageNet's validation images, which give an accuracy its own error.
_IMAGES = 50000
#: More names than this are counted in a line.
_MOST_NAMES = 6


class Arm(NamedTuple):
    """A configuration in a group.

    Attributes:
      extractor: its name, with its width where that is not 1.
      top1: accuracy of its checkpoint on ImageNet, in percent. source: of that figure.
      sample: its `Sample`.
    """
    extractor: str
    top1: float
    source: str
    sample: Sample


class Group(NamedTuple):
    """Configurations that are equal but for the feature extractor.

    Attributes:
      label: the decoder, and what else tells the group from the others.
      arms: by accuracy, the lowest first; two or more.
    """
    label: str
    arms: Tuple[Arm, ...]


@dataclasses.dataclass(frozen=True)
class ArmPair:
    """Two feature extractors of a group.

    Attributes:
      group: of both. better, worse: the arms with the higher and the lower accuracy.
      numbers: `OverSeeds` of better minus worse. judged: its verdict among all pairs.
    """
    group: Group
    better: Arm
    worse: Arm
    numbers: OverSeeds
    judged: Judged


def find_groups(study: Study, samples: Sequence[Sample]) -> Tuple[List[Group], List[str]]:
    """Groups the samples of a test set.

    Returns:
      (groups of two extractors or more, in order of their labels; lines on what was left out).
    """
    known: Dict[str, List[Arm]] = collections.OrderedDict()
    scratch, unknown = [], []
    chosen, lines = distinct(study, samples)
    for sample in chosen:
        arm = _arm(study, sample)
        if not _starts_from_imagenet(sample):
            scratch.append(sample)
        elif arm is None:
            unknown.append(sample)
        else:
            known.setdefault(_rest(study, sample), []).append(arm)
    alone = [arms[0].sample for arms in known.values() if len(arms) == 1]
    groups = [arms for arms in known.values() if len(arms) > 1]
    labels = _labels(study, [arms[0].sample for arms in groups])
    made = [Group(label, tuple(sorted(arms, key=lambda arm: (arm.top1, arm.extractor))))
            for label, arms in zip(labels, groups)]
    lines += [_left_out(scratch, "did not start from ImageNet (--from_scratch, --init_from)"),
              _left_out(unknown, "no accuracy is published of the checkpoint"),
              _left_out(alone, "no other feature extractor has the same flags beside it")]
    return sorted(made, key=lambda group: (-len(group.arms), group.label)), list(
        filter(None, lines))


def _starts_from_imagenet(sample):
    flags = sample.configuration.flags
    return not flags.get("from_scratch") and not flags.get("init_from")


def _arm(study, sample):
    flags = sample.configuration.flags
    name, width = flags.get("basenet", "?"), float(flags.get("depth_multiplier", 1.0))
    found = study.options.imagenet(name, width) if study.options.imagenet else None
    return None if found is None else Arm(
        name + ("" if width == 1 else f" x{width:g}"), found[0], found[1], sample)


def _rest(study, sample):
    """Writes all but the extractor, for comparison."""
    return json.dumps({name: value for name, value in flags_with_effect(study, sample).items()
                       if name not in EXTRACTOR_FLAGS}, sort_keys=True)


def _labels(study, samples):
    """Labels groups, by a sample of each: the decoder and the flags that differ."""
    flags = [flags_with_effect(study, sample) for sample in samples]
    found = {name: values for name, values in varying(flags).items()
             if name not in EXTRACTOR_FLAGS + ("decoder",)}
    return [" ".join([decoder_name(own)] + [
        flag_word(name, values[index]) for name, values in found.items()
        if values[index] != DEFAULTS.get(name, ())]) for index, own in enumerate(flags)]


def _left_out(samples, why):
    if not samples:
        return ""
    names = [sample.label for sample in samples]
    more = len(names) - _MOST_NAMES
    return "left out, {}: {}, {}{}".format(
        why, counted(len(names), "configuration"), ", ".join(names[:_MOST_NAMES]),
        f" and {more} more" if more > 0 else "")


def judge_pairs(study: Study, groups: Sequence[Group]) -> Tuple[List[ArmPair], Tuple[str, ...]]:
    """Judges all pairs of extractors within groups, as `compare` does, corrected for all of them.

    Returns:
      ([`ArmPair`], lines on what was planned).
    """
    # The higher accuracy first, so that it is the A of a verdict.
    arms = [arm for group in groups for arm in group.arms[::-1]]
    begins = [0] + list(itertools.accumulate(len(group.arms) for group in groups))
    wanted = {pair: group for group, begin in zip(groups, begins)
              for pair in itertools.combinations(range(begin, begin + len(group.arms)), 2)}
    made, lines = families(study, [arm.sample for arm in arms], list(wanted))
    runs = [outcomes(arm.sample) for arm in arms]
    judged: Dict[Tuple[int, int], Judged] = {}
    for own, rules in made:
        judged.update(zip(own, judge(runs, own, rules, len(wanted) - len(own))))
    options = study.options
    return [ArmPair(group, arms[i], arms[j], over_seeds(
        arms[i].sample.scores, arms[j].sample.scores, options.margin, options.level),
        judged[i, j]) for (i, j), group in wanted.items()], lines


def top1_error(top1: float) -> float:
    """Computes the standard error of an accuracy in percent, over images of ImageNet's kind."""
    return 100 * (top1 / 100 * (1 - top1 / 100) / _IMAGES) ** .5
