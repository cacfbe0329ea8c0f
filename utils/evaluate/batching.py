"""Batches of images of one size out of a stream of images of mixed sizes. Plain Python."""
import collections
from typing import Callable, Hashable, Iterable, Iterator, List, Tuple, TypeVar

Element = TypeVar("Element")

#: elements: of one key. begun: (elements, bytes) of the stream before the first of them.
_Bucket = collections.namedtuple("_Bucket", "elements begun")


def equal_batches(elements: Iterable[Element], key: Callable[[Element], Hashable], batch_size: int,
                  size_of: Callable[[Element], int], look_ahead: int) -> Iterator[List[Element]]:
    """Sorts a stream into batches whose elements have one key.

    A batch is handed over as soon as it is full, and at the end of the stream. It is also handed
    over when the stream has gone past its first element by more than `look_ahead` and a batch.

    Args:
      elements: an iterable.
      key: element -> what the elements of a batch have in common, hashable.
      batch_size: elements in a full batch.
      size_of: element -> what it counts for, bytes.
      look_ahead: bytes.

    Yields:
      lists of at most `batch_size` elements, each in the order of the stream.
    """
    buckets: collections.OrderedDict[Hashable, _Bucket] = collections.OrderedDict()
    seen = 0, 0
    for element in elements:
        bucket = buckets.setdefault(key(element), _Bucket([], seen))
        bucket.elements.append(element)
        seen = seen[0] + 1, seen[1] + size_of(element)
        if len(bucket.elements) == batch_size:
            yield buckets.pop(key(element)).elements
        while buckets and _is_late(next(iter(buckets.values())), seen, batch_size, look_ahead):
            yield buckets.popitem(last=False)[1].elements
    for bucket in buckets.values():
        yield bucket.elements


def _is_late(bucket, seen, batch_size, look_ahead):
    elements, size = (now - begun for now, begun in zip(seen, bucket.begun))
    return elements >= batch_size and size > look_ahead


def in_order(results: Iterable[Tuple[int, Element]]) -> Iterator[Element]:
    """Puts (place, result) pairs back into the order of their places, which begin at 0.

    Yields:
      the results, each as soon as all before it have come.
    """
    waiting, following = {}, 0
    for place, result in results:
        waiting[place] = result
        while following in waiting:
            yield waiting.pop(following)
            following += 1
