"""Flags of the data, and what they say of the augmentation."""
import dataclasses
from typing import Any, Collection

from utils.errors import UserError
from utils.runs.flags import flag, parse_range, parse_size
from utils.runs.roles import SEG_MENTOR

#: The largest factor of --random_scale: beyond it a window shows a few pixels of an image.
MOST_SCALE = 16
#: {operation of --augment: the flag that it takes the place of, and the value that turns it off}.
_IN_PLACE_OF = {"flip": ("flip", False), "scale": ("random_scale", "")}
_NEW = "2026-11-26"


@dataclasses.dataclass(frozen=True)
class DataFlags:
    """Which images, how large, and what happens to them before the net."""

    datapath: str = flag("data", "folder of the records that fcn_data.py wrote", "data",
                         path="from", role="path", since=SEG_MENTOR, marks="usual")
    subset: str = flag("", "file of names of training images, one a line: train on these alone "
                       "(default: on all)", "data", path="from", role="path", since=_NEW)
    subset_images: str = flag("", "how many images --subset names, and their hash: recorded, and "
                              "refused where it is given and they are others", "data", role="data",
                              since=_NEW, label="subset")
    dataset_family: str = flag("", "the dataset (default: as the records say)", "data",
                               role="data", since=SEG_MENTOR, marks="minor")
    num_classes: int = flag(0, "number of classes (default: as the records say)", "data",
                            at_least=0, role="data", since=SEG_MENTOR, marks="minor")
    pixels: str = flag("512", "size that the net sees: 512 (a letterboxed square) or 360x480 "
                       "(height x width)", "data", role="data", marks="cost headline usual")
    flip: bool = flag(True, "mirror training images at random", "data", role="data")
    random_scale: str = flag("1,1.6", "LO,HI: scale training images by a random factor, then crop "
                             "or pad; \"\" for none", "data", role="data")
    augment: str = flag("", "what else happens to training images at random, several separated by "
                        "commas", "data", role="data", since=_NEW, separator=",")
    sampling: str = flag("shuffle", "how often an epoch shows each image; it has as many elements "
                         "as there are images", "data", role="data", since=_NEW)
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


def settle_augmentation(flags: Any, given: Collection[str]) -> Any:
    """The flags with --flip and --random_scale off where --augment names what they do.

    Args:
      flags: the flags as parsed; --augment in the one spelling of its registry.
      given: names of the flags that were on the command line.

    Raises:
      UserError: both were given, or --random_scale cannot be used.
    """
    named = {part.split(":")[0].strip() for part in flags.augment.split(",")}
    for operation, (name, off) in _IN_PLACE_OF.items():
        if operation in named and name in given:
            raise UserError(f"--augment={flags.augment} names {operation}, and --{name} was given "
                            "too: give one of them")
        if operation in named:
            flags = dataclasses.replace(flags, **{name: off})
    all_operations(flags)
    return flags


def all_operations(flags: Any) -> str:
    """All that happens to training images, written as --augment: "scale:1:1.6,flip".

    Raises:
      UserError: --random_scale cannot be used.
    """
    operations = [flags.augment] if flags.augment else []
    if flags.flip:
        operations.insert(0, "flip")
    if flags.random_scale:
        low, high = parse_range(flags.random_scale, "random_scale", greatest=MOST_SCALE)
        operations.insert(0, f"scale:{low!r}:{high!r}")
    return ",".join(operations)
