"""Findings on data, and the judgements that hold for files and for records alike."""
import collections
import os
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from utils.data.images import FLAT, FLOATS_TO_1, FLOATS_TO_255
from utils.errors import printable

#: severity: "error" where training or its scores would suffer, "warning" where they may, "note" for
#: what was decided on the user's behalf. kind: groups equal findings.
#: text: one line, with the file and the remedy.
Finding = collections.namedtuple("Finding", "severity kind text")
_SEVERITIES = ("error", "warning", "note")
#: Kinds of findings on a dataset from which nothing can be learnt.
SINGLE_CLASS = ("0/255", "one class")
#: What mends mask files of 0 and 255.
SAVE_AS_1 = "an object that is saved as 255 is ignored: save it as 1"


def error(kind: str, text: str) -> Finding:
    """Returns a finding from which training or its scores would suffer."""
    return Finding("error", kind, text)


def warning(kind: str, text: str) -> Finding:
    """Returns a finding from which training or its scores may suffer."""
    return Finding("warning", kind, text)


def note(kind: str, text: str) -> Finding:
    """Returns a finding on what was decided on the user's behalf."""
    return Finding("note", kind, text)


def unpaired(paths: Iterable[str], remedy: str = "add its partner or remove it") -> List[Finding]:
    """Returns a warning for each path of an image or a mask that belongs to no pair."""
    return [warning("unpaired", f"{path}: belongs to no pair and is left out; {remedy}")
            for path in paths]


def listing_findings(where: str, listed: Dict[str, Tuple[Any, ...]]) -> List[Finding]:
    """Finds names that stand twice in a split, and images that stand in two splits.

    Args:
      where: the source folder, for messages.
      listed: {split: pairs}.

    Returns:
      errors where an image of training is tested on, or a name is not unique; else warnings.
    """
    findings, first = _label_findings(where, listed), {}
    for split, pairs in listed.items():
        names = collections.Counter(pair.name for pair in pairs)
        findings += [error("listed twice", f"{where}: {name!r} stands twice in the split {split}; "
                                           "list it once"
                           ) for name, n in names.items() if n > 1]
        shared = collections.OrderedDict()
        for pair in pairs:
            other = first.setdefault(os.path.normpath(pair.image), split)
            if other != split:
                shared.setdefault(other, []).append(pair.name)
        for other, members in shared.items():
            severity = "error" if "training" in (split, other) else "warning"
            findings.append(Finding(
                severity, "in two splits", f"{where}: {other} and {split} both list "
                f"{some(members, 3)} ({len(members)} in all); take them off one list"))
    return findings


def _label_findings(where, listed):
    """Errors for labels that two images name; warnings where one has another image's name."""
    pairs = [pair for own in listed.values() for pair in own if isinstance(pair.label, str)]
    names = {_stem(pair.image) for pair in pairs}
    crossed = [f"{pair.image} with {pair.label}" for pair in pairs
               if _stem(pair.label) in names and _stem(pair.label) != _stem(pair.image)]
    images = collections.defaultdict(set)
    for pair in pairs:
        images[os.path.normpath(pair.label)].add(os.path.normpath(pair.image))
    shared = [(label, sorted(own)) for label, own in images.items() if len(own) > 1]
    return [error("shared label", f"{label}: the label of {some(own, 3)} ({len(own)} images); give "
                                  "each image its own") for label, own in shared] + (
        [warning("crossed", f"{where}: {some(crossed, 3)} ({len(crossed)} in all): the label has "
                            "the name of another image; look whether lines are mixed up")]
        if crossed else [])


def _stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def missing_files(dataset: Any, listed: Dict[str, Tuple[Any, ...]]) -> Optional[Finding]:
    """Returns an error for all images and labels that are not there, counted; or None.

    Args:
      dataset: the `SegDataset`.
      listed: {split: pairs}.
    """
    paths = [path for pairs in listed.values() for pair in pairs
             for path in [pair.image] + ([pair.label] if dataset.label_files else [])]
    missing = [path for path in paths if not os.path.isfile(path)]
    if not missing:
        return None
    more = (f" ({len(missing)} of {len(paths)} files are missing; fcn_data.py check names "
            "them)") if len(missing) > 1 else ("")
    return error("missing", f"{missing[0]}: no such file; restore it or take it off the list{more}")


