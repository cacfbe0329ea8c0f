"""Masks packed 64 pixels a word: morphology on many masks at once. numpy only.

A plane is uint64 [..., H, W']: bit b of word w of a row is the pixel 64 w + b. Behind the pixels
of a row are spare bits, all 0, so that planes can be moved to the side as one long row of bits.
Unions, intersections and differences are | & and & ~ of planes.
"""
import functools
from typing import List

import numpy as np

_WORD = 64


def pack(masks: np.ndarray, spare: int) -> np.ndarray:
    """Packs masks: bool [..., H, W] -> uint64 [..., H, W'], with so many spare bits or more."""
    octets = np.packbits(masks, axis=-1, bitorder="little")
    words = -(-(masks.shape[-1] + spare) // _WORD)
    padded = np.zeros(masks.shape[:-1] + (8 * words,), np.uint8)
    padded[..., :octets.shape[-1]] = octets
    return padded.view("<u8")


def unpack(planes: np.ndarray, width: int) -> np.ndarray:
    """Unpacks planes: uint64 [..., H, W'] -> bool [..., H, W]."""
    octets = np.unpackbits(planes.view(np.uint8), axis=-1, bitorder="little")
    return octets[..., :width].view(bool)


def count_rows(planes: np.ndarray) -> np.ndarray:
    """Counts the pixels of each row of planes: uint64 [..., H, W'] -> int64 [..., H]."""
    return _ones()[planes.view(np.uint16)].sum(-1, dtype=np.int64)


@functools.lru_cache(maxsize=None)
def _ones():
    """Returns how many bits are set in each uint16: uint8 [65536]."""
    octets = np.arange(1 << 16, dtype=np.uint16).view(np.uint8)
    return np.unpackbits(octets).reshape(-1, 16).sum(1, dtype=np.uint8)


def disc(radius: int) -> List[int]:
    """Lists how far a disc reaches to the side, by the row's distance from its centre.

    The disc is all offsets whose length, rounded, is at most the radius.
    """
    limit = (radius + .5) ** 2
    return [int(np.sqrt(limit - row * row)) for row in range(radius + 1)]


def dilate(planes: np.ndarray, radius: int, within: np.ndarray) -> np.ndarray:
    """Grows masks by a `disc`.

    Args:
      planes: uint64 [..., H, W'] with `radius` spare bits or more.
      radius: of the disc, in pixels.
      within: planes; the grown masks are cut to them, and so to the picture.
    """
    made, grown = np.zeros_like(planes), planes
    reaches, reached = disc(radius), 0
    for row in range(radius, -1, -1):  # the outer rows reach the least
        while reached < reaches[row]:
            step = min(reaches[row] - reached, 2 * reached + 1)  # leaves no gap between the three
            grown = _shifted(grown, step) | _shifted(grown, -step) | grown
            reached += step
        made[..., row:, :] |= grown[..., :max(grown.shape[-2] - row, 0), :]
        made[..., :max(made.shape[-2] - row, 0), :] |= grown[..., row:, :]
    return made & within


def erode_square(planes: np.ndarray, radius: int) -> np.ndarray:
    """Keeps the pixels whose square of side 2 radius + 1 is all in the mask and in the picture.

    Args:
      planes: uint64 [..., H, W'] with 2 radius + 1 spare bits or more.
    """
    made, length, side = planes.copy(), 1, 2 * radius + 1
    while length < side:  # so far of each pixel and the length - 1 before it, in both directions
        step = min(length, side - length)
        made &= _shifted(made, step)
        made[..., step:, :] &= made[..., :-step, :].copy()
        made[..., :step, :] = 0  # the rows before the first are not in the picture
        length += step
    centred = np.zeros_like(made)
    centred[..., :max(made.shape[-2] - radius, 0), :] = _shifted(made, -radius)[..., radius:, :]
    return centred


def _shifted(planes, pixels):
    """Moves planes to the right, or to the left by negative numbers.

    The spare bits have to be enough: what leaves a row comes into the next one.
    """
    words, bits = divmod(abs(pixels), _WORD)
    row, moved = planes.reshape(-1), np.empty(planes.size, planes.dtype)
    whole, rest, kept = np.uint64(bits), np.uint64(_WORD - bits), planes.size - words
    if pixels > 0:
        moved[:words] = 0
        np.left_shift(row[:kept], whole, out=moved[words:])
        if bits:
            moved[words + 1:] |= row[:kept - 1] >> rest
    else:
        moved[kept:] = 0
        np.right_shift(row[words:], whole, out=moved[:kept])
        if bits:
            moved[:kept - 1] |= row[words + 1:] << rest
    return moved.reshape(planes.shape)
