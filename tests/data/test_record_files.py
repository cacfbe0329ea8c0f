"""Records read without TensorFlow: what its own parser reads, and one line for damage."""
import os

import pytest

from tests.data.helpers import message
from utils.data.record_files import read_examples
from utils.data.records import SplitWriter, make_example
from utils.tf_compat import tf

EXAMPLES = [("é/1", b"image" * 100, b"label", 3, 4, b"objects"), ("", b"", b"x", 300, 2 ** 40, b""),
            ("n" * 300, bytes(range(256)) * 900, b"\0", 1, 1, b"")]


@pytest.fixture
def path(tmp_path):
    with SplitWriter(str(tmp_path), "test", len(EXAMPLES)) as writer:
        for example in EXAMPLES:
            writer.write(make_example(*example))
    return os.path.join(str(tmp_path), "test.tfrecords")


def test_it_reads_what_tensorflow_reads(path):
    for found, data in zip(read_examples(path), tf.python_io.tf_record_iterator(path)):
        features = tf.train.Example.FromString(data).features.feature
        assert found == {key: feature.bytes_list.value[0] for key, feature in features.items()
                         if feature.bytes_list.value}
    found = list(read_examples(path))
    assert [one["name"].decode("utf-8") for one in found] == [name for name, *_ in EXAMPLES]
    assert [one["image"] for one in found] == [image for _, image, *_ in EXAMPLES]


def test_numbers_before_the_bytes_are_passed_over(tmp_path):
    example = tf.train.Example()
    example.features.feature["f"].float_list.value.extend([1.5, 2.5])
    example.features.feature["i"].int64_list.value.extend([-1, 2 ** 62])
    example.features.feature["b"].bytes_list.value.extend([b"first", b"second"])
    path = str(tmp_path / "x.tfrecords")
    with tf.python_io.TFRecordWriter(path) as writer:
        writer.write(example.SerializeToString())
    assert list(read_examples(path)) == [{"b": b"first"}]


@pytest.mark.parametrize("cut", [1, 5, 11, 100, -1, -5])
def test_a_file_that_is_cut_short(path, cut):
    with open(path, "rb") as file:
        data = file.read()
    with open(path, "wb") as file:
        file.write(data[:cut])
    assert "is damaged or cut short; copy the file again" in message(
        lambda: list(read_examples(path)))


def test_what_is_no_example(tmp_path):
    path = str(tmp_path / "x.tfrecords")
    for data in (b"\x0a\xff", b"\x0b\0", b"\xff" * 20, b"\x0a\x05\x0a\x03\x0a\x7fa"):
        with tf.python_io.TFRecordWriter(path) as writer:
            writer.write(data)
        assert "record 0 is damaged" in message(lambda: list(read_examples(path)))
