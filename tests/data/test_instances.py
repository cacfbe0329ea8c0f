"""Instances: numbers of objects beside labels; written, read, checked and counted."""
import io
import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.data import coco_sources
from tests.data.helpers import message
from tests.data.sources import COCO_LABEL, picture, write_coco, write_folder, write_image
from utils.data.check_records import check_records
from utils.data.convert import convert
from utils.data.datasets import SourceOptions, open_source
from utils.data.describe import describe_text
from utils.data.instances import (
    decode_ids,
    encode_instances,
    instances_problem,
    numbered,
    objects_of,
    resized,
)
from utils.data.records import (
    SplitWriter,
    make_example,
    open_dataset,
    parse_example,
    read_records,
    split_files,
)
from utils.data.scan import features, scan
from utils.tf_compat import tf

#: Of `COCO`: the car is the file's first object, then the person, then (behind the crowd) the dog.
COCO_INSTANCES = np.array([[2, 2, 2, 2, 0, 0], [2, 1, 1, 2, 0, 0], [2, 1, 1, 2, 0, 0],
                           [0, 0, 0, 0, 0, 3]], np.uint16)


def test_objects_are_numbered_in_the_order_of_their_ids():
    ids = np.array([[0, 26003, 26003], [24000, 0, 33001]])
    found = numbered(ids)
    assert found.dtype == np.uint16 and found.tolist() == [[0, 2, 2], [1, 0, 3]]
    assert not numbered(np.zeros([2, 3], np.int32)).any()
    with pytest.raises(ValueError, match="65536 objects, at most 65535 can be told apart"):
        numbered(np.arange(65537).reshape(1, -1))


def test_instances_survive_a_png_of_16_bits():
    instances = np.array([[0, 1, 255], [256, 40000, 65535]], np.uint16)
    data = encode_instances(instances)
    assert decode_ids(data, "x").tolist() == instances.tolist()
    with tf.Graph().as_default(), tf.Session() as session:
        decoded = tf.image.decode_png(data, channels=1, dtype=tf.uint16)[:, :, 0]
        assert session.run(decoded).tolist() == instances.tolist()
    colours = io.BytesIO()
    Image.fromarray(picture(COCO_LABEL)).save(colours, format="PNG")
    assert "x: ids of objects with pixels of the kind RGB, expected a PNG of one channel and 16 " \
        "bits" == message(decode_ids, colours.getvalue(), "x")


def test_instances_are_scaled_as_labels_are():
    label = np.random.RandomState(0).randint(0, 200, (37, 53)).astype(np.uint8)
    for size in ((20, 29), (9, 13), (36, 52)):
        small = np.asarray(Image.fromarray(label).resize(size[::-1], Image.NEAREST))
        assert resized(label.astype(np.uint16), *size).tolist() == numbered(small).tolist()


@pytest.mark.parametrize("instances, label, problem", [
    ([[0, 1, 2]], [[0, 1, 1]], ""), ([[0, 0, 0]], [[0, 1, 255]], ""),
    ([[0, 1, 1]], [[0, 1, 2]], "the object 1 has pixels of several classes"),
    ([[0, 1, 3]], [[0, 1, 1]], "the 2 objects are not numbered 1..2"),
    ([[1, 2, 2]], [[0, 1, 255]], "the object 2 has ignored pixels"),
    ([[1, 2]], [[0, 1, 2]], "the instances are 1x2, the label 1x3 (height x width)")])
def test_what_is_wrong_with_instances(instances, label, problem):
    assert instances_problem(np.array(instances, np.uint16), np.array(label, np.uint8),
                             3) == problem


def errors(datapath):
    """Texts of what a check finds, but for what stands in two splits or is of no class."""
    return [one.text for one in check_records(datapath)
            if one.severity == "error" and one.kind in ("record", "statistics", "sidecar")]


# ---- COCO ----

def converted(tmp_path, source, family="coco", crowd="ignore", **how):
    datapath = str(tmp_path / "records")
    dataset = open_source(family, source, SourceOptions(crowd=crowd))
    return convert(dataset, source, datapath, **how), datapath


def read(datapath, split="training"):
    """[(label, instances)] as the graph gives them."""
    with tf.Graph().as_default(), tf.Session() as session:
        element = tf.data.make_one_shot_iterator(read_records(split_files(datapath, split)).map(
            lambda serialized: parse_example(serialized, False, instances=True))).get_next()
        found = []
        while True:
            try:
                one = session.run(element)
            except tf.errors.OutOfRangeError:
                return found
            found.append((one["label"], one["instances"]))


