"""A run with thousands of images, of numbers and of pictures that cost as many bytes as real ones.
"""
import dataclasses
import io
import os

import numpy as np
from PIL import Image

from tests.explore import made
from tests.report import synthetic
from utils.drawing.colours import palette_png
from utils.evaluate.observers.features import Features
from utils.evaluate.observers.thumbnails import joined
from utils.evaluate.results import write_arrays
from utils.explore.dataset import image_set_path

#: Different pictures; further images have them again.
_PICTURES = 400
_GROUPS, _WIDTH, _KEPT = 12, 48, 32
CELLS = (6, 8)


def photograph(seed, height=48, width=64):
    """uint8 [H, W, 3]: clouds at several scales, as large in WebP as a thumbnail of a street."""
    random = np.random.RandomState(seed)
    made_of = np.zeros((height, width, 3), np.float32)
    for cells, strength in ((2, 90), (5, 50), (12, 30), (32, 30)):
        small = Image.fromarray(random.randint(0, 256, (cells, cells, 3)).astype(np.uint8))
        made_of += strength / 128 * (np.asarray(small.resize((width, height), Image.BICUBIC),
                                                np.float32) - 128)
    return np.clip(128 + made_of, 0, 255).astype(np.uint8)


def label(seed, height=48, width=64, classes=3):
    """uint8 [H, W]: regions of classes, as large in PNG as a street's label."""
    random = np.random.RandomState(seed)
    small = random.randint(0, classes, (3, 4)).astype(np.uint8)
    rough = np.asarray(Image.fromarray(small * 80).resize((width, height), Image.BICUBIC)) // 80
    return np.minimum(rough + (random.rand(height, width) < .003), classes - 1).astype(np.uint8)


def lossy(array, quality=60):
    """Encodes uint8 [H, W, 3] as WebP."""
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, format="WEBP", quality=quality)
    return buffer.getvalue()


def features(seed, images):
    """`Features` in `_GROUPS` groups, with components of falling size."""
    random = np.random.RandomState(seed)
    size = (1 / (1 + np.arange(_WIDTH))).astype(np.float32)
    centres = random.standard_normal((_GROUPS, _WIDTH))
    group = np.random.RandomState(0).randint(_GROUPS, size=images)
    values = ((centres[group] + .5 * random.standard_normal((images, _WIDTH))) * size).astype(
        np.float32)
    values -= values.mean(0)
    count = CELLS[0] * CELLS[1]
    cells = random.standard_normal((images, count, _KEPT)).astype(np.float32) * size[:_KEPT]
    cells += values[:, np.newaxis, :_KEPT] - cells.mean(1, keepdims=True)
    scale = np.float32(np.abs(cells).max() / 127)
    weight = np.full((images,) + CELLS, 1 / count, np.float32)
    return Features(
        np.zeros((images, 0), np.float16), values.astype(np.float16), np.zeros(_WIDTH, np.float32),
        np.eye(_WIDTH, dtype=np.float32), np.zeros(0, np.int32), np.zeros(0, np.uint8),
        np.zeros(0, np.float32), np.zeros((0, _WIDTH), np.float16),
        np.rint(cells / scale).astype(np.int8).reshape((images,) + CELLS + (_KEPT,)), scale, weight)


def write_many(root, images, seeds=1):
    """Makes the runs and their pictures; returns the runs' paths."""
    photographs = [lossy(photograph(seed)) for seed in range(_PICTURES)]
    labels = [palette_png(label(seed), made.PALETTE) for seed in range(_PICTURES)]
    places = np.random.RandomState(1).randint(_PICTURES, size=images)
    paths = []
    for seed in range(1, seeds + 1):
        matrices = synthetic.draw_matrices(seed, images=images)
        path = synthetic.write_run(
            root, f"many__{seed}", seed, matrices, class_names=made.CLASSES,
            info=dict(palette=[list(one) for one in made.PALETTE]), datapath=str(root / "data"))
        made.write_found(path, "coarse", made.coarse(seed, images))
        made.write_found(path, "features", features(seed, images))
        made.write_found(path, "image_scores", made.image_scores(
            np.random.RandomState(seed).gamma(4, .1, images)))
        made.write_found(path, "thumbnails", joined([labels[place] for place in places]))
        paths.append(path)
    names = made.explore(paths).names
    random = np.random.RandomState(3)
    made.write_images(root, names, {
        "brightness": np.round(random.rand(images), 3), "objects of car": random.poisson(3, images),
        "colour": np.where(random.rand(images) < .9, "colour", "grey")})
    for what, pictures in (("thumbnails.npz", photographs), ("labels.npz", labels)):
        write_arrays(image_set_path(str(root / "data"), "test", what), dataclasses.asdict(
            joined([pictures[place] for place in places])))
    return paths


def size_of(path):
    """Bytes of a page and of the folder beside it."""
    beside = os.path.splitext(str(path))[0] + "_files"
    return os.path.getsize(str(path)) + sum(
        os.path.getsize(os.path.join(where, name)) for where, _, names in os.walk(beside)
        for name in names)
