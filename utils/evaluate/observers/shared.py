"""What several observers compute of an image, once."""
from typing import Any, Callable, TypeVar

from utils.measures.regions import Regions, find_regions

T = TypeVar("T")


def once(item: Any, make: Callable[[Any, int], T], num_classes: int) -> T:
    """Computes something of an item, or takes what another observer has computed.

    Args:
      item: as observers get it; what is made stays in its `shared`.
      make: (item, num_classes) -> what is wanted.
    """
    if make not in item.shared:
        item.shared[make] = make(item, num_classes)
    return item.shared[make]


def true_regions(item: Any, num_classes: int) -> Regions:
    """Returns the 8-connected regions of an item's label, whatever its instances are."""
    return find_regions(item.label, num_classes)
