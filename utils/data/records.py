"""Records: one example is an encoded image, its label PNG, its name and size; and legacy raw pixels.

    <datapath>/training.tfrecords  or  <datapath>/training-00000-of-00004.tfrecords ...
    <datapath>/dataset.json        the sidecar; legacy folders have none
"""
import glob
import hashlib
import os
import re

import numpy as np

from utils.data.counting import SplitCounter
from utils.data.datasets import DATASETS
from utils.data.datasets.base import IGNORE_LABEL, SPLITS, canonical_split, distinct_palette
from utils.data.sidecar import DatasetInfo, read_info, sidecar_path
from utils.errors import UserError
from utils.tf_compat import tf

_SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.tfrecords$")


# ---- finding and reading ----

def open_dataset(datapath, family=""):
    """The `DatasetInfo` of a converted folder, or of a legacy one.

    Args:
      datapath: folder of records.
      family: registered family that names the classes of a legacy folder; its classes are numbered
        where it is empty or names none itself.

    Raises:
      UserError: no such folder, no records, records without their sidecar.
    """
    if not os.path.isdir(datapath):
        raise UserError("--datapath={}: no such folder; make it with `python fcn_data.py convert "
                        "--dataset_family=... --source=... --datapath={}`".format(datapath, datapath))
    if os.path.isfile(sidecar_path(datapath)):
        return read_info(datapath)
    if not existing_splits(datapath):
        raise UserError("--datapath={}: no records; expected training.tfrecords or shards of it; "
                        "make them with `python fcn_data.py convert`".format(datapath))
    return _legacy_info(datapath, family)


def existing_splits(datapath):
    """Names of the splits that have records."""
    return [split for split in SPLITS if _glob(datapath, split)]


def _glob(datapath, split):
    return sorted(glob.glob(os.path.join(glob.escape(datapath), split + "*.tfrecords")))


def split_files(datapath, split):
    """The record files of a split, sorted: their order is that of the examples.

    Raises:
      UserError: no such split (lists those that exist), or a shard is missing.
    """
    files = _glob(datapath, canonical_split(split))
    if not files:
        raise UserError("--datapath={}: no records of the split {!r}; it has {}".format(
            datapath, split, ", ".join(existing_splits(datapath)) or "none"))
    problem = shard_problem(files)
    if problem:
        raise UserError("--datapath={}: {}".format(datapath, problem))
    return files


def shard_problem(files):
    """What is wrong with a split's set of files, or None: a missing shard, two sets at once."""
    shards = [_SHARD.search(path) for path in files]
    totals = {match.group(2) if match else "single" for match in shards}
    if len(totals) > 1 or (totals == {"single"} and len(files) > 1):
        return "records of two conversions are mixed ({}); keep one set".format(
            ", ".join(os.path.basename(path) for path in files[:4]))
    if totals == {"single"}:
        return None
    present = {int(match.group(1)) for match in shards}
    missing = sorted(set(range(int(totals.pop()))) - present)
    if missing:
        return "shard {} of {} is missing; copy it or convert again".format(
            missing[0], os.path.basename(files[0]).split("-")[0])
    return None


def read_records(files):
    """The serialized examples of some files, in file order: a `tf.data.Dataset` of string []."""
    return tf.data.TFRecordDataset(list(files))


def parse_example(serialized, legacy):
    """Decodes one example, in the graph.

    Args:
      serialized: string [].
      legacy: whether the record holds raw pixels (`DatasetInfo.legacy`).

    Returns:
      dict of name: string [] (empty in legacy records), image: uint8 [H, W, 3] RGB, label: uint8
      [H, W], class indices and ignored values.
    """
    return _parse_legacy(serialized) if legacy else _parse_encoded(serialized)


def _parse_encoded(serialized):
    text = tf.FixedLenFeature([], tf.string)
    features = tf.parse_single_example(
        serialized, {"image": text, "label": text, "name": tf.FixedLenFeature([], tf.string, "")})
    # The slow integer transform is the one that gives the same pixels everywhere. The op reads PNG too.
    image = tf.image.decode_jpeg(features["image"], channels=3, dct_method="INTEGER_ACCURATE")
    label = tf.image.decode_png(features["label"], channels=1)
    return {"name": features["name"], "image": tf.ensure_shape(image, [None, None, 3]),
            "label": tf.ensure_shape(label, [None, None, 1])[:, :, 0]}


