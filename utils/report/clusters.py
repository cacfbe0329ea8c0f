"""--cluster: the scene, video or city of an image, taken from its name."""
import re
from typing import Optional, Pattern, Sequence

import numpy as np

from utils.errors import UserError
from utils.statistics.many import FEWEST_UNITS

#: Names that a warning lists.
_MOST_NAMES = 8


def compile_cluster(text: str) -> Optional[Pattern[str]]:
    """Compiles the pattern of --cluster; None for "".

    Raises:
      UserError: it is no pattern with one group.
    """
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise UserError(f"--cluster: {text!r} is no regular expression ({error}): expected one "
                        "group, as '^(.*)_[0-9]+'") from error
    if text and pattern.groups != 1:
        raise UserError(f"--cluster: {text!r} has {pattern.groups} groups, expected one, as "
                        "'^(.*)_[0-9]+'")
    return pattern if text else None


def clusters_of(pattern: Pattern[str], names: Sequence[str]) -> np.ndarray:
    """Finds the cluster of each image: [N] of text.

    Raises:
      UserError: a name does not match.
    """
    found = [pattern.search(name) for name in names]
    missed = [name for name, match in zip(names, found) if match is None or match.group(1) is None]
    if missed:
        raise UserError(f"--cluster={pattern.pattern}: no match in the image name {missed[0]!r}: "
                        "expected a pattern that matches all, as '^(.*)_[0-9]+'")
    return np.array([match.group(1) for match in found if match])


def few_clusters(pattern: Pattern[str], clusters: np.ndarray) -> str:
    """Tells what a user must know where clusters are few; "" where they are not."""
    names = sorted(set(clusters.tolist()))
    if len(names) >= FEWEST_UNITS:
        return ""
    listed = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    if len(names) < 2:
        return (f"--cluster={pattern.pattern}: a single cluster ({listed}): other scenes can not "
                "be told of, so there is no interval over images")
    return ("--cluster={}: only {} clusters ({}): intervals over images have {} degree{} of "
            "freedom and are wide, and max-T over other images, which takes {} clusters, is left "
            "out".format(pattern.pattern, len(names), listed, len(names) - 1,
                         "" if len(names) == 2 else "s", FEWEST_UNITS))
