"""Run folders made of numbers: the files that fcn_train.py and fcn_test.py write, without nets."""
import dataclasses
import json
import os

import numpy as np

from utils.evaluate.objects import Objects
from utils.evaluate.results import Result, save_result
from utils.files import write_text
from utils.runs.run_folder import RunFolder
from utils.runs.train_flags import TrainFlags

CLASSES = ("road", "car", "tree")


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


def write_result(folder, stem, matrices, class_names=CLASSES, split_sha256="5p1it" * 8, **meta):
    """Stores matrices [N, C, C] as a result of the run in `folder`."""
    count = len(matrices)
    names = tuple("{:02d}A_{:04d}".format(index // 4, index) for index in range(count))
    split = stem.split("_")[0]
    save_result(os.path.join(str(folder), "test"), stem, Result(
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
    entries = dict(status=status, begun="2026-01-01T10:00:{:02d}+00:00".format(seed % 60),
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
            write_result(path, "{}_{}".format(split, step), draw_matrices(
                seed * 100 + index * 10 + offset, quality, spread=.02))


def write_sweep(root, seeds=5):
    """Three configurations, the first two equal in quality, the third worse; paths by label."""
    qualities = {"v1_fcn16": (.80, {}), "v2_fcn16": (.80, {"basenet": "mobilenet_v2"}),
                 "v1_fcn32": (.70, {"fcn16": False})}
    paths = {}
    for number, (label, (quality, flags)) in enumerate(qualities.items()):
        for seed in range(1, seeds + 1):
            path = write_run(root, "{}__{}".format(label, seed), seed, draw_matrices(
                seed + 50 * number, quality), objects=True,
                info=dict(parameters=3200000 + number, gflops=1.5 + number), **flags)
            write_kept(path, seed + 50 * number, quality=quality)
            paths.setdefault(label, []).append(path)
    return paths
