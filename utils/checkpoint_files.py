"""The files of a checkpoint, looked at without TensorFlow."""
import os

#: The last bytes of an index: two handles (offset and size, varints), padding, a magic number
#: (tensorflow/core/lib/io/format.h).
_FOOTER = 48
_MAGIC = bytes.fromhex("57fb808b247547db")
#: Behind each block: its kind and its checksum.
_TRAILER = 5


def index_problem(path):
    """What is wrong with the end of an index file, in words, or "".

    TensorFlow verifies the checksums of all else, but takes the sizes that stand at the end for
    granted: absurd ones end TF 1.15 with an abort.
    """
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - _FOOTER, 0))
        footer = file.read()
    if len(footer) < _FOOTER or not footer.endswith(_MAGIC):
        return "its end is missing"
    numbers, at = [], 0
    while len(numbers) < 4 and at is not None:
        number, at = _varint(footer, at)
        numbers.append(number)
    blocks = zip(numbers[::2], numbers[1::2])
    if at is None or any(start + length + _TRAILER > size - _FOOTER for start, length in blocks):
        return "its end is damaged"
    return ""


def _varint(data, at):
    """(number, where the next begins, or None where the bytes are no number)."""
    number = 0
    for place, byte in enumerate(data[at:at + 10]):
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return number, at + place + 1
    return number, None
