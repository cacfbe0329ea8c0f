"""Tiny nets and records for tests of the evaluation."""
import io
import os

import numpy as np
from PIL import Image

from utils.data.instances import encode_instances
from utils.data.sidecar import DatasetInfo, SplitInfo
from utils.data.split import Split
from utils.tf_compat import slim, tf

STEP = 60  # red of class c is 40 + 60 c: no class is as black as a letterbox's bars
PALETTE = ((0, 0, 0), (255, 0, 0), (0, 0, 255))
NAMES = ("road", "car", "sky")


def red_net(images, is_training):
    """Logits [N, H, W, 3] that name the class whose red is nearest; black is class 1, by far."""
    assert not is_training
    gain = tf.get_variable("gain", [], initializer=tf.ones_initializer())
    red = images[..., :1]
    logits = -tf.abs(red - tf.constant([40., 40. + STEP, 40. + 2 * STEP]))
    bars = tf.cast(red < 1, tf.float32) * tf.constant([0., 1e6, 0.])
    return gain * logits + bars


def conv_net(images, is_training):
    """Random but smooth logits [N, H, W, 3] at a quarter of the size, enlarged."""
    net = slim.conv2d(images / 255, 8, 5, stride=4, scope="a")
    net = slim.conv2d(net, 3, 3, activation_fn=None, scope="b")
    return tf.image.resize_bilinear(net, tf.shape(images)[1:3])


def save_checkpoint(build_net, prefix, seed=0):
    """Random weights of a net, as a checkpoint; returns its prefix."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(seed)
        build_net(tf.zeros([1, 32, 32, 3]), is_training=False)
        session.run(tf.global_variables_initializer())
        return tf.train.Saver().save(session, prefix, write_meta_graph=False, write_state=False)


def paint(label):
    """The image in which `red_net` sees a label: uint8 [H, W] -> uint8 [H, W, 3]."""
    image = np.full(label.shape + (3,), 90, np.uint8)
    image[..., 0] = 40 + STEP * np.where(label < 3, label, 0)
    return image


def _png(array):
    data = io.BytesIO()
    Image.fromarray(array).save(data, format="PNG")
    return data.getvalue()


def _example(name, label, instances):
    def feature(value):
        if isinstance(value, int):
            return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
    values = dict(name=name.encode(), image=_png(paint(label)), label=_png(label),
                  height=label.shape[0], width=label.shape[1])
    if instances is not None:
        values["instances"] = encode_instances(instances)
    return tf.train.Example(features=tf.train.Features(
        feature={key: feature(value) for key, value in values.items()}))


def write_split(folder, labels, split="validation", instances=()):
    """Records of painted labels, named image0, ...: a `Split`.

    Args:
      instances: of each label uint16 [H, W]; empty for records without them.
    """
    path = os.path.join(folder, split + ".tfrecords")
    with tf.python_io.TFRecordWriter(path) as writer:
        for index, label in enumerate(labels):
            writer.write(_example(f"image{index}", label, instances[index] if instances else None
                                  ).SerializeToString())
    info = SplitInfo(split, len(labels), (0,) * 3, (0,) * 3, 0, {}, "hash of " + split,
                     instances_per_class=(0,) * 3 if instances else None)
    return Split(split, (path,), DatasetInfo("painted", NAMES, PALETTE, {split: info}))


def some_labels(count, seed=0):
    """Labels of coarse blocks and of several sizes, with ignored pixels."""
    rng = np.random.RandomState(seed)
    found = []
    for index in range(count):
        blocks = rng.choice([0, 1, 2, 255], (3 + index % 2, 4 - index % 3), p=[.3, .3, .3, .1])
        found.append(np.kron(blocks, np.ones([11, 13])).astype(np.uint8))
    return found
