#!/usr/bin/env python
"""Processor time of each augmentation for an image and its label.

    python benchmarks/augment_speed.py --image=360x480 --pixels=288x384
    python benchmarks/augment_speed.py --augment=scale:0.75:2,flip,rotate:10,brightness,contrast

Each operation is measured beside the letterbox alone, in turns, on the same images and numbers;
--augment measures those operations together. Prints milliseconds of one processor, the median of
--rounds rounds, and what an operation adds, round by round. No records and no TensorFlow needed.
"""
import argparse
import time

import common
import numpy as np
import PIL
from PIL import Image

from utils.data.augment import AUGMENTATIONS, Augmentation
from utils.runs.flags import parse_size

#: Images of a round.
IMAGES = 30


def pictures(size):
    """A smooth image with some noise, and a label of blocks, as photographs and their labels are.

    Returns:
      (uint8 [H, W, 3], uint8 [H, W]).
    """
    rng = np.random.RandomState(0)
    coarse = Image.fromarray(rng.randint(0, 256, (12, 16, 3)).astype(np.uint8))
    smooth = np.asarray(coarse.resize(size[::-1], Image.BICUBIC)).astype(int)
    image = np.clip(smooth + rng.randint(-8, 9, smooth.shape), 0, 255).astype(np.uint8)
    label = Image.fromarray(rng.randint(0, 11, (12, 16)).astype(np.uint8))
    return image, np.asarray(label.resize(size[::-1], Image.NEAREST))


def milliseconds(augmentation, sources, window, numbers):
    """Processor time of a view, the mean over rows of `numbers`."""
    begin = time.process_time()
    for drawn in numbers:
        augmentation.view(*sources, numbers=drawn, window=window)
    return 1000 * (time.process_time() - begin) / len(numbers)


def measure(text, sources, window, rounds):
    """Prints the line of some operations."""
    sides = Augmentation((), 0), Augmentation.parse(text, 0)
    rng, times = np.random.RandomState(1), []
    for number in range(rounds + 1):
        turn = [milliseconds(side, sources, window, rng.rand(IMAGES, side.draws).astype(np.float32))
                for side in sides]
        if number:  # the first one warms up
            times.append(turn)
    print(f"{text:30s} {common.spread([both[1] for both in times]):24s} "
          f"{common.spread([both[1] - both[0] for both in times])}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default="360x480", help="size of the images")
    parser.add_argument("--pixels", default="288x384", help="size of the views")
    parser.add_argument("--augment", default="", help="operations to measure together")
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    sources, window = pictures(parse_size(args.image, "image")), parse_size(args.pixels)
    print(f"Pillow {PIL.__version__}, NumPy {np.__version__}, {args.image} -> {args.pixels}: ms of "
          "an image and its label; median (least - most)")
    print(f"{'':30s} {'view':24s} more than the letterbox")
    for text in [args.augment] if args.augment else [""] + AUGMENTATIONS.names():
        measure(text, sources, window, args.rounds)


if __name__ == "__main__":
    main()
