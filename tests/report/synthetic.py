"""Run folders made of numbers: the files that fcn_train.py and fcn_test.py write, without nets."""
import dataclasses
import json
import os

import numpy as np

from utils.evaluate.observers.objects import Objects
from utils.evaluate.results import Result, save_result
from utils.files import write_text
from utils.runs.result_name import parse_stem
from utils.runs.run_folder import RunFolder
from utils.runs.train_flags import TrainFlags

CLASSES = ("road", "car", "tree")
#: Analyses that the runs of `write_sweep` are too few for: `write_grid` makes a grid.
NEED_A_GRID = ("interactions",)


def draw_matrices(seed, quality=.8, images=24, classes=3, pixels=1000, spread=.01):
    """int64 [N, C, C]: the same truth for every seed, hits around `quality`.

    Args:
      spread: sd over seeds of the quality of each class.
    """
    truth = np.random.RandomState(7).randint(pixels // 10, pixels, (images, classes))
    random = np.random.RandomState(1000 + seed)
    share = quality + spread * random.standard_normal(classes)
    share = np.clip(share + .02 * random.standard_normal((images, classes)), .02, .98)
    hits = np.round(truth * share).astype(np.int64)
    made = np.zeros((images, classes, classes), np.int64)
    for label in range(classes):
        made[:, label, label] = hits[:, label]
        made[:, label, (label + 1) % classes] = truth[:, label] - hits[:, label]
    return made


def write_result(folder, stem, matrices, class_names=CLASSES, split_sha256="5p1it" * 8,
                 names=None, **meta):
    """Stores matrices [N, C, C] as a result of the run in `folder`."""
    count = len(matrices)
    names = tuple(names or (f"{index // 4:02d}A_{index:04d}" for index in range(count)))
    split = stem.split("_")[0]
    save_result(os.path.join(str(folder), "test"), parse_stem(stem), Result(
        split, tuple(class_names), names, np.full((count, 2), 36, np.int32), matrices,
        dict(meta, split_sha256=split_sha256, images_in_split=count)))


def write_objects(folder, stem, seed, count=60):
    """Stores objects of sizes 100, 400 .. beside a result; larger ones are found better."""
    area = (100 * 4 ** (np.arange(count) % 4)).astype(np.int32)
    random = np.random.RandomState(seed)
    hit = np.round(area * np.clip(.3 + .1 * (np.arange(count) % 4) + .1 * random.rand(count), 0, 1))
    values = dict(image=np.arange(count) % 6, label=np.arange(count) % 3, area=area, hit=hit,
                  union=area * 1.25, pieces=1 + np.arange(count) % 2,
                  predicted_image=np.arange(count) % 6, predicted_label=np.arange(count) % 3,
                  predicted_area=area, predicted_hit=hit, predicted_wholes=np.ones(count))
    types = dict(label=np.uint8, predicted_label=np.uint8, pieces=np.int16,
                 predicted_wholes=np.int16)
    made = Objects(**{name: np.asarray(value).astype(types.get(name, np.int32))
                      for name, value in values.items()})
    path = os.path.join(str(folder), "test", stem + ".objects.npz")
    np.savez_compressed(path, **dataclasses.asdict(made))


def write_run(root, name, seed=1, matrices=None, status="finished", steps=100, curve=None,
              info=None, beat=None, objects=False, class_names=CLASSES, **flags):
    """Makes <root>/<name> with its files; returns the path.

    Args:
      seed: of all sources, unless `flags` say otherwise.
      matrices: of the test result; None for none.
      curve: {step: validation mIoU}; None for a rising one.
      info: more entries of runinfo. beat: the heartbeat, a dict.
      flags: of fcn_train.py.
    """
    folder = RunFolder(os.path.join(str(root), name))
    os.makedirs(folder.path)
    seeds = dict(seed=seed, seed_init=seed, seed_order=seed, seed_augment=seed)
    args = dict(dataclasses.asdict(TrainFlags()), basenet="mobilenet_v1", **seeds)
    args.update(flags)
    write_text(folder.runargs, json.dumps(args))
    entries = dict(status=status, begun=f"2026-01-01T10:00:{seed % 60:02d}+00:00",
                   ended="2026-01-01T11:30:00+00:00", host="h", pid=100 + seed, error="",
                   total_steps=steps, data_sha256="da7a" * 8, tensorflow="1.15.5", python="3.7.16",
                   git={"commit": "c0ffee0", "dirty": False}, class_names=list(CLASSES),
                   argv=["fcn_train.py", "--basenet=" + args["basenet"], "--seed=" + str(seed)])
    write_text(folder.runinfo, json.dumps(dict(entries, **info or {})))
    curve = curve or {step: .3 + .004 * step + .001 * seed for step in range(10, steps + 1, 10)}
    lines = [{"step": 5, "loss/total": 2.0}]
    lines += [{"step": step, "mIoU/validation": value} for step, value in curve.items()]
    write_text(folder.metrics, "".join(json.dumps(line) + "\n" for line in lines))
    if beat:
        write_text(folder.heartbeat, json.dumps(beat))
    if matrices is not None:
        write_result(folder.path, "test", matrices, class_names)
        if objects:
            write_objects(folder.path, "test", seed)
    return folder.path


def write_kept(path, seed, steps=(20, 40, 60, 80, 100), quality=.8):
    """Tests of kept checkpoints on both splits."""
    for index, step in enumerate(steps):
        for offset, split in enumerate(("validation", "test")):
            write_result(path, f"{split}_{step}", draw_matrices(
                seed * 100 + index * 10 + offset, quality, spread=.02))


def write_sweep(root, seeds=5):
    """Three configurations, the first two equal in quality, the third worse; paths by label."""
    qualities = {"v1_fcn16": (.80, {}), "v2_fcn16": (.80, {"basenet": "mobilenet_v2"}),
                 "v1_fcn32": (.70, {"fcn16": False})}
    paths = {}
    for number, (label, (quality, flags)) in enumerate(qualities.items()):
        for seed in range(1, seeds + 1):
            path = write_run(root, f"{label}__{seed}", seed, draw_matrices(
                seed + 50 * number, quality), objects=True,
                info=dict(parameters=3200000 + number, gflops=1.5 + number), **flags)
            write_kept(path, seed + 50 * number, quality=quality)
            paths.setdefault(label, []).append(path)
    return paths


def write_grid(root, qualities, seeds=3, spread=.01):
    """Runs of every feature extractor with every decoder or other flags.

    Args:
      qualities: {(basenet, flags as a tuple of (name, value)): quality}.
    """
    for number, ((basenet, own), quality) in enumerate(qualities.items()):
        for seed in range(1, seeds + 1):
            write_run(root, f"{number:02d}_{basenet}__{seed}", seed, draw_matrices(
                seed + 50 * number, quality, spread=spread), info=dict(
                    pid=100 * number + seed, parameters=3200000 + number, gflops=1.5 + number),
                basenet=basenet, **dict(own))


_STREETS = ("sky", "building", "road", "pedestrian")
_DEMO = ("background", "disk", "square")
#: Settings that differ in nearly everything, for labels that can not hold it all.
WILD = (
    dict(learnrate=.003, batch_size=4, class_weights="enet:1.1", lr_schedule="cosine", flip=False,
         random_scale="0.75,1.5", weight_decay=1e-4, bn_decay=.999, momentum=.95, difflr=True),
    dict(learnrate=.003, class_weights="0.3,1.2,4.5,0.2,0.7,0.4,3.1,2.2,0.9,3.3", processes=2,
         init_from="tmp/Nov20_mobilenet_v1__1", eval_every=500),
    dict(learnrate=.0003, extended_arch="LinkNet", accumulate=2, precision="mixed"))


def write_streets(root, settings=({}, dict(basenet="mobilenet_v2"), dict(fcn16=False)), seeds=2,
                  kept=False):
    """Runs of one data set, its records in data/camvid; flags of fcn_train.py by setting.

    Args:
      kept: with tests of kept checkpoints.
    """
    for number, flags in enumerate(settings):
        for seed in range(1, seeds + 1):
            run = 10 * number + seed
            flags_ = dict(dict(datapath="data/camvid", pixels="256", batch_size=8, global_batch=8,
                               basenet="mobilenet_v1"), **flags)
            path = write_run(root, "Nov20_{}__{}".format(flags_["basenet"], run), seed,
                             draw_matrices(run, .6 + .03 * number, 12, 4), class_names=_STREETS,
                             objects=True, info=dict(data_sha256="ca34" * 8, pid=run,
                                                     class_names=list(_STREETS)), **flags_)
            if kept:
                write_kept(path, seed, steps=(20, 40, 60, 80))


def write_demo(root):
    """The run of `make demo`: other data, other flags."""
    path = write_run(root, "demo__1", 1, basenet="mobilenet_v1", from_scratch=True, pixels="64",
                     depth_multiplier=.25, batch_size=4, epochs=40.0, random_scale="",
                     learnrate=.003, bn_decay=.9, datapath="data/shapes",
                     info=dict(data_sha256="5e4d" * 8, class_names=list(_DEMO), pid=900))
    write_result(path, "test", draw_matrices(1, .9, 8), _DEMO, split_sha256="5ha9e5" * 6)


def write_seg_mentor(root, name="Mar01_vgg_16_17"):
    """A run folder of seg-mentor, tested on the streets."""
    path = os.path.join(str(root), name)
    os.makedirs(path)
    classes = dict(enumerate(_STREETS + ("unlabelled",)))
    write_text(os.path.join(path, "runargs"), json.dumps(dict(
        basenet="vgg_16", extended_arch="", trainable_upsampling=False, fcn16=True, fcn8=False,
        fcn4=False, batch_size=16, epochs=30.0, learnrate=1e-4, momentum=.9, difflr=True,
        decaylr=True, datapath="datasets/camvid", num_classes=4, dataset_family="camvid",
        pixels=256, modelspath="models", clabel2cname=classes, loss="xent",
        od_class2color={text: [label, 2 * label, 0] for label, text in classes.items()})))
    write_result(path, "test", draw_matrices(77, .4, 12, 4), _STREETS)


def write_odd(root):
    """A failed, a killed, an untested run, and one whose test has no labelled pixel."""
    write_run(root, "Nov21_vgg_16__1", 1, status="failed", basenet="vgg_16",
              info={"error": "the loss is nan at step 12: lower --learnrate", "pid": 2001})
    write_run(root, "Nov21_vgg_16__2", 2, status="running", basenet="vgg_16", curve={10: .3},
              beat={"time": 1.0, "step": 33, "seconds": 5400.0}, info=dict(pid=2002))
    write_run(root, "Nov21_vgg_16__3", 3, np.zeros((8, 3, 3), np.int64), basenet="vgg_16",
              info=dict(pid=2003))
    write_run(root, "Nov22_untested__1", 1, basenet="inception_v1", info=dict(pid=2004))