def image_findings(remarks: Sequence[Tuple[str, str]], images: int = 0) -> List[Finding]:
    """Findings on what the pixels of images became.

    Args:
      remarks: list of (path, text of `utils.data.images`).
      images: how many images there are, where most of them being flat is an error.

    Returns:
      a finding for each image in which nothing can be seen. A warning where floats were read in two
      ways. A note for each other text.
    """
    paths = collections.OrderedDict()
    for path, text in remarks:
        paths.setdefault(text, []).append(path)
    flat = paths.pop(FLAT, [])
    severity = "error" if len(flat) * 2 > images > 0 else "warning"
    findings = [Finding(severity, "flat", f"{path}: {FLAT}, so that nothing can be seen; scale its "
                                          "values, or leave it out") for path in flat]
    if FLOATS_TO_1 in paths and FLOATS_TO_255 in paths:
        findings.append(warning("floats", f"{paths[FLOATS_TO_1][0]}: read as floats of 0 to 1, "
                                          f"{paths[FLOATS_TO_255][0]} as floats of 0 to 255; bring "
                                          "all images to one range"))
    return findings + [note("images", f"{len(found)} images (first {found[0]}): "
                                      f"{text}") for text, found in paths.items()]


def class_findings(where: str, info: Any, remedy: str = SAVE_AS_1) -> List[Finding]:
    """Finds what the splits of a dataset lack.

    Args:
      where: its folder, for messages.
      info: its `DatasetInfo`.
      remedy: what to do where all that is no background is ignored.
    """
    findings = [error("no " + split, f"{where}: no {split} images; add some")
                for split in ("training", "validation") if split not in info.splits]
    for split in info.splits.values():
        findings += split_findings(where, info.class_names, split, remedy)
    return findings


def split_findings(where: str, class_names: Sequence[str], split: Any,
                   remedy: str = SAVE_AS_1) -> Iterator[Finding]:
    """Yields the findings of `class_findings` on one split."""
    if not split.count:
        return  # nothing could be read, which has findings of its own
    absent = [name for name, images in zip(class_names, split.images_per_class) if not images]
    present = len(class_names) - len(absent)
    if len(class_names) == 1:
        yield error("one class", f"{where}: one class ({class_names[0]}) is nothing to learn; list "
                                 "two, the background and the object")
    elif present < 2:
        if split.images_per_class[0] and split.ignored_pixels:
            yield error("0/255", f"{where}: the masks of {split.name} hold only {class_names[0]} "
                                 f"and ignored pixels; {remedy}")
        else:
            yield error("one class", f"{where}: the masks of {split.name} hold no more than one "
                                     "class; look for wrong masks")
    elif absent:
        severity = "error" if split.name == "training" else "warning"
        yield Finding(severity, "absent", f"{where}: {split.name} has no pixel of {some(absent)}; "
                                          "add images, or take the class off the list")


def some(names: Sequence[str], most: int = 8) -> str:
    """Returns the first `most` of some names, and how many more there are, for messages."""
    shown = ", ".join(names[:most])
    return shown + f" and {len(names) - most} more" if len(names) > most else shown


class Duplicates:
    """Finds images that occur twice, by their content."""

    def __init__(self) -> None:
        self._seen = {}

    def add(self, split: str, name: str, digest: str) -> List[Finding]:
        """Takes note of an image; returns a list of findings on it."""
        first_split, first = self._seen.setdefault(digest, (split, name))
        if first_split != split:
            return [error("leak", f"{name}: the same image is in {first_split} (as {first}) and in "
                                  f"{split}; remove it from one of them")]
        if first != name:
            return [warning("twice", f"{name}: the same image as {first}; remove one")]
        return []


def unlabelled(name: str, label: np.ndarray, num_classes: int) -> List[Finding]:
    """Findings on a label without a single pixel of a class."""
    if (label < num_classes).any():
        return []
    return [warning("unlabelled", f"{name}: no pixel has a class; leave the image out")]


def report(findings: Iterable[Finding], most: int = 5) -> List[str]:
    """Returns the lines of a report: the first `most` of a kind in full, then how many more (0 for
    all).

    Returns:
      list of text lines: errors, then warnings, then notes.
    """
    kinds = collections.OrderedDict()
    for finding in sorted(findings, key=lambda one: _SEVERITIES.index(one.severity)):
        kinds.setdefault((finding.severity, finding.kind), []).append(finding)
    lines = []
    for (severity, kind), members in kinds.items():
        shown = members[:most] if most else members
        lines += [f"{severity}: {printable(finding.text)}" for finding in shown]
        if len(members) > len(shown):
            lines.append(f"{severity}: ... and {len(members) - len(shown)} more of this kind "
                         f"({kind}); fcn_data.py check --all shows them")
    return lines


def count(findings: Iterable[Finding], severity: str) -> int:
    """Counts the findings of a severity."""
    return sum(finding.severity == severity for finding in findings)
