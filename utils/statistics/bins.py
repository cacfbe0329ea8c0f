"""Cuts a column of numbers into bins with names. numpy only, the same bins on every version."""
from typing import List, NamedTuple

import numpy as np


class Bin(NamedTuple):
    """Some images of a column.

    Attributes:
      label: "2 to 4", "5 and more", "0.31 to 0.44".
      members: bool [N].
    """
    label: str
    members: np.ndarray


def bin_numbers(values: np.ndarray, most: int = 10, fewest: int = 1) -> List[Bin]:
    """Cuts numbers into bins: each value its own where few differ, else about equal counts.

    Args:
      values: [N]; NaN is in no bin.
      most: bins at most; 10 for deciles.
      fewest: images of the highest bin, which takes in those below until it has so many: 0, 1, 2,
        "3 and more".

    Returns:
      `Bin`s in rising order; [] where nothing is known.
    """
    values = np.asarray(values, np.float64)
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return []
    edges = np.unique(known)
    if len(edges) > most:
        edges = np.unique(known[np.arange(most) * len(known) // most])
    while len(edges) > 1 and (known >= edges[-1]).sum() < fewest:
        edges = edges[:-1]
    index = np.searchsorted(edges, values, side="right") - 1
    index[np.isnan(values)] = -1
    whole = bool((known == np.floor(known)).all())
    return [Bin(_label(edges, place, known[_last(known, edges, place)], whole),
                index == place) for place in range(len(edges))]


def _last(known, edges, place):
    """Returns the place of the greatest value of a bin among the sorted values."""
    end = len(known) if place + 1 == len(edges) else np.searchsorted(known, edges[place + 1])
    return int(end) - 1


def _label(edges, place, greatest, whole):
    low = edges[place]
    if greatest == low:
        return _text(low)
    if whole and place + 1 == len(edges):
        return f"{_text(low)} and more"
    return f"{_text(low)} to {_text(greatest)}"


def _text(value):
    return f"{value:.0f}" if value == np.floor(value) and abs(value) < 1e6 else f"{value:.3g}"
