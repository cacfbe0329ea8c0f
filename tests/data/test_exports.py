"""VOC and Cityscapes as tools export them: own classes, train ids, SBD's labels as PNGs."""
import os

import numpy as np
import pytest
from PIL import Image

from tests.data.helpers import message
from tests.data.sources import picture, write_image, write_text
from tests.data.test_masks import palette_image
from utils.data.check import check_source
from utils.data.convert import convert
from utils.data.datasets import SourceOptions, open_source
from utils.data.datasets.base import distinct_palette

ROAD, CAR = (128, 64, 128), (0, 0, 142)
LABELMAP = ("# label:color_rgb:parts:actions\nbackground:0,0,0::\ncar:0,0,142::\n"
            "road:128,64,128::\n")
VOC = distinct_palette(256)


def write_voc(folder, masks, lists=(("train", "ab"), ("val", "c")), below="SegmentationClass"):
    """JPEGImages, masks {id: PIL image} and lists {name: ids}."""
    for seed, (name, mask) in enumerate(masks.items()):
        write_image(os.path.join(folder, "JPEGImages", name + ".jpg"),
                    picture(np.asarray(mask), seed))
        os.makedirs(os.path.join(folder, below), exist_ok=True)
        mask.save(os.path.join(folder, below, name + ".png"))
    for name, ids in lists:
        write_text(os.path.join(folder, "ImageSets", "Segmentation", name + ".txt"),
                   "\n".join(ids) + "\n")
    return folder


def labels(dataset, source):
    return {split: {pair.name: dataset.decode_label(pair.label).tolist() for pair in pairs}
            for split, pairs in dataset.list_pairs(source).items()}


def coloured(*colours):
    return Image.fromarray(np.array([colours], np.uint8))


def severe(dataset, source):
    return [one.text for one in dataset.source_findings(source) if one.severity == "error"]


# ---- VOC's layout with classes of one's own ----

@pytest.mark.parametrize("make", [
    lambda: coloured((0, 0, 0), ROAD, CAR),
    lambda: palette_image([[0, 2, 1]], ((0, 0, 0), CAR, ROAD)),
    lambda: palette_image([[0, 1, 2]], ((0, 0, 0), ROAD, CAR))], ids=["rgb", "listed", "permuted"])
def test_labelmap_of_cvat(tmp_path, make):
    source = write_voc(str(tmp_path), {name: make() for name in "abc"})
    write_text(os.path.join(source, "labelmap.txt"), LABELMAP)
    dataset = open_source("pascal_seg", source)
    assert dataset.class_names == ("background", "car", "road")
    assert dataset.palette == ((0, 0, 0), CAR, ROAD)
    assert labels(dataset, source) == {"training": {"a": [[0, 2, 1]], "b": [[0, 2, 1]]},
                                       "validation": {"c": [[0, 2, 1]]}}
    assert severe(dataset, source) == []
    info = convert(dataset, source, str(tmp_path / "records"))
    assert info.split("training").pixels_per_class == (2, 2, 2)


def test_class_names_of_labelme(tmp_path):
    """labelme's masks have VOC's palette, its list begins with what is ignored; no lists of ids."""
    masks = {name: palette_image([[0, 2, 1, 255]], VOC) for name in "abcde"}
    source = write_voc(str(tmp_path), masks, (), "SegmentationClassPNG")
    write_text(os.path.join(source, "class_names.txt"), "__ignore__\n_background_\ncar\nroad\n")
    dataset = open_source("pascal_seg", source)
    assert dataset.class_names == ("_background_", "car", "road")
    found = labels(dataset, source)
    assert {split: len(members) for split, members in found.items()} == {
        "training": 4, "validation": 1}
    assert all(label == [[0, 2, 1, 255]] for members in found.values()
               for label in members.values())
    assert found == labels(open_source("pascal_seg", source), source)


def test_a_single_list_is_split_by_seed(tmp_path):
    masks = {name: coloured(ROAD, CAR) for name in "abcdefghij"}
    source = write_voc(str(tmp_path), masks, (("default", "abcdefghij"),))
    write_text(os.path.join(source, "labelmap.txt"), LABELMAP)
    splits = [sorted(labels(open_source("pascal_seg", source, SourceOptions(seed=seed)),
                            source)["validation"]) for seed in (0, 0, 1, 2)]
    assert splits[0] == splits[1] and len(splits[0]) == 2 and len({str(one) for one in splits}) > 1


def test_void_of_voc_is_ignored_in_lists_of_ones_own(tmp_path):
    source = write_voc(str(tmp_path), {name: coloured(ROAD, VOC[255]) for name in "abc"})
    write_text(os.path.join(source, "labelmap.txt"), LABELMAP)
    assert labels(open_source("pascal_seg", source), source)["validation"] == {"c": [[2, 255]]}


