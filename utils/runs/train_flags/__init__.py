"""The flags of a run. fcn_train.py records them in `runargs`; fcn_test.py builds the net from them.

Each module here has those of a subject. A flag says its role, `utils.runs.roles`; a new one also
since when it is there, so that the configurations of stored runs stay what they are. The choices of
--basenet, --extended_arch, --loss, --optimiser, --lr_schedule, --augment and --sampling come
from the registries that the scripts know; the scripts hand them to `parse_flags`.
"""
import dataclasses
from typing import Collection

from utils.checkpoints.files import prefix_of
from utils.errors import UserError
from utils.runs.roles import names, separators
from utils.runs.train_flags.data import DataFlags, require_one_size, settle_augmentation
from utils.runs.train_flags.learning import (
    BatchFlags,
    LearningFlags,
    StartFlags,
    settle_batch,
    settle_deep_supervision,
    settle_start,
)
from utils.runs.train_flags.net import ArchFlags
from utils.runs.train_flags.optimisation import OptimisationFlags, settle_optimisation
from utils.runs.train_flags.run import RunFlags, SeedFlags, require_plain_name, settle_seeds


# A dataclass takes the fields of its last base first: from the net to the run.
@dataclasses.dataclass(frozen=True)
class TrainFlags(RunFlags, SeedFlags, OptimisationFlags, LearningFlags, BatchFlags, StartFlags,
                 DataFlags, ArchFlags):
    """Everything that decides what a run computes; written to `runargs`."""


#: The seeds of the sources of randomness; --seed itself only fills them in.
SEED_FLAGS = names(TrainFlags, mark="source")
#: Flags that the name of the decoder tells.
DECODER_FLAGS = names(TrainFlags, ("decoder",))
#: {flag that takes several values: what stands between them}.
SEPARATORS = separators(TrainFlags)
#: Flags that may be given with --resume: they do not touch what is computed. The records at another
#: --datapath have to be the same ones.
FREE_ON_RESUME = frozenset(names(TrainFlags, ("path",)) + ("resume",))


def settle(flags: TrainFlags, given: Collection[str], processes: int = 1) -> TrainFlags:
    """Fills in what follows from other flags.

    Args:
      flags: `TrainFlags` as parsed.
      given: names of the flags that were on the command line.
      processes: how many train together.

    Raises:
      UserError: flags contradict each other, or a value cannot be used.
    """
    if flags.decaylr and "lr_schedule" in given and flags.lr_schedule != "staircase":
        raise UserError("--decaylr is short for --lr_schedule=staircase, but "
                        f"--lr_schedule={flags.lr_schedule} was given too: give one of them")
    flags = settle_augmentation(flags, given)
    require_one_size(flags)
    require_plain_name(flags.name)
    settle_start(flags)
    settle_deep_supervision(flags, given)
    flags = settle_optimisation(flags, given, processes)
    flags = settle_seeds(settle_batch(flags, given, processes))
    schedule = "staircase" if flags.decaylr else flags.lr_schedule
    # Whichever of a checkpoint's files named it, the configuration is one.
    return dataclasses.replace(flags, lr_schedule=schedule, init_from=prefix_of(flags.init_from))
