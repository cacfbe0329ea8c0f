"""Settles what the masks of a data set mean: the colours they show, or the values they store."""
import collections
from typing import List

from utils.data.findings import Finding, error, note, some, warning
from utils.data.labels import IGNORE_LABEL
from utils.data.masks.reading import (
    COLOUR,
    COLOURS,
    GREY,
    INDICES,
    PALETTE,
    MaskClasses,
    pack,
    unpack,
)
from utils.data.masks.survey import MaskUse
from utils.errors import UserError

#: What was settled: COLOURS or INDICES for masks of values, and the findings on it.
Rule = collections.namedtuple("Rule", "reading findings")
_WHITE, _BLACK = pack((255, 255, 255)), 0
_CHOOSE = "--masks=indices takes the values for classes"


def settle_indices(uses: List[MaskUse], reading: str = "", where: str = "classes.txt") -> Rule:
    """Settles the `Rule` of masks whose classes have no colours: their values are indices."""
    if reading == COLOURS:
        raise UserError(f"--masks=colours: {where} gives the classes no colours; write `name r g "
                        "b` for each")
    problem = None if reading else _clashing_palettes(uses) or _clashing_white(uses)
    findings = [error("masks", f"{problem}; give each class its colour in {where}, or save all "
                               f"masks alike ({_CHOOSE})")] if problem else []
    return Rule(INDICES, findings or _notes(uses, INDICES, False))


def _clashing_palettes(uses):
    """Returns a line on an index that two palettes show in two colours, or None."""
    seen = {}
    for use in uses:
        for value, colour in sorted(use.pairs if use.form == PALETTE else ()):
            first, path = seen.setdefault(value, (colour, use.path))
            if first != colour and value != IGNORE_LABEL:
                return (f"{use.path}: its palette shows the index {value} as {unpack(colour)}, "
                        f"that of {path} as {unpack(first)}")
    return None


def _clashing_white(uses):
    """Returns a line on white that stands for an index here and is 255 there, or None."""
    def first(condition):
        return next((use.path for use in uses if any(
            colour == _WHITE and condition(use, value) for value, colour in use.pairs)), None)
    index = first(lambda use, value: value != IGNORE_LABEL and (
        use.form == PALETTE or use.bits == 1))
    ignored = first(lambda use, value: value == IGNORE_LABEL and use.form == GREY)
    if index is None or ignored is None:
        return None
    return f"{index}: its white is an index below 255, that of {ignored} is 255, which means ignore"


def settle_colours(uses: List[MaskUse], classes: MaskClasses, reading: str = "", foreign: str = "",
                   where: str = "classes.txt") -> Rule:
    """Settles the `Rule` of masks whose classes have colours.

    Colours are taken where they explain every mask. Else indices are, where they do and nothing
    contradicts them. Else the reading is taken that explains more; masks that it does not explain
    are then refused one by one.

    Args:
      uses: what the masks hold, with pairs.
      classes: what values and colours stand for.
      reading: COLOURS or INDICES where the user says which; "" for whatever fits.
      foreign: what to do about colours that no class has; empty where palettes may show them.
      where: the class list, for messages.
    """
    evidence = _Evidence(uses, classes, foreign)
    if not reading:
        reading = evidence.reading(classes.ignore or classes.reduce_zero_label)
        findings = evidence.doubts(reading, where)
    else:
        findings = []
    if (classes.ignore or classes.reduce_zero_label) and (reading == COLOURS or evidence.rgb):
        findings.append(error("masks", "--{}: the masks are read by their colours; name the "
                              "colour of ignored pixels in {}, as `ignore r g b`".format(
                                  "ignore" if classes.ignore else "reduce_zero_label", where)))
    refused = any(finding.severity == "error" for finding in findings)
    notes = [] if refused else _notes(uses, reading, True, quiet=bool(foreign))
    return Rule(reading, findings + notes)


def value_findings(classes: MaskClasses) -> List[Finding]:
    """Finds what values mean under the flags that change it, and classes without a value."""
    if not classes.ignore and not classes.reduce_zero_label:
        return []
    names = dict(enumerate(classes.names))
    names[IGNORE_LABEL] = "ignored"
    values = sorted(set(range(IGNORE_LABEL + 1)) | set(classes.ignore))
    meanings = [(value, classes.value_class(value)) for value in values]
    findings = [note("values", "values of the masks: {}".format(some(
        [f"{value} {names[meaning]}" for value, meaning in meanings
         if meaning is not None], 12)))]
    lost = sorted(set(range(len(classes.names))) - {meaning for _, meaning in meanings})
    if lost:
        findings.append(warning(
            "values", f"--ignore leaves no value for {some([names[index] for index in lost])}; "
                      "take 0 out of the class list by --reduce_zero_label, other values by a line "
                      "`value: ignore`"))
    return findings


