"""Writes what a screen is and what it can show, before its first run."""
from typing import List, Optional

from rich.table import Table
from rich.text import Text

from utils.runs.plans import SweepPlan
from utils.statistics.screen import detectable_effect


def choice_table(plan: SweepPlan) -> Table:
    """Makes a row for each choice of a screen, in the order of the letters of its runs."""
    table = Table("", "choice")
    for letter in "AB":
        table.add_column(letter, overflow="fold")
    for number, choice in enumerate(plan.screen, 1):
        table.add_row(str(number), *map(Text, (choice.name, choice.a, choice.b)))
    return table


def screen_lines(plan: SweepPlan, sd: Optional[float], freedom: int) -> List[str]:
    """Says what a screen claims and detects, in lines for people.

    Args:
      plan: of a screen.
      sd, freedom: as `forecast.seed_sd`.
    """
    points, choices, seeds = len(plan.keys), len(plan.screen), plan.asked[-1]
    runs, degrees = points * seeds, points * (seeds - 1) or points - choices - 1
    first, one = [detectable_effect(runs, degrees, level=plan.declared.alpha / part)
                  for part in (choices, 1)]
    lines = [f"a Plackett-Burman design, folded over: each of {choices} effects is told from all "
             f"{runs} runs, half of them with each setting, every run with a seed of its own",
             f"they find a true effect of {one:.2f} sd of a run in 4 of 5 cases, of {first:.2f} sd "
             f"after the correction for {choices} choices ({degrees} degrees of freedom)"]
    if sd is None:
        return lines + ["the sd of a run is not known here yet; at 1 point that is "
                        f"{one:.1f} and {first:.1f} points of mIoU"]
    return lines + [f"with the sd of past runs, {100 * sd:.2f} points ({freedom} degrees of "
                    f"freedom), that is {100 * sd * one:.1f} and {100 * sd * first:.1f} points of "
                    "mIoU"]
