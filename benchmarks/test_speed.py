#!/usr/bin/env python
"""Images per second of testing at native resolution: in batches, beside one by one, and beside
counting objects too, as fcn_test.py and the final test of fcn_train.py do.

    python benchmarks/test_speed.py --traindir=tmp/<run> --datapath=data/camvid

All test the same images of the validation split in turns, and must give the same matrices.
"""
import argparse
import time

import common
from archs import build_arch
from utils.data import records
from utils.evaluate.evaluator import evaluate
from utils.evaluate.objects import ObjectCounter
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

    def test(batch_size, objects=False):
        observe = ObjectCounter(info.num_classes).add if objects else None
        begin = time.time()
        result = evaluate(segmenter, files, info, "validation", batch_size=batch_size,
                          observe=observe)
        return len(result.names) / (time.time() - begin), result.matrix

    batches, objects = "batch {}".format(args.batch_size), "with objects"
    ways = {batches: (args.batch_size,), "batch 1": (1,), objects: (args.batch_size, True)}
    speeds = {way: [] for way in ways}
    for way in ways:
        test(*ways[way])  # warm up
    for _ in range(ROUNDS):
        matrices = []
        for way in ways:
            speed, matrix = test(*ways[way])
            speeds[way].append(speed)
            matrices.append(matrix)
        assert all(abs(matrix - matrices[0]).sum() <= 4 for matrix in matrices), "results differ"
    print("TensorFlow {}, {} at {} px, images/s: median (min - max) of {} rounds".format(
        tf.__version__, arch.extractor.name, runargs["pixels"], ROUNDS))
    for way, values in speeds.items():
        print("{}: {}".format(way, common.spread(values)))
    for way in ("batch 1", objects):
        print("{} / {}, round by round: {}".format(batches, way, common.spread(
            [a / b for a, b in zip(speeds[batches], speeds[way])])))


if __name__ == "__main__":
    main()
