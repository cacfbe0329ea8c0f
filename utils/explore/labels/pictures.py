"""Draws suspicious regions: a crop of the picture with the given and the seen mask."""
import io
from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from PIL import Image

from utils.drawing.marks import marked_photo
from utils.explore.exploration import Exploration
from utils.explore.labels.evidence import REGION
from utils.explore.labels.given import Given, read_given
from utils.explore.labels.judged import judge

#: Pixels around a region, as a share of its longer side, and at least; quality of WebP.
_MARGIN, _LEAST_MARGIN, _QUALITY = .5, 24, 75
#: Longest side of a picture, pixels, and how much small crops are enlarged.
_SIDE, _MOST_ZOOM = 480, 3
REGION_COLOUR, GIVEN_COLOUR, SEEN_COLOUR = (230, 97, 1), (255, 255, 255), (255, 230, 60)


class _Wanted(NamedTuple):
    """A region to draw: its row of `REGION`, and its place in the list."""
    row: np.ndarray
    place: int


def region_pictures(exploration: Exploration, runs: np.ndarray, rows: np.ndarray) -> List[bytes]:
    """Draws regions, WebP each.

    A picture shows the photo, and beside it the same with the region in orange, the given class
    outlined white and the seen one yellow.

    Args:
      exploration: of the runs.
      runs: bool [S, N], which runs judge each image.
      rows: [R, columns] of `REGION`.
    """
    wanted: Dict[int, List[_Wanted]] = {}
    for place, row in enumerate(rows):
        wanted.setdefault(int(row[0]), []).append(_Wanted(row, place))
    made: List[bytes] = [b""] * len(rows)
    for given in read_given(exploration.datapath, exploration.split, exploration.names):
        if given.index in wanted:
            judging = np.flatnonzero(runs[:, given.index])
            mean = judge([exploration.opinions[run] for run in judging], given.index).mean
            for one in wanted[given.index]:
                made[one.place] = _picture(given, mean.argmax(-1), one.row)
    return made


def _picture(given: Given, seen: np.ndarray, row: np.ndarray) -> bytes:
    of = dict(zip(REGION, row.astype(int).tolist()))
    crop = _crop([of[side] for side in ("top", "left", "bottom", "right")], given.label.shape)
    label, seen = given.label[crop], seen[crop]
    marks = ((label == of["given"]) & (seen == of["seen"])).astype(np.uint8)
    photo = given.image()[crop]
    marked = marked_photo(photo, marks, (REGION_COLOUR,), (
        (label == of["given"], GIVEN_COLOUR), (seen == of["seen"], SEEN_COLOUR)))
    made = Image.fromarray(np.concatenate([photo, marked], axis=1))
    factor = min(_SIDE / max(made.size), _MOST_ZOOM)
    made = made.resize([max(int(side * factor), 1) for side in made.size])
    buffer = io.BytesIO()
    made.save(buffer, "WEBP", quality=_QUALITY)
    return buffer.getvalue()


def _crop(box: Sequence[int], shape: Tuple[int, int]) -> Tuple[slice, slice]:
    """Returns the rows and columns of a box with a margin, within the image."""
    top, left, bottom, right = box
    margin = int(max(_MARGIN * max(bottom - top, right - left), _LEAST_MARGIN))
    return (slice(max(top - margin, 0), min(bottom + margin, shape[0])),
            slice(max(left - margin, 0), min(right + margin, shape[1])))