def test_sbd_has_no_labels_of_ones_own(tmp_path):
    source = write_voc(str(tmp_path), {name: coloured(ROAD, CAR) for name in "abc"})
    write_text(os.path.join(source, "labelmap.txt"), LABELMAP)
    assert "labelmap.txt lists classes of its own, which SBD does not label; leave the flag out" \
        in message(open_source, "pascal_seg", source, SourceOptions(variant="sbd"))


@pytest.mark.parametrize("mask,words", [
    (palette_image([[0, 1]], ((0, 0, 0), ROAD)),
     "its palette shows the index 1 as (128, 64, 128), the colour of no class; list the classes of "
     "your own data in "), (coloured((0, 0, 0), ROAD), "its colours are not those of the classes")])
def test_masks_that_contradict_vocs_classes(tmp_path, mask, words):
    """A road is not called aeroplane."""
    source = write_voc(str(tmp_path), {name: mask for name in "abc"})
    dataset = open_source("pascal_seg", source, SourceOptions(variant="voc"))
    assert len(severe(dataset, source)) == 1 and words in severe(dataset, source)[0]
    assert words in message(convert, dataset, source, str(tmp_path / "records"))
    assert any(words in one.text for one in check_source(dataset, source))


def test_masks_of_vocs_own_colours(tmp_path):
    masks = {"a": palette_image([[0, 5, 255]], VOC), "b": coloured(VOC[0], VOC[20], VOC[255]),
             "c": Image.fromarray(np.array([[0, 20, 255]], np.uint8))}
    source = write_voc(str(tmp_path), masks)
    dataset = open_source("pascal_seg", source, SourceOptions(variant="voc"))
    assert severe(dataset, source) == []
    assert labels(dataset, source) == {"training": {"a": [[0, 5, 255]], "b": [[0, 20, 255]]},
                                       "validation": {"c": [[0, 20, 255]]}}


# ---- SBD's labels as PNGs ----

@pytest.mark.parametrize("name,line", [
    ("trainaug", "{}"), ("train_aug", "/JPEGImages/{0}.jpg /SegmentationClassAug/{0}.png")])
def test_augmented_labels_as_pngs(tmp_path, name, line):
    grey = Image.fromarray(np.array([[0, 20]], np.uint8))
    masks = {one: palette_image([[0, 5, 255]], VOC) for one in "abc"}
    source = write_voc(str(tmp_path), masks)
    write_voc(source, {one: grey for one in "axy"}, ((name, [line.format(one) for one in "axy"]),),
              "SegmentationClassAug")
    dataset = open_source("pascal_seg", source, SourceOptions(variant="trainaug"))
    assert severe(dataset, source) == []
    assert labels(dataset, source) == {
        "training": {"a": [[0, 5, 255]], "b": [[0, 5, 255]], "x": [[0, 20]], "y": [[0, 20]]},
        "validation": {"c": [[0, 5, 255]]}}
    assert "use --variant=voc, or --variant=trainaug" in message(open_source, "pascal_seg", source)


# ---- Cityscapes ----

def write_city(folder, name, split="train", **files):
    """One image, and label files {ending: values}."""
    start = f"{split}/ulm/{name}"
    for ending, values in files.items():
        mask = np.array([values], np.uint8)
        write_image(os.path.join(folder, "leftImg8bit", start + "_leftImg8bit.png"), picture(mask))
        write_image(os.path.join(folder, "gtFine", start + "_gtFine_" + ending + ".png"), mask)
    return folder


def test_train_ids_alone(tmp_path):
    source = str(tmp_path)
    for split in ("train", "val"):
        write_city(source, "a", split, labelTrainIds=[0, 18, 255])
    dataset = open_source("cityscapes", source)
    assert labels(dataset, source) == {"training": {"a": [[0, 18, 255]]},
                                       "validation": {"a": [[0, 18, 255]]}}
    assert [one.text for one in dataset.source_findings(source)] == [
        "2 of 2 labels: read as train ids, since their labelIds are not there"]


def test_both_kinds_of_labels(tmp_path):
    """Label ids are taken where they are there; each file is read by its name."""
    source = str(tmp_path)
    write_city(source, "a", labelIds=[7, 33, 0], labelTrainIds=[0, 18, 255])
    write_city(source, "b", labelTrainIds=[0, 18, 255])
    write_city(source, "c", "val", labelIds=[7, 33, 0])
    dataset = open_source("cityscapes", source)
    assert labels(dataset, source) == {"training": {"a": [[0, 18, 255]], "b": [[0, 18, 255]]},
                                       "validation": {"c": [[0, 18, 255]]}}
    assert [one.text for one in dataset.source_findings(source)] == [
        "1 of 3 labels: read as train ids, since their labelIds are not there"]


def test_label_ids_under_the_name_of_train_ids(tmp_path):
    source = write_city(str(tmp_path), "a", labelTrainIds=[7, 33])
    write_city(source, "b", "val", labelTrainIds=[0, 1])
    assert "the label has the value 33, expected class indices 0..18" in message(
        convert, open_source("cityscapes", source), source, str(tmp_path / "records"))
