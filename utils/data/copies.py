"""Findings on copies of pictures: within a split, in two splits, and with two labels."""
from typing import Dict, Iterator, List, Optional, Tuple

from utils.data.findings import Finding, error, note, warning
from utils.measures.near_copies import (
    NEARLY,
    PART,
    PICTURE,
    PIXELS,
    CopyPair,
    find_copies,
    label_difference,
)
from utils.measures.picture_hashes import Sketch

#: What may be asked for: comparison up to `MOST` pictures, always, or never.
CHOICES = ("auto", "yes", "no")
#: Pictures above which they are compared on demand: the time grows with the square.
MOST = 20000
#: Share of points from which labels of the same picture in two files differ: edges move a little.
_LEAST_DIFFERENCE = .1
_WORDS = {PIXELS: "the same pixels as", PICTURE: "the same picture as",
          NEARLY: "nearly the same picture as"}


class Copies:
    """Gathers sketches of all pictures of a data set, and tells which are copies.

    Args:
      num_classes: C; values of labels from C on are no class.
      mode: one of `CHOICES`.
    """

    def __init__(self, num_classes: int, mode: str = "auto") -> None:
        self.wanted = mode != "no"
        self._num_classes, self._mode, self._count = num_classes, mode, 0
        self._sketches: List[Sketch] = []
        #: (split, place, name, digest) of each.
        self._about: List[Tuple[str, str, str, str]] = []

    def add(self, split: str, place: str, name: str, digest: str, made: Optional[Sketch]) -> None:
        """Takes note of a picture.

        Args:
          split, name: of the picture.
          place: where it stands, for messages.
          digest: of its bytes, as `findings.Duplicates` compares it.
          made: its sketch; None where none is wanted.
        """
        self._count += 1
        if self._mode == "auto" and self._count > MOST:
            self.wanted = False
            self._sketches.clear()
        if self.wanted and made is not None:
            self._sketches.append(made)
            self._about.append((split, place, name, digest))

    def findings(self) -> List[Finding]:
        """Compares all pictures.

        Returns:
          an error for each with the pixels of one in another split, a warning for each other copy
          of one there, and for each copy with another label; notes on copies in one split.
        """
        if not self.wanted:
            return [note("copies", f"{self._count} images were not compared for copies: above "
                                   f"{MOST} it takes long, and --copies=yes does it")
                    ] if self._mode == "auto" else []
        splits = list(dict.fromkeys(about[0] for about in self._about))
        pairs = find_copies(self._sketches, [splits.index(about[0]) for about in self._about])
        return list(self._two_labels(pairs)) + list(self._copies(pairs))

    def _two_labels(self, pairs: List[CopyPair]) -> Iterator[Finding]:
        """Yields a finding for each picture with another label than an earlier one."""
        told = set()
        for pair in sorted(pairs, key=lambda one: one.order):
            first, second = pair.images
            share = label_difference(pair, self._sketches, self._num_classes)
            if second not in told and self._differ(pair, share):
                told.add(second)
                yield warning("two labels", f"{self._about[second][1]}: {_words(pair, second)} "
                              f"{self._named(first)}, yet {100 * share:.0f} % of its label "
                              "differs; correct one")

    def _differ(self, pair: CopyPair, share: float) -> bool:
        if pair.kind == PIXELS:
            return len({self._sketches[one].label_hash for one in pair.images}) > 1
        return pair.kind == PICTURE and share >= _LEAST_DIFFERENCE

    def _copies(self, pairs: List[CopyPair]) -> Iterator[Finding]:
        """Yields a finding for each picture and split, on its nearest copy there."""
        nearest: Dict[Tuple[int, str], CopyPair] = {}
        for pair in sorted(pairs, key=lambda one: one.order):
            first, second = pair.images
            nearest.setdefault((second, self._about[first][0]), pair)
        for (image, split), pair in sorted(nearest.items()):
            other, = (one for one in pair.images if one != image)
            if self._about[image][3] != self._about[other][3]:  # else `Duplicates` tells it
                yield self._finding(image, other, pair, split)

    def _finding(self, image, other, pair, split):
        own, place, *_ = self._about[image]
        text = f"{place}: {_words(pair, image)} {self._named(other)}"
        if own == split:
            return note(f"copies within {own}", f"{text}; one of them may be enough")
        kind = f"copies of {split} in {own}"
        made = error if pair.kind == PIXELS else warning
        return made(kind, f"{text}; keep one of them, or both in one split")

    def _named(self, image):
        split, _, name, _ = self._about[image]
        return f"{name} ({split})"


def _words(pair: CopyPair, image: int) -> str:
    """Says what a picture is to its partner."""
    if pair.kind != PART:
        found = _WORDS[pair.kind]
    else:
        found = "a part of" if pair.first == image else "holds as a part"
    return "mirrored, " * pair.mirrored + found
