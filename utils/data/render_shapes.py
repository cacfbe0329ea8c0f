"""Draws the embedded dataset: textured shapes on textured backgrounds, from a seed.

Colours, textures, sizes, angles and places come from the same distributions for every class: only
the outline tells a disk from a star. Labels are the same on all versions of numpy and Pillow, since
outlines are tested in whole numbers, and the streams of `numpy.random.RandomState` are frozen. JPEG
bytes depend on the encoder that Pillow was built with.
"""
import math
import os
import zlib
from typing import Dict, Tuple

import numpy as np
from PIL import Image

from utils.data.labels import IGNORE_LABEL
from utils.errors import UserError
from utils.whole_folder import whole_folder

CLASS_NAMES = ("background", "disk", "rectangle", "triangle", "star", "pole")
PALETTE = ((0, 0, 0), (228, 26, 28), (55, 126, 184), (77, 175, 74), (255, 200, 40), (200, 80, 200))

#: Pictures in each split.
COUNTS = {"training": 800, "validation": 100, "test": 200}
#: Pictures are painted this many times larger and averaged down, which smooths the edges.
_SUBSAMPLES = 2
#: Outlines are rounded to this many steps in a painted pixel.
_STEPS = 16
#: Heights and widths of the pictures, in pixels.
_SIDES = (64, 80, 96)
#: Objects in a picture, and their radius as a share of its shorter side.
_OBJECTS = (2, 4)
_RADII = (.18, .38)
#: Width of a pole, in pixels, and its half length as a share of the shorter side.
_POLE_WIDTH = (4.0, 6.0)
_POLE_HALF_LENGTH = (.3, .6)
#: Objects stand upright up to this angle, as things do that stand on the ground.
_TILT = math.radians(20)
_JPEG_QUALITY = 92


def render(source_dir: str, seed: int, counts: Dict[str, int] = COUNTS) -> None:
    """Draws a dataset in the layout of the family `folder`.

    Writes `images/<split>/<split>_00000.jpg`, `masks/<split>/<split>_00000.png` and `classes.txt`,
    whole or not at all. A picture depends on (seed, split, index) alone: a larger count adds
    pictures and changes none.

    Args:
      source_dir: folder to make; may exist if it is empty.
      seed: whole number from 0 to 2**32 - 1.
      counts: {split: number of pictures}.

    Raises:
      UserError: the folder holds files already, or the seed is out of range.
    """
    if not 0 <= seed < 2 ** 32:
        raise UserError(f"--seed: got {seed}, expected a whole number from 0 to {2 ** 32 - 1}")
    with whole_folder(source_dir, lambda: _require_empty(source_dir)) as unfinished:
        for split, count in counts.items():
            _write_split(unfinished, split, seed, count)
        with open(os.path.join(unfinished, "classes.txt"), "w") as classes:
            classes.writelines(name + "\n" for name in CLASS_NAMES)


def _require_empty(source_dir):
    if os.path.isdir(source_dir) and os.listdir(source_dir):
        raise UserError(f"{source_dir}: the folder is not empty; shapes are drawn into a new one")


def _write_split(folder, split, seed, count):
    images, masks = (os.path.join(folder, kind, split) for kind in ("images", "masks"))
    os.makedirs(images)
    os.makedirs(masks)
    palette = [value for colour in PALETTE for value in colour]
    for index in range(count):
        image, label = render_picture(_generator(seed, split, index))
        name = f"{split}_{index:05d}"
        Image.fromarray(image).save(os.path.join(images, name + ".jpg"), quality=_JPEG_QUALITY)
        mask = Image.fromarray(label)
        mask.putpalette(palette + [0] * (3 * IGNORE_LABEL - len(palette)) + [224, 224, 192])
        mask.save(os.path.join(masks, name + ".png"))


def _generator(seed, split, index):
    return np.random.RandomState([seed, zlib.crc32(split.encode("ascii")) & 0xffffffff, index])


def render_picture(rng: np.random.RandomState) -> Tuple[np.ndarray, np.ndarray]:
    """Draws one picture with its label.

    Args:
      rng: `numpy.random.RandomState`.

    Returns:
      (image, label): uint8 [height, width, 3] RGB; uint8 [height, width] of indices into
      `CLASS_NAMES`, with 255 on both sides of an object's edge.
    """
    height, width = (int(side) * _SUBSAMPLES for side in rng.choice(_SIDES, 2))
    y, x = np.mgrid[:height, :width]
    canvas = _texture(rng, x, y, _dull_colour(rng), _dull_colour(rng))
    owners = np.zeros((height, width), np.uint8)
    classes = np.zeros(1 + _OBJECTS[1], np.uint8)
    for number in range(1, 1 + rng.randint(_OBJECTS[0], _OBJECTS[1] + 1)):
        classes[number] = rng.randint(1, len(CLASS_NAMES))
        y, x = _covered(rng, CLASS_NAMES[classes[number]], height, width)
        canvas[y, x] = _texture(rng, x, y, _vivid_colour(rng), _vivid_colour(rng))
        owners[y, x] = number
    return _photograph(rng, canvas), _label(owners, classes)


def _parts(pixels):
    """Returns the painted pixels as `_SUBSAMPLES`**2 arrays of the picture's size."""
    steps = range(_SUBSAMPLES)
    return [pixels[row::_SUBSAMPLES, column::_SUBSAMPLES] for row in steps for column in steps]


