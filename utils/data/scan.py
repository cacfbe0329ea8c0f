"""Reads record files outside any graph, and tells where each record stands and if it is whole."""
import os
from typing import Any, Dict, Iterator

from google.protobuf.message import DecodeError

from utils.errors import UserError
from utils.tf_compat import tf

#: Around the data of a record: its length (8), the length's checksum (4), the data's checksum (4).
_FRAME = 16


class Record:
    """One record: its bytes, and where they stand.

    Attributes:
      path: the file.
      index: place in the file, from 0.
      offset: in bytes from the start of the file.
      data: its bytes.
    """

    def __init__(self, path: str, index: int, offset: int, data: bytes) -> None:
        self.path, self.index, self.offset, self.data = path, index, offset, data

    def __str__(self):
        return f"{self.path}: record {self.index} at byte {self.offset}"


def scan(path: str) -> Iterator[Record]:
    """Yields every `Record` of a file, in order.

    Raises:
      UserError: names the first record whose checksum fails or that is cut short.
    """
    offset, index = 0, 0
    try:
        for data in tf.python_io.tf_record_iterator(path):
            yield Record(path, index, offset, data)
            offset += len(data) + _FRAME
            index += 1
        whole = os.path.getsize(path) == offset
    except (tf.errors.DataLossError, tf.errors.OutOfRangeError):
        whole = False
    if not whole:
        raise UserError(f"{path}: record {index} at byte {offset} {_damage(path, offset)}; copy "
                        "the file again or convert again")


def _damage(path, offset):
    with open(path, "rb") as file:
        file.seek(offset)
        head = file.read(12)
    end = offset + _FRAME + int.from_bytes(head[:8], "little")
    cut = len(head) < 12 or end > os.path.getsize(path)
    return "is cut short, or its length is damaged" if cut else "fails its checksum"


def features(record: Record) -> Dict[str, Any]:
    """Parses a record: {name: tf.train.Feature}.

    Raises:
      UserError: names the record, where it is no `tf.train.Example`.
    """
    try:
        # A dict, since looking up what a proto's map lacks would add it.
        return dict(tf.train.Example.FromString(record.data).features.feature)
    except DecodeError:
        raise UserError(f"{record}: not a tf.train.Example; convert again") from None
