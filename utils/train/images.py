"""How often a training sees each image, and what happens to it."""
from typing import Any, List, Optional

import numpy as np

from utils.data.augment import Augmentation
from utils.data.class_pixels import class_pixels
from utils.data.sampling import SAMPLINGS, Sampling, sampling_line
from utils.data.split import Split
from utils.runs.train_flags.data import all_operations
from utils.train.data import training_images


def sampling(flags: Any, split: Split) -> Optional[Sampling]:
    """Makes the sampling that --sampling asks for; None where an epoch has each image once.

    Args:
      flags: settled `TrainFlags`.
      split: the images to train on.
    """
    return SAMPLINGS.choose(flags.sampling).make(lambda: _pixels(flags, split))


def augmentation(flags: Any, split: Split) -> Augmentation:
    """Makes the augmentation of training images that the flags ask for.

    Args:
      flags: settled `TrainFlags`.
      split: the images to train on.

    Raises:
      UserError: the flags cannot be used, or not with these images.
    """
    chosen = Augmentation.parse(all_operations(flags), flags.seed_augment)
    return chosen.among(_pixels(flags, split)) if chosen.needs_partners else chosen


def image_lines(flags: Any, split: Split, chosen: Optional[Sampling],
                augmented: Augmentation) -> List[str]:
    """Says for the log what sampling and partners do.

    Args:
      flags: settled `TrainFlags`.
      split: the images to train on.
      chosen: as `sampling`.
      augmented: as `augmentation`.
    """
    names = split.info.class_names
    lines = [] if chosen is None else [
        sampling_line(SAMPLINGS.choose(flags.sampling), chosen, names)]
    if augmented.partners is not None:
        images = augmented.partners.sampling
        given = ", ".join(names[index] for index in np.flatnonzero(images.having.any(axis=0)))
        lines.append(f"--augment={flags.augment}: what is pasted is of {given}, from "
                     f"{np.count_nonzero(images.weights)} of {len(images.weights)} images")
    return lines


def _pixels(flags, split):
    """The pixels of each class in each image trained on: int64 [N, C]."""
    return class_pixels(split)[:training_images(flags, split)]
