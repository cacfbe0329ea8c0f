"""Writes what a sweep's looks can show, before its first run."""
import math
from typing import List, Optional

from utils.runs.plans import Declaration
from utils.statistics.power import detectable_difference


def look_lines(declared: Declaration, sd: Optional[float], freedom: int) -> List[str]:
    """Says what the looks of a sweep claim and detect of two configurations, in lines for people.

    Args:
      declared: a `Declaration`.
      sd, freedom: as `forecast.seed_sd`.
    """
    looks, alpha = declared.looks, declared.alpha
    if looks.last < 2:
        return ["one seed of each configuration: no difference can be told from the noise of "
                "training, and fcn_report.py compare will give no verdict"]
    alone = detectable_difference(looks.last, level=alpha)
    if len(looks.seeds) == 1:
        in_sd = alone
        lines = [f"{looks.last} seeds of each of two configurations detect a true difference of "
                 f"{in_sd:.2f} sd over seeds (t test, 80 % power, {100 * alpha:g} % level)"]
    else:
        in_sd = looks.detectable_difference(alpha=alpha)
        _, mean_seeds = looks.power(in_sd, alpha)
        lines = [f"{level_words(declared)} (of one pair, and less of each of several); all looks "
                 f"together claim falsely in {100 * alpha:g} % of cases",
                 f"they detect a true difference of {in_sd:.2f} sd over seeds (t test, 80 % "
                 f"power), after {mean_seeds:.1f} seeds of each on average; {looks.last} seeds "
                 f"looked at once: {alone:.2f} sd"]
    if sd is None:
        return lines + [f"the sd is not known here yet; at .5 points that is {.5 * in_sd:.1f} "
                        f"points of mIoU, at 1 point {in_sd:.1f}"]
    return lines + [f"with the sd of past runs, {100 * sd:.2f} points ({freedom} degrees of "
                    f"freedom), that is {100 * sd * in_sd:.1f} points of mIoU"]


def level_words(declared: Declaration) -> str:
    """Writes "looks at 5, 10 seeds of each claim a difference where p < .0055, .047"."""
    levels = list(map(level_text, declared.levels))
    if len(set(levels)) == 1:
        levels = levels[:1]
    return "looks at {} seeds of each claim a difference where p < {}".format(
        ", ".join(map(str, declared.looks.seeds)), ", ".join(levels))


def level_text(level: float) -> str:
    """Writes ".047", ".0055": two digits that count."""
    if level < 1e-6:
        return f"{level:.0e}"
    return "{:.{}f}".format(level, 1 - math.floor(math.log10(level)))[1:]
