"""The masks of a data set, whose meaning is settled by one look over all of them.

Where the class list gives colours, the colours that a viewer shows decide; where they cannot, the
values are indices. A set that neither reading explains without a contradiction is refused.
"""
import threading
from typing import Callable, Iterable, List

import numpy as np

from utils.data.findings import Finding
from utils.data.image_opening import read_bytes
from utils.data.masks.files import load_mask
from utils.data.masks.reading import COLOUR, COLOURS, MaskClasses, read_colours, read_indices
from utils.data.masks.rule import Rule, settle_colours, settle_indices, value_findings
from utils.data.masks.survey import survey


class MaskSet:
    """Decodes the masks of a data set by one rule, which is settled at the first need of it.

    Args:
      classes: what values and colours stand for.
      list_masks: () -> paths of all masks; those that are missing or unreadable do not count here.
      reading: COLOURS or INDICES where the user says which; "" for whatever fits.
      foreign: what to do about colours that no class has; empty where palettes may show them.
      where: the class list, for messages.
    """

    def __init__(self, classes: MaskClasses, list_masks: Callable[[], Iterable[str]],
                 reading: str = "", foreign: str = "", where: str = "classes.txt") -> None:
        self.classes = classes
        self._list_masks, self._reading = list_masks, reading
        self._foreign, self._where = foreign, where
        self._lock, self._rule = threading.Lock(), None

    def __call__(self, path: str) -> np.ndarray:
        """Returns the labels of a mask: uint8 [H, W]; a `UserError` where its pixels mean
        nothing."""
        mask = load_mask(read_bytes(path), path)
        if self.classes.colours and (mask.form == COLOUR or self.rule().reading == COLOURS):
            return read_colours(mask, path, self.classes, self._foreign)
        return read_indices(mask, path, self.classes)

    def findings(self) -> List[Finding]:
        """Finds what values mean, how many masks are read in which way, and what is doubtful."""
        return value_findings(self.classes) + self.rule().findings

    def rule(self) -> Rule:
        """Returns the rule that holds for all masks of the set."""
        with self._lock:
            if self._rule is None:
                self._rule = self._settle()
            return self._rule

    def _settle(self):
        uses = survey(self._list_masks(), bool(self.classes.colours))
        if not self.classes.colours:
            return settle_indices(uses, self._reading, self._where)
        return settle_colours(uses, self.classes, self._reading, self._foreign, self._where)
