"""Finding records, and seg-mentor's as they are."""
import os

import numpy as np
import pytest

from tests.data.helpers import message, read_split, write_raw_pixels
from tests.data.sources import LABEL_A, LABEL_B, picture
from tests.shared import shared_data
from utils.data.convert import convert
from utils.data.datasets import open_source
from utils.data.records import SplitWriter, make_example, open_dataset, split_files
from utils.data.scan import scan
from utils.tf_compat import tf


def touch(folder, *names):
    for name in names:
        open(os.path.join(str(folder), name), "w").close()


def test_split_files_are_sorted_and_complete(tmp_path):
    shards = [f"training-0000{index}-of-00003.tfrecords" for index in range(3)]
    touch(tmp_path, "validation.tfrecords", *reversed(shards))
    assert [os.path.basename(path) for path in split_files(str(tmp_path), "train")] == shards
    assert "no records of the split 'test'; it has training, validation" in message(
        split_files, str(tmp_path), "test")
    os.remove(str(tmp_path / shards[1]))
    assert "shard 1 of training is missing; copy it or convert again" in message(
        split_files, str(tmp_path), "training")
    touch(tmp_path, "training.tfrecords")
    assert "records of two conversions are mixed" in message(split_files, str(tmp_path), "training")


def test_folders_without_records(tmp_path):
    assert "none: no such folder; make it with `python fcn_data.py convert" in message(
        open_dataset, str(tmp_path / "none"))
    assert "no records; expected training.tfrecords or shards" in message(
        open_dataset, str(tmp_path))


def test_more_shards_than_examples(tmp_path):
    with SplitWriter(str(tmp_path), "test", count=2, shards=5) as writer:
        for index in range(2):
            writer.write(make_example(str(index), b"", b"", 1, 1))
    assert sorted(os.listdir(str(tmp_path))) == [
        "test-00000-of-00002.tfrecords", "test-00001-of-00002.tfrecords"]


def test_features_stand_in_the_order_of_their_names(tmp_path):
    """So that the same images give the same files, whatever the order of protobuf's maps."""
    with SplitWriter(str(tmp_path), "test", count=1) as writer:
        writer.write(make_example("n", b"i", b"l", 1, 1))
    record, = scan(str(tmp_path / "test.tfrecords"))
    names = [b"height", b"image", b"label", b"name", b"width"]
    assert sorted(names, key=record.data.index) == names


def test_writing_into_a_folder_that_is_gone(tmp_path):
    with SplitWriter(str(tmp_path / "gone"), "test", count=1) as writer:
        assert "writing records failed (" in message(
            writer.write, make_example("a", b"", b"", 1, 1))


def test_raw_pixels_are_read_as_they_are(tmp_path):
    labels = [np.where(LABEL_A == 255, 3, LABEL_A), LABEL_B]
    write_raw_pixels(str(tmp_path), "training", labels)
    write_raw_pixels(str(tmp_path), "validation", labels[:1])
    info = open_dataset(str(tmp_path))
    assert (info.raw_pixels, info.family) == (True, "seg-mentor")
    assert info.class_names == ("class_0", "class_1", "class_2", "class_3")
    assert info.split("training").pixels_per_class == (9, 5, 2, 1)
    assert info.split("training").ignored_pixels == 1
    examples = read_split(tmp_path, "training", raw_pixels=True)
    for (name, image, label), truth in zip(examples, labels):
        assert name == ""
        assert np.array_equal(image, picture(truth)) and np.array_equal(label, truth)


def test_raw_pixel_classes_are_named_by_the_family(tmp_path):
    write_raw_pixels(str(tmp_path), "training", [np.array([[0, 10, 11]], np.uint8)])
    info = open_dataset(str(tmp_path), "camvid")
    assert (info.family, info.num_classes, info.class_names[10]) == ("camvid", 11, "Bicyclist")
    assert info.split("training").ignored_pixels == 1


@pytest.mark.parametrize("split,count", [("training", 8), ("validation", 12)])
def test_real_records_of_seg_mentor(split, count):
    datapath = shared_data("legacy", "camvid")
    info = open_dataset(datapath, "camvid")
    assert info.split(split).count == count
    assert info.split(split).sizes == {"360x480": count}
    examples = read_split(datapath, split, info.raw_pixels)
    values, pixels = np.unique([label for _, _, label in examples], return_counts=True)
    assert dict(zip(values[values < 11].tolist(), pixels[values < 11].tolist())) == {
        index: number for index, number in enumerate(info.split(split).pixels_per_class) if number}
    assert sum(pixels[values >= 11]) == info.split(split).ignored_pixels > 0


def test_png_and_jpeg_are_decoded_by_one_op():
    for encode, same in ((tf.image.encode_png, True), (tf.image.encode_jpeg, False)):
        with tf.Graph().as_default(), tf.Session() as session:
            decoded = tf.image.decode_jpeg(encode(picture(LABEL_A)), channels=3)
            assert np.array_equal(session.run(decoded), picture(LABEL_A)) == same


def test_real_camvid_counts(tmp_path):
    """The figures of the data's README."""
    source = shared_data("camvid")
    dataset = open_source("camvid", source)
    info = convert(dataset, source, str(tmp_path / "camvid"))
    assert [split.count for split in info.splits.values()] == [367, 101, 233]
    assert info.split("training").pixels_per_class == (
        10682767, 14750079, 623349, 20076880, 2845085, 6166762, 743859, 714595, 3719877, 405385,
        184967)
    assert info.split("training").images_per_class == (
        366, 365, 366, 367, 349, 319, 351, 173, 360, 317, 201)
    assert [split.ignored_pixels for split in info.splits.values()] == [2503995, 297271, 1543383]
