#!/usr/bin/env python
r"""Training steps per second of several interpreters, in turn: stacks, builds, precisions, PyTorch.

    python benchmarks/compute_speed.py --basenet=mobilenet_v1,resnet_v1_18 \\
        --side "TF 1.15=.venv/tf1/bin/python tf" --side "TF 2.x=.venv/tf2/bin/python tf" \\
        --side "mixed=.venv/tf2/bin/python tf --precision=mixed" \\
        --side "PyTorch=python3.11 torch" --batch_size=8 --pixels=256

A side is a name, an interpreter ("env KMP_BLOCKTIME=0 .venv/tf1-cpu/bin/python" is one too), "tf"
(sides/tf_step.py, this project; SLIMSEG_TREE names another checkout of it) or "torch"
(sides/torch_step.py, where torch is installed), and further flags. Each stays in memory; they take
turns, --rounds times --steps steps, so that all see the same machine. Only the net, loss and update
are timed: no input, no summaries. 11 classes; FCN16, or what --extended_arch= of a side says. The
parameters, in millions, are those that train: sides of one net have the same, but for the scales of
batch norm in Inception V1, which slim's has not.
"""
import argparse
import json
import os
import shlex
import subprocess

import common

ROUNDS = 5
_SIDES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sides")


class Side:
    """A process that makes training steps when it is told to."""

    def __init__(self, name, command, arguments):
        words = shlex.split(command)
        at = next(place for place, word in enumerate(words) if word in ("tf", "torch"))
        script = os.path.join(_SIDES, words[at] + "_step.py")
        arguments = arguments + (["--from_scratch", "--seed=1"] if words[at] == "tf" else [])
        self.name, self.speeds, self.peak_mb = name, [], 0.0
        self._process = subprocess.Popen(words[:at] + [script] + arguments + words[at + 1:],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         universal_newlines=True)
        hello = self._answer()
        self.what, self._batch_size = hello["what"], hello["batch_size"]

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: the side ended, see its error above")
        return json.loads(line)

    def run(self, steps):
        """Makes so many steps and keeps their images per second."""
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        answer = self._answer()
        self.speeds.append(steps * self._batch_size / answer["seconds"])
        self.peak_mb = answer["peak_mb"]

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def compare(basenet, args):
    """One extractor's lines: images/s of every side, and the ratio to the first, round by round."""
    arguments = ["--basenet=" + basenet, f"--pixels={args.pixels}",
                 f"--batch_size={args.batch_size}"]
    sides = [Side(*side.split("=", 1), arguments=arguments) for side in args.side]
    for _ in range(args.rounds):
        for side in sides:
            side.run(args.steps)
    print(f"{basenet}, {args.batch_size} x {args.pixels} px")
    for side in sides:
        ratios = [a / b for a, b in zip(side.speeds, sides[0].speeds)]
        print(f"  {side.name:14s} {side.what:26s} images/s {common.spread(side.speeds):26s} / "
              f"{sides[0].name}: {common.spread(ratios):22s} peak {side.peak_mb:.0f} "
              "MB", flush=True)
        side.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--basenet", default="vgg_16,inception_v1,resnet_v1_18,resnet_v1_50,"
                                             "mobilenet_v1,mobilenet_v2")
    parser.add_argument("--side", action="append", required=True)
    parser.add_argument("--pixels", type=int, default=256)
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    args = parser.parse_args()
    for basenet in args.basenet.split(","):
        compare(basenet, args)


if __name__ == "__main__":
    main()
