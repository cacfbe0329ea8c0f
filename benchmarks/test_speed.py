#!/usr/bin/env python
"""Images per second of testing at native resolution: in batches, beside one by one.

    python benchmarks/test_speed.py --traindir=tmp/<run> --datapath=data/camvid

Both sides test the same images of the validation split in turns, and must give the same matrices.
"""
import argparse
import time

import common
from archs import build_arch
from utils.data import records
from utils.evaluate.evaluator import evaluate
from utils.evaluate.segmenter import Segmenter
from utils.runs import run_folder
from utils.runs.flags import from_dict, parse_size
from utils.runs.train_flags import ArchFlags
from utils.tf_compat import tf

ROUNDS = 4


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traindir", required=True)
    parser.add_argument("--datapath", required=True)
    parser.add_argument("--batch_size", type=int, default=8)
    args = parser.parse_args()
    folder = run_folder.find(args.traindir)
    runargs = folder.read_runargs()
    info = records.open_dataset(args.datapath)
    arch = build_arch(from_dict(ArchFlags, runargs), info.num_classes)
    segmenter = Segmenter(arch.build_net, info.num_classes, parse_size(runargs["pixels"]))
    segmenter.restore(folder.checkpoint())
    files = records.split_files(args.datapath, "validation")

    def test(batch_size):
        begin = time.time()
        result = evaluate(segmenter, files, info, "validation", batch_size=batch_size)
        return len(result.names) / (time.time() - begin), result.matrix

    speeds = {args.batch_size: [], 1: []}
    for batch_size in speeds:
        test(batch_size)  # warm up
    for _ in range(ROUNDS):
        matrices = []
        for batch_size in speeds:
            speed, matrix = test(batch_size)
            speeds[batch_size].append(speed)
            matrices.append(matrix)
        assert abs(matrices[0] - matrices[1]).sum() <= 4, "the batch size changed the result"
    print("TensorFlow {}, {} at {} px, images/s: median (min - max) of {} rounds".format(
        tf.__version__, arch.extractor.name, runargs["pixels"], ROUNDS))
    for batch_size, values in speeds.items():
        print("batch {}: {}".format(batch_size, common.spread(values)))
    print("ratio, round by round: {}".format(common.spread(
        [a / b for a, b in zip(speeds[args.batch_size], speeds[1])])))


if __name__ == "__main__":
    main()
