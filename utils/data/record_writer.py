"""Writes the records of a split; see `records` for what is in them."""
import contextlib
import os
from typing import Any

from utils.errors import UserError
from utils.tf_compat import tf


def make_example(name: str, image: bytes, label_png: bytes, height: int, width: int,
                 instances_png: bytes = b"") -> Any:
    """Makes the `tf.train.Example` of one image: encoded bytes, name, size in pixels.

    Args:
      instances_png: as `instances.encode_instances`; empty where they are not known.
    """
    def text(value):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    def number(value):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
    feature = {"name": text(name.encode("utf-8")), "image": text(image), "label": text(label_png),
               "height": number(height), "width": number(width)}
    if instances_png:
        feature["instances"] = text(instances_png)
    return tf.train.Example(features=tf.train.Features(feature=feature))


class SplitWriter:
    """Writes the examples of a split in order, over `shards` files of equal length.

    Args:
      folder: where the files go.
      split: "training", "validation" or "test".
      count: number of examples that will come.
      shards: number of files; fewer are made where there are fewer examples.
    """

    def __init__(self, folder: str, split: str, count: int, shards: int = 1) -> None:
        shards = max(min(shards, count), 1)
        names = [f"{split}.tfrecords"] if shards == 1 else [
            f"{split}-{shard:05d}-of-{shards:05d}.tfrecords" for shard in range(shards)]
        self._paths = [os.path.join(folder, name) for name in names]
        self._ends = [count * (shard + 1) // shards for shard in range(shards)]
        self._written, self._file = 0, None

    def __enter__(self) -> "SplitWriter":
        return self

    def __exit__(self, error_type: Any, *unused_error: Any) -> None:
        try:
            self._close()
        except tf.errors.OpError:
            if error_type is None:
                raise

    def write(self, example: Any) -> None:
        """Appends a `tf.train.Example`; the same example always gives the same bytes.

        Raises:
          UserError: the disk is full or cannot be written.
        """
        with _one_line():
            if self._file is None:
                self._file = tf.python_io.TFRecordWriter(self._paths.pop(0))
            self._file.write(example.SerializeToString(deterministic=True))
        self._written += 1
        if self._written == self._ends[0]:
            self._ends.pop(0)
            with _one_line():
                self._close()

    def _close(self):
        file, self._file = self._file, None
        if file is not None:
            file.close()


@contextlib.contextmanager
def _one_line():
    try:
        yield
    except tf.errors.OpError as error:
        raise UserError("writing records failed ({}); free some space or choose another "
                        "folder".format(error.message.split("\n")[0])) from error
