#!/usr/bin/env python
"""Seconds that each command of fcn_report.py takes on a thousand runs.

    python benchmarks/report_speed.py [--runs=1000] [--images=100] [--commands=runs,html]

The runs are made of numbers in a temporary folder: 5 seeds of each of --runs / 5 configurations,
tested on --images images of 11 classes. Each command is a process of its own, imports included.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time

import common  # noqa: F401  puts the project on the path

from tests.report.synthetic import draw_matrices, write_run
from utils.report import analyses  # noqa: F401  registers them
from utils.report.section import ANALYSES

SEEDS, CLASSES = 5, 11
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def make_runs(root, runs, images):
    """Writes the folders: a grid of rates, batch sizes and feature extractors, and seeds."""
    names = tuple(f"class {label}" for label in range(CLASSES))
    for number in range(runs):
        configuration, seed = divmod(number, SEEDS)
        write_run(root, f"run__{number}", seed + 1, draw_matrices(
            number, .6 + .002 * (configuration % 50), images, CLASSES), class_names=names,
            learnrate=1e-4 * (1 + configuration // 10), batch_size=1 + configuration % 5,
            basenet=("mobilenet_v1", "mobilenet_v2")[configuration // 5 % 2])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--commands", default=",".join(
        name for name in ANALYSES.names() + ["tensorboard", "html"] if name != "sizes"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        make_runs(os.path.join(root, "tmp"), args.runs, args.images)
        print(f"{args.runs} runs of {args.images} images and {CLASSES} classes, Python "
              f"{sys.version.split()[0]}")
        for command in args.commands.split(","):
            extra = {"html": ["--out=" + os.path.join(root, "report.html")],
                     "tensorboard": ["--boards=" + os.path.join(root, "boards")]}.get(command, [])
            runs = ["run__0", "run__5", "--runs=" + os.path.join(root, "tmp")] \
                if command == "compare" else [os.path.join(root, "tmp")]
            begin = time.time()
            subprocess.run([sys.executable, os.path.join(_ROOT, "fcn_report.py"), command] + runs
                           + extra, check=True, stdout=subprocess.DEVNULL)
            print(f"{command:<12} {time.time() - begin:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
