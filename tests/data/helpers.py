"""What the tests of data share: the line of a mistake, records out of the graph, raw pixels."""
import os

import pytest

from tests.data.sources import picture
from utils.data.records import parse_example, read_records, split_files
from utils.errors import UserError
from utils.tf_compat import tf


def message(function, *args, **options):
    """The text of the `UserError` that a call raises, which is one line."""
    with pytest.raises(UserError) as caught:
        function(*args, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read_split(datapath, split, raw_pixels=False):
    """[(name, image, label)] as the graph gives them."""
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = read_records(split_files(str(datapath), split))
        element = tf.data.make_one_shot_iterator(
            dataset.map(lambda serialized: parse_example(serialized, raw_pixels))).get_next()
        assert element["image"].shape.as_list() == [None, None, 3]
        assert element["label"].shape.as_list() == [None, None]
        found = []
        while True:
            try:
                one = session.run(element)
            except tf.errors.OutOfRangeError:
                return found
            found.append((one["name"].decode("utf-8"), one["image"], one["label"]))


def write_raw_pixels(folder, split, labels):
    """Records of raw pixels; the image of a label is always the same."""
    with tf.python_io.TFRecordWriter(os.path.join(folder, split + ".tfrecords")) as writer:
        for label in labels:
            example = tf.train.Example()
            feature = example.features.feature
            feature["height"].int64_list.value.append(label.shape[0])
            feature["width"].int64_list.value.append(label.shape[1])
            feature["image_raw"].bytes_list.value.append(picture(label).tobytes())
            feature["mask_raw"].bytes_list.value.append(label.tobytes())
            writer.write(example.SerializeToString())
