"""Measures nets one by one; what cannot be measured is kept as a line, and the rest goes on."""
import math

from utils.costs import measure, memory, process
from utils.costs.net import cost_cells, speed_cells
from utils.costs.process import Failed, one_line

#: The kinds of speed, each in a process of its own, so that their peaks of memory are theirs.
_SPEEDS = (("forward", measure.forward), ("training", measure.training))
#: Of the memory that is free, for the rest of the machine.
_LEFT_FREE = .05


class Survey:
    """What was found so far.

    Args:
      build_arch: (flags, num_classes) -> `BaseArch`; at the top level of a module.
      rounds: how often each process measures.
      limit: most bytes of memory that a net may take; 0 for what is free.
    """

    def __init__(self, build_arch, rounds, limit=0):
        self._build_arch, self._rounds, self._limit = build_arch, rounds, limit
        self._costs, self._found, self._problems = {}, {}, {}

    def count(self, net):
        """Parameters and operations of a `Net`."""
        if net in self._costs or net in self._problems:
            return
        try:
            self._costs[net] = measure.cost(self._build_arch, net)
        except Exception as error:  # somebody's decoder may do anything; the others still count
            self._problems[net] = one_line(error)

    def time(self, net):
        """Speed and memory of a `Net`, once more; nothing for one that failed before."""
        for what, function in _SPEEDS:
            if net in self._problems:
                return
            try:
                speed = process.call(function, self._build_arch, net, self._rounds,
                                     limit=self._memory())
                self._found.setdefault((net, what), []).append(speed)
            except Failed as error:
                self._problems[net] = f"{what}: {error}"

    def idle(self):
        """Peak bytes of a process with TensorFlow and without a net."""
        return process.call(measure.idle, limit=math.inf)

    def cells(self, net):
        """The cells of a net's row."""
        cells = dict(net.cells(), problem=self._problems.get(net, ""))
        if net in self._costs:
            cells.update(cost_cells(self._costs[net]))
        for what, _ in _SPEEDS:
            if (net, what) in self._found:
                cells.update(speed_cells(what, self._found[net, what]))
        return cells

    def _memory(self):
        return self._limit or (1 - _LEFT_FREE) * memory.available_bytes()