def _parse_legacy(serialized):
    size, text = tf.FixedLenFeature([], tf.int64), tf.FixedLenFeature([], tf.string)
    features = tf.parse_single_example(
        serialized, {"height": size, "width": size, "image_raw": text, "mask_raw": text})
    shape = tf.stack([features["height"], features["width"]])
    image = tf.reshape(tf.decode_raw(features["image_raw"], tf.uint8), tf.concat([shape, [3]], 0))
    label = tf.reshape(tf.decode_raw(features["mask_raw"], tf.uint8), shape)
    return {"name": tf.constant(""), "image": tf.ensure_shape(image, [None, None, 3]),
            "label": tf.ensure_shape(label, [None, None])}


# ---- legacy folders ----

def iterate_examples(path):
    """Yields the `tf.train.Example` protos of one file, outside any graph."""
    for serialized in tf.python_io.tf_record_iterator(path):
        yield tf.train.Example.FromString(serialized)


def _legacy_info(datapath, family):
    """Counts a folder of raw-pixel records, which has no sidecar."""
    named = DATASETS.get(family) if family else None
    names = named.class_names if named else ()
    counters = [_count_legacy(datapath, split, len(names)) for split in existing_splits(datapath)]
    if not names:
        values = [value for counter in counters for value in counter.values()]
        names = tuple("class_{}".format(index) for index in range(
            max([value for value in values if value != IGNORE_LABEL] or [0]) + 1))
    return DatasetInfo(
        family=named.name if named else "legacy", class_names=names,
        palette=named.palette if named and named.palette else distinct_palette(len(names)),
        splits={counter.name: counter.info(len(names)) for counter in counters}, legacy=True)


def _count_legacy(datapath, split, num_classes):
    counter = SplitCounter(split, num_classes)
    for path in split_files(datapath, split):
        try:
            for example in iterate_examples(path):
                _add_legacy(counter, example, path, datapath)
        except tf.errors.DataLossError as error:
            raise UserError("{}: record {} is corrupt ({}); copy the file again".format(
                path, counter.count, error.message))
    return counter


def _add_legacy(counter, example, path, datapath):
    feature = example.features.feature
    if "image_raw" not in feature:
        raise UserError("--datapath={}: dataset.json is missing beside {}; copy it too, or convert "
                        "again".format(datapath, os.path.basename(path)))
    height, width = feature["height"].int64_list.value[0], feature["width"].int64_list.value[0]
    label = np.frombuffer(feature["mask_raw"].bytes_list.value[0], np.uint8).reshape(height, width)
    digest = hashlib.sha256(feature["image_raw"].bytes_list.value[0]).hexdigest()
    counter.add("{}_{}".format(counter.name, counter.count), digest, label)


# ---- writing ----

def make_example(name, image, label_png, height, width):
    """The `tf.train.Example` of one image: encoded bytes, id, size in pixels."""
    def text(value):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    def number(value):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
    return tf.train.Example(features=tf.train.Features(feature={
        "name": text(name.encode("utf-8")), "image": text(image), "label": text(label_png),
        "height": number(height), "width": number(width)}))


class SplitWriter(object):
    """Writes the examples of a split in order, over `shards` files of equal length.

    Args:
      folder: where the files go.
      split: "training", "validation" or "test".
      count: number of examples that will come.
      shards: number of files; no more than there are examples.
    """

    def __init__(self, folder, split, count, shards=1):
        shards = max(min(shards, count), 1)
        names = ["{}.tfrecords".format(split)] if shards == 1 else [
            "{}-{:05d}-of-{:05d}.tfrecords".format(split, shard, shards) for shard in range(shards)]
        self._paths = [os.path.join(folder, name) for name in names]
        self._ends = [count * (shard + 1) // shards for shard in range(shards)]
        self._written, self._file = 0, None

    def __enter__(self):
        return self

    def __exit__(self, *unused_error):
        self._close()

    def write(self, example):
        """Appends a `tf.train.Example`."""
        try:
            if self._file is None:
                self._file = tf.python_io.TFRecordWriter(self._paths.pop(0))
            self._file.write(example.SerializeToString())
        except tf.errors.OpError as error:
            raise UserError("writing records failed: {}".format(error.message.split("\n")[0]))
        self._written += 1
        if self._written == self._ends[0]:
            self._ends.pop(0)
            self._close()

    def _close(self):
        if self._file is not None:
            self._file.close()
        self._file = None
