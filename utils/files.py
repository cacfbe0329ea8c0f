"""Files that are whole or absent."""
import contextlib
import glob
import os
import platform
import re
import shutil
import zlib

from utils.machine import is_alive

#: What stands beside a file while it is written: <path>.tmp-<host>-<process>; older versions of
#: the project left the host out.
_BESIDE = re.compile(r"\.tmp(?:-(?P<host>[0-9a-f]{8})-)?(?P<pid>\d+)$")


def beside(path: str) -> str:
    """Names the file to write before it is renamed to `path`; no other process uses the name."""
    return f"{path}.tmp-{_host()}-{os.getpid()}"


def _host():
    """Returns the machine, in eight letters; names of files have a greatest length."""
    return "{:08x}".format(zlib.crc32(platform.node().encode("utf-8")))


def write_bytes(path: str, data: bytes) -> None:
    """Writes beside, flushes to the disk, then renames: a kill leaves the old file or the new."""
    written = beside(path)
    try:
        with open(written, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(written, path)
    except BaseException as error:
        with contextlib.suppress(OSError):  # a read-only disk refuses that too
            os.remove(written)
        if isinstance(error, OSError):
            error.filename = path  # a full disk names no file, and a missing folder the one beside
        raise


def write_text(path: str, text: str) -> None:
    """Writes text as UTF-8, whole or not at all (`write_bytes`)."""
    write_bytes(path, text.encode("utf-8"))


def is_leftover(path: str) -> bool:
    """Tells whether a process of this machine, which is gone, left a path beside another."""
    match = _BESIDE.search(path)
    return match is not None and match.group("host") in (None, _host()) \
        and not is_alive(int(match.group("pid")))


def remove_leftovers(start: str) -> None:
    """Removes what killed processes of this machine left beside files that begin with a path.

    Args:
      start: a file, or a folder with a slash behind it.
    """
    for path in glob.glob(glob.escape(start) + "*.tmp*"):
        if is_leftover(path):
            _remove(path)


def _remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)


class Reserve:
    """A little space on the disk that can be given back, for what has to be written when the disk
    is full.

    Args:
      path: the file that takes it.
      size: bytes; random ones, which no file system packs.
    """

    def __init__(self, path: str, size: int = 65536) -> None:
        self._path, self._size = path, size

    def take(self) -> None:
        """Takes the space."""
        write_bytes(self._path, os.urandom(self._size))

    def release(self) -> None:
        """Gives the space back."""
        with contextlib.suppress(FileNotFoundError):
            os.remove(self._path)
