"""Draws what a segmenter predicts: images of a split, image files."""
import os
from typing import Any, List, Sequence

from utils.data.image_files import load_images
from utils.data.split import Split
from utils.errors import UserError
from utils.evaluate.artist import Artist
from utils.evaluate.segmenter import Segmenter


def images_to_draw(split: Split, flags: Any) -> range:
    """Returns the range of images first2viz to last2viz; prints where it goes beyond the split.

    Args:
      flags: has first2viz, last2viz and split.

    Raises:
      UserError: there are no such images.
    """
    greatest = split.count - 1
    first = max(flags.first2viz, 0)
    wanted = max(flags.last2viz, first if flags.last2viz < 0 else 0)
    if first > min(wanted, greatest):
        raise UserError(f"--first2viz={first} --last2viz={wanted}: no images to draw; "
                        f"{flags.split} has images 0 to {greatest}")
    if wanted > greatest:
        print(f"--last2viz={wanted}: {flags.split} ends with image {greatest}")
    return range(first, min(wanted, greatest) + 1)


def draw_split(segmenter: Segmenter, split: Split, flags: Any, drawn: Sequence[int],
               artist: Artist) -> None:
    """Draws images of a split, with prediction, truth and errors.

    Args:
      flags: has split and batch_size.
    """
    for item in segmenter.predictions(split, flags.batch_size, drawn):
        artist.draw(f"{flags.split}_{item.index:05d}", item.name, item.image,
                    item.prediction, item.label)


def draw_files(segmenter: Segmenter, files: Sequence[str], artist: Artist,
               batch_size: int) -> int:
    """Draws every file's prediction; names unreadable files, and returns 1 where there are any.

    Args:
      batch_size: windows at once.

    Raises:
      UserError: the only file cannot be read, or a picture would replace one of the files.
    """
    artist.require_others(files)
    left_out: List[str] = []
    for path, image in load_images(list(files), left_out):
        name = os.path.basename(path)
        artist.draw(name, name, image, segmenter.predict([image], batch_size)[0], None)
    for line in left_out:
        print(line)
    if len(files) > 1:
        print("{} of {} images segmented{}".format(
            len(files) - len(left_out), len(files),
            f", {len(left_out)} left out" if left_out else ""))
    return 1 if left_out else 0
