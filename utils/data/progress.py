"""A progress bar over the examples of a split. Plain Python."""
from typing import Any, Callable, Iterable, Iterator, Optional, TypeVar

Item = TypeVar("Item")
#: (split, total or None) -> an object with update(n) and close(), such as a tqdm bar; or None.
Progress = Optional[Callable[[str, Optional[int]], Any]]


def with_progress(items: Iterable[Item], progress: Progress, split: str,
                  total: Optional[int]) -> Iterator[Item]:
    """Yields the items, and moves a bar on when each of them is done with.

    Args:
      items: one for each example.
      progress: what makes the bar; None for none.
      split: name of the split.
      total: number of examples, where it is known.
    """
    bar = progress(split, total) if progress else None
    try:
        for item in items:
            yield item
            if bar:
                bar.update(1)
    finally:
        if bar:
            bar.close()
