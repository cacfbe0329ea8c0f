#!/usr/bin/env python
"""Peak memory of the training input: a shuffle buffer of encoded records beside one of decoded
images.

    python benchmarks/input_memory.py --datapath=data/camvid --pixels=512

The second is how seg-mentor does it: decode and resize first, shuffle 3000 images then. Each side
draws one epoch in a process of its own; the peak resident size above that of the bare process is
printed.
"""
import argparse
import os
import resource
import subprocess
import sys

import common  # noqa: F401 (the path)

from utils.data import pipeline, records
from utils.data.augment import Augmentation
from utils.data.augment.graph import augment
from utils.runs.flags import parse_size
from utils.tf_compat import tf

#: seg-mentor's buffer of decoded images.
DECODED_BUFFER = 3000
BATCH_SIZE = 8


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def decoded_batches(files, raw_pixels, size, augmentation):
    """Decode, augment, and only then shuffle."""
    def view(element, serialized):
        parsed = records.parse_example(serialized, raw_pixels)
        return augment(parsed["image"], parsed["label"], element, size[0], size[1], augmentation)
    stream = records.read_records(files).apply(tf.data.experimental.enumerate_dataset())
    stream = stream.map(view, num_parallel_calls=2).shuffle(DECODED_BUFFER).repeat()
    return stream.batch(BATCH_SIZE, drop_remainder=True).prefetch(2)


def draw_an_epoch(kind, datapath, size):
    """Peak megabytes that reading one epoch adds to the process."""
    info, augmentation = records.open_dataset(datapath), Augmentation.parse("scale:1:1.6,flip", 0)
    split = records.open_split(datapath, "training", info)
    if kind == "encoded":
        dataset = pipeline.training_batches(split, size, BATCH_SIZE, augmentation, 0, threads=2)
    else:
        dataset = decoded_batches(split.files, split.raw_pixels, size, augmentation)
    iterator = tf.data.make_initializable_iterator(dataset)
    batch = iterator.get_next()
    with tf.Session() as session:
        session.run(iterator.initializer)
        before = peak_megabytes()
        for _ in range(split.count // BATCH_SIZE):
            session.run(batch)
        return peak_megabytes() - before


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datapath", required=True)
    parser.add_argument("--pixels", default="512")
    parser.add_argument("--side", choices=("encoded", "decoded"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        print(f"{draw_an_epoch(args.side, args.datapath, parse_size(args.pixels)):.0f}")
        return
    print(f"TensorFlow {tf.__version__}, {os.path.basename(args.datapath)}, {args.pixels} px: peak "
          "memory of one epoch of input, MB")
    for side in ("encoded", "decoded"):
        out = subprocess.check_output([sys.executable, __file__] + sys.argv[1:] + ["--side", side])
        print(f"shuffle buffer of {side} images: {out.decode().split()[-1]}")


if __name__ == "__main__":
    main()
