"""The files of records and what is in them, in plain Python: no TensorFlow is needed to read them.

A file of records is a row of [length, checksum of the length, data, checksum of the data]; the data
of each is a `tf.train.Example`, a protocol buffer (tensorflow/core/example/example.proto).
"""
import glob
import os
import re
import struct
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from utils.data.splits import SPLITS, canonical_split
from utils.errors import UserError

_SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.tfrecords$")
_LENGTH, _CHECKSUM = 8, 4
#: Wire types of protocol buffers: a number, 8 bytes, bytes of a length that precedes, 4 bytes.
_NUMBER, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
#: Fields: Example.features, Features.feature; of its entries key and value; Feature.bytes_list and
#: its value.
_FEATURES = _FEATURE = _KEY = _BYTES_LIST = _ITEM = 1
_VALUE = 2


def existing_splits(datapath: str) -> List[str]:
    """Lists the names of the splits that have records."""
    return [split for split in SPLITS if split_paths(datapath, split)]


def split_paths(datapath: str, split: str) -> List[str]:
    """Lists the record files of a split, sorted and not checked; `split_files` checks them."""
    return sorted(glob.glob(os.path.join(glob.escape(datapath), split + "*.tfrecords")))


def split_files(datapath: str, split: str) -> List[str]:
    """Lists the record files of a split, sorted: their order is that of the examples.

    Raises:
      UserError: no such split (lists those that exist), or a shard is missing.
    """
    files = split_paths(datapath, canonical_split(split))
    if not files:
        raise UserError("--datapath={}: no records of the split {!r}; it has {}".format(
            datapath, split, ", ".join(existing_splits(datapath)) or "none"))
    problem = shard_problem(files)
    if problem:
        raise UserError(f"--datapath={datapath}: {problem}")
    return files


def shard_problem(files: Sequence[str]) -> Optional[str]:
    """Says what is wrong with a split's files: a missing shard, two sets at once; or None."""
    shards = [_SHARD.search(path) for path in files]
    totals = {match.group(2) if match else "single" for match in shards}
    if len(totals) > 1 or (totals == {"single"} and len(files) > 1):
        return "records of two conversions are mixed ({}); keep one set".format(
            ", ".join(os.path.basename(path) for path in files[:4]))
    if totals == {"single"}:
        return None
    present = {int(match.group(1)) for match in shards if match}
    missing = sorted(set(range(int(totals.pop()))) - present)
    if missing:
        return "shard {} of {} is missing; copy it or convert again".format(
            missing[0], os.path.basename(files[0]).split("-")[0])
    return None


def read_examples(path: str) -> Iterator[Dict[str, bytes]]:
    """Yields what each record of a file holds as bytes, {feature: its first value}.

    Checksums are not looked at: whoever has to be sure compares the hash of the split
    (`counting.SplitCounter`).

    Raises:
      UserError: the file is cut short, or a record is no `tf.train.Example`.
    """
    with open(path, "rb") as file:
        size, place, index = os.fstat(file.fileno()).st_size, 0, 0
        while place < size:
            head = file.read(_LENGTH + _CHECKSUM)
            length = struct.unpack("<Q", head[:_LENGTH])[0] if len(head) > _LENGTH else size
            place += len(head) + length + _CHECKSUM
            if place > size:
                raise _damaged(path, index)
            data = file.read(length)
            file.seek(_CHECKSUM, os.SEEK_CUR)
            try:
                yield _parse_example(data)
            except (ValueError, IndexError):
                raise _damaged(path, index) from None
            index += 1


def _damaged(path, index):
    return UserError(f"{path}: record {index} is damaged or cut short; copy the file again or "
                     "convert again")


def _parse_example(data):
    found = {}
    for features in _fields(data, _FEATURES):
        for entry in _fields(features, _FEATURE):
            key = b"".join(_fields(entry, _KEY)).decode("utf-8")
            for value in _fields(entry, _VALUE):
                for texts in _fields(value, _BYTES_LIST):
                    found[key] = next(_fields(texts, _ITEM), b"")
    return found


def _fields(data: bytes, wanted: int) -> Iterator[bytes]:
    """Yields the fields of a message that have a number and hold bytes; ValueError, IndexError for
    what is no message."""
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        kind = tag & 7
        if kind == _NUMBER:
            _, place = _varint(data, place)
        elif kind in (_EIGHT, _FOUR):
            place += 8 if kind == _EIGHT else 4
        elif kind == _BYTES:
            length, place = _varint(data, place)
            if place + length > len(data):
                raise ValueError("cut short")
            if tag >> 3 == wanted:
                yield data[place:place + length]
            place += length
        else:
            raise ValueError(f"wire type {kind}")


def _varint(data: bytes, place: int) -> Tuple[int, int]:
    """Reads a number of seven bits a byte: (number, place behind it)."""
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place
