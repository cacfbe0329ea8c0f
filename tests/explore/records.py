"""Records and opinions made of numbers, without TensorFlow."""
import io
import os
import struct

import numpy as np
from PIL import Image

from utils.evaluate.observers.opinions import Opinions, pack
from utils.evaluate.observers.thumbnails import joined


def _field(number, data):
    """A field of a protocol buffer that has a length."""
    length, encoded = len(data), b""
    while length >= 128:
        encoded, length = encoded + bytes([length % 128 + 128]), length // 128
    return bytes([number << 3 | 2]) + encoded + bytes([length]) + data


def _png(array):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


def write_records(folder, split, names, labels):
    """Writes the records of a split: labels are uint8 [H, W] each, pictures are grey."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{split}.tfrecords"), "wb") as file:
        for name, label in zip(names, labels):
            picture = np.full(label.shape + (3,), 120, np.uint8)
            values = {"name": name.encode(), "image": _png(picture), "label": _png(label)}
            entries = b"".join(_field(1, _field(1, key.encode()) + _field(2, _field(1, _field(
                1, value)))) for key, value in values.items())
            data = _field(1, entries)
            file.write(struct.pack("<Q", len(data)) + b"\0" * 4 + data + b"\0" * 4)


def opinions(seen, classes=3, sure=.9):
    """`Opinions` of nets that see classes, uint8 [N, H, W], with a probability; then the others."""
    rest = (1 - sure) / (classes - 1)
    packed = []
    for one in seen:
        share = np.full(one.shape + (classes,), rest, np.float32)
        np.put_along_axis(share, one[..., np.newaxis].astype(np.intp), np.float32(sure), -1)
        order = np.argsort(-share, axis=-1, kind="stable")
        values = np.rint(255 * np.take_along_axis(share, order, -1))
        packed.append(pack(np.concatenate([order, values], -1).astype(np.uint8)))
    sizes = np.tile(np.int32(seen[0].shape), (len(seen), 1))
    stored = joined(packed)
    return Opinions(sizes, sizes, stored.data, stored.ends, np.int32(classes), np.int32(classes))
