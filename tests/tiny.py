"""A dataset of a few tiny pictures, converted as any other, for tests that run the scripts."""
import os

import numpy as np
from PIL import Image

import fcn_train
from utils.data.convert import convert
from utils.data.datasets import SourceOptions, open_source
from utils.tf_compat import tf

REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: Where a script finds the project and the tiny net (tests/toys/tiny_net.py).
PYTHONPATH = os.pathsep.join([os.path.join(REPO, "tests", "toys", "site"), REPO])
CLASS_NAMES = ("background", "disk", "bar")
#: Flags of a training of seconds, in tests that use the fixture `tiny_net`.
TRAIN = ["--basenet=tiny", "--from_scratch", "--pixels=32x64", "--batch_size=2", "--steps=4",
         "--eval_every=2", "--keep_every=2", "--threads=2", "--seed=1", "--gpu=-1", "--name=tiny"]
COUNTS = {"training": 6, "validation": 5, "test": 3}


def draw(rng, height, width):
    """An image of a bright disk and a dark bar on noise, and its label (255 along the bottom)."""
    y, x = np.mgrid[:height, :width]
    label = np.zeros([height, width], np.uint8)
    radius = rng.randint(6, 10)
    label[(y - rng.randint(10, height - 10)) ** 2 + (x - rng.randint(10, width - 10)) ** 2
          < radius ** 2] = 1
    left = rng.randint(0, width - 6)
    label[:, left:left + 4] = 2
    image = rng.randint(80, 120, [height, width, 3]) + np.array([0, 100, -70])[label][:, :, None]
    label[-2:] = 255
    return np.clip(image, 0, 255).astype(np.uint8), label


def write_folder(folder, seed=0):
    """The `folder` layout: images/<split>/*.png, masks/<split>/*.png, classes.txt."""
    rng = np.random.RandomState(seed)
    for split, count in COUNTS.items():
        for kind in ("images", "masks"):
            os.makedirs(os.path.join(folder, kind, split))
        for index in range(count):
            height, width = (40, 56) if index % 2 else (36, 64)
            image, label = draw(rng, height, width)
            for kind, array in (("images", image), ("masks", label)):
                Image.fromarray(array).save(os.path.join(
                    folder, kind, split, f"image_{split}_{index}.png"))
    with open(os.path.join(folder, "classes.txt"), "w") as file:
        file.write("\n".join(CLASS_NAMES) + "\n")


def write_records(folder, seed=0):
    """Converted records under `folder`; returns their datapath."""
    source, datapath = os.path.join(folder, "source"), os.path.join(folder, "records")
    write_folder(source, seed)
    convert(open_source("folder", source, SourceOptions()), source, datapath)
    return datapath


def make_project(folder):
    """Records in `folder`, and tmp/tiny__1 there as fcn_train.py leaves it."""
    datapath, before = write_records(folder), os.getcwd()
    os.chdir(folder)
    try:
        fcn_train.main(TRAIN + ["--datapath=" + datapath])
    finally:
        os.chdir(before)


def weights(prefix):
    """{name: value} of a checkpoint."""
    reader = tf.train.load_checkpoint(prefix)
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def assert_same_run(one, other, checkpoints):
    """Two run folders have the same bits in these checkpoints, and the same metrics."""
    for name in checkpoints:
        a, b = weights(os.path.join(one, name)), weights(os.path.join(other, name))
        assert set(a) == set(b)
        for key in a:
            np.testing.assert_array_equal(a[key], b[key], err_msg=name + ": " + key)
    with open(os.path.join(one, "metrics.jsonl")) as a, \
            open(os.path.join(other, "metrics.jsonl")) as b:
        assert a.read() == b.read()
