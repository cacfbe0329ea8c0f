#!/usr/bin/env python
"""Seconds and memory of each command of fcn_compete.py on made-up images of one size.

    python benchmarks/compete_speed.py [--images=233] [--size=360x480] [--classes=11] [--runs=3]

Three teams hand in --runs runs each. A command is a process of its own, imports included; seconds
of CPU, and the peak of its resident size, by the kernel.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import common
import numpy as np

from utils.compete.manifest import CompetitionImage, Manifest, write_manifest
from utils.compete.private import LABELS, write_private
from utils.compete.submission import SubmissionWriter
from utils.data.datasets.base import distinct_palette
from utils.data.images import encode_png
from utils.files import write_bytes


def draw(random, size, classes):
    """uint8 [H, W]: patches of 24 pixels with ragged edges."""
    rows, columns = (-(-side // 24) for side in size)
    patches = np.kron(random.randint(0, classes, (rows, columns)), np.ones((24, 24)))
    made = patches[:size[0], :size[1]].astype(np.uint8)
    return np.where(random.rand(*size) < .02, np.roll(made, 5, 1), made)


def make_competition(folder, images, size, classes):
    """Writes a competition of noise; returns its manifest and labels."""
    random, labels, listed = np.random.RandomState(0), [], []
    private = os.path.join(folder, "private")
    os.makedirs(os.path.join(folder, "images"))
    os.makedirs(os.path.join(private, LABELS))
    for index in range(images):
        name = f"image_{index}"
        labels.append(draw(random, size, classes))
        listed.append(CompetitionImage(name, name + ".png", f"images/{name}.png", *size))
        write_bytes(os.path.join(private, LABELS, name + ".png"), encode_png(labels[-1]))
        picture = random.randint(0, 256, size + (3,)).astype(np.uint8)
        write_bytes(os.path.join(folder, listed[-1].image), encode_png(picture))
    manifest = Manifest("noise", "test", "5p1it", tuple(f"class {c}" for c in range(classes)),
                        distinct_palette(classes), tuple(listed))
    write_manifest(folder, manifest)
    write_private(private, manifest, np.arange(images) < .3 * images, None, 0)
    return manifest, labels


def hand_in(path, manifest, labels, seed):
    """Writes a zip whose predictions are displaced labels."""
    random = np.random.RandomState(seed)
    with SubmissionWriter(path, manifest.class_names, {}) as submission:
        for image, label in zip(manifest.images, labels):
            submission.add(image.name, np.roll(label, random.randint(3, 9), 1))
    return path


def measure(words):
    """Runs a command; prints seconds of CPU and peak memory."""
    process = subprocess.Popen([sys.executable, os.path.join(common.ROOT, "fcn_compete.py")]
                               + words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"fcn_compete.py {words[0]} failed; its error is above")
    print(f"{words[0]:<6} {usage.ru_utime + usage.ru_stime:6.1f} s of CPU "
          f"{usage.ru_maxrss / 1024:6.0f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=233)
    parser.add_argument("--size", default="360x480")
    parser.add_argument("--classes", type=int, default=11)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    size = tuple(map(int, args.size.split("x")))
    with tempfile.TemporaryDirectory() as root:
        folder = os.path.join(root, "noise")
        manifest, labels = make_competition(folder, args.images, size, args.classes)
        print(f"{args.images} images of {args.size}, {args.classes} classes, Python "
              f"{sys.version.split()[0]}")
        for team in range(3):
            paths = [hand_in(os.path.join(root, f"{team}_{run}.zip"), manifest, labels,
                             10 * team + run) for run in range(args.runs)]
            measure(["check", folder, paths[0]])
            print(f"{args.runs} runs: ", end="", flush=True)
            measure(["score", folder] + paths + [f"--team=Team {team}"])
        measure(["board", folder, "--out=" + os.path.join(root, "board.html")])


if __name__ == "__main__":
    main()
