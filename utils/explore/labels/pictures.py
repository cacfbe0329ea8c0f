"""Draws suspicious regions: a crop of the picture with the given and the seen mask."""
import dataclasses
import io
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from PIL import Image

from utils.drawing.marks import marked_photo
from utils.explore.exploration import Exploration
from utils.explore.exports.candidates import Candidate
from utils.explore.labels.evidence import REGION
from utils.explore.labels.given import Given, read_given
from utils.explore.labels.judged import judge
from utils.measures.suspicious import COLUMNS, suspicious_regions

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
    return _made_of(exploration, runs, rows, _picture)


def candidates(exploration: Exploration, runs: np.ndarray, rows: np.ndarray,
               scores: np.ndarray) -> List[Candidate]:
    """Makes regions what `fcn_explore.py export --candidates` takes, with their masks.

    Args:
      exploration, runs, rows: as of `region_pictures`.
      scores: [R], the higher the more suspicious.
    """
    names, classes = exploration.names, exploration.class_names

    def make(given, _, region, row):
        of = dict(zip(REGION, row.astype(int).tolist()))
        top, left, bottom, right = (of[side] for side in ("top", "left", "bottom", "right"))
        return Candidate(names[given.index], given.label.shape,
                         (left, top, right - left, bottom - top), classes[of["given"]],
                         classes[of["seen"]], 0.0, region[top:bottom, left:right])
    return [dataclasses.replace(one, score=float(score)) for one, score in zip(
        _made_of(exploration, runs, rows, make), scores)]


def _made_of(exploration: Exploration, runs: np.ndarray, rows: np.ndarray,
             make: Callable[[Given, np.ndarray, np.ndarray, np.ndarray], Any]) -> List[Any]:
    """Returns what `make` makes of each region's labels, seen classes [H, W], pixels (bool [H, W])
    and row; each image is read once."""
    wanted: Dict[int, List[_Wanted]] = {}
    for place, row in enumerate(rows):
        wanted.setdefault(int(row[0]), []).append(_Wanted(row, place))
    made: List[Any] = [None] * len(rows)
    for given in read_given(exploration.datapath, exploration.split, exploration.names):
        if given.index in wanted:
            judging = np.flatnonzero(runs[:, given.index])
            seen = judge([exploration.opinions[run] for run in judging], given.index).mean
            rows, places = suspicious_regions(given.label, seen)
            for one in wanted[given.index]:
                made[one.place] = make(given, seen.argmax(-1), places == _place(one.row, rows),
                                       one.row)
    return made


def _place(row: np.ndarray, rows: np.ndarray) -> int:
    """Finds a row of `REGION` among those that `suspicious_regions` found anew: that of the same
    classes, box and pixels. Stored rows of another version of numpy may be a pixel off."""
    whole = COLUMNS[:COLUMNS.index("pixels") + 1]
    own = row[[REGION.index(name) for name in whole]]
    return int(np.abs(rows[:, :len(whole)] - own).sum(1).argmin())


def _picture(given: Given, seen: np.ndarray, region: np.ndarray, row: np.ndarray) -> bytes:
    of = dict(zip(REGION, row.astype(int).tolist()))
    crop = _crop([of[side] for side in ("top", "left", "bottom", "right")], given.label.shape)
    label, seen = given.label[crop], seen[crop]
    photo = given.image()[crop]
    marked = marked_photo(photo, region[crop].astype(np.uint8), (REGION_COLOUR,), (
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
