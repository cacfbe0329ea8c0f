"""Chooses runs and steps for a table over several runs, where not all runs have all steps."""
from typing import List, Optional, Sequence, Set, Tuple


def most_shared(steps: Sequence[Set[int]], fewest: int = 1,
                last: Optional[int] = None) -> Tuple[List[int], List[int]]:
    """Chooses runs that share steps; a run with few steps does not take the others' away.

    Runs are left out one at a time, always the one without which the others share most. The choice
    with the most runs x (steps - fewest + 1) is taken; of equal ones that with more runs. For 3
    steps these are the degrees of freedom around each run's line.

    Args:
      steps: S sets of steps, one of each run.
      fewest: steps that must be shared.
      last: only the last so many of the shared ones count; None for all.

    Returns:
      (indices of the runs that stay, the sorted steps that they share); ([], []) where no run has
      `fewest`.
    """
    staying, choices = list(range(len(steps))), []
    while staying:
        shared = _shared(steps, staying, last)
        choices.append((len(staying) * (len(shared) - fewest + 1), staying, shared))
        if len(staying) == 1:
            break
        without = {index: [one for one in staying if one != index] for index in staying}
        # Of equal ones the later run goes: seeds are in order.
        worst = max(staying, key=lambda index: (len(_shared(steps, without[index], last)), index))
        staying = without[worst]
    value, staying, shared = max(choices, key=lambda choice: choice[0], default=(0, [], []))
    return (staying, shared) if value > 0 else ([], [])


def _shared(steps, indices, last):
    shared = sorted(set.intersection(*[set(steps[index]) for index in indices]))
    return shared if last is None else shared[-last:]
