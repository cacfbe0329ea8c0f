"""Reads what an observer has stored beside a result, into a dataclass of arrays."""
import dataclasses
from typing import Any, Callable, Dict, Sequence, TypeVar

import numpy as np

from utils.errors import UserError
from utils.stored import read_arrays

T = TypeVar("T")


def load_found(path: str, kind: Callable[..., T], require: Callable[[Dict[str, np.ndarray]], None]
               ) -> T:
    """Reads a stored file.

    Args:
      path: "<run>/test/<result>.<observer>.npz".
      kind: a dataclass whose fields are the names of the arrays; those with a default may be
        missing, as older versions did not store them.
      require: raises a ValueError where arrays do not fit each other.

    Raises:
      UserError: no such file, or a damaged one.
    """
    names = {field.name: field.default is dataclasses.MISSING
             for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    try:
        stored = read_arrays(path, [name for name, needed in names.items() if needed],
                             [name for name, needed in names.items() if not needed])
        require(stored)
    except FileNotFoundError:
        raise UserError(f"{path}: not extracted yet") from None
    except ValueError as error:
        raise UserError(f"{path}: not what extract stores ({error}); extract again") from None
    return kind(**stored)


def padded_stack(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Stacks arrays [h, w, ...] of several heights and widths: [N, H, W, ...], 0 beyond."""
    height, width = np.max([array.shape[:2] for array in arrays], axis=0)
    stacked = np.zeros((len(arrays), height, width) + arrays[0].shape[2:], arrays[0].dtype)
    for place, array in zip(stacked, arrays):
        place[:array.shape[0], :array.shape[1]] = array
    return stacked


def require_shapes(stored: Dict[str, np.ndarray], **shapes: Any) -> None:
    """Raises a ValueError where an array is of another shape.

    Args:
      stored: the arrays.
      shapes: {name: shape}; a letter stands for a length, the same for all, None for any length.
        Arrays that are not there are not looked at.
    """
    lengths: Dict[str, int] = {}
    for name in (name for name in shapes if name in stored):
        shape = shapes[name]
        found = stored[name].shape
        fits = len(found) == len(shape) and all(
            side is None or length == (lengths.setdefault(side, length)
                                       if isinstance(side, str) else side)
            for side, length in zip(shape, found))
        if not fits:
            raise ValueError(f"{name} is {found}, expected {shape}")
