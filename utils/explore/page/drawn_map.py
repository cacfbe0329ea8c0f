"""The map as a drawing without scripts, for paper."""
from typing import List, Sequence, Tuple

import numpy as np

from utils.explore.page.columns import MapColumn

#: Viridis (Smith & van der Walt, 2015) without its palest end, dark first: read by every kind of
#: eye. On paper the greatest value is dark; on a dark screen the page turns it round.
RAMP = ("#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70",
        "#7ad151", "#bddf26")
#: Share of the values beyond each end of the ramp.
_TAIL = .02
_SIDE, _MARGIN, _UNKNOWN = 720, 8, "#999999"
#: (most points, radius of a dot).
_DOTS = ((400, 5), (3000, 3), (10 ** 9, 2))


def drawn_map(coordinates: np.ndarray, column: MapColumn) -> str:
    """Draws the points as SVG, with a legend.

    The dots of one colour are one path.

    Args:
      coordinates: float64 [P, 2], in 0..1.
      column: numbers, that colour it; the mean over seeds.
    """
    values = _means(column.values)
    low, high = ends(values)
    places = np.clip((values - low) / max(high - low, 1e-12) * len(RAMP), 0, len(RAMP) - 1)
    codes = np.where(np.isnan(values), -1, np.nan_to_num(places)).astype(int)
    points = np.rint(_MARGIN + coordinates * (_SIDE - 2 * _MARGIN)).astype(int)
    radius = next(size for most, size in _DOTS if len(points) <= most)
    paths = [_path(points[codes == code], colour, radius)
             for code, colour in [(-1, _UNKNOWN)] + list(enumerate(RAMP[::-1]))]
    return (f'<svg viewBox="0 0 {_SIDE} {_SIDE + 40}" style="--share: .7" role="img" '
            f'aria-label="map of {len(points)} images">{"".join(paths)}{_legend(low, high)}</svg>')


def _means(values: np.ndarray) -> np.ndarray:
    """Means over seeds of what is known: float64 [P]."""
    known = ~np.isnan(values)
    count = known.sum(0)
    total = np.where(known, values, 0).sum(0, dtype=np.float64)
    return np.where(count, total / np.maximum(count, 1), np.nan)


def ends(values: np.ndarray) -> Tuple[float, float]:
    """Returns the values at the two ends of the ramp; a few lie beyond."""
    known = values[~np.isnan(values)]
    if not len(known):
        return 0., 1.
    low, high = np.quantile(known, [_TAIL, 1 - _TAIL])
    return float(low), float(high)


def _path(points: np.ndarray, colour: str, radius: int) -> str:
    if not len(points):
        return ""
    half = f"a{radius} {radius} 0 1 0"
    dots = "".join(f"M{x - radius} {y}{half} {2 * radius} 0{half}-{2 * radius} 0"
                   for x, y in points.tolist())
    return f'<path fill="{colour}" d="{dots}"/>'


def _legend(low: float, high: float) -> str:
    """A bar of the ramp under the map, with its ends."""
    width, top = 18, _SIDE + 12
    bar: List[str] = [f'<rect x="{60 + width * place}" y="{top}" width="{width}" height="10" '
                      f'fill="{colour}"/>' for place, colour in enumerate(RAMP[::-1])]
    texts: Sequence[Tuple[float, str, float]] = (
        (54, "end", low), (66 + width * len(RAMP), "start", high))
    return "".join(bar) + "".join(
        f'<text x="{x}" y="{top + 9}" text-anchor="{anchor}" font-size="11" '
        f'fill="var(--ink)">{value:.3g}</text>' for x, anchor, value in texts)
