"""Reads what this project has stored: JSON objects and arrays. Damage is a `UserError`, one line
that names the file; it is found here, where files are read, and not where values are used."""
import collections
import datetime
import io
import json
import lzma
import struct
import zipfile
import zlib
from typing import Any, Dict, Iterable, Mapping, Sequence

import numpy as np

from utils.errors import UserError

#: What a value of a JSON object is to be. words: for the error; holds: value -> whether it is.
Kind = collections.namedtuple("Kind", "words holds")

#: What zipfile, its decompressors and numpy raise for damaged files. NotImplementedError (another
#: compression) is a RuntimeError, and text that is not UTF-8 a ValueError.
_ARCHIVE_DAMAGE = (OSError, ValueError, KeyError, IndexError, EOFError, RuntimeError, MemoryError,
                   OverflowError, struct.error, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


def _is_whole(value):
    return type(value) is int and abs(value) < 2 ** 63


def _is_number(value):
    return _is_whole(value) or type(value) is float and abs(value) < float("inf")


def _is_time(value):
    try:
        return datetime.datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


WHOLE = Kind("a whole number", _is_whole)
COUNT = Kind("a whole number from 0 on", lambda value: _is_whole(value) and value >= 0)
NUMBER = Kind("a number", _is_number)
TEXT = Kind("text", lambda value: isinstance(value, str))
BOOL = Kind("true or false", lambda value: isinstance(value, bool))
TIME = Kind("a time with its zone", _is_time)
OBJECT = Kind("an object", lambda value: isinstance(value, dict))
COLOUR = Kind("a colour", lambda value: isinstance(value, list) and len(value) == 3 and all(
    _is_whole(part) and 0 <= part <= 255 for part in value))


def one_of(*allowed: str) -> Kind:
    """Returns the `Kind` of a value that is one of some texts."""
    return Kind("one of {}".format(", ".join(allowed)),
                lambda value: isinstance(value, str) and value in allowed)


def optional(kind: Kind) -> Kind:
    """Returns the `Kind` of a value that may be null too."""
    return Kind(kind.words + " or null", lambda value: value is None or kind.holds(value))


def many(kind: Kind) -> Kind:
    """Returns the `Kind` of a list."""
    return Kind(f"a list, each {kind.words}",
                lambda value: isinstance(value, list) and all(map(kind.holds, value)))


def named(kind: Kind) -> Kind:
    """Returns the `Kind` of an object whose values are all of one kind."""
    return Kind(f"an object, each value {kind.words}",
                lambda value: isinstance(value, dict) and all(map(kind.holds, value.values())))


def read_object(path: str, kinds: Mapping[str, Kind], remedy: str = "",
                required: Sequence[str] = ()) -> Dict[str, Any]:
    """Reads a file that holds one JSON object.

    Args:
      path: the file.
      kinds: {key: `Kind`} of the keys that are used; others are left as they are.
      remedy: what to do where the file is missing or damaged; it ends the error.
      required: keys that have to be there.

    Returns:
      dict.

    Raises:
      UserError: it is missing, cannot be read, is no JSON, or a value is of another kind.
    """
    try:
        with open(path, encoding="utf-8") as file:
            values = json.load(file)
        problem = object_problem(values, kinds, required)
        problem = problem and "is damaged, " + problem
    except FileNotFoundError:
        problem = "is missing"
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    except (ValueError, RecursionError) as error:
        problem = f"is not JSON ({error})"
    if problem:
        raise UserError("{} {}{}".format(path, problem, remedy and ": " + remedy))
    return values


def object_problem(values: Any, kinds: Mapping[str, Kind], required: Sequence[str] = ()) -> str:
    """Says what is wrong with a JSON object, in words, or "". See `read_object`."""
    if not isinstance(values, dict):
        return f"expected a JSON object, got {_short(values)}"
    missing = sorted(set(required) - set(values))
    if missing:
        return f"without {missing[0]!r}"
    for key, kind in kinds.items():
        if key in values and not kind.holds(values[key]):
            return f"{key!r} is {_short(values[key])}, expected {kind.words}"
    return ""


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def read_arrays(path: str, names: Iterable[str], optional: Iterable[str] = ()
                ) -> Dict[str, np.ndarray]:
    """Reads arrays of an .npz file.

    Each is unpacked and its checksum verified before numpy looks at it, so that a damaged header
    asks for no absurd memory.

    Args:
      path: the file.
      names: arrays that have to be there.
      optional: further ones, which older files lack.

    Returns:
      {name: array}; without the optional ones that are not there.

    Raises:
      FileNotFoundError: no such file.
      ValueError: the file is damaged, or has no such array; the message is one line.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            stored = archive.namelist()
            wanted = list(names) + [name for name in optional if name + ".npy" in stored]
            return {name: np.lib.format.read_array(io.BytesIO(archive.read(name + ".npy")),
                                                   allow_pickle=False) for name in wanted}
    except FileNotFoundError:
        raise
    except _ARCHIVE_DAMAGE as error:
        raise ValueError((str(error) or type(error).__name__).splitlines()[0]) from error
