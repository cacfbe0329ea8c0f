#!/usr/bin/env python
"""Peak memory of training runs with an evaluation in each, and growth over a long one.

    python benchmarks/train_memory.py --datapath=data/camvid

seg-mentor's figures stand beside the two nets for which they are known (CamVid, 256 px, batch 8).
The long run is of a tiny net, several epochs with an evaluation and a checkpoint every 50 steps.
"""
import argparse

import common

from utils.tf_compat import tf

#: Peak of a training run, MB: seg-mentor on TF 1.15, CamVid, 256 px, batch 8.
SEG_MENTOR = {"mobilenet_v1": 1650, "resnet_v1_18": 1340}
LONG_RUN = ["--basenet=mobilenet_v1", "--depth_multiplier=0.25", "--pixels=64", "--batch_size=4",
            "--eval_fraction=0.05", "--from_scratch", "--seed=1"]


def show_peak(basenet, args):
    probe = common.probe_run(
        ["--basenet=" + basenet, "--pixels=" + args.pixels, "--from_scratch", "--seed=1",
         f"--batch_size={args.batch_size}", "--datapath=" + args.datapath,
         f"--cache_mb={args.cache_mb}"], args.steps)
    known = (args.pixels, args.batch_size) == ("256", 8) and basenet in SEG_MENTOR
    print("{}: peak {:.0f} MB over {} steps and an evaluation{}".format(
        basenet, probe.peak, args.steps,
        f"; seg-mentor's {SEG_MENTOR[basenet]}" if known else ""), flush=True)


def show_growth(args):
    steps = args.long_steps
    probe = common.probe_run(LONG_RUN + ["--datapath=" + args.datapath], steps, eval_every=50)
    print("tiny net over {} steps, resident MB after so many: {}".format(steps, ", ".join(
        f"{step}: {size:.0f}" for step, size in probe.sizes if step)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datapath", required=True)
    parser.add_argument("--basenet", default="mobilenet_v1,resnet_v1_18", help="names with commas")
    parser.add_argument("--pixels", default="256")
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--steps", type=int, default=50, help="an epoch of CamVid is 45")
    parser.add_argument("--long_steps", type=int, default=600)
    parser.add_argument("--cache_mb", type=int, default=512)
    args = parser.parse_args()
    args.datapath = common.absolute("--datapath=" + args.datapath).partition("=")[2]
    print(f"TensorFlow {tf.__version__}, {args.pixels} px, batch {args.batch_size}")
    for basenet in filter(None, args.basenet.split(",")):
        show_peak(basenet, args)
    if args.long_steps:
        show_growth(args)


if __name__ == "__main__":
    main()