def test_coco_objects_have_the_pixels_where_the_label_shows_them(tmp_path):
    info, datapath = converted(tmp_path, write_coco(str(tmp_path / "coco")))
    (label, instances), = read(datapath)
    assert label.tolist() == COCO_LABEL.tolist()
    assert instances.dtype == np.uint16 and instances.tolist() == COCO_INSTANCES.tolist()
    assert info.split("training").instances_per_class == (0, 1, 1, 1)
    assert open_dataset(datapath) == info
    assert errors(datapath) == []


def test_coco_crowds_are_no_objects_unless_they_are_drawn(tmp_path):
    info, datapath = converted(tmp_path, write_coco(str(tmp_path / "coco")),
                               crowd="draw")
    (label, instances), = read(datapath)
    assert info.split("training").instances_per_class == (0, 2, 1, 1)
    crowd = COCO_LABEL == 255
    assert (label[crowd] == 1).all() and (instances[crowd] == 3).all()


def test_touching_objects_of_a_class_are_two_and_hidden_ones_none(tmp_path):
    one, two = coco_sources.cat(1), coco_sources.cat(1, id=99)
    two["segmentation"] = coco_sources.box(4, 1, 6, 3)
    hidden = coco_sources.dog(1, segmentation=coco_sources.box(1, 1, 3, 3), area=100)
    source = coco_sources.write_set(tmp_path / "set", annotations=[hidden, one, two])
    pair, = [pair for pair in open_source("coco", source).list_pairs(source)["training"]
             + open_source("coco", source).list_pairs(source)["validation"] if pair.name == "im1"]
    label, instances = open_source("coco", source).decode(pair.label)
    assert label.tolist() == coco_sources.label(((1, 1, 6, 3), 1))
    assert instances[1].tolist() == [0, 1, 1, 1, 2, 2, 0, 0]


def test_scaled_images_keep_the_objects_that_have_pixels(tmp_path):
    info, datapath = converted(tmp_path, write_coco(str(tmp_path / "coco")), max_size=3)
    (label, instances), = read(datapath)
    assert label.shape == instances.shape == (2, 3)
    assert instances_problem(instances, label, info.num_classes) == ""
    assert sum(info.split("training").instances_per_class) == instances.max() > 0


def test_the_hash_of_a_split_does_not_depend_on_instances(tmp_path, monkeypatch):
    source = write_coco(str(tmp_path / "coco"))
    info, _ = converted(tmp_path, source)
    dataset = open_source("coco", source)
    monkeypatch.setattr(type(dataset), "decode", lambda self, label: (self.decode_label(label),
                                                                      None))
    plain = convert(dataset, source, str(tmp_path / "plain"))
    for split in ("training", "validation"):
        assert plain.split(split).sha256 == info.split(split).sha256
        assert plain.split(split).instances_per_class is None
    record, = scan(str(tmp_path / "plain" / "training.tfrecords"))
    assert "instances" not in features(record)


# ---- Cityscapes ----

IDS = np.array([[7, 24, 24, 26], [26, 26, 0, 30]], np.uint8)
INSTANCE_IDS = np.array([[7, 24000, 24001, 26000], [26002, 26, 0, 30000]], np.int32)
#: Road is stuff; the last car belongs to a group; 0 and the trailer are ignored.
CITY_INSTANCES = [[0, 1, 2, 3], [4, 0, 0, 0]]


def write_city(folder, splits=("train", "val"), instance_ids=INSTANCE_IDS, without=()):
    for split in splits:
        start = f"{split}/ulm/ulm_000000_000019"
        write_image(os.path.join(folder, "leftImg8bit", start + "_leftImg8bit.png"), picture(IDS))
        write_image(os.path.join(folder, "gtFine", start + "_gtFine_labelIds.png"), IDS)
        if split not in without:
            write_image(os.path.join(folder, "gtFine", start + "_gtFine_instanceIds.png"),
                        instance_ids.astype(np.uint16))
    return folder


def test_cityscapes_objects_are_read_where_their_ids_are_there(tmp_path):
    info, datapath = converted(tmp_path, write_city(str(tmp_path / "city")), "cityscapes")
    (_, instances), = read(datapath)
    assert instances.tolist() == CITY_INSTANCES
    objects = dict(zip(info.class_names, info.split("validation").instances_per_class))
    assert {name: count for name, count in objects.items() if count} == {"person": 2, "car": 2}


