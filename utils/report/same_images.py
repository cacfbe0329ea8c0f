"""Tells whether two results can be compared: they need the same images and classes."""
import dataclasses
from typing import Callable, Hashable, List, Optional, Sequence, Tuple

from utils.report.collect import RunRecord


@dataclasses.dataclass(frozen=True)
class TestSet:
    """What a result was tested on. Equal ones can be compared image by image.

    Attributes:
      sha256: of the split's records; "" where the result does not tell.
      names: of the images, in order.
      class_names: in order.
    """
    sha256: str
    names: Tuple[str, ...]
    class_names: Tuple[str, ...]

    #: Not a test, whatever pytest thinks of the name.
    __test__ = False


def difference(one: TestSet, other: TestSet) -> str:
    """Tells what differs between two `TestSet`s."""
    if one.class_names != other.class_names:
        names = (one.class_names, other.class_names)
        only = [sorted(set(a) - set(b)) for a, b in (names, names[::-1])]
        if not any(only):
            return "their classes are in another order; test both on the same records"
        return ("their classes differ ({} and {}; only the first has {}; only the second {}); test "
                "both on the same records".format(len(one.class_names), len(other.class_names),
                                                  *[", ".join(names) or "-" for names in only]))
    return "their test sets differ (split {} with {} images, and {} with {}); test both on the " \
        "same records, with fcn_test.py --datapath".format(
            one.sha256[:8] or "?", len(one.names), other.sha256[:8] or "?", len(other.names))


def companies(members: Sequence[Sequence[RunRecord]],
              signature: Callable[[RunRecord], Optional[TestSet]]) -> List[Hashable]:
    """Finds which configurations can be compared: of each the `TestSet` of a run of it.

    Configurations without a result are in the company of those that were trained on the same data.

    Args:
      members: lists of runs, each of one configuration.
      signature: (run) -> `TestSet`, or None where it has no result that can be read.
    """
    found = [next(filter(None, map(signature, runs)), None) for runs in members]
    data = [str(runs[0].info.get("data_sha256", "")) for runs in members]
    of_data = {sha: own for sha, own in zip(data, found) if own and sha}
    return [own or of_data.get(sha) or "data " + sha for own, sha in zip(found, data)]
