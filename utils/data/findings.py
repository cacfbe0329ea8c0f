"""What the doctor finds, and the judgements that hold for files and for records alike."""
import collections

import numpy as np

from utils.data.datasets.base import IGNORE_LABEL

#: severity: "error" where training or its scores would suffer, else "warning". kind: groups equal
#: findings. text: one line, with the file and the remedy.
Finding = collections.namedtuple("Finding", "severity kind text")


def error(kind, text):
    return Finding("error", kind, text)


def warning(kind, text):
    return Finding("warning", kind, text)


class Census(object):
    """What all images of a dataset hold together; judged when every one has been seen.

    Args:
      class_names: of the dataset.
      where: the folder, for messages.
    """

    def __init__(self, class_names, where):
        self._names, self._where = class_names, where
        self._images = collections.OrderedDict()  # split -> images per label value, [256]
        self._counts = collections.Counter()
        self._seen = {}  # digest of an image -> (split, name) where it was first seen

    def add(self, split, name, digest, label):
        """Takes note of one image; yields findings on it."""
        pixels = np.bincount(label.reshape(-1), minlength=256)
        self._images.setdefault(split, np.zeros(256, np.int64))[:] += pixels > 0
        self._counts[split] += 1
        if not pixels[:len(self._names)].any():
            yield warning("unlabelled", "{}: no pixel has a class; leave the image out".format(name))
        first_split, first = self._seen.setdefault(digest, (split, name))
        if first_split != split:
            yield error("leak", "{}: the same image is in {} (as {}) and in {}; remove it from one "
                        "of them".format(name, first_split, first, split))
        elif first != name:
            yield warning("twice", "{}: the same image as {}; remove one".format(name, first))

    def findings(self):
        """What the splits lack."""
        for split in ("training", "validation"):
            if not self._counts[split]:
                yield error("no " + split, "{}: no {} images; add some".format(self._where, split))
        for split, images in self._images.items():
            for finding in self._class_findings(split, images):
                yield finding

    def _class_findings(self, split, images):
        present = np.flatnonzero(images[:len(self._names)])
        severity = "error" if split == "training" else "warning"
        if len(self._names) > 1 and list(present) == [0] and images[IGNORE_LABEL]:
            yield Finding("error", "0/255", "{}: the masks of {} hold only 0 and 255, and 255 means "
                          "ignore; save the object as 1 ({})".format(
                              self._where, split, self._names[1]))
        elif len(present) < min(2, len(self._names)):
            yield error("one class", "{}: the masks of {} hold no more than one class; look for "
                        "wrong masks".format(self._where, split))
        else:
            absent = sorted(set(range(len(self._names))) - set(int(one) for one in present))
            if absent:
                yield Finding(severity, "absent", "{}: {} has no pixel of {}; add images, or take "
                              "the class off the list".format(
                                  self._where, split, _some([self._names[one] for one in absent])))


def _some(names, most=8):
    shown = ", ".join(names[:most])
    return shown + " and {} more".format(len(names) - most) if len(names) > most else shown


def report(findings, most=5):
    """The lines of a report: the first `most` of a kind in full, then how many more (0 for all).

    Returns:
      (lines, errors): text lines, errors first; how many findings are errors.
    """
    kinds = collections.OrderedDict()
    for finding in sorted(findings, key=lambda one: one.severity != "error"):
        kinds.setdefault((finding.severity, finding.kind), []).append(finding)
    lines = []
    for (severity, kind), members in kinds.items():
        shown = members[:most] if most else members
        lines += ["{}: {}".format(severity, finding.text) for finding in shown]
        if len(members) > len(shown):
            lines.append("{}: ... and {} more of this kind ({}); --all shows them".format(
                severity, len(members) - len(shown), kind))
    return lines, sum(finding.severity == "error" for finding in findings)
