"""The processes that train together, and the place of this one among them."""
from typing import Any, List, Sequence


class World:
    """A process that trains by itself; `HorovodWorld` is one of several.

    Alone it adds no operation to the graph.

    Attributes:
      rank: number of this process, from 0; only rank 0 writes, evaluates and prints.
      size: number of processes.
      local_rank, local_size: the same among the processes of this machine.
    """
    rank, size, local_rank, local_size = 0, 1, 0, 1

    def sum(self, tensors: Sequence[Any]) -> List[Any]:
        """Sums each tensor over the processes; every process gets the sums."""
        return list(tensors)

    def same_variables(self, variables: Sequence[Any]) -> Any:
        """Makes an operation that gives every process rank 0's values; None for one process."""
        return None

    def share(self, value: Any) -> Any:
        """Returns rank 0's value, which can be pickled, in every process; all have to call it."""
        return value

    def run(self, session: Any, fetches: Any, feed: Any) -> Any:
        """Calls `session.run`; a `UserError` where another process has ended."""
        return session.run(fetches, feed)


ALONE = World()
