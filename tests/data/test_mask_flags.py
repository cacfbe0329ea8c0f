"""What flags say of the values of mask files, in every family; and how many classes a label holds.
"""
import os

import numpy as np
import pytest

import fcn_data
from tests.data.helpers import message
from tests.data.sources import (
    LABEL_A,
    write_camvid,
    write_coco,
    write_folder,
    write_image,
    write_pair,
    write_text,
)
from utils.data.check import check_source
from utils.data.convert import convert
from utils.data.datasets import SourceOptions, open_source


def first_label(dataset, source):
    return dataset.decode_label(dataset.list_pairs(source)["training"][0].label).tolist()


def folder_of(tmp_path, values, classes):
    source = str(tmp_path / "source")
    for name in "ab":
        write_pair(source, name, np.array(values, np.uint8), seed=ord(name))
    write_pair(source, "c", np.array(values, np.uint8), "validation", seed=9)
    write_text(os.path.join(source, "classes.txt"), "\n".join(classes) + "\n")
    return source


def test_oxford_pets(tmp_path):
    """1 pet, 2 background, 3 not classified."""
    source = folder_of(tmp_path, [[1, 2, 3]], ("pet", "background"))
    dataset = open_source("folder", source, SourceOptions(ignore=(3,), reduce_zero_label=True))
    assert first_label(dataset, source) == [[0, 1, 255]]
    info = convert(dataset, source, str(tmp_path / "records"))
    assert info.split("training").pixels_per_class == (2, 2)
    assert info.split("training").ignored_pixels == 2


def test_ade20k(tmp_path):
    """0 is nothing, 1 wall, 2 building."""
    source = folder_of(tmp_path, [[0, 1, 2, 255]], ("wall", "building"))
    dataset = open_source("folder", source, SourceOptions(reduce_zero_label=True))
    assert first_label(dataset, source) == [[255, 0, 1, 255]]
    assert not [one for one in check_source(dataset, source) if one.severity == "error"]


def test_values_outside_are_named_as_the_file_holds_them(tmp_path):
    source = folder_of(tmp_path, [[0, 1, 3]], ("wall", "building"))
    dataset = open_source("folder", source, SourceOptions(reduce_zero_label=True))
    assert "the label has the value 3, expected class indices 1..2 and 255 for ignore" in message(
        convert, dataset, source, str(tmp_path / "records"))


@pytest.mark.parametrize("classes,options", [
    (("ignore", "road", "car"), {}), (("road", "car"), {"reduce_zero_label": True})])
def test_one_class_beside_ignored_values_gets_a_remedy_that_fits(tmp_path, classes, options):
    source = folder_of(tmp_path, [[0, 1, 1]], classes)
    dataset = open_source("folder", source, SourceOptions(**options))
    assert "do not ignore the value 0, or add images of another class" in message(
        convert, dataset, source, str(tmp_path / "records"))


def test_several_values(tmp_path):
    source = folder_of(tmp_path, [[0, 1, 7, 8]], ("a", "b"))
    assert first_label(open_source("folder", source, SourceOptions(ignore=(7, 8))), source) == [
        [0, 1, 255, 255]]


def test_camvid_and_cityscapes_ignore_values_of_their_files(tmp_path):
    source = write_camvid(str(tmp_path / "camvid"))
    assert first_label(open_source("camvid", source, SourceOptions(ignore=(10,))), source) == [
        [0, 255], [255, 255]]
    cities = str(tmp_path / "cities")
    for split in ("train", "val"):
        start = os.path.join("{}", split, "ulm", "ulm_0_0")
        write_image(os.path.join(cities, start.format("leftImg8bit") + "_leftImg8bit.png"),
                    np.zeros((1, 3, 3), np.uint8))
        write_image(os.path.join(cities, start.format("gtFine") + "_gtFine_labelIds.png"),
                    np.array([[7, 8, 0]], np.uint8))
    assert first_label(open_source("cityscapes", cities, SourceOptions(ignore=(8,))), cities) == [
        [0, 255, 255]]
    assert "--reduce_zero_label: the ids of cityscapes are given" in message(
        open_source, "cityscapes", cities, SourceOptions(reduce_zero_label=True))


@pytest.mark.parametrize("options", [{"ignore": (0,)}, {"reduce_zero_label": True},
                                     {"masks": "indices"}])
def test_coco_has_no_values(tmp_path, options):
    source = write_coco(str(tmp_path))
    assert "coco draws its masks itself, so that no file holds values" in message(
        open_source, "coco", source, SourceOptions(**options))


def test_shapes_are_drawn_by_rule(tmp_path):
    assert "shapes draws its masks itself" in message(
        open_source, "shapes", str(tmp_path), SourceOptions(ignore=(0,)))


