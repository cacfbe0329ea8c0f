"""The images that an export is compared on, and those that calibrate int8."""
import numpy as np

from utils.data import records
from utils.data.image_files import image_files, load_image_file
from utils.errors import UserError
from utils.evaluate.results import format_size
from utils.export.compare import Sample
from utils.tf_compat import tf


def samples_of_split(segmenter, split, count):
    """The first `count` records of a split, with what the segmenter predicts: list of `Sample`."""
    chosen = range(count) if count else None
    items = segmenter.predictions(split, batch_size=1, chosen=chosen)
    return [Sample(item.image, item.label, item.prediction) for item in items]


def samples_of_files(segmenter, path, count):
    """The first `count` image files of a folder (0: all), or one file: list of `Sample`."""
    found = image_files(path)[:count or None]
    arrays = [load_image_file(name) for name in found]
    return [Sample(image, None, segmenter.predict([image])[0]) for image in arrays]


def of_size(found, size, purpose, other):
    """Those `Sample`s or images that have a size.

    Args:
      found: list of either.
      size: (H, W), or None for any.
      purpose, other: what they are for, and the flag that gives others, for errors.

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


def calibration_images(split, count):
    """Images evenly spread over a split: list of uint8 [H, W, 3]."""
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


def calibration_files(path, count):
    """The first `count` image files of a folder: list of uint8 [H, W, 3]."""
    return [load_image_file(name) for name in image_files(path, "calibration")[:count]]
