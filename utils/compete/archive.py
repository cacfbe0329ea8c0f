"""Opens what a team hands in, a zip or a folder, without trust.

Nothing is extracted. Names are compared with those that are expected and never used as paths. No
file is read beyond the bytes that it may have, whatever it says of itself.
"""
import contextlib
import os
import stat
import struct
import zipfile
import zlib
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from utils.compete import faults as kinds
from utils.compete.faults import Fault, Faults
from utils.data.image_files import is_hidden
from utils.errors import UserError

#: The last record of a zip: its signature, and its size; the number of files is 10 bytes behind.
_END, _END_SIZE, _LONGEST_COMMENT = b"PK\5\6", 22, 65535
#: What unpacking damaged files raises; NotImplementedError is a RuntimeError.
_DAMAGE = (OSError, EOFError, RuntimeError, ValueError, struct.error, zipfile.BadZipFile,
           zlib.error)
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
#: Files beyond those expected at which a submission is not looked through.
_MOST_OTHERS = 10000


class Refused(Exception):
    """A file that is not taken. fault: the kind; detail: what was got and expected, in words."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(detail)
        self.fault, self.detail = fault, detail


class Files:
    """The files of a submission that may be read, by name; `read` gives their bytes.

    Attributes:
      names: those at the top, in order, that are regular, safe and come once.
    """

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = dict(members)
        self.names: List[str] = list(members)

    def read(self, name: str, most: int) -> bytes:
        """Reads a file.

        Raises:
          Refused: it has more than `most` bytes, is empty, or cannot be unpacked.
        """
        try:
            data = self._read(self._members[name], most)
        except _DAMAGE as error:
            reason = str(error).split("\n")[0] or type(error).__name__
            raise Refused(kinds.UNREADABLE, reason) from None
        if len(data) > most:
            raise Refused(kinds.TOO_LARGE, f"more than {most:,} bytes")
        if not data:
            raise Refused(kinds.EMPTY)
        return data

    def _read(self, member, most):
        raise NotImplementedError


class _FolderFiles(Files):
    """Files of a folder; members are paths."""

    def _read(self, member, most):
        # A file that became a link or a pipe since it was listed is not followed or waited for.
        number = os.open(member, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise OSError("no regular file")
            return file.read(most + 1)


class _ZipFiles(Files):
    """Files of a zip; members are ZipInfos."""

    def __init__(self, archive: zipfile.ZipFile, members: Mapping[str, Any]) -> None:
        super().__init__(members)
        self._archive = archive

    def _read(self, member, most):
        if member.file_size > most:
            raise Refused(kinds.TOO_LARGE, f"{member.file_size:,} bytes, at most {most:,}")
        with self._archive.open(member) as file:
            return file.read(most + 1)


@contextlib.contextmanager
def open_files(path: str, expected: int, faults: Faults) -> Iterator[Files]:
    """Opens a zip or a folder for the length of a block.

    Args:
      path: of the zip or folder.
      expected: files that are expected; with far more it is not looked through.
      faults: takes what is wrong with the names.

    Raises:
      UserError: there is nothing, it is neither, or its list of files is damaged or far too long.
    """
    if os.path.isdir(path):
        yield _FolderFiles(_kept(_folder_members(path, expected), faults))
        return
    if not os.path.isfile(path):
        raise UserError(f"{path}: no such submission: expected a zip, or a folder of PNGs")
    with _open_zip(path, expected) as archive:
        members = [(info.orig_filename, _zip_problem(info), info) for info in archive.infolist()
                   if not info.orig_filename.endswith("/")]
        yield _ZipFiles(archive, _kept(members, faults))


def _kept(members: List[Tuple[str, Optional[Fault], Any]], faults: Faults) -> Dict[str, Any]:
    """Returns {name: member} of those that may be read; adds the faults of the others."""
    kept: Dict[str, Any] = {}
    cases: Dict[str, str] = {}
    for name, problem, member in members:
        problem = _name_problem(name) or problem
        if is_hidden(name.split("/")[0]) and problem is not kinds.UNSAFE:
            continue
        other = cases.setdefault(name.lower(), name)
        if problem is None and other != name:
            problem = kinds.CASE
        if problem is None and name in kept:
            problem = kinds.REPEATED
        if problem is None:
            kept[name] = member
        else:
            faults.add(problem, name)
    return kept


def _name_problem(name: str) -> Optional[Fault]:
    parts = name.split("/")
    if {"", ".", ".."} & set(parts) or set("\0:\\") & set(name):
        return kinds.UNSAFE
    return kinds.NESTED if len(parts) > 1 else None


# ---- folders ----

def _folder_members(path, expected):
    members = []
    with os.scandir(path) as entries:
        for entry in entries:
            _refuse_many(path, len(members), expected)
            if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
                members.append((entry.name, kinds.LINK, None))
            elif entry.is_dir() and not is_hidden(entry.name):
                members.append((entry.name, kinds.NESTED, None))
            else:
                members.append((entry.name, None, entry.path))
    return sorted(members, key=lambda member: os.fsencode(member[0]))


def _refuse_many(path, count, expected):
    if count > expected + _MOST_OTHERS:
        raise UserError(f"{path}: more than {expected + _MOST_OTHERS} files, expected {expected}: "
                        "hand in the predictions alone")


# ---- zips ----

def _open_zip(path, expected):
    """Opens a zip whose list of files is not absurdly long; zipfile reads all of it at once."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(size - _END_SIZE - _LONGEST_COMMENT, 0))
            tail = file.read()
        end = tail.rfind(_END)
        if end >= 0 and len(tail) >= end + _END_SIZE:
            _refuse_many(path, struct.unpack_from("<H", tail, end + 10)[0], expected)
        return zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise UserError(f"{path}: no zip that can be read ({error}): expected a zip, or a folder "
                        "of PNGs") from None


def _zip_problem(info):
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return kinds.LINK
    if info.flag_bits & 1:
        return kinds.ENCRYPTED
    return None if info.compress_type in _PLAIN else kinds.METHOD
