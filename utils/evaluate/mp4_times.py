"""Gives the frames of an MP4 file the durations that they shall have.

ffmpeg takes raw frames from a pipe at a constant rate only. They are coded so. The table of
durations in the file is replaced afterwards: box `stts` of ISO/IEC 14496-12. So are the lengths in
`mvhd`, `tkhd` and `mdhd`.
"""
import itertools
import struct
from typing import Sequence

_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def retime(path: str, durations: Sequence[int], timescale: int) -> None:
    """Replaces the durations of all frames.

    Args:
      path: an MP4 file with one video track, no frames out of order, and `moov` as its last box.
      durations: of each frame, in ticks, all positive.
      timescale: ticks in a second.

    Raises:
      ValueError: the file is of another kind, or has another number of frames.
    """
    with open(path, "r+b") as file:
        start, body = _last_box(file)
        new = _rewritten(b"moov", body, _new_boxes(body, durations, timescale))
        file.seek(start)
        file.write(_box(b"moov", new))
        file.truncate()


def _last_box(file):
    """Returns (offset, content) of `moov`."""
    start = 0
    while True:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        head = 16 if size == 1 else 8
        if size == 1:
            size = struct.unpack(">Q", file.read(8))[0]
        if size < head:
            raise ValueError(f"box {kind} of {size} bytes")
        if kind == b"moov":
            return start, file.read(size - head)
        start += size


def _box(kind, body):
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _children(body):
    """Yields (kind, content) of each box in the content of a container."""
    start = 0
    while start < len(body):
        size, kind = struct.unpack_from(">I4s", body, start)
        yield kind, body[start + 8:start + size]
        start += size


def _find(body, *path):
    for kind in path:
        body = dict(_children(body))[kind]
    return body


def _rewritten(kind, body, new):
    """Returns the content of a box, with others in it by {kind: function of the content}.

    Edit lists go: they were made for the lengths that are replaced.
    """
    if kind in _CONTAINERS:
        return b"".join(_box(child, _rewritten(child, content, new))
                        for child, content in _children(body) if child != b"edts")
    return new[kind](body) if kind in new else body


def _new_boxes(moov, durations, timescale):
    frames, = struct.unpack_from(">I", _find(moov, b"trak", b"mdia", b"minf", b"stbl", b"stsz"), 8)
    if frames != len(durations):
        raise ValueError(f"{frames} frames, {len(durations)} durations")
    runs = [(len(list(same)), ticks) for ticks, same in itertools.groupby(durations)]
    table = struct.pack(">II", 0, len(runs)) + b"".join(struct.pack(">II", *run) for run in runs)
    total = sum(durations)
    mvhd = _find(moov, b"mvhd")
    in_movie = total * struct.unpack_from(">I", mvhd, 20 if mvhd[0] else 12)[0] // timescale
    return {b"stts": lambda body: table,
            b"mdhd": lambda body: _media_head(body, total, timescale),
            b"mvhd": lambda body: _with_length(body, in_movie, 24 if body[0] else 16),
            b"tkhd": lambda body: _with_length(body, in_movie, 28 if body[0] else 20)}


def _with_length(body, length, offset):
    form = ">Q" if body[0] else ">I"
    return body[:offset] + struct.pack(form, length) + body[offset + struct.calcsize(form):]


def _media_head(body, length, timescale):
    """Returns `mdhd` of version 1, whose length has 64 bits; language and quality are its last 4
    bytes."""
    return b"\x01" + body[1:4] + struct.pack(">QQIQ", 0, 0, timescale, length) + body[-4:]
