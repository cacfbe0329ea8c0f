"""The processes that train together, and this one's place among them.

`join()` notices that horovodrun started the script; everything else gets `ALONE`, which costs
nothing: no operation is added to the graph.
"""
import os
import sys

from utils.errors import UserError
from utils.machine import usable_cores


class World(object):
    """A process that trains by itself, and what `HorovodWorld` does for several.

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


def join():
    """The `World` of this process; takes its share of the machine's cores.

    Raises:
      UserError: started by horovodrun, but without horovod.
    """
    if int(os.environ.get("HOROVOD_SIZE", 1)) == 1:
        return ALONE
    _take_cores(int(os.environ["HOROVOD_LOCAL_RANK"]), int(os.environ["HOROVOD_LOCAL_SIZE"]))
    try:
        from utils.train.parallel.horovod_world import HorovodWorld
    except ImportError as error:
        if os.environ["HOROVOD_RANK"] != "0":  # one of them says it
            sys.exit(2)
        raise UserError("started by horovodrun, but horovod.tensorflow cannot be imported ({}): "
                        "install it as docs/parallel.md says, or start the script without "
                        "horovodrun".format(str(error).splitlines()[0]))
    return HorovodWorld()


def resume_command(folder, flags):
    """What to type to go on with a run.

    Args:
      folder: its `RunFolder`.
      flags: its `TrainFlags`.
    """
    launcher = "" if flags.processes == 1 else "horovodrun --gloo -np {} ".format(flags.processes)
    return "{}python fcn_train.py --resume={}".format(launcher, folder.path)


def _take_cores(local_rank, local_size):
    """Binds the process to its share of the cores: several that use them all slow each other."""
    cores = usable_cores()
    if local_size > 1 and len(cores) >= local_size and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores[local_rank::local_size])
