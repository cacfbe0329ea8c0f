"""The folder of a dataset: what may be replaced, and its appearance as a whole."""
import os
from typing import ContextManager

from utils.data.sidecar import SIDECAR
from utils.data.splits import SPLITS
from utils.errors import UserError, require_utf8
from utils.whole_folder import whole_folder

#: What a training keeps beside the records of a split; see `utils.data.class_pixels`.
CLASS_PIXELS = "class_pixels-{}.npz"


def new_dataset_folder(datapath: str, overwrite: bool = False) -> ContextManager[str]:
    """Gives a new folder to write in, which becomes `datapath` when the block ends well.

    Args:
      datapath: the folder to make; it may exist if it is empty.
      overwrite: replaces a dataset that is there. Other files are never touched.

    Raises:
      UserError: something is there that may not be replaced.
    """
    return whole_folder(datapath, lambda: check_target(datapath, overwrite))


def check_target(datapath: str, overwrite: bool) -> None:
    """Raises a `UserError` where `datapath` holds what a conversion must not replace."""
    require_utf8("datapath", datapath)
    if not os.path.exists(datapath):
        return
    if not os.path.isdir(datapath):
        raise UserError(f"--datapath={datapath}: is a file, expected a folder to make")
    names = os.listdir(datapath)
    foreign = [name for name in sorted(names) if not _is_ours(name)]
    if foreign:
        raise UserError(f"--datapath={datapath}: holds other files ({foreign[0]}); choose a new "
                        "folder")
    if names and not overwrite:
        raise UserError(f"--datapath={datapath}: holds a dataset already; choose another folder, "
                        "or replace it with --overwrite")


def _is_ours(name):
    return (name == SIDECAR or name.endswith(".tfrecords") or name.startswith("contact_sheet")
            or name in [CLASS_PIXELS.format(split) for split in SPLITS])
