"""The names of a result's files: made here, and read here. Plain Python.

    test/<split>[_<checkpoint>][_<changes>][_first<images>].json    the scores, for people
    ....npz                                                         the matrices
    ....objects.npz                                                 what an observer found
"""
import dataclasses
import os
import re
from typing import List

#: Among the changes: the moving average of the weights was tested ("validation_ema").
AVERAGED = "ema"
_IMAGES = re.compile(r"(?:^|_)first(\d+)$")


@dataclasses.dataclass(frozen=True)
class ResultName:
    """What was tested of a run, as a file name says it.

    Attributes:
      split: "training", "validation" or "test".
      checkpoint: "" for the newest, its iteration for a kept one, or "best".
      changes: what differs from the run's own net and size, with "_" between: "384x384",
        "native_align-half_pixel"; and how the test is refined: "scales-0.75-1_flip"; "" for
        nothing.
      images: how many of the first images; 0 for the whole split.
    """
    split: str
    checkpoint: str = ""
    changes: str = ""
    images: int = 0

    def __str__(self) -> str:
        return "_".join(filter(None, (self.split, self.rest)))

    @property
    def rest(self) -> str:
        """All but the split: what --result of fcn_report.py takes."""
        images = f"first{self.images}" if self.images else ""
        return "_".join(filter(None, (self.checkpoint, self.changes, images)))

    def of(self, split: str = "", checkpoint: str = "") -> "ResultName":
        """Returns the same test of another split or checkpoint; "" leaves it as it is."""
        return dataclasses.replace(self, split=split or self.split,
                                   checkpoint=checkpoint or self.checkpoint)

    def averaged(self) -> "ResultName":
        """Returns the same test of the moving average of the weights."""
        if AVERAGED in self.changes.split("_"):
            return self
        return dataclasses.replace(
            self, changes="_".join(filter(None, (AVERAGED, self.changes))))

    def newest(self) -> "ResultName":
        """Returns the same test of the newest checkpoint."""
        return dataclasses.replace(self, checkpoint="")

    def path(self, folder: str, observer: str = "", ending: str = ".npz") -> str:
        """Returns the path of one of the result's files; with an observer's name, of what it
        found."""
        return os.path.join(folder, str(self) + ("." + observer if observer else "") + ending)


def parse_rest(split: str, rest: str) -> ResultName:
    """Returns the `ResultName` of a split and what follows it: "best_384x384", "3000",
    "first20"."""
    images = _IMAGES.search(rest)
    if images:
        rest = rest[:images.start()]
    first, _, others = rest.partition("_")
    has_checkpoint = first in ("best", "kept") or first.isdigit()
    return ResultName(split, first if has_checkpoint else "", others if has_checkpoint else rest,
                      int(images.group(1)) if images else 0)


def parse_stem(stem: str) -> ResultName:
    """Returns the `ResultName` of a file's name without its ending: "test_best_384x384"."""
    split, _, rest = stem.partition("_")
    return parse_rest(split, rest)


def stored_results(folder: str) -> List[ResultName]:
    """Returns the results whose matrices are in a folder, sorted by name; [] where it is not
    there."""
    names = set(os.listdir(folder)) if os.path.isdir(folder) else set()
    stems = [os.path.splitext(name)[0] for name in sorted(names) if name.endswith(".npz")]
    return [parse_stem(stem) for stem in stems if not _is_an_observers(stem, names)]


def _is_an_observers(stem, names):
    """Tells whether a file's name goes on from that of a result: "test.objects" beside
    "test.npz". What follows the point of a number is no observer: "test_scales-0.75"."""
    result, observer = os.path.splitext(stem)
    return observer[1:].isidentifier() and result + ".npz" in names
