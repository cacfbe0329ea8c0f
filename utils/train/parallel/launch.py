"""How a training was started: by itself, or by horovodrun as one of several processes."""
import os
import sys

from utils.errors import UserError
from utils.machine import usable_cores
from utils.train.parallel.world import ALONE


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
        raise UserError("started by horovodrun, but horovod.tensorflow cannot be imported "
                        f"({str(error).splitlines()[0]}): install it as docs/parallel.md says, or "
                        "start the script without horovodrun") from error
    return HorovodWorld()


def resume_command(folder, flags):
    """What to type to go on with a run.

    Args:
      folder: its `RunFolder`.
      flags: its `TrainFlags`.
    """
    launcher = "" if flags.processes == 1 else f"horovodrun --gloo -np {flags.processes} "
    return f"{launcher}python fcn_train.py --resume={folder.path}"


def _take_cores(local_rank, local_size):
    """Binds the process to its share of the cores: several that use them all slow each other."""
    cores = usable_cores()
    if local_size > 1 and len(cores) >= local_size and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores[local_rank::local_size])
