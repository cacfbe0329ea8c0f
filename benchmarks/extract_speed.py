#!/usr/bin/env python
"""What `fcn_explore.py extract` costs beside a plain test, by observer, and the bytes it stores.

    python benchmarks/extract_speed.py --traindir=tmp/<run> --datapath=data/camvid

All ways test the same images in turns, in one process. CPU time is that of all threads: on a
machine with other work it tells more than wall time. Sizes of 20,000 images are by proportion.
"""
import argparse
import os
import tempfile
import time

import common
import numpy as np

#: Images that sizes are told of.
_MANY = 20000


def main():
    args = parser().parse_args()
    tester = Tester(args)
    ways = dict({"plain test": ("objects",), "all": tester.extracted}, **{
        "with " + name: ("objects", name) for name in tester.extracted if name != "objects"})
    taken = {way: [] for way in ways}
    for number in range(args.rounds + 1):
        found = {way: tester.test(observers) for way, observers in ways.items()}
        for way, times in found.items() if number else []:  # the first round warms up
            taken[way].append(times)
    print(tester.title)
    plain = np.array(taken["plain test"])
    for way, times in taken.items():
        wall, cpu = (np.array(times) / plain).T
        least = 1e3 * np.array(times)[:, 1].min() / tester.images
        print(f"{way:<18} {least:6.1f} ms CPU an image; beside a plain test, CPU "
              f"{common.spread(cpu)}, wall {common.spread(wall)}")
    for name, size in tester.sizes().items():
        print(f"{name:<18} {size:6.0f} bytes an image; {size * _MANY / 1e6:7.1f} MB for "
              f"{_MANY:,}")


def parser():
    parsed = argparse.ArgumentParser(description=__doc__)
    parsed.add_argument("--traindir", required=True)
    parsed.add_argument("--datapath", required=True)
    parsed.add_argument("--split", default="test")
    parsed.add_argument("--num_images", type=int, default=0)
    parsed.add_argument("--rounds", type=int, default=3)
    return parsed


class Tester:
    """A run's net and a split; imports what it measures when it is made."""

    def __init__(self, args):
        from archs import build_arch
        from utils.data import records
        from utils.evaluate.extract import EXTRACTED
        from utils.evaluate.segmenter import Segmenter
        from utils.runs import run_folder
        from utils.runs.flags import parse_size
        from utils.tf_compat import tf
        folder = run_folder.find(args.traindir)
        flags = folder.read_flags()
        self._info = records.open_dataset(args.datapath)
        self._split = records.open_split(args.datapath, args.split, self._info)
        self._segmenter = Segmenter(build_arch(flags, self._info.num_classes).build,
                                    self._info.num_classes, parse_size(flags.pixels))
        self._segmenter.restore(folder.checkpoint())
        self.extracted, self._num_images = EXTRACTED, args.num_images
        self.images = args.num_images or self._split.count
        self.title = f"TensorFlow {tf.__version__}, {folder.name}, {self.images} images; " \
                     f"{args.rounds} rounds"

    def test(self, names):
        """(wall seconds, CPU seconds) of one test, with what its observers store."""
        begin, cpu = time.time(), time.process_time()
        self._observed(names)
        return time.time() - begin, time.process_time() - cpu

    def _observed(self, names):
        from utils.evaluate.evaluator import evaluate
        from utils.evaluate.observers import open_observers
        observers = open_observers(",".join(names), self._info.num_classes, self._info.palette)
        evaluate(self._segmenter, self._split, num_images=self._num_images, observers=observers)
        return {observer.name: observer.arrays() for observer in observers}

    def sizes(self):
        """{observer: bytes of its file an image}."""
        from utils.evaluate.results import write_arrays
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "found.npz")
            found = {}
            for name, arrays in self._observed(self.extracted).items():
                write_arrays(path, arrays)
                found[name] = os.path.getsize(path) / self.images
            return found


if __name__ == "__main__":
    main()
