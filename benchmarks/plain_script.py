#!/usr/bin/env python
"""The peer of a training: one careful script that knows nothing of this project.

    python benchmarks/plain_script.py --source=CamVid --checkpoint=mobilenet_v1_1.0_224.ckpt

MobileNet V1 FCN8, written by hand with tf_slim: Adam with a poly rate, crops of enlarged and
mirrored images, ENet's class weights, batch norm averages that keep up. --source is a folder with
lists of "image label" lines (train.txt, val.txt, test.txt), as CamVid's. It prints mIoU of
validation and test for each seed; docs/results.md has them beside trainings by fcn_train.py with
the same settings. Needs TensorFlow 1.15, or 2.16 and later with tf_keras, tf_slim, numpy and
pillow, and nothing of this project.
"""
import argparse
import functools
import importlib
import os
import sys
import time

import numpy as np
from PIL import Image

#: CamVid's, and the label that is ignored.
CLASSES, IGNORED = 11, 11
#: (stride, channels) of MobileNet V1's units.
UNITS = ((1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512), (1, 512), (1, 512), (1, 512),
         (1, 512), (1, 512), (2, 1024), (1, 1024))
#: {stride: the unit whose output has it}
LAST_UNITS = {8: 5, 16: 11, 32: 13}


def main():
    args = parser().parse_args()
    size = tuple(map(int, args.pixels.split("x")))
    splits = {name: read_split(args.source, name) for name in ("train", "val", "test")}
    for seed in map(int, args.seeds.split(",")):
        began = time.time()
        scores = train_and_test(args, splits, size, seed)
        print("seed {}: val {:.1f}, test {:.1f} ({:.0f} s)".format(
            seed, 100 * scores["val"], 100 * scores["test"], time.time() - began), flush=True)


def parser():
    parsed = argparse.ArgumentParser(description=__doc__)
    parsed.add_argument("--source", required=True)
    parsed.add_argument("--checkpoint", required=True)
    parsed.add_argument("--pixels", default="192x256")
    parsed.add_argument("--steps", type=int, default=350)
    parsed.add_argument("--batch_size", type=int, default=8)
    parsed.add_argument("--learnrate", type=float, default=1e-3)
    parsed.add_argument("--largest_scale", type=float, default=1.6)
    parsed.add_argument("--enet", type=float, default=1.1, help="k of 1 / ln(k + p)")
    parsed.add_argument("--seeds", default="1,2,3")
    return parsed


# ---- data ----

def read_split(source, name):
    """[(image, label)]: uint8 [H, W, 3] and [H, W]."""
    with open(os.path.join(source, name + ".txt")) as lines:
        pairs = [line.split() for line in lines if line.strip()]
    return [tuple(np.asarray(Image.open(os.path.join(source, path.lstrip("/")))) for path in pair)
            for pair in pairs]


def fitted(image, label, size):
    """Image and label at (height, width)."""
    return (np.asarray(Image.fromarray(image).resize(size[::-1], Image.BILINEAR)),
            np.asarray(Image.fromarray(label).resize(size[::-1], Image.NEAREST)))


def augmented(image, label, size, largest, random):
    """A crop of (height, width) of the enlarged pair, half of them mirrored."""
    scale = random.uniform(1, largest)
    large = [int(round(side * scale)) for side in size]
    image, label = fitted(image, label, large)
    top, left = (random.randint(0, big - side + 1) for big, side in zip(large, size))
    image, label = (one[top:top + size[0], left:left + size[1]] for one in (image, label))
    return (image[:, ::-1], label[:, ::-1]) if random.rand() < .5 else (image, label)


def batches(split, size, args, random):
    """Yields (images, labels) for each step; each epoch shows each image once."""
    waiting = []
    for _ in range(args.steps):
        while len(waiting) < args.batch_size:
            waiting.extend(random.permutation(len(split)))
        chosen, waiting = waiting[:args.batch_size], waiting[args.batch_size:]
        yield tuple(map(np.stack, zip(*(
            augmented(*split[index], size, args.largest_scale, random) for index in chosen))))


def enet_weights(split, k):
    """1 / ln(k + p), p the share of the labelled pixels (Paszke et al., 1606.02147, 5.2)."""
    counts = sum(np.bincount(label.ravel(), minlength=256)[:CLASSES] for _, label in split)
    return 1 / np.log(k + counts / counts.sum())


# ---- net ----

@functools.lru_cache(maxsize=None)
def frameworks():
    """(TF 1.15's interface, tf_slim), on either generation of TensorFlow."""
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    from tensorflow.compat import v1 as tf
    tf.disable_v2_behavior()
    if not tf.__version__.startswith("1."):  # tf_slim wants modules that tf_keras moved
        for name in ("", ".base", ".convolutional", ".core", ".normalization", ".pooling"):
            sys.modules["tf_keras.legacy_tf_layers" + name] = importlib.import_module(
                "tf_keras.src.legacy_tf_layers" + name)
    import tf_slim as slim
    return tf, slim