def _photograph(rng, canvas):
    """Returns the canvas averaged down, lit from one side, with a sensor's noise; uint8."""
    image = sum(_parts(canvas)) / _SUBSAMPLES ** 2
    height, width = image.shape[:2]
    slope_y, slope_x = rng.uniform(-.2, .2, 2)
    light = (1 + slope_y * np.linspace(-1, 1, height)[:, None]
             + slope_x * np.linspace(-1, 1, width)[None, :])
    noise = rng.uniform(2, 8) * rng.standard_normal(image.shape)
    return np.clip(np.rint(image * light[..., None] + noise), 0, 255).astype(np.uint8)


def _label(owners, classes):
    """Returns the class of each pixel, `IGNORE_LABEL` on both sides of every edge.

    So no two labelled pixels that touch have different owners.
    """
    edge = np.zeros(owners.shape, bool)
    changes = owners[1:] != owners[:-1]
    edge[1:] |= changes
    edge[:-1] |= changes
    changes = owners[:, 1:] != owners[:, :-1]
    edge[:, 1:] |= changes
    edge[:, :-1] |= changes
    ignored = np.any(_parts(edge), axis=0)
    return np.where(ignored, IGNORE_LABEL, classes[_parts(owners)[0]]).astype(np.uint8)


def _covered(rng, shape, height, width):
    """Returns (y, x): the painted pixels that an object of that shape, placed at random, covers."""
    side = min(height, width)
    centre_x, centre_y = rng.uniform(.08, .92) * width, rng.uniform(.08, .92) * height
    radius, angle = rng.uniform(*_RADII) * side, rng.uniform(-_TILT, _TILT)
    cos, sin = math.cos(angle), math.sin(angle)
    corners = np.rint([((centre_x + cos * u - sin * v) * _STEPS,
                        (centre_y + sin * u + cos * v) * _STEPS)
                       for u, v in _corners(rng, shape, radius, side)]).astype(np.int64)
    left, top = np.maximum(corners.min(axis=0) // _STEPS, 0)
    right, bottom = corners.max(axis=0) // _STEPS + 1
    y, x = np.mgrid[top:max(top, min(bottom, height)), left:max(left, min(right, width))]
    inside = _inside(corners, x * _STEPS, y * _STEPS)
    return y[inside], x[inside]


def _corners(rng, shape, radius, side):
    """Corners [(u, v)] about (0, 0), in painted pixels."""
    if shape == "disk":
        return _ring([radius] * 48)
    if shape == "triangle":
        return _ring([radius * 1.2] * 3)
    if shape == "star":
        return _ring([radius * 1.2, radius * rng.uniform(.45, .55)] * 5)
    if shape == "rectangle":
        u, v = rng.permutation([radius * rng.uniform(.9, 1.2), radius * rng.uniform(.45, .7)])
    else:
        u = _SUBSAMPLES * rng.uniform(*_POLE_WIDTH) / 2
        v = side * rng.uniform(*_POLE_HALF_LENGTH)
    return [(-u, -v), (u, -v), (u, v), (-u, v)]


def _ring(radii):
    """Corners at equal angles about (0, 0), at the given distances, the first on top."""
    angles = [2 * math.pi * corner / len(radii) for corner in range(len(radii))]
    return [(r * math.sin(angle), -r * math.cos(angle)) for r, angle in zip(radii, angles)]


def _inside(corners, x, y):
    """Marks the points in a polygon, by the parity of crossings; computes in whole numbers."""
    inside = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0)):
        crosses = (y0 <= y) != (y1 <= y)
        left = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        inside ^= crosses & ((left > 0) if y1 > y0 else (left < 0))
    return inside


def _dull_colour(rng):
    """Returns a random RGB colour near grey."""
    return rng.uniform(60, 190) + rng.uniform(-15, 15, 3)


def _vivid_colour(rng):
    """Returns a random RGB colour far from grey."""
    while True:
        colour = rng.uniform(0, 255, 3)
        if np.ptp(colour) > 130:
            return colour


def _texture(rng, x, y, first, second):
    """Colours [..., 3] in 0..255 at the points (x, y): two colours, mixed by a pattern."""
    pattern = (_plain, _stripes, _checks, _clouds, _dots)[rng.randint(5)]
    share = pattern(rng, x, y)[..., None] * rng.uniform(.2, .6)
    return first * (1 - share) + second * share


def _plain(rng, x, y):
    return np.full(x.shape, rng.uniform(0, .2))


def _wave(rng, x, y):
    """Returns a triangle wave across the points, at a random angle and period; 0..1."""
    angle, period = rng.uniform(0, 2 * math.pi), _SUBSAMPLES * rng.uniform(5, 16)
    phase = (x * math.cos(angle) + y * math.sin(angle)) / period + rng.uniform()
    return np.abs(2 * (phase - np.floor(phase)) - 1)


def _stripes(rng, x, y):
    return np.clip(4 * _wave(rng, x, y) - 1.5, 0, 1)


def _checks(rng, x, y):
    return ((_wave(rng, x, y) > .5) ^ (_wave(rng, x, y) > .5)).astype(np.float64)


def _dots(rng, x, y):
    return (_wave(rng, x, y) * _wave(rng, x, y) > .4).astype(np.float64)


def _clouds(rng, x, y):
    """Draws smooth noise: random values on a coarse grid, interpolated."""
    cell = _SUBSAMPLES * rng.uniform(5, 20)
    grid = rng.uniform(0, 1, (int(y.max() / cell) + 2, int(x.max() / cell) + 2))
    row, column = np.floor(y / cell).astype(int), np.floor(x / cell).astype(int)
    down, right = y / cell - row, x / cell - column
    upper = grid[row, column] * (1 - right) + grid[row, column + 1] * right
    lower = grid[row + 1, column] * (1 - right) + grid[row + 1, column + 1] * right
    return upper * (1 - down) + lower * down
