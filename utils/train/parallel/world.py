"""The processes that train together, and this one's place among them."""


class World:
    """A process that trains by itself, and what `HorovodWorld` does for several.

    Alone it costs nothing: no operation is added to the graph.

    Attributes:
      rank: this process's number, from 0 on; 0 alone writes, evaluates and speaks.
      size: processes in all.
      local_rank, local_size: the same among those on this machine.
    """
    rank, size, local_rank, local_size = 0, 1, 0, 1

    def sum(self, tensors):
        """Tensors summed over the processes, one by one; every process gets the sums."""
        return tensors

    def same_variables(self, variables):
        """An operation that gives every process rank 0's values; None where there is one."""
        return None

    def share(self, value):
        """Rank 0's value, picklable, in every process; all have to call it."""
        return value

    def run(self, session, fetches, feed):
        """`session.run`, where the end of another process is a `UserError`."""
        return session.run(fetches, feed)


ALONE = World()
