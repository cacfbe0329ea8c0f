"""Folders that appear whole or not at all. Plain Python."""
import contextlib
import glob
import os
import shutil
from typing import Callable, Iterator

from utils import files

#: Ends the name of a folder that is moved away until the new one has taken its place.
_OLD = ".old"


@contextlib.contextmanager
def whole_folder(folder: str, check: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Gives a new folder beside `folder` to write in, which takes its place when the block ends.

    After an error nothing of the new folder is left, and `folder` is as it was. What a process of
    this machine left beside, and could not finish, is settled first in the same way.

    Args:
      folder: the folder to make or to replace. Where it is a link, what it leads to is replaced.
      check: raises an error where `folder`, as it is now, may not be replaced.
    """
    folder = os.path.realpath(folder)
    _settle_leftovers(folder)
    check()
    written = files.beside(folder)
    os.makedirs(written)
    try:
        yield written
        if os.path.isdir(folder) and os.listdir(folder):
            os.rename(folder, written + _OLD)
        os.rename(written, folder)
    finally:
        _settle(folder, written)


def _settle(folder, written):
    """Removes what stands beside `folder`; one that was moved away and not replaced comes back."""
    if os.path.isdir(written + _OLD) and not os.path.exists(folder):
        os.rename(written + _OLD, folder)
    shutil.rmtree(written, ignore_errors=True)
    shutil.rmtree(written + _OLD, ignore_errors=True)


def _settle_leftovers(folder):
    for path in glob.glob(glob.escape(folder) + ".tmp-*"):
        written = path[:-len(_OLD)] if path.endswith(_OLD) else path
        if files.is_leftover(written):
            _settle(folder, written)
