"""The lists of ids in the layout of PASCAL VOC, and what a folder holds beside them."""
import collections
import os
from typing import List, Tuple

from utils.data.datasets.base import Pair, list_lines
from utils.data.findings import Finding, note, some, warning
from utils.data.image_files import IMAGE_ENDINGS, is_image, walk_files

_IMAGES = ("JPEGImages", "img")


def read_ids(path: str, folder: str) -> List[str]:
    """Returns the ids of a list, as often as they stand there.

    A line holds an id, which may hold blanks, or the path of an image; more words may follow.

    Args:
      path: the list.
      folder: the folder above the images, VOC's or SBD's.
    """
    return [_id_of(line, folder) for line in list_lines(path)]


def _id_of(line, folder):
    whole = _plain(line)
    if any(os.path.isfile(os.path.join(folder, part, whole + ".jpg")) for part in _IMAGES):
        return whole
    return _plain(line.split()[0])


def _plain(word):
    """Returns the id of a path or of an image's name."""
    stem, ending = os.path.splitext(os.path.basename(word))
    return stem if ending.lower() in IMAGE_ENDINGS else os.path.basename(word)


def voc_findings(lists: List[Tuple[str, List[str]]], masks: str,
                 test: Tuple[Pair, ...]) -> List[Finding]:
    """Counts ids that stand twice in a list, masks in no list, and a test list without masks.

    Args:
      lists: (path, ids as they stand) of each list that is read.
      masks: the folder of VOC's masks.
      test: pairs of the test list, whether it is read or not.
    """
    findings = []
    for path, ids in lists:
        twice = [name for name, count in collections.Counter(ids).items() if count > 1]
        if twice:
            findings.append(note("listed twice", f"{path}: {len(twice)} ids stand there more than "
                                                 f"once and are taken once: {some(twice, 3)}"))
    lacking = sum(not os.path.isfile(pair.label) for pair in test)
    if lacking:
        findings.append(note("unread split", f"test.txt is not read, since {lacking} of its "
                                             f"{len(test)} images have no mask in {masks}"))
    listed = {name for _, ids in lists for name in ids} | {pair.name for pair in test}
    rest = [file for file in walk_files(masks).files
            if is_image(file) and os.path.splitext(file)[0] not in listed]
    return findings + ([warning("unlisted", f"{masks}: {len(rest)} masks are in no list and left "
                                            f"out: {some(rest, 3)}")] if rest else [])