def fcn8(images, is_training):
    """uint8 [B, H, W, 3] -> scores [B, H, W, classes]."""
    tf, slim = frameworks()
    norm = dict(decay=.99, epsilon=.001, scale=True, is_training=is_training)
    net, ends = tf.cast(images, tf.float32) / 127.5 - 1, {}
    with slim.arg_scope([slim.conv2d], weights_regularizer=slim.l2_regularizer(4e-5)):
        with tf.variable_scope("MobilenetV1"), slim.arg_scope(
                [slim.conv2d, slim.separable_conv2d], activation_fn=tf.nn.relu6,
                normalizer_fn=slim.batch_norm, normalizer_params=norm):
            net = slim.conv2d(net, 32, 3, stride=2, scope="Conv2d_0")
            for index, (stride, channels) in enumerate(UNITS, 1):
                net = slim.separable_conv2d(net, None, 3, depth_multiplier=1, stride=stride,
                                            scope=f"Conv2d_{index}_depthwise")
                net = slim.conv2d(net, channels, 1, scope=f"Conv2d_{index}_pointwise")
                ends[index] = net
        scores = [slim.conv2d(ends[LAST_UNITS[stride]], CLASSES, 1, activation_fn=None,
                              scope=f"scores_{stride}") for stride in (32, 16, 8)]
    net = scores[0]
    for finer in scores[1:]:
        net = tf.image.resize_bilinear(net, tf.shape(finer)[1:3], half_pixel_centers=True) + finer
    return tf.image.resize_bilinear(net, tf.shape(images)[1:3], half_pixel_centers=True)


def train_and_test(args, splits, size, seed):
    """{split: mIoU} after the last step."""
    tf, _ = frameworks()
    tf.reset_default_graph()
    tf.set_random_seed(seed)
    images = tf.placeholder(tf.uint8, (None,) + size + (3,))
    labels = tf.placeholder(tf.uint8, (None,) + size)
    training = tf.placeholder_with_default(False, [])
    scores = fcn8(images, training)
    step = tf.train.get_or_create_global_step()
    train = train_op(args, scores, labels, enet_weights(splits["train"], args.enet), step)
    restore = tf.train.Saver(restored(tf, args.checkpoint))
    at_own_size = tf.placeholder(tf.int32, [2])
    predicted = tf.argmax(tf.image.resize_bilinear(scores, at_own_size, half_pixel_centers=True),
                          -1, output_type=tf.int32)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        restore.restore(session, args.checkpoint)
        for batch in batches(splits["train"], size, args, np.random.RandomState(seed)):
            session.run(train, {images: batch[0], labels: batch[1], training: True})
        return {name: mean_iou(splits[name], lambda image, label: session.run(predicted, {
            images: fitted(image, label, size)[0][np.newaxis], at_own_size: label.shape})[0])
                for name in ("val", "test")}


def restored(tf, checkpoint):
    """The variables of the feature extractor, all of them in the checkpoint."""
    names = dict(tf.train.list_variables(checkpoint))
    found = [variable for variable in tf.global_variables("MobilenetV1/")
             if "Adam" not in variable.op.name]
    lacking = [variable.op.name for variable in found if variable.op.name not in names]
    if lacking:
        raise SystemExit("the checkpoint lacks " + ", ".join(lacking))
    return found


def train_op(args, scores, labels, weights, step):
    """Adam on the mean of weighted cross entropies, and the weights' decay."""
    tf, _ = frameworks()
    wanted = tf.cast(labels, tf.int32)
    weight = tf.gather(tf.constant(np.append(weights, 0), tf.float32), wanted)  # 0 of the ignored
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=tf.minimum(wanted, CLASSES - 1), logits=scores)
    loss = tf.reduce_sum(losses * weight) / tf.reduce_sum(weight) + tf.add_n(
        tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
    rate = tf.train.polynomial_decay(args.learnrate, step, args.steps, 0, power=.9)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        return tf.train.AdamOptimizer(rate).minimize(loss, step)


# ---- test ----

def mean_iou(split, predict):
    """Mean over the classes of intersection over union, pixels of all images together."""
    counts = np.zeros((CLASSES, CLASSES), np.int64)
    for image, label in split:
        seen = label != IGNORED
        pairs = label[seen].astype(np.int64) * CLASSES + predict(image, label)[seen]
        counts += np.bincount(pairs, minlength=CLASSES ** 2).reshape(CLASSES, CLASSES)
    hits = np.diag(counts)
    return np.mean(hits / (counts.sum(0) + counts.sum(1) - hits))


if __name__ == "__main__":
    main()
