"""Flags of the data, and what they say of the augmentation."""
import collections
import dataclasses
from typing import Any

from utils.errors import UserError
from utils.runs.flags import flag, parse_range, parse_size
from utils.runs.roles import SEG_MENTOR

#: The largest factor of --random_scale: beyond it a window shows a few pixels of an image.
MOST_SCALE = 16


@dataclasses.dataclass(frozen=True)
class DataFlags:
    """Which images, how large, and what happens to them before the net."""

    datapath: str = flag("data", "folder of the records that fcn_data.py wrote", "data",
                         path="from", role="path", since=SEG_MENTOR, marks="usual")
    dataset_family: str = flag("", "the dataset (default: as the records say)", "data",
                               role="data", since=SEG_MENTOR, marks="minor")
    num_classes: int = flag(0, "number of classes (default: as the records say)", "data",
                            at_least=0, role="data", since=SEG_MENTOR, marks="minor")
    pixels: str = flag("512", "size that the net sees: 512 (a letterboxed square) or 360x480 "
                       "(height x width)", "data", role="data", marks="cost headline usual")
    flip: bool = flag(True, "mirror training images at random", "data", role="data")
    random_scale: str = flag("1,1.6", "LO,HI: scale training images by a random factor, then crop "
                             "or pad; \"\" for none", "data", role="data")
    threads: int = flag(0, "threads that decode the input (default: one per core)", "data",
                        at_least=0, at_most=1024, role="path")
    cache_mb: int = flag(512, "keep decoded training images in memory where all of them take no "
                         "more than so many MB; 0 decodes them anew in each epoch", "data",
                         at_least=0, role="path", since="2026-11-21")


def require_one_size(flags: DataFlags) -> None:
    """UserError where --pixels does not say one size for all images."""
    if parse_size(flags.pixels) is None:
        raise UserError("--pixels=0 is for testing: training needs one size for all images, 512 or "
                        "360x480 say")


#: What happens to training images. scale: (low, high) factor on the letterbox's scale, or None;
#: flip: bool; seed: int.
Augmentation = collections.namedtuple("Augmentation", "scale flip seed")


def augmentation(flags: Any) -> Augmentation:
    """The `Augmentation` that the flags ask for.

    Raises:
      UserError: --random_scale cannot be used.
    """
    scale = None
    if flags.random_scale:
        scale = parse_range(flags.random_scale, "random_scale", greatest=MOST_SCALE)
    return Augmentation(scale, flags.flip, flags.seed_augment)
