"""Image files that PIL does not write: few bits, odd bands, broken EXIF."""
import struct
import zlib

import numpy as np


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(values, bits, colour_type=0, more=b""):
    """A PNG of one channel of 1, 2, 4 or 8 bits; `more`: chunks before the pixels."""
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, colour_type, 0, 0, 0)
    rows = b"".join(b"\0" + row for row in packed_rows(values, bits))
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + more
            + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b""))


def packed_rows(values, bits):
    """The bytes of each row of values of a few bits."""
    for row in values:
        text = "".join(format(int(value), f"0{bits}b") for value in row)
        text += "0" * (-len(text) % 8)
        yield bytes(int(text[place:place + 8], 2) for place in range(0, len(text), 8))


def tiff(pixels, bits=None, photometric=None, form=1, extra=None, rows=None):
    """A TIFF of [H, W] or [H, W, bands]; form: 1 unsigned, 2 signed, 3 floats; extra: what the
    bands behind the third are, None for a file that does not say."""
    height, width = pixels.shape[:2]
    bands = pixels.shape[2] if pixels.ndim == 3 else 1
    bits = bits or 8 * pixels.dtype.itemsize
    photometric = (2 if bands > 2 else 1) if photometric is None else photometric
    data = rows or np.ascontiguousarray(pixels).tobytes()
    tags = [(256, "I", [width]), (257, "I", [height]), (258, "H", [bits] * bands), (259, "H", [1]),
            (262, "H", [photometric]), (273, "I", [0]), (277, "H", [bands]), (278, "I", [height]),
            (279, "I", [len(data)]), (284, "H", [1])]
    tags += [(338, "H", extra)] if extra is not None else []
    tags.append((339, "H", [form] * bands))
    start, behind, entries = 8 + 2 + 12 * len(tags) + 4, b"", []
    for tag, kind, values in tags:
        packed = struct.pack(f"<{len(values)}{kind}", *values)
        if len(packed) > 4:
            packed, behind = struct.pack("<I", start + len(behind)), behind + packed
        entries.append([tag, {"H": 3, "I": 4}[kind], len(values), packed])
    entries[5][3] = struct.pack("<I", start + len(behind))
    return (b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(
        struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
        for tag, kind, count, value in entries) + struct.pack("<I", 0) + behind + data)


def exif_block(*entries):
    """A TIFF directory of (tag, type, count, 4 bytes)."""
    return (b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(
        struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
        for tag, kind, count, value in entries) + struct.pack("<I", 0))


def with_segment(jpeg, marker, payload):
    """A JPEG with one more segment at its beginning."""
    return jpeg[:2] + struct.pack(">BBH", 255, marker, len(payload) + 2) + payload + jpeg[2:]