def test_a_split_without_all_ids_counts_as_one_without(tmp_path):
    source = write_city(str(tmp_path / "city"), without=("val",))
    finding, = open_source("cityscapes", source).source_findings(source)
    assert (finding.severity, finding.kind) == ("warning", "instance ids")
    assert "1 of 2 labels have no _gtFine_instanceIds.png beside them" in finding.text
    info, datapath = converted(tmp_path, source, "cityscapes")
    assert info.split("training").instances_per_class is not None
    assert info.split("validation").instances_per_class is None
    assert errors(datapath) == []


def test_ids_of_ignored_labels_are_no_objects(tmp_path):
    source = write_city(str(tmp_path / "city"))
    dataset = open_source("cityscapes", source, SourceOptions(ignore=(26,)))
    label, instances = dataset.decode(dataset.list_pairs(source)["training"][0].label)
    assert label.tolist() == [[0, 11, 11, 255], [255, 255, 255, 255]]
    assert instances.tolist() == [[0, 1, 2, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize("ids, words", [
    (INSTANCE_IDS[:, :3], "2x3, but its label is 2x4 (height x width); take both from one release"),
    (np.where(INSTANCE_IDS == 26002, 24002, INSTANCE_IDS), "1 pixels are of objects of other "
     "classes than")])
def test_ids_that_do_not_fit_their_label_are_one_line(tmp_path, ids, words):
    source = write_city(str(tmp_path / "city"), instance_ids=ids)
    dataset = open_source("cityscapes", source)
    text = message(convert, dataset, source, str(tmp_path / "records"))
    assert "_gtFine_instanceIds.png: " + words in text


# ---- what is done with them ----

def test_records_without_instances_are_read_as_before(tmp_path):
    source = write_folder(str(tmp_path / "folder"))
    info, datapath = converted(tmp_path, source, "folder")
    assert info.split("training").instances_per_class is None
    with open(os.path.join(datapath, "dataset.json")) as file:
        content = json.load(file)
    for split in content["splits"].values():
        del split["instances_per_class"]
    with open(os.path.join(datapath, "dataset.json"), "w") as file:
        json.dump(content, file)
    assert open_dataset(datapath) == info
    assert not any("objects" in line for line in describe_text(info))


def test_describe_counts_objects(tmp_path):
    info, _ = converted(tmp_path, write_coco(str(tmp_path / "coco")))
    lines = describe_text(info)
    place = next(index for index, line in enumerate(lines) if "objects" in line)
    assert lines[place].split() == ["pixels", "images", "objects"] * 2
    assert lines[place + 2].split() == ["1", "person", "50.000%", "1", "1", "50.000%", "1", "1"]
    assert len(lines[place]) == len(lines[place - 1]) == len(lines[place + 2])


def damaged(datapath, copy, instances):
    """A copy of records whose training instances are others: the texts of errors."""
    shutil.copytree(datapath, copy)
    path, = split_files(copy, "training")
    record, = scan(path)
    found = features(record)
    with SplitWriter(copy, "training", 1) as writer:
        writer.write(make_example(
            "p", found["image"].bytes_list.value[0], found["label"].bytes_list.value[0], 4, 6,
            b"" if instances is None else encode_instances(instances)))
    return errors(copy)


def test_check_finds_instances_that_are_not_those_of_the_labels(tmp_path):
    _, datapath = converted(tmp_path, write_coco(str(tmp_path / "coco")))
    two = np.where(COCO_INSTANCES == 3, 0, COCO_INSTANCES).astype(np.uint16)
    text, = damaged(datapath, str(tmp_path / "two"), two)
    assert "the objects with dog of training are 0, dataset.json says 1; convert again" in text
    merged = np.where(COCO_INSTANCES == 2, 1, COCO_INSTANCES).astype(np.uint16)
    assert any("the object 1 has pixels of several classes; convert again" in text
               for text in damaged(datapath, str(tmp_path / "merged"), merged))
    text, = damaged(datapath, str(tmp_path / "none"), None)
    assert "the instances of training are not in every record, dataset.json says that they are" \
        in text


def test_a_sidecar_with_objects_of_no_pixel_is_damaged(tmp_path):
    _, datapath = converted(tmp_path, write_coco(str(tmp_path / "coco")))
    path = os.path.join(datapath, "dataset.json")
    with open(path) as file:
        content = json.load(file)
    content["splits"]["training"]["instances_per_class"] = [0, 1, 9, 1]
    with open(path, "w") as file:
        json.dump(content, file)
    assert "instances_per_class does not fit pixels_per_class" in message(open_dataset, datapath)


def test_objects_of_an_image():
    numbers, labels = objects_of(COCO_INSTANCES, COCO_LABEL)
    assert (numbers.tolist(), labels.tolist()) == ([1, 2, 3], [2, 1, 3])
