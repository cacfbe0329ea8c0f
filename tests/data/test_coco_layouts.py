"""Where the files and images of COCO data sets lie."""
import os

import numpy as np
import pytest

from tests.data.coco_sources import (
    BOTH,
    CAT_BOX,
    DOG_BOX,
    SIZE,
    cat,
    dog,
    findings,
    image,
    label,
    masks,
    write_set,
)
from tests.data.helpers import message
from tests.data.sources import picture, write_image, write_text
from utils.data.datasets import SourceOptions, open_source
from utils.data.datasets.coco_files.layout import LAYOUTS

# ---- file names ----

@pytest.mark.parametrize("name", [
    "images/im1.png", "images\\im1.png", "C:\\Users\\me\\images\\im1.png", "/home/me/set/im1.png",
    "..\\..\\media\\upload\\4\\im1.png", "./im1.png"])
def test_names_with_the_folders_of_another_machine(tmp_path, name):
    source = write_set(tmp_path, images=[image(1, file_name=name), image(2)])
    pairs = {pair.name: pair.image for members in open_source("coco", source).list_pairs(
        source).values() for pair in members}
    if name == "./im1.png":
        assert findings(source) == {} and set(pairs) == {"./im1", "im2"}
        return
    assert pairs["im1"] == os.path.join(source, "images", "im1.png")
    assert (f"1 of 2 images were found by the end of their file_name ({name} is "
            "im1.png)") in findings(source)["note", "found by name"]


def test_a_url_in_place_of_a_name(tmp_path):
    named = {key: value for key, value in image(1).items() if key != "file_name"}
    source = write_set(tmp_path, images=[dict(named, coco_url="http://a.org/x/im1.png"), image(2)])
    assert masks(source) == {"im1": BOTH, "im2": BOTH} and findings(source) == {}


def test_nested_image_folders(tmp_path):
    source = write_set(tmp_path, images_in="images/batch/1")
    assert masks(source) == {"batch/1/im1": BOTH, "batch/1/im2": BOTH}
    assert "2 of 2 images were found by the end" in findings(source)["note", "found by name"]
    write_image(os.path.join(source, "images", "other", "im1.png"), picture(np.zeros(SIZE)))
    assert ("1 of 2 images are in several folders (im1.png is batch/1/im1.png or other/im1.png); "
            "say in file_name") in findings(source)["error", "ambiguous image"]


def test_images_that_no_file_lists(tmp_path):
    source = write_set(tmp_path)
    write_image(os.path.join(source, "images", "more.png"), picture(np.zeros(SIZE)))
    write_text(os.path.join(source, "images", ".DS_Store"), "")
    assert findings(source) == {("warning", "unlisted"): (
        "{}: 1 images are in no COCO file and are left out: more.png".format(
            os.path.join(source, "images")))}


# ---- layouts ----

@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout.name for layout in LAYOUTS])
def test_layouts(tmp_path, layout):
    split = "{}" in layout.annotations
    for where in layout.images:
        source = str(tmp_path / where.replace("/", "_").replace(".", "_"))
        if split and "{}" not in where:
            continue  # the images of all splits would have the same names
        for word in ("train", "Valid", "test") if split else ("",):
            write_set(source, layout.annotations.format(word), where.format(word))
        dataset = open_source("coco", source)
        listed = dataset.list_pairs(source)
        assert set(listed) == {"training", "validation"} | ({"test"} if split else set())
        members = [pair for pairs in listed.values() for pair in pairs]
        assert len(members) == (6 if split else 2)
        assert all(os.path.isfile(pair.image) for pair in members)
        assert all(dataset.decode_label(pair.label).tolist() == BOTH for pair in members)
        assert dataset.source_findings(source) == []


def test_images_of_several_splits_in_one_folder(tmp_path):
    write_set(tmp_path, "annotations/instances_train.json")
    source = write_set(tmp_path, "annotations/instances_val.json",
                       images=[image(3), image(4)], annotations=[dog(3), cat(4)])
    assert masks(source) == {"im1": BOTH, "im2": BOTH, "im3": label((DOG_BOX, 2)),
                             "im4": label((CAT_BOX, 1))}
    assert findings(source) == {}


def test_label_studio(tmp_path):
    """Names begin with images/ or, on Windows, with images and a backslash; ids begin with 0."""
    for start in ("images/", "images\\"):
        images = [image(one, id=one - 1, file_name=f"{start}im{one}.png")
                  for one in (1, 2)]
        source = write_set(tmp_path / ("unix" if "/" in start else "windows"), "result.json",
                           images=images, annotations=[dog(0), cat(0), dog(1), cat(1)])
        dataset = open_source("coco", source)
        pairs = [pair for members in dataset.list_pairs(source).values() for pair in members]
        assert {pair.name for pair in pairs} == {"im1", "im2"}
        assert all(dataset.decode_label(pair.label).tolist() == BOTH for pair in pairs)


def test_several_layouts_are_named_and_chosen_by_a_flag(tmp_path):
    write_set(tmp_path, "annotations/instances_train2017.json", "train2017")
    source = write_set(tmp_path, "annotations/instances_train2014.json", "train2014",
                       annotations=[dog(1), dog(2)])
    text = message(open_source, "coco", source)
    assert ("files of several layouts: annotations/instances_train2017.json, annotations/"
            "instances_train2014.json; choose one by --variant=2017 or --variant=2014") in text
    assert masks(source, variant="2014")["im1"] == label((DOG_BOX, 2))
    assert "instances_train2017.json: left out beside annotations/instances_{}2014.json" in (
        findings(source, variant="2014")["note", "left out"])
    assert "instances_{}.json is not in" in message(
        open_source, "coco", source, SourceOptions(variant="splits"))
    os.rename(os.path.join(source, "train2014"), str(tmp_path / "elsewhere"))
    assert masks(source) == {"im1": BOTH, "im2": BOTH}  # the one whose images are there


def test_two_files_or_two_folders_of_one_split(tmp_path):
    write_set(tmp_path / "a", "annotations/instances_val.json", "images/val")
    source = write_set(tmp_path / "a", "annotations/instances_valid.json", "images/valid")
    assert ("two files of one split (validation): annotations/instances_val.json and annotations/"
            "instances_valid.json; remove one") in message(open_source, "coco", source)
    source = write_set(tmp_path / "b", "annotations/instances_train.json", "images/train")
    write_image(os.path.join(source, "train", "small", "im1.png"), picture(np.zeros(SIZE)))
    assert masks(source) == {"im1": BOTH, "im2": BOTH}
    write_image(os.path.join(source, "train", "im1.png"), picture(np.zeros(SIZE)))
    assert "its images are in {} and in {}; remove all but one".format(
        os.path.join(source, "images", "train"), os.path.join(source, "train")) in message(
            open_source, "coco", source)


def test_test_splits_without_annotations_are_left_out(tmp_path):
    source = write_set(tmp_path, "test/_annotations.coco.json", "test", annotations=[])
    assert "has no annotations, and there is no other COCO file; add those of" in message(
        open_source, "coco", source)
    write_set(tmp_path, "train/_annotations.coco.json", "train")
    write_text(os.path.join(source, "annotations", "image_info_test2017.json"), "{}")
    write_text(os.path.join(source, "annotations", "instances_night.json"), "{}")
    dataset = open_source("coco", source)
    assert list(dataset.list_pairs(source)) == ["training"]
    texts = [(one.severity, os.path.basename(one.text.split(":")[0]))
             for one in dataset.source_findings(source)]
    assert texts == [("note", "image_info_test2017.json"), ("warning", "instances_night.json"),
                     ("note", "_annotations.coco.json")]
