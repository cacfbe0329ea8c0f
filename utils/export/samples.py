"""The images that an export is compared on, and those that calibrate int8."""
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from utils.data import records
from utils.data.image_files import image_files, load_image_file
from utils.data.split import Split
from utils.errors import UserError
from utils.evaluate.results import format_size
from utils.evaluate.segmenter import Segmenter
from utils.export.compare import Sample
from utils.tf_compat import tf


def samples_of_split(segmenter: Segmenter, split: Split, count: int) -> List[Sample]:
    """Reads the first `count` records of a split (0: all), with what the segmenter predicts."""
    chosen = range(count) if count else None
    items = segmenter.predictions(split, batch_size=1, chosen=chosen)
    return [Sample(item.image, item.label, item.prediction) for item in items]


def samples_of_files(segmenter: Segmenter, path: str, count: int) -> List[Sample]:
    """Reads the first `count` image files of a folder (0: all), or one file, and predicts them."""
    found = image_files(path)[:count or None]
    arrays = [load_image_file(name) for name in found]
    return [Sample(image, None, segmenter.predict([image])[0]) for image in arrays]


def of_size(found: Sequence[Any], size: Optional[Tuple[int, int]], purpose: str,
            other: str) -> List[Any]:
    """Chooses those `Sample`s or images that have a size.

    Args:
      found: list of either.
      size: (H, W), or None for any.
      purpose: what they are for, for errors.
      other: the flag that gives others, for errors.

    Raises:
      UserError: there is none.
    """
    shapes = [getattr(one, "image", one).shape[:2] for one in found]
    fitting = [one for one, shape in zip(found, shapes) if size in (None, shape)]
    if not fitting:
        raise UserError(f"--image_size={format_size(size)}: none of the {len(found)} images to "
                        f"{purpose} has this size (the first is {format_size(shapes[0])}): give "
                        f"theirs, or other images with {other}")
    return fitting


def calibration_images(split: Split, count: int) -> List[np.ndarray]:
    """Reads images evenly spread over a split: list of uint8 [H, W, 3]."""
    total = split.count
    chosen = set(np.linspace(0, total - 1, min(count, total)).astype(int))
    with tf.Graph().as_default(), tf.Session() as session:
        iterator = tf.data.make_one_shot_iterator(records.read_records(split.files))
        serialized = iterator.get_next()
        example = tf.placeholder(tf.string, [])
        image = records.parse_example(example, split.raw_pixels)["image"]
        encoded = [session.run(serialized) for _ in range(total)]
        return [session.run(image, {example: data}) for index, data in enumerate(encoded)
                if index in chosen]


def calibration_files(path: str, count: int) -> List[np.ndarray]:
    """Reads the first `count` image files of a folder: list of uint8 [H, W, 3]."""
    return [load_image_file(name) for name in image_files(path, "calibration")[:count]]
