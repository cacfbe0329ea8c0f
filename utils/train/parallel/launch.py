"""Joins the processes of a training: this one alone, or those that horovodrun started."""
import os
import shlex
import sys
from typing import Any

from utils.errors import UserError
from utils.machine import usable_cores
from utils.runs.run_folder import RunFolder
from utils.train.parallel.world import ALONE, World


def join() -> World:
    """Makes the `World` of this process, and binds it to its share of the machine's cores.

    Raises:
      UserError: started by horovodrun, but without horovod.
    """
    if int(os.environ.get("HOROVOD_SIZE", 1)) == 1:
        return ALONE
    _take_cores(int(os.environ["HOROVOD_LOCAL_RANK"]), int(os.environ["HOROVOD_LOCAL_SIZE"]))
    try:
        from utils.train.parallel.horovod_world import HorovodWorld
    except ImportError as error:
        if os.environ["HOROVOD_RANK"] != "0":  # rank 0 reports it for all
            sys.exit(2)
        raise UserError("started by horovodrun, but horovod.tensorflow cannot be imported "
                        f"({str(error).splitlines()[0]}): install it as docs/parallel.md says, or "
                        "start the script without horovodrun") from error
    return HorovodWorld()


def resume_command(folder: RunFolder, flags: Any) -> str:
    """Writes the command that goes on with a run.

    Args:
      folder: its `RunFolder`.
      flags: its `TrainFlags`.
    """
    launcher = "" if flags.processes == 1 else f"horovodrun --gloo -np {flags.processes} "
    return f"{launcher}python fcn_train.py --resume={shlex.quote(folder.path)}"


def _take_cores(local_rank, local_size):
    """Binds the process to its share of the cores: processes that share cores slow each other."""
    cores = usable_cores()
    if local_size > 1 and len(cores) >= local_size and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores[local_rank::local_size])
