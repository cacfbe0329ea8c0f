"""Datasets appear whole or not at all: written in a folder beside, which is then renamed."""
import contextlib
import glob
import os
import shutil
import socket

from utils.data.sidecar import SIDECAR
from utils.errors import UserError, require_utf8
from utils.machine import is_alive

_MARK = ".partial-"


@contextlib.contextmanager
def new_dataset_folder(datapath, overwrite=False):
    """A temporary folder that becomes `datapath` when the block ends well, and vanishes if not.

    What a killed conversion left behind is removed first.

    Args:
      datapath: the folder to make; it may exist if it is empty.
      overwrite: replaces a dataset that is there. Other files are never touched.

    Raises:
      UserError: something is there that may not be replaced.
    """
    datapath = os.path.abspath(datapath)
    _remove_leftovers(datapath)
    check_target(datapath, overwrite)
    beside = f"{datapath}{_MARK}{socket.gethostname()}-{os.getpid()}"
    os.makedirs(beside)
    try:
        yield beside
        _replace(datapath, beside)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def check_target(datapath, overwrite):
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
    return name == SIDECAR or name.endswith(".tfrecords") or name.startswith("contact_sheet")


def _replace(datapath, beside):
    """Renames; an old dataset is moved away first, and for a moment there is none."""
    old = None
    if os.path.isdir(datapath):
        if os.listdir(datapath):
            old = beside + "-old"
            os.rename(datapath, old)
        else:
            os.rmdir(datapath)
    os.rename(beside, datapath)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def _remove_leftovers(datapath):
    """Removes what conversions on this machine left whose process is gone; a dataset that one of
    them had moved away, and not yet replaced, comes back."""
    start = f"{datapath}{_MARK}{socket.gethostname()}-"
    for path in sorted(glob.glob(glob.escape(start) + "*"), reverse=True):  # <pid>-old, then <pid>
        pid, _, old = path[len(start):].partition("-")
        if pid.isdigit() and old in ("", "old") and not is_alive(int(pid)):
            if old and not os.path.exists(datapath):
                os.rename(path, datapath)
            else:
                shutil.rmtree(path, ignore_errors=True)
