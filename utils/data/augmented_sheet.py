"""Draws training images before and after augmentation, as the training's own input makes them."""
import dataclasses
from typing import Any, Dict, List, Tuple

import numpy as np

from utils.data.augment import Augmentation
from utils.data.augment.registry import is_sometimes
from utils.data.class_pixels import class_pixels
from utils.data.decoded_cache import DecodedCache
from utils.data.pipeline import timed_next, training_batches
from utils.data.records import record_errors
from utils.data.split import Split, Subset
from utils.drawing.rows import Cell, draw_rows
from utils.machine import usable_cpus
from utils.registry import Choice
from utils.tf_compat import tf

#: Longest side of a picture on the sheet, pixels.
_SIDE = 256


def draw_augmented(split: Split, size: Tuple[int, int], augmentation: Augmentation,
                   images: int = 4, views: int = 4) -> np.ndarray:
    """Draws images of a split, evenly spaced over it, beside views of them, all above their labels.

    The views are those that a training on these images would see in its first epochs, with the seed
    of the augmentation as its seeds. Partners are of these images, too.

    Args:
      split: whole.
      size: (height, width) of the views, pixels.
      augmentation: what happens to the images.
      images: number of images, one a row.
      views: of each image.

    Returns:
      uint8 [height, width, 3].
    """
    chosen = _evenly(split, images)
    if augmentation.needs_partners:
        augmentation = augmentation.among(class_pixels(chosen))
    none = Augmentation((), augmentation.seed)
    rows = _rows(_epochs(chosen, size, none, views), _epochs(chosen, size, augmentation, views))
    heading = "{}: images in a window of {}x{} pixels, and views of them (seed {})".format(
        split.name, *size, augmentation.seed)
    return draw_rows(rows, split.info.class_names, split.info.palette, [heading],
                     operation_words(augmentation.operations), _SIDE)


def operation_words(operations: Tuple[Choice, ...]) -> List[str]:
    """Writes a line for each operation: its name, its values, what it does."""
    if not operations:
        return ["no augmentation: views are the images, fitted into the window"]
    return [f"{choice.name}{_values(choice)}: {_first_words(choice.entry.function)}"
            for choice in operations]


def _values(choice):
    """Returns " (low=0.5, high=2.0)"; a probability of 1 is left out."""
    own = dict(choice.values) if is_sometimes(choice) else choice.own
    words = ", ".join(f"{name}={value}" for name, value in own.items())
    return f" ({words})" if words else ""


def _first_words(function):
    """Returns the first sentence of a function's docstring, without its source."""
    text = " ".join((function.__doc__ or "").split("\n\n")[0].split())
    return text.split(". ")[0].split(" (")[0].rstrip(".")


def _evenly(split, images):
    """Returns the split with some of its images alone. Its classes are as rare as in all images."""
    places = np.unique(np.linspace(0, split.count - 1, min(images, split.count)).astype(int))
    counts = dataclasses.replace(split.counts, count=len(places))
    return dataclasses.replace(split, subset=Subset(tuple(places.tolist()), (), counts))


def _epochs(split: Split, size: Tuple[int, int], augmentation: Augmentation,
            epochs: int) -> List[Dict[str, Any]]:
    """Returns a batch of all images for each epoch."""
    with tf.Graph().as_default() as graph:
        iterator, batch, _ = timed_next(training_batches(
            split, size, split.count, augmentation, augmentation.seed, usable_cpus(),
            cache=DecodedCache()))
        config = tf.ConfigProto(device_count={"GPU": 0})
        with record_errors(split.folder), tf.Session(graph=graph, config=config) as session:
            session.run(iterator.initializer)
            return [session.run(batch) for _ in range(epochs)]


def _rows(plain: List[Dict[str, Any]], augmented: List[Dict[str, Any]]) -> List[List[Cell]]:
    """Returns a row of cells for each image: itself, then its view of each epoch.

    The two have the images in the same order. Records of seg-mentor have no names, so that images
    are told apart by their pixels.
    """
    rows: Dict[bytes, List[Cell]] = {}
    for before, after in zip(plain, augmented):
        for place, name in enumerate(before["name"]):
            image, label = before["image"][place], before["label"][place]
            row = rows.setdefault(image.tobytes(), [])
            if not row:
                row.append(Cell(name.decode("utf-8", "replace") or "image", image, label))
            row.append(Cell(f"view {len(row)}", after["image"][place], after["label"][place]))
    least = min(len(row) for row in rows.values())
    return sorted((row[:least] for row in rows.values()), key=lambda row: row[0].caption)