def test_flags_in_text():
    assert fcn_data.parse_ignore("") == ()
    assert fcn_data.parse_ignore("0, 255") == (0, 255)
    for text in ("x", "1,,2", "-1", "65536", "1.5"):
        assert f"--ignore: got {text!r}" in message(fcn_data.parse_ignore, text)


def test_unknown_reading(tmp_path):
    source = write_folder(str(tmp_path))
    assert message(open_source, "folder", source, SourceOptions(masks="color")) == (
        "--masks=color: choose one of colours, indices")


def test_values_of_the_class_list(tmp_path):
    source = folder_of(tmp_path, [[0, 10, 20, 30]], ("10: pet", "20: background", "30: ignore",
                                                     "0: ignore"))
    assert first_label(open_source("folder", source), source) == [[255, 0, 1, 255]]
    assert first_label(open_source("folder", source, SourceOptions(ignore=(20,))), source) == [
        [255, 0, 255, 255]]
    assert "classes.txt gives values itself; ignore 0 by a line `0: ignore` there" in message(
        open_source, "folder", source, SourceOptions(reduce_zero_label=True))


def test_flags_say_what_values_mean(tmp_path):
    source = folder_of(tmp_path, [[1, 2, 3]], ("pet", "background"))
    pets = open_source("folder", source, SourceOptions(ignore=(3,), reduce_zero_label=True))
    assert [(one.severity, one.text) for one in pets.source_findings(source)] == [
        ("note", "values of the masks: 0 ignored, 1 pet, 2 background, 3 ignored, 255 ignored")]
    shifted = open_source("folder", source, SourceOptions(ignore=(0, 3)))
    assert [one.text for one in shifted.source_findings(source) if one.severity == "warning"] == [
        "--ignore leaves no value for pet; take 0 out of the class list by --reduce_zero_label, "
        "other values by a line `value: ignore`"]


# ---- how many classes ----

@pytest.mark.parametrize("family", ["folder", "coco", "pascal_seg"])
@pytest.mark.parametrize("count", [254, 255, 256])
def test_a_label_holds_255_classes(tmp_path, family, count):
    source = str(tmp_path)
    names = [f"c{index:03d}" for index in range(count)]
    greatest = np.array([[0, count - 1]], np.int32).astype(np.uint8)
    if family == "folder":
        write_pair(source, "a", greatest)
        write_text(os.path.join(source, "classes.txt"), "\n".join(names) + "\n")
    elif family == "coco":
        write_coco(source, {
            "images": [{"id": 1, "file_name": "p.png", "height": 1, "width": 2}],
            "categories": [{"id": index, "name": name, "supercategory": "s"}
                           for index, name in enumerate(names[1:], 1)],
            "annotations": [{"image_id": 1, "category_id": count - 1, "iscrowd": 0, "area": 1,
                             "segmentation": [[1, 0, 2, 0, 2, 1, 1, 1]]}]})
    else:
        write_image(os.path.join(source, "JPEGImages", "a.png"), np.zeros((1, 2, 3), np.uint8))
        write_image(os.path.join(source, "SegmentationClass", "a.png"), greatest)
        write_text(os.path.join(source, "ImageSets", "Segmentation", "train.txt"), "a\n")
        write_text(os.path.join(source, "classes.txt"), "\n".join(names) + "\n")
    if count > 255:
        text = message(open_source, family, source)
        assert "255" in text and ("256 classes" in text or "value 255" in text)
    else:
        assert first_label(open_source(family, source), source) == [[0, count - 1]]


def test_one_class_is_refused(tmp_path):
    source = folder_of(tmp_path, [[0, 255]], ("road",))
    assert "one class (road) is nothing to learn; list two, the background and the object" in (
        message(open_source, "folder", source))


def test_sizes_are_compared_before_images_are_scaled(tmp_path):
    source = write_folder(str(tmp_path / "source"))
    write_pair(source, "d", np.zeros((40, 60), np.uint8), seed=4)
    write_image(os.path.join(source, "masks", "training", "d.png"), np.zeros((60, 40), np.uint8))
    lines = [message(convert, open_source("folder", source), source, str(tmp_path / "records"),
                     max_size=size) for size in (0, 20)]
    assert lines[0] == lines[1] and "the label is 40x60" in lines[0]


def test_labels_are_scaled_with_their_images_only(tmp_path):
    """A label as large as its image, of which only the longest side is above the limit."""
    source = write_folder(str(tmp_path / "source"))
    write_pair(source, "a", np.repeat(LABEL_A, 2, axis=0), seed=1)  # 6x4
    info = convert(open_source("folder", source), source, str(tmp_path / "records"), max_size=5)
    assert set(info.split("training").sizes) == {"5x3", "3x2"}