class _Evidence:
    """Weighs what speaks for either reading of masks whose classes have colours."""

    def __init__(self, uses, classes, foreign):
        self.rgb = [use for use in uses if use.form == COLOUR]
        self._uses = [use for use in uses if use.form != COLOUR]
        self._names = classes.names
        self._foreign = foreign
        known = classes.colour_classes()
        self._pairs = {}  # (form, value, colour) -> (class by colour, class by value, path)
        self._unknown_rgb = [use.path for use in self.rgb if any(
            colour not in known for _, colour in use.pairs)]
        for use in self._uses:
            for value, colour in sorted(use.pairs):
                by_colour = known.get(colour)
                if foreign and use.form == GREY and not self.rgb and colour != _BLACK:
                    by_colour = None  # the family's greys are no choice of the user's
                if by_colour is not None and _is_flagged(classes, value):
                    by_colour = IGNORE_LABEL
                self._pairs.setdefault((use.form, value, colour), (
                    by_colour, classes.value_class(value), use.path))

    def _missing(self, index):
        return [pair for pair, found in self._pairs.items() if found[index] is None]

    def reading(self, prefer_indices=False):
        colours, values = len(self._missing(0)), len(self._missing(1))
        if prefer_indices and not values:
            return INDICES
        only_colours = any(by_colour is not None and by_value is None
                           for by_colour, by_value, _ in self._pairs.values())
        fit = not values or values <= colours and not only_colours
        return INDICES if colours and fit and not self._contradiction() else COLOURS

    def doubts(self, reading, where):
        """Findings: an error where neither reading holds, a warning where both do."""
        if self._foreign and self._unknown_rgb:
            return [error("masks", f"{self._unknown_rgb[0]}: its colours are not those of the "
                                   f"classes; {self._foreign}")]
        problem = self._foreign_palette()
        if problem:
            return [error("masks", f"{problem}; {self._foreign} ({_CHOOSE})")]
        problem = None if self._missing(1) else self._contradiction()
        if problem and self._missing(0):
            _, _, colour = self._missing(0)[0]
            return [error("masks", f"{problem}; nor do colours explain all masks: {_shown(colour)} "
                                   f"is not in {where}; list it, or save all masks alike "
                                   f"({_CHOOSE})")]
        if problem and reading == INDICES:
            return [error("masks", f"{problem}; so the masks are read by their colours, which no "
                                   f"value names; write `ignore r g b` into {where} ({_CHOOSE})")]
        other = self._other_class(PALETTE)
        if reading == COLOURS and other and not (
                self._missing(1) or _clashing_palettes(self._uses) or self.rgb):
            return [warning("masks", f"{other}; colours are taken ({_CHOOSE})")]
        return []

    def _contradiction(self):
        """Returns a line on what speaks against indices, or None."""
        mixed = bool(self.rgb) or any(use.form == PALETTE for use in self._uses)
        return (self._foreign_palette() or self._other_class(PALETTE)
                or _clashing_palettes(self._uses)
                or self._other_class(GREY, every=mixed) or self._grey_beside_colours())

    def _foreign_palette(self):
        """Returns a line on a colour that no class of a family with given colours has, or None."""
        if not self._foreign:
            return None
        for (form, value, colour), (by_colour, _, path) in self._pairs.items():
            if form == PALETTE and by_colour is None:
                return (f"{path}: its palette shows the index {value} as {_shown(colour)}, the "
                        "colour of no class")
        return None

    def _other_class(self, form, every=True):
        """Returns a line on a value whose colour is that of another class, or None.

        Only ignored values are looked at, unless `every`.
        """
        for (found, value, _), (by_colour, by_value, path) in self._pairs.items():
            counts = found == form and (every or by_value == IGNORE_LABEL)
            if counts and None not in (by_colour, by_value) and by_colour != by_value:
                return (f"{path}: the value {value} is {self._name(by_value)} as an index, and has "
                        f"the colour of {self._name(by_colour)}")
        return None

    def _grey_beside_colours(self):
        """Returns a line on grey masks beside coloured ones, if nothing shows that they hold
        indices."""
        if not self.rgb:
            return None
        strange = [pair for pair in self._missing(0) if pair[0] == GREY]
        indices = any(0 < value < IGNORE_LABEL for use in self._uses if not use.rgb
                      for value, _ in use.pairs)
        strange = strange if not indices else [
            pair for pair in strange
            if any(use.rgb and pair[1:] in use.pairs for use in self._uses)]
        if not strange:
            return None
        return f"{self._pairs[strange[0]][2]}: the mask is grey, others of this set are in colours"

    def _name(self, index):
        return "ignored" if index == IGNORE_LABEL else repr(self._names[index])


def _is_flagged(classes, value):
    """Tells whether a flag says that a value is ignored, whatever its colour."""
    return value in classes.ignore or classes.reduce_zero_label and value == 0


def _shown(colour):
    return "({}, {}, {})".format(*unpack(colour)) if colour >= 0 else "a grey of 16 bits"


def _notes(uses, reading, coloured, quiet=False):
    """Returns a note on how many masks are read in which way; none where no other way was open."""
    counts = collections.Counter(_way(use, reading) for use in uses
                                 if coloured or use.form != COLOUR)
    if not counts or (quiet or not coloured) and set(counts) == {_PLAIN}:
        return []
    return [note("masks", "; ".join("{} mask{}: {}".format(
        counts[way], "" if counts[way] == 1 else "s", way) for way in sorted(counts)))]


_PLAIN = "indices"


def _way(use, reading):
    if use.form == COLOUR:
        return "RGB colours"
    if use.rgb and reading == INDICES:
        return "indices, as RGB of equal channels"
    if reading == COLOURS:
        return "colours of the palette" if use.form == PALETTE else "greys as colours"
    if use.form == PALETTE:
        return "indices of the palette"
    return _PLAIN if use.bits >= 8 else "indices of 1, 2 or 4 bits"
