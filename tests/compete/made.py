"""A competition without records: images, labels and submissions drawn here."""
import io
import json
import os
import zipfile

import numpy as np
from PIL import Image

from utils.compete.manifest import CompetitionImage, Manifest, write_manifest
from utils.compete.names import FileNames
from utils.compete.private import LABELS, write_private
from utils.data.images import encode_png

CLASSES = ("road", "car", "tree")
PALETTE = ((128, 64, 128), (0, 0, 142), (107, 142, 35))
SIZE = (12, 16)


def label(index, size=SIZE):
    """uint8 [H, W]: patches of all classes, and a row that is ignored."""
    made = np.random.RandomState(index).randint(0, 3, (size[0] // 4, size[1] // 4))
    made = np.kron(made, np.ones((4, 4))).astype(np.uint8)
    made[0] = 255
    return made


def prediction(index, wrong=.2, seed=0, size=SIZE):
    """uint8 [H, W]: the label with a share of wrong pixels, and classes where it is ignored."""
    random = np.random.RandomState(1000 + 100 * seed + index)
    truth = np.minimum(label(index, size), 2)
    return np.where(random.rand(*size) < wrong, (truth + 1) % 3, truth).astype(np.uint8)


def competition(folder, count=8, public=4, scenes=None, names=None):
    """Writes a competition and its private folder; returns (folder, its manifest)."""
    folder, given, images = str(folder), FileNames(), []
    private = folder + "-private"
    os.makedirs(os.path.join(folder, "images"))
    os.makedirs(os.path.join(private, LABELS))
    for index, name in enumerate(names or [f"image_{index}" for index in range(count)]):
        stem = given.give(name)
        images.append(CompetitionImage(name, stem + ".png", f"images/{stem}.png", *SIZE))
        picture = np.repeat(40 * np.minimum(label(index), 3)[..., np.newaxis], 3, 2)
        write(os.path.join(folder, images[-1].image), encode_png(picture))
        write(os.path.join(private, LABELS, stem + ".png"), encode_png(label(index)))
    manifest = Manifest("drawn", "test", "5p1it", CLASSES, PALETTE, tuple(images))
    write_manifest(folder, manifest)
    chosen = np.arange(len(images)) < public
    write_private(private, manifest, chosen, scenes, 0)
    return folder, manifest


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return str(path)


def predictions(manifest, wrong=.2, seed=0):
    """{file: bytes} of a submission that is in order."""
    return {image.file: encode_png(prediction(index, wrong, seed))
            for index, image in enumerate(manifest.images)}


def write_zip(path, files, **options):
    """Writes {name or ZipInfo: bytes} as a zip; returns the path."""
    items = files.items() if isinstance(files, dict) else files
    with zipfile.ZipFile(str(path), "w", **options) as archive:
        for name, data in items:
            archive.writestr(name, data)
    return str(path)


def write_folder(path, files):
    """Writes {name: bytes} as a folder; returns the path."""
    os.makedirs(str(path))
    for name, data in files.items():
        write(os.path.join(str(path), name), data)
    return str(path)


def encoded(pixels, kind="PNG", mode=None, **options):
    """Bytes of a picture in any format or mode."""
    buffer, picture = io.BytesIO(), Image.fromarray(pixels)
    (picture.convert(mode) if mode else picture).save(buffer, format=kind, **options)
    return buffer.getvalue()


def palette_png(pixels):
    """A palette PNG as Pillow alone makes it: of few classes it packs 2 bits a pixel."""
    picture = Image.fromarray(pixels).convert("P")
    picture.putpalette([9, 9, 9, 200, 0, 0, 0, 200, 0])
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def info(**values):
    """Bytes of submission.json."""
    return json.dumps(values).encode()
