"""The files of a checkpoint, the prefix that names them, and the end of the index. Plain Python.

    fcn.ckpt.index  fcn.ckpt.data-00000-of-00001  fcn.ckpt.meta      fcn.ckpt is the prefix
"""
import glob
import os
import re
from typing import List, Optional

from utils.errors import UserError

_ENDING = re.compile(r"\.(index|meta|data-\d{5}-of-\d{5})$")
#: TensorFlow's note of the newest checkpoint in a folder.
_STATE, _NEWEST = "checkpoint", re.compile(r'^model_checkpoint_path: "(.*)"$', re.MULTILINE)
#: The last bytes of an index: two handles (offset and size, varints), padding, a magic number
#: (tensorflow/core/lib/io/format.h).
_FOOTER = 48
_MAGIC = bytes.fromhex("57fb808b247547db")
#: Behind each block: its kind and its checksum.
_TRAILER = 5


def checkpoint_exists(prefix: str) -> bool:
    """Tells whether there is a checkpoint at a prefix, of one file (as slim's of 2016) or of
    several."""
    return os.path.isfile(prefix + ".index") or (
        os.path.isfile(prefix) and os.path.basename(prefix) != _STATE
        and not _ENDING.search(prefix))


def prefix_of(path: str) -> str:
    """Returns the prefix where a path is one of a checkpoint's files; any other path as it is."""
    return _ENDING.sub("", path)


def named_checkpoint(path: str) -> str:
    """Returns the prefix of the checkpoint that a path names; "" for none.

    The path is a prefix, one of its files, or a folder or its file `checkpoint`, in which
    TensorFlow notes the newest.

    Raises:
      UserError: one of a checkpoint's files whose others are missing.
    """
    prefix = prefix_of(path)
    if checkpoint_exists(prefix):
        return prefix
    others = glob.glob(glob.escape(prefix) + ".data-*") + glob.glob(glob.escape(prefix) + ".meta")
    if others:
        raise UserError(f"{others[0]} is one of a checkpoint's files, but {prefix}.index is not "
                        "there: copy all files of the checkpoint")
    state = path if os.path.basename(path) == _STATE else os.path.join(path, _STATE)
    if not os.path.isfile(state):
        return ""
    with open(state, encoding="utf-8", errors="replace") as file:
        newest = _NEWEST.search(file.read())
    # The paths in it are often those of another machine.
    candidates = newest and (newest.group(1), os.path.join(
        os.path.dirname(state), os.path.basename(newest.group(1))))
    return next((prefix for prefix in candidates or () if checkpoint_exists(prefix)), "")


def index_problem(path: str) -> str:
    """Says what is wrong with the end of an index file, or "".

    TensorFlow verifies the checksums of the rest, but not the sizes at the end: absurd ones abort
    TF 1.15.
    """
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - _FOOTER, 0))
        footer = file.read()
    if len(footer) < _FOOTER or not footer.endswith(_MAGIC):
        return "its end is missing"
    numbers: List[int] = []
    at: Optional[int] = 0
    while len(numbers) < 4 and at is not None:
        number, at = _varint(footer, at)
        numbers.append(number)
    blocks = zip(numbers[::2], numbers[1::2])
    if at is None or any(start + length + _TRAILER > size - _FOOTER for start, length in blocks):
        return "its end is damaged"
    return ""


def _varint(data, at):
    """Returns (number, where the next begins, or None where the bytes are no number)."""
    number = 0
    for place, byte in enumerate(data[at:at + 10]):
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return number, at + place + 1
    return number, None
