"""Candidates for wrong labels as the exports take them: regions of images, in one file.

    image, given, seen   [K] of text: the image's name, the class of its label, that of the nets
    size                 int [K, 2], height and width of the image
    box                  int [K, 4], left, top, width, height
    score                float [K], the higher the more suspicious
    bits, ends           uint8 [bytes]: each mask within its box, row by row, 8 pixels in a byte,
                         behind each other; int [K], where each ends
"""
import dataclasses
import io
from typing import List, Sequence, Tuple

import numpy as np

from utils.errors import UserError
from utils.files import write_bytes
from utils.stored import read_arrays

_ARRAYS = ("image", "given", "seen", "size", "box", "score", "bits", "ends")


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A region whose label may be wrong.

    Attributes:
      image: name of the image.
      size: (height, width) of the image.
      box: left, top, width, height of the region.
      given, seen: the class of the label, and that which the nets see.
      score: the higher the more suspicious.
      mask: bool [height, width] of the box.
    """
    image: str
    size: Tuple[int, int]
    box: Tuple[int, int, int, int]
    given: str
    seen: str
    score: float
    mask: np.ndarray

    @property
    def whole_mask(self) -> np.ndarray:
        """The mask in the image: bool [H, W]."""
        left, top, width, height = self.box
        made = np.zeros(self.size, bool)
        made[top:top + height, left:left + width] = self.mask
        return made


def write_candidates(path: str, candidates: Sequence[Candidate]) -> None:
    """Writes candidates to a file, whole or not at all."""
    write_bytes(path, packed_candidates(candidates))


def packed_candidates(candidates: Sequence[Candidate]) -> bytes:
    """Returns what a file of candidates holds."""
    packed = [np.packbits(one.mask) for one in candidates]
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, **{name: np.array([getattr(one, name) for one in candidates])
                   for name in ("image", "given", "seen", "score")},
        size=np.array([one.size for one in candidates], np.int32).reshape(-1, 2),
        box=np.array([one.box for one in candidates], np.int32).reshape(-1, 4),
        bits=np.concatenate(packed or [np.zeros(0, np.uint8)]),
        ends=np.cumsum([len(one) for one in packed], dtype=np.int64))
    return buffer.getvalue()


def read_candidates(path: str) -> List[Candidate]:
    """Reads candidates from a file.

    Raises:
      UserError: no such file, a damaged one, or none is named.
    """
    if not path:
        raise UserError("--candidates is missing: expected labels_candidates.npz, which "
                        "fcn_explore.py labels --outdir writes")
    try:
        stored = read_arrays(path, _ARRAYS)
        return [_candidate(stored, index) for index in range(len(stored["image"]))]
    except FileNotFoundError:
        raise UserError(f"--candidates={path}: no such file") from None
    except (ValueError, IndexError) as error:
        raise UserError(f"--candidates={path}: damaged, or no candidates ({error})") from None


def _candidate(stored, index):
    left, top, width, height = map(int, stored["box"][index])
    rows, columns = map(int, stored["size"][index])
    if min(left, top) < 0 or left + width > columns or top + height > rows:
        raise ValueError(f"box {index} is not within its image")
    bits = stored["bits"][stored["ends"][index - 1] if index else 0:stored["ends"][index]]
    mask = np.unpackbits(bits)[:width * height].reshape(height, width).astype(bool)
    return Candidate(str(stored["image"][index]), (rows, columns), (left, top, width, height),
                     str(stored["given"][index]), str(stored["seen"][index]),
                     float(stored["score"][index]), mask)


def runs_of(bits: np.ndarray) -> List[int]:
    """Counts the pixels of each run of a mask, [pixels] of bool; the first run is of zeros."""
    bits = np.asarray(bits, bool)
    borders = np.flatnonzero(np.diff(np.concatenate([[False], bits]).astype(np.int8))) \
        if len(bits) else np.zeros(0, np.int64)
    return [int(one) for one in np.diff(np.concatenate([[0], borders, [len(bits)]]))]


def images_of(candidates: Sequence[Candidate]) -> List[Tuple[str, Tuple[int, int]]]:
    """Lists the images of candidates, (name, size), in the order of their first candidates."""
    return list(dict.fromkeys((one.image, one.size) for one in candidates))
