"""What can be wrong with a submission: one line for each kind."""
import collections
from typing import Dict, List, NamedTuple

from utils.errors import printable

#: Details that a line shows.
_SHOWN = 3


class Fault(NamedTuple):
    """A kind of fault. title: what is wrong; remedy: what to do."""
    title: str
    remedy: str


MISSING = Fault("images without a prediction", "predict every image of manifest.json")
UNKNOWN = Fault("files that are no prediction",
                "name each PNG as manifest.json says under 'file', and leave other files out")
NESTED = Fault("files in folders", "hand in the PNGs themselves, not a folder around them; the "
               "runs of several seeds are several zips")
UNSAFE = Fault("paths that lead out of the submission", "use plain file names")
LINK = Fault("links or special files", "hand in the files themselves")
REPEATED = Fault("names that come twice", "hand in one PNG for each image")
CASE = Fault("names that differ in their case alone", "keep the one that manifest.json names")
ENCRYPTED = Fault("encrypted files", "make the zip without a password")
METHOD = Fault("files packed by a method other than deflate", "make a plain zip")
TOO_LARGE = Fault("files larger than their image can be",
                  "save one index of 8 bits for each pixel, and no metadata")
UNREADABLE = Fault("files that cannot be unpacked or read", "make the zip again")
EMPTY = Fault("empty files", "save the predictions again")
NOT_PNG = Fault("files that are no PNG", "save PNGs: other formats change the indices or need "
                "another reader")
TRUNCATED = Fault("PNGs that are cut short or damaged", "save the predictions again")
COLOURS = Fault("PNGs of colours", "save class indices in one channel, grey or with a palette")
DEPTH = Fault("PNGs of another depth than 8 bits", "save indices as 8 bits (a palette may have "
              "fewer)")
SIZE = Fault("predictions of another size than their image", "scale the class indices to the "
             "image's own size, by nearest neighbour")
VALUES = Fault("indices that are no class", "predict a class for every pixel, ignored ones too")
INFO_FILE = Fault("submission.json cannot be used", "correct it, or leave it out")
SEEDS = Fault("runs with the same predictions", "hand in each seed once")
COUNTS = Fault("runs with different numbers of images", "predict all images with every seed")


class Faults:
    """Gathers the faults of a submission."""

    def __init__(self) -> None:
        self._found: Dict[Fault, List[str]] = collections.OrderedDict()

    def add(self, fault: Fault, detail: str) -> None:
        """Adds one; `detail` names the file and says what was got and expected."""
        self._found.setdefault(fault, []).append(detail)

    def __bool__(self) -> bool:
        return bool(self._found)

    def lines(self) -> List[str]:
        """Writes a line for each kind: how many, the first ones, what to do."""
        return [f"{fault.title}: {len(details)} ({_listed(details)}): {fault.remedy}"
                for fault, details in self._found.items()]


def _listed(details):
    return "; ".join(map(printable, details[:_SHOWN])) + "; ..." * (len(details) > _SHOWN)
