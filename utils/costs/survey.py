"""Measures nets one by one; a net that cannot be measured becomes a line of the table."""
import math
from typing import Any, Dict

from utils.costs import measure, memory, process
from utils.costs.net import Net, cost_cells, speed_cells
from utils.costs.process import Failed, one_line

#: Kinds of speed; each is measured in a process of its own, for the sake of its peak of memory.
_SPEEDS = (("forward", measure.forward), ("training", measure.training))
#: The share of the free memory that is left to the rest of the machine.
_LEFT_FREE = .05


class Survey:
    """Measures nets, and keeps the measurements.

    Args:
      build_arch: builds a net; at the top level of a module.
      rounds: number of measurements in each process.
      limit: greatest memory of a net in bytes; 0 for the free memory.
    """

    def __init__(self, build_arch: measure.BuildArch, rounds: int, limit: float = 0) -> None:
        self._build_arch, self._rounds, self._limit = build_arch, rounds, limit
        self._costs, self._found, self._problems = {}, {}, {}

    def count(self, net: Net) -> None:
        """Counts the parameters and operations of a net, once."""
        if net in self._costs or net in self._problems:
            return
        try:
            self._costs[net] = measure.cost(self._build_arch, net)
        except Exception as error:  # a user's decoder may raise anything
            self._problems[net] = one_line(error)

    def time(self, net: Net) -> None:
        """Measures speed and memory of a net once more; does nothing for a net that failed."""
        for what, function in _SPEEDS:
            if net in self._problems:
                return
            try:
                speed = process.call(function, self._build_arch, net, self._rounds,
                                     limit=self._memory())
                self._found.setdefault((net, what), []).append(speed)
            except Failed as error:
                self._problems[net] = f"{what}: {error}"

    def idle(self) -> int:
        """Measures the peak memory, in bytes, of a process with TensorFlow and without a net."""
        return process.call(measure.idle, limit=math.inf)

    def cells(self, net: Net) -> Dict[str, Any]:
        """Collects the cells of a net's row."""
        cells = dict(net.cells(), problem=self._problems.get(net, ""))
        if net in self._costs:
            cells.update(cost_cells(self._costs[net]))
        for what, _ in _SPEEDS:
            if (net, what) in self._found:
                cells.update(speed_cells(what, self._found[net, what]))
        return cells

    def _memory(self):
        return self._limit or (1 - _LEFT_FREE) * memory.available_bytes()
