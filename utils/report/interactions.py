"""Four cells of a grid: what a change of a flag does to one feature extractor and to another."""
import itertools
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from utils.report.factors import factors, flags_with_effect, usual_value
from utils.report.sample import Sample
from utils.report.study import Study
from utils.statistics.contrasts import Contrast, contrast
from utils.statistics.many import holm

Names = Tuple[str, ...]
Value = Tuple[Any, ...]
#: Weights of the four cells (A with, A without, B with, B without).
_GAIN = np.array([1.0, -1.0, -1.0, 1.0])
#: Verdicts; `small_word` gives the fourth.
DIFFERS, OPEN, NONE = "differs", "inconclusive", "no verdict"


class Change(NamedTuple):
    """Four cells: what a change of a flag does to A and to B, where all other flags are equal.

    Attributes:
      flag: names of the flag, or of flags that change together.
      usual, other: its values; the change is from the first to the second.
      a, b: values of the flag that is asked about, as mobilenet_v1.
      settings: of the other flags; the four samples of each.
    """
    flag: Names
    usual: Value
    other: Value
    a: Value
    b: Value
    settings: Tuple[Tuple[Sample, Sample, Sample, Sample], ...]


class Found(NamedTuple):
    """What was found on a `Change`.

    Attributes:
      change: the `Change`. used: its settings that count, each with two seeds or more in each cell
        and without lost runs.
      gain_a, gain_b: mean change of the score of A and of B, fractions.
      difference: `Contrast` of gain_a - gain_b.
      p, within_p: Holm's p of a difference, and of none beyond the margin.
      word: the verdict.
    """
    change: Change
    used: int
    gain_a: float
    gain_b: float
    difference: Contrast
    p: float
    within_p: float
    word: str


def find_changes(study: Study,
                 samples: Sequence[Sample]) -> Tuple[Names, List[Change]]:
    """Finds (the flags of --by, changes that have all four cells in a setting or more)."""
    found = factors([flags_with_effect(study, sample) for sample in samples])
    own = next((names for names in found if study.options.by in names), ())
    if not own:
        return own, []
    cells = {tuple(values[index] for values in found.values()): sample
             for index, sample in enumerate(samples)}
    place, made = list(found).index(own), []
    for at, (flag, values) in enumerate(found.items()):
        if at == place or flag == ("data_sha256",):
            continue
        usual = usual_value(flag, sorted(set(values), key=str))
        others = [value for value in sorted(set(values), key=str) if value != usual]
        pairs = itertools.combinations(sorted(set(found[own]), key=str), 2)
        for (b, a), other in itertools.product(pairs, others):
            settings = _settings(cells, (place, at), (a, b), (other, usual))
            made += [Change(flag, usual, other, a, b, settings)] if settings else []
    return own, made


def _settings(cells: Dict[Value, Sample], places, owns, values):
    """Lists the four samples of each setting of the other flags that has them all.

    Args:
      places: of the two factors among a cell's values. owns: A and B. values: other, usual.
    """
    rests = {tuple(value for at, value in enumerate(cell) if at not in places): cell
             for cell in cells}
    found = []
    for rest in sorted(rests, key=str):
        four = []
        for own, value in itertools.product(owns, values):
            cell = list(rests[rest])
            cell[places[0]], cell[places[1]] = own, value
            four.append(cells.get(tuple(cell)))
        found += [] if None in four else [tuple(four)]
    return tuple(found)


def judge(study: Study, changes: Sequence[Change]) -> List[Found]:
    """Judges changes together, those with the smallest p first: `Found` of each."""
    made = [_measured(study, change) for change in changes]
    p = holm([one[-1].p for one in made])
    within = holm([one[-1].p_within(study.options.margin) for one in made])
    alpha = round(1 - study.options.level, 12)
    found = [Found(change, used, gain_a, gain_b, difference, float(own), float(small),
                   NONE if np.isnan(own) else DIFFERS if own < alpha
                   else small_word(study) if small < alpha else OPEN)
             for (change, used, gain_a, gain_b, difference), own, small in zip(made, p, within)]
    return sorted(found, key=lambda one: (np.isnan(one.p), one.p, -abs(one.difference.value)))


def small_word(study: Study) -> str:
    """Names the verdict that an interaction is within the margin."""
    return f"no larger than {100 * study.options.margin:g}"


def _measured(study, change):
    """Averages a change over its settings; over all of them where none can be judged."""
    sound = [four for four in change.settings
             if all(len(one.scores) > 1 and not one.lost for one in four)]
    used = sound or change.settings
    scores = [one.scores for four in used for one in four]
    weights = np.tile(_GAIN / len(used), len(used))
    gains = [np.mean([four[at].scores.mean() - four[at + 1].scores.mean() for four in used])
             for at in (0, 2)]
    difference = contrast(scores, weights, study.options.level)
    if not sound:  # single or lost runs
        difference = Contrast(difference.value, np.nan, np.nan, None)
    return change, len(sound), float(gains[0]), float(gains[1]), difference
