"""Records: an example is an encoded image, its label PNG, its name and size, and the PNG of its
instances where they are known (`utils.data.instances`).

seg-mentor's records, of raw pixels, are read too.

    <datapath>/training.tfrecords  or  <datapath>/training-00000-of-00004.tfrecords ...
    <datapath>/dataset.json        the sidecar; seg-mentor's folders have none
"""
import contextlib
import os
from typing import Any, Dict, Iterator, Sequence

from utils.data.record_files import (  # noqa: F401 (for callers)
    existing_splits,
    shard_problem,
    split_files,
    split_paths,
)
from utils.data.record_writer import SplitWriter, make_example  # noqa: F401 (writing, for callers)
from utils.data.seg_mentor import raw_pixels_info
from utils.data.sidecar import DatasetInfo, read_info, sidecar_path
from utils.data.split import Split
from utils.data.splits import canonical_split
from utils.errors import UserError, require_utf8
from utils.tf_compat import error_reason, tf


def open_dataset(datapath: str, family: str = "") -> DatasetInfo:
    """Reads the `DatasetInfo` of a converted folder, or counts that of seg-mentor's records.

    Args:
      datapath: folder of records.
      family: registered family that names the classes of seg-mentor's records; they are
        numbered where it is empty or names none itself.

    Raises:
      UserError: no such folder, no records, records without their sidecar.
    """
    require_utf8("datapath", datapath)
    if not os.path.isdir(datapath):
        raise UserError(f"--datapath={datapath}: no such folder; make it with `python fcn_data.py "
                        f"convert --dataset_family=... --source=... --datapath={datapath}`")
    if os.path.isfile(sidecar_path(datapath)):
        return read_info(datapath)
    if not existing_splits(datapath):
        raise UserError(f"--datapath={datapath}: no records; expected training.tfrecords or shards "
                        "of it; make them with `python fcn_data.py convert`")
    files = {split: split_files(datapath, split) for split in existing_splits(datapath)}
    return raw_pixels_info(datapath, files, family)


def open_split(datapath: str, split: str, info: DatasetInfo) -> Split:
    """Opens a split of a folder whose `DatasetInfo` is known.

    Raises:
      UserError: no such split (lists those that exist), or a shard is missing.
    """
    return Split(canonical_split(split), tuple(split_files(datapath, split)), info)


def require_records(datapath: str, split: str) -> None:
    """Raises a `UserError` where all files of a split are empty: who repeats them never ends."""
    if not any(os.path.getsize(path) for path in split_files(datapath, split)):
        raise UserError(f"--datapath={datapath}: the records of {split} are empty: copy them "
                        "again, or convert the dataset again")


def read_records(files: Sequence[str]) -> Any:
    """Makes a `tf.data.Dataset` of serialized examples, string [], in the order of the files."""
    return tf.data.TFRecordDataset(list(files))


@contextlib.contextmanager
def record_errors(datapath: str) -> Iterator[None]:
    """Turns what TensorFlow raises where an iterator meets a damaged record into a `UserError`.

    Args:
      datapath: the folder of the records, for the error.
    """
    try:
        yield
    except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
        if error.op is None or not error.op.type.startswith("Iterator"):
            raise
        raise UserError(f"a record in {datapath} cannot be read ({error_reason(error)}): look for "
                        f"it with: python fcn_data.py check --datapath={datapath}") from error


def parse_example(serialized: Any, raw_pixels: bool, instances: bool = False) -> Dict[str, Any]:
    """Decodes one example, in the graph.

    Args:
      serialized: string [].
      raw_pixels: whether the record holds raw pixels (`DatasetInfo.raw_pixels`).
      instances: whether to decode the instances, which the record has to have.

    Returns:
      dict of name: string [] (empty where the record has none), image: uint8 [H, W, 3] RGB,
      label: uint8 [H, W], class indices and ignored values; instances: uint16 [H, W] where asked
      for.
    """
    if raw_pixels:
        return _parse_raw_pixels(serialized)
    return _parse_encoded(serialized, ("instances",) if instances else ())


def _parse_encoded(serialized, more):
    text = tf.FixedLenFeature([], tf.string)
    features = tf.parse_single_example(serialized, dict(
        {name: text for name in more}, image=text, label=text,
        name=tf.FixedLenFeature([], tf.string, "")))
    # The slow integer transform gives the same pixels everywhere. The op reads PNG as well.
    image = tf.image.decode_jpeg(features["image"], channels=3, dct_method="INTEGER_ACCURATE")
    label = tf.image.decode_png(features["label"], channels=1)
    parsed = {"name": features["name"], "image": tf.ensure_shape(image, [None, None, 3]),
              "label": tf.ensure_shape(label, [None, None, 1])[:, :, 0]}
    for name in more:
        parsed[name] = tf.image.decode_png(features[name], channels=1, dtype=tf.uint16)[:, :, 0]
    return parsed


def _parse_raw_pixels(serialized):
    size, text = tf.FixedLenFeature([], tf.int64), tf.FixedLenFeature([], tf.string)
    features = tf.parse_single_example(
        serialized, {"height": size, "width": size, "image_raw": text, "mask_raw": text})
    shape = tf.stack([features["height"], features["width"]])
    image = tf.reshape(tf.decode_raw(features["image_raw"], tf.uint8), tf.concat([shape, [3]], 0))
    label = tf.reshape(tf.decode_raw(features["mask_raw"], tf.uint8), shape)
    return {"name": tf.constant(""), "image": tf.ensure_shape(image, [None, None, 3]),
            "label": tf.ensure_shape(label, [None, None])}
