"""What takes long to compute: stored beside the first run, and read while it rests on the same.

    <first run>/explore/<result>.<name>.npz      the arrays, and the SHA-256 of what went in
"""
import contextlib
import hashlib
import os
from typing import TYPE_CHECKING, Callable, Dict, Iterable, Sequence

import numpy as np

from utils.evaluate.results import write_arrays
from utils.stored import read_arrays

if TYPE_CHECKING:
    from utils.explore.exploration import Exploration

FOLDER = "explore"
#: Key of the hash among the stored arrays.
_SOURCE = "source_sha256"


def digest(arrays: Iterable[np.ndarray], *words: object) -> str:
    """Computes the SHA-256 of arrays, with their types and shapes, and of words."""
    found = hashlib.sha256(repr(words).encode("utf-8"))
    for array in arrays:
        found.update(repr((array.dtype.str, array.shape)).encode("utf-8"))
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def kept(exploration: "Exploration", name: str, source: str, keys: Sequence[str],
         make: Callable[[], Dict[str, np.ndarray]]) -> Dict[str, np.ndarray]:
    """Reads arrays that an earlier call stored; makes and stores them where it did not.

    Args:
      name: of the file.
      source: `digest` of all that goes into them, the version of the method included.
      keys: names of the arrays.
      make: () -> {key: array}; none needs pickle.

    Returns:
      {key: array}. Nothing is stored where the run's folder may not be written to.
    """
    path = kept_path(exploration, name)
    with contextlib.suppress(FileNotFoundError, ValueError):
        stored = read_arrays(path, [_SOURCE, *keys])
        if str(stored.pop(_SOURCE)) == source:
            return stored
    made = {key: np.asarray(value) for key, value in make().items()}
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_arrays(path, dict(made, **{_SOURCE: np.array(source)}))
    return made


def kept_path(exploration: "Exploration", name: str) -> str:
    """Names the file that `kept` stores."""
    return os.path.join(exploration.records[0].folder.path, FOLDER,
                        f"{exploration.stem}.{name}.npz")
