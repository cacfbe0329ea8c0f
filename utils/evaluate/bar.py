"""The progress bar of a test."""
from typing import Any

from tqdm import tqdm


class Bar:
    """A progress bar that is called with (done, total); silent where there is no terminal.

    Args:
      unit: what is counted, "image".
      title: stands in front; "" for nothing.
    """

    def __init__(self, unit: str, title: str = "") -> None:
        self._bar = tqdm(desc=title or None, unit=unit, dynamic_ncols=True, disable=None,
                         leave=False)

    def __call__(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self._bar.close()
