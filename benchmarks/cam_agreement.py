#!/usr/bin/env python
"""How alike maps of Seg-Grad-CAM are between seeds, beside those of other images and weights.

    python benchmarks/cam_agreement.py --classes=Car,Pedestrian --every=40 tmp/<runs>

Rank correlations of a layer's cells, means and the range from 10 to 90 %: of two seeds for one
image, of two seeds for two images, and of a seed with itself with other decoder weights.
"""
import argparse
import collections
import itertools

import common  # noqa: F401  puts the project on the path
import numpy as np

#: Predicted pixels from which a class of an image is looked at.
_FEWEST = 200


def main():
    args = parser().parse_args()
    maps, redrawn = collections.defaultdict(list), collections.defaultdict(list)
    for run in args.runs:
        for name, image, found in run_maps(run, args):
            maps[found.layer, name].append((image, found))
            redrawn[found.layer, name] += [rho(found.cells, other) for other in found.redrawn]
    for layer, name in sorted(maps, key=lambda one: (-int(one[0]), one[1])):
        same, different = pairs(maps[layer, name])
        print(f"layer {layer:>2} {name:<12} one image, two seeds {told(same)}; two images "
              f"{told(different)}; other weights {told(redrawn[layer, name])}")


def parser():
    parsed = argparse.ArgumentParser(description=__doc__)
    parsed.add_argument("runs", nargs="+", help="of one configuration")
    parsed.add_argument("--classes", required=True)
    parsed.add_argument("--layers", default="32,16,8")
    parsed.add_argument("--datapath", default="")
    parsed.add_argument("--split", default="test")
    parsed.add_argument("--every", type=int, default=40, help="each so many images")
    return parsed


def run_maps(traindir, args):
    """Yields (class, image, `RunMap`) of a run."""
    from archs import build_arch
    from utils.data import records
    from utils.evaluate.cam import geometry, run_map
    from utils.evaluate.grad_cam import GradCam
    from utils.evaluate.segmenter import Segmenter
    from utils.evaluate.trained_run import choose_checkpoints, open_run
    from utils.runs.flags import parse_size
    run = open_run(argparse.Namespace(traindir=traindir, pixels=""), frozenset())
    datapath = args.datapath or run.args.datapath
    info = records.open_dataset(datapath, run.args.dataset_family)
    split = records.open_split(datapath, args.split, info)
    arch = build_arch(run.args, info.num_classes)
    made = Segmenter(arch.build, info.num_classes, parse_size(run.args.pixels), 1, run.letterbox)
    made.restore(choose_checkpoints(run.folder)[0].prefix)
    cam = GradCam(made.predictor, geometry(arch))
    with made.predictor.graph.as_default():
        variables = arch.decoder_variables()
    for item in list(made.predictions(split, 8, range(0, split.count, args.every))):
        for name, layer in itertools.product(args.classes.split(","), args.layers.split(",")):
            label = info.class_names.index(name)
            mask = item.prediction == label
            if mask.sum() >= _FEWEST:
                yield name, item.name, run_map(run.folder.name, cam, made.predictor, item, label,
                                               mask, layer, variables)
    made.close()


def rho(one, other):
    from utils.explore.cam import rank_correlation
    return rank_correlation(one, other)


def pairs(found):
    """Returns (correlations of two seeds for one image, those for two images)."""
    same, different = [], []
    for (image, one), (other_image, other) in itertools.combinations(found, 2):
        if one.run != other.run and one.cells.shape == other.cells.shape:
            (same if image == other_image else different).append(rho(one.cells, other.cells))
    return same, different


def told(values):
    known = np.array(values, np.float64)
    known = known[~np.isnan(known)]
    if not len(known):
        return "none"
    low, high = np.percentile(known, [10, 90])
    return f"{known.mean():.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
