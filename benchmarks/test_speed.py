#!/usr/bin/env python
"""Images per second of testing: in batches, one by one, with and without counting objects, beside
the net alone; and beside another checkout of the project, if one is named.

    python benchmarks/test_speed.py --traindir=tmp/<run> --datapath=data/camvid
    python benchmarks/test_speed.py ... --pixels=0 --beside=/path/of/another/checkout

All test the same images in turns, each checkout in a process of its own that lives on, and must
give the same matrices, but for 4 pixels (logits that are equal up to rounding).
"""
import argparse
import json
import os
import subprocess
import sys
import time

import common

#: name: (batch size or None for --batch_size, objects counted).
WAYS = {"batch": (None, False), "one by one": (1, False), "batch, objects": (None, True),
        "one by one, objects": (1, True)}
#: What no way of testing could do better than: name: batch size or None for --batch_size.
NETS = {"net alone": None, "net alone, one by one": 1}
NET = "net alone"


def main():
    args = parser().parse_args()
    if args.serve:
        return serve(args)
    sides = {"": Side(os.path.abspath(__file__), sys.argv[1:])}
    if args.beside:  # its own script knows what it tests with
        script = os.path.join(args.beside, "benchmarks", os.path.basename(__file__))
        sides["before: "] = Side(script, sys.argv[1:])
    turns = [(prefix, way) for way in WAYS for prefix in sides
             if not prefix or "objects" in way] + [("", name) for name in NETS]
    speeds = {turn: [] for turn in turns}
    for number in range(args.rounds + 1):
        answers = [(turn, sides[turn[0]].ask(turn[1])) for turn in turns]
        require_equal([answer["matrix"] for _, answer in answers if "matrix" in answer])
        for turn, answer in answers if number else []:  # the first round warms up
            speeds[turn].append(answer["speed"])
    print(sides[""].title)
    for turn, values in speeds.items():
        print("{:<32} {}".format("".join(turn), common.spread(values)))
    for one, other in ((("", "batch"), ("", "one by one")),
                       (("", "batch, objects"), ("", "one by one, objects")),
                       (("", "batch, objects"), ("", NET)),
                       (("", NET), ("", "net alone, one by one")),
                       (("", "batch, objects"), ("before: ", "batch, objects")),
                       (("", "batch, objects"), ("before: ", "one by one, objects"))):
        if other in speeds:
            print("{} / {}, round by round: {}".format("".join(one), "".join(other), common.spread(
                [a / b for a, b in zip(speeds[one], speeds[other])])))


def parser():
    parsed = argparse.ArgumentParser(description=__doc__)
    parsed.add_argument("--traindir", required=True)
    parsed.add_argument("--datapath", required=True)
    parsed.add_argument("--pixels", default="", help="as of fcn_test.py (default: the run's)")
    parsed.add_argument("--split", default="validation")
    parsed.add_argument("--num_images", type=int, default=0)
    parsed.add_argument("--batch_size", type=int, default=8)
    parsed.add_argument("--rounds", type=int, default=3)
    parsed.add_argument("--beside", default="", help="another checkout to measure in turns")
    parsed.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parsed


def require_equal(matrices):
    """Fails where two summed matrices differ by more than 4 pixels (each counts twice)."""
    worst = max(sum(abs(a - b) for a, b in zip(matrix, matrices[0])) for matrix in matrices)
    if worst > 8:
        sys.exit(f"results differ: {worst / 2} pixels")


class Side:
    """A process that tests on request: one line with a way, one line of JSON with its figures."""

    def __init__(self, script, arguments):
        self._process = subprocess.Popen(
            [sys.executable, script, "--serve"] + arguments,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True, bufsize=1)
        self.title = self._process.stdout.readline().strip()

    def ask(self, way):
        print(way, file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


def serve(args):
    """The process behind a `Side`."""
    tester = Tester(args)
    print(tester.title, flush=True)
    for way in iter(sys.stdin.readline, ""):
        way = way.strip()
        answer = tester.net_alone(NETS[way]) if way in NETS else tester.test(*WAYS[way])
        print(json.dumps(answer), flush=True)


class Tester:
    """A run's net and a split; imports what it measures when it is made."""

    def __init__(self, args):
        from archs import build_arch
        from utils.data import records
        from utils.evaluate.segmenter import Segmenter
        from utils.runs import run_folder
        from utils.runs.flags import parse_size
        from utils.tf_compat import tf
        folder = run_folder.find(args.traindir)
        flags = folder.read_flags()
        self._args, self._nets = args, {}
        self._size = parse_size(args.pixels or flags.pixels)
        info = records.open_dataset(args.datapath)
        classes = len(folder.read_runinfo().get("class_names", info.class_names))
        self._split = records.open_split(args.datapath, args.split, info)
        self._arch = build_arch(flags, classes)
        self._segmenter = Segmenter(self._arch.build_net, classes, self._size)
        self._segmenter.restore(folder.checkpoint())
        self.title = "TensorFlow {}, {} at {}, {} images; images/s of {} rounds".format(
            tf.__version__, self._arch.extractor.name, self._size or "their own sizes",
            args.num_images or self._split.count, args.rounds)

    def test(self, batch_size, objects):
        """{speed: images/s, matrix: C * C pixels} of one test."""
        from utils.evaluate.evaluator import evaluate
        from utils.evaluate.observers import open_observers
        observers = open_observers("objects" if objects else "", self._segmenter.num_classes)
        begin = time.time()
        result = evaluate(self._segmenter, self._split, num_images=self._args.num_images,
                          batch_size=batch_size or self._args.batch_size, observers=observers)
        return {"speed": len(result.names) / (time.time() - begin),
                "matrix": result.matrix.ravel().tolist()}

    def net_alone(self, batch_size):
        """{speed: images/s} of the net, at 360x480 where images have sizes of their own."""
        if batch_size not in self._nets:
            self._nets[batch_size] = NetAlone(self._arch, self._size or (360, 480),
                                              batch_size or self._args.batch_size)
        return {"speed": self._nets[batch_size].speed()}


class NetAlone:
    """The net on a constant batch, one run at a time, with untrained weights. Tests have two runs
    under way and may be faster than this."""

    def __init__(self, arch, size, batch_size):
        from utils.tf_compat import tf
        self._batch_size = batch_size
        with tf.Graph().as_default() as graph:
            images = tf.get_variable("constant_batch", [batch_size] + list(size) + [3],
                                     initializer=tf.random_uniform_initializer(0, 255))
            self._logits = arch.build_net(images, is_training=False)
            self._session = tf.Session(graph=graph)
            self._session.run(tf.global_variables_initializer())
        self.speed()

    def speed(self, seconds=2.0):
        begin, runs = time.time(), 0
        while time.time() - begin < seconds:
            self._session.run(self._logits.op)
            runs += 1
        return runs * self._batch_size / (time.time() - begin)


if __name__ == "__main__":
    main()
