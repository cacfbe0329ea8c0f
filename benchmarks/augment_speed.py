#!/usr/bin/env python
"""Processor time of each augmentation for an image and its label.

    python benchmarks/augment_speed.py --image=360x480 --pixels=288x384
    python benchmarks/augment_speed.py --augment=scale:0.75:2,flip,rotate:10,brightness,contrast
    python benchmarks/augment_speed.py --albumentations

Each operation is measured behind the plain chain, fcn_train.py's default of scale and flip, and
beside it: in turns, in one process, on the same images and numbers. Prints milliseconds of one
processor, and times the plain chain's: median of --rounds rounds, least, greatest. --augment
measures one chain alone. --albumentations adds that library's chains, where it is installed. No
records and no TensorFlow needed.
"""
import argparse
import functools
import time

import common
import numpy as np
import PIL
from PIL import Image

from utils.data.augment import AUGMENTATIONS, Augmentation
from utils.runs.flags import parse_size

#: Images of a round.
IMAGES = 30
PLAIN = "scale:1:1.6,flip"
COLOURS = "brightness,contrast,saturation"
#: Chains that are measured beside single operations.
CHAINS = (f"scale:0.5:2,crop,flip,{COLOURS}", f"scale:0.75:2,crop,flip,{COLOURS}",
          f"scale:0.75:2,crop,flip,{COLOURS},hue,gamma", f"scale:0.75:2,crop,flip,rotate,{COLOURS}")


def pictures(size):
    """A smooth image with some noise, and a label of blocks, as photographs and their labels are.

    Returns:
      (uint8 [H, W, 3], uint8 [H, W]).
    """
    rng = np.random.RandomState(0)
    coarse = Image.fromarray(rng.randint(0, 256, (12, 16, 3)).astype(np.uint8))
    smooth = np.asarray(coarse.resize(size[::-1], Image.BICUBIC)).astype(int)
    image = np.clip(smooth + rng.randint(-8, 9, smooth.shape), 0, 255).astype(np.uint8)
    label = Image.fromarray(rng.choice(11, (6, 8), p=[.7] + [.03] * 10).astype(np.uint8))
    return image, np.asarray(label.resize(size[::-1], Image.NEAREST))


def own(text, window):
    """A chain of this project: (image, label, numbers) -> view. A partner is the image itself, by
    numbers of its own; the image's blocks but those of the first class are rare."""
    chain = Augmentation.parse(text, 0)
    if chain.needs_partners:
        chain = chain.among(np.array([[100000] + [0] * 10, [700] + [30] * 10]))

    def view(image, label, numbers):
        drawn, its = numbers[:chain.draws], numbers[-chain.draws:]
        takes = chain.needs_partners and chain.takes_partner(drawn)
        return chain.view(image, label, drawn, window, (image, label, its) if takes else ())
    return view


def operations():
    """(line, chain) of what is measured."""
    return [("letterbox alone", "")] + [
        (name, f"{PLAIN},{name}:probability=1") for name in AUGMENTATIONS.names()
        if name not in ("scale", "flip")] + [(text, text) for text in CHAINS]


def milliseconds(view, sources, numbers):
    """Processor time of a view, the mean over rows of `numbers`."""
    begin = time.process_time()
    for drawn in numbers:
        view(*sources, drawn)
    return 1000 * (time.process_time() - begin) / len(numbers)


def measure(name, view, plain, sources, rounds):
    """Prints the line of a chain beside the plain one."""
    rng, times = np.random.RandomState(1), []
    for number in range(rounds + 1):
        numbers = rng.rand(IMAGES, 64).astype(np.float32)
        turn = [milliseconds(side, sources, numbers) for side in (plain, view)]
        if number:  # the first one warms up
            times.append(turn)
    print(f"{name:66s} {common.spread([both[1] for both in times]):20s} "
          f"{common.spread([both[1] / both[0] for both in times])}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default="360x480", help="size of the images")
    parser.add_argument("--pixels", default="288x384", help="size of the views")
    parser.add_argument("--augment", default="", help="one chain to measure alone")
    parser.add_argument("--albumentations", action="store_true", help="its chains, too")
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    sources, window = pictures(parse_size(args.image, "image")), parse_size(args.pixels)
    print(f"Pillow {PIL.__version__}, NumPy {np.__version__}, {args.image} -> {args.pixels}: ms of "
          "an image and its label; median (least - most)")
    print(f"{'':66s} {'view':20s} times {PLAIN}")
    line = functools.partial(measure, plain=own(PLAIN, window), sources=sources, rounds=args.rounds)
    line(PLAIN, own(PLAIN, window))
    for name, text in [(args.augment,) * 2] if args.augment else operations():
        line(name, own(text, window))
    if args.albumentations:
        from sides.albumentations_views import CHAINS as PEERS
        for name, make in PEERS.items():
            line(f"albumentations: {name}", make(window))


if __name__ == "__main__":
    main()
