"""Names of images and teams as names of files that every system takes."""
import collections
import hashlib
import urllib.parse
from typing import Counter

from utils.errors import UserError, printable

#: Names that Windows keeps to itself.
_RESERVED = {"con", "prn", "aux", "nul"} | {
    port + number for port in ("com", "lpt") for number in "123456789"}
#: Bytes of a file's name without its ending; file systems take 255.
_LONGEST = 180
#: Characters of a team's name.
LONGEST_TEAM = 40


def safe_stem(name: str) -> str:
    """Writes any name as one for a file, without its ending.

    All but letters, digits, "_", "-" and "." become %XX of their UTF-8 bytes, as in web addresses;
    `urllib.parse.unquote` gives the name back. What is longer than 180 characters ends in "~" and
    a hash instead.
    """
    stem = urllib.parse.quote(name.encode("utf-8", "surrogateescape"), safe="").replace("~", "%7E")
    if stem[:1] == "." or stem.split(".")[0].lower() in _RESERVED:
        stem = f"%{ord(stem[0]):02X}" + stem[1:]
    if len(stem) > _LONGEST:
        stem = stem[:_LONGEST - 13] + "~" + hashlib.sha256(stem.encode()).hexdigest()[:12]
    return stem


class FileNames:
    """Gives each image of a split a file name, in their order.

    A name that came before, or that differs from one in its case alone, gets "~2", "~3" behind it:
    some file systems know no case.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = collections.Counter()

    def give(self, name: str) -> str:
        """Returns the file name of the next image, without its ending."""
        stem = safe_stem(name)
        self._seen[stem.lower()] += 1
        count = self._seen[stem.lower()]
        return stem if count == 1 else f"{stem}~{count}"


def require_team(name: str) -> str:
    """Returns a team's name without blanks around it.

    Raises:
      UserError: it is empty, longer than 40 characters, or holds what cannot be printed.
    """
    name = name.strip()
    if not name:
        raise UserError("--team is missing: name the team, or write it into submission.json as "
                        '{"team": "..."}')
    if len(name) > LONGEST_TEAM or not name.isprintable():
        raise UserError(f"--team={printable(name[:60])}: expected a name of at most "
                        f"{LONGEST_TEAM} characters that can be printed")
    return name
