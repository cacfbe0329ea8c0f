"""The text of files that users write."""
import codecs
import re
from typing import List

from utils.errors import UserError

#: Byte order marks and what they announce; UTF-32's begins with UTF-16's.
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"),
          (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))


def read_text(path: str) -> str:
    """Reads a text file that a user wrote: UTF-8, or UTF-16 or UTF-32 with a byte order mark.

    Returns:
      The text without its mark, every line end a newline.

    Raises:
      UserError: another encoding (says which it seems to be), a folder, or no right to read it.
      FileNotFoundError: no such file; the caller knows what it is for.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except (IsADirectoryError, PermissionError) as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); expected a text file"
                        ) from error
    return _decode(data, path).replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: str) -> List[str]:
    """Reads a text file as `read_text`, by lines without their ends."""
    return read_text(path).split("\n")


def _decode(data, path):
    codec = next((codec for mark, codec in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 (byte {error.start} is 0x{data[error.start]:02x}); it "
                        f"seems to be {_guess(data)}; save it as UTF-8") from error
    if "\0" in text:
        raise UserError(f"{path}: no text in UTF-8; it seems to be {_guess(data)}; save it as "
                        "UTF-8")
    return text


def _guess(data):
    """Guesses the encoding of text that is not UTF-8, in words."""
    if data.startswith(tuple(mark for mark, _ in _MARKS)):
        return "damaged"
    if b"\0" in data:
        halves = data[::2].count(b"\0"), data[1::2].count(b"\0")
        return "UTF-16 without a byte order mark" if max(halves) > len(data) // 4 else "no text"
    if all(len(run) % 2 == 0 for run in re.findall(b"[\x80-\xff]+", data)):
        return "GBK, Shift JIS or another East Asian encoding"
    return "Windows-1252, Latin-1 or another 8-bit encoding"
