"""Every family against labels written by hand."""
import os

import numpy as np
import pytest
import scipy.io

from tests.data.helpers import message
from tests.data.sources import (
    LABEL_A,
    picture,
    write_camvid,
    write_folder,
    write_image,
    write_pair,
    write_text,
)
from tests.shared import shared_data
from utils.data.datasets import DATASETS, Pair, SourceOptions, open_source
from utils.data.datasets.base import distinct_palette, split_by_hash
from utils.data.datasets.pascal_seg import _Ids, split_ids
from utils.data.splits import canonical_split


def names(pairs):
    return {split: [pair.name for pair in members] for split, members in pairs.items()}


def labels(dataset, source):
    return {split: [dataset.decode_label(pair.label).tolist() for pair in pairs]
            for split, pairs in dataset.list_pairs(source).items()}


@pytest.mark.parametrize("name", DATASETS.names())
def test_families_are_consistent(name):
    dataset = DATASETS.get(name)
    assert dataset.name == name
    assert len(dataset.palette) == len(dataset.class_names) < 255
    assert len(set(dataset.palette)) == len(dataset.palette)
    assert dataset.class_names or dataset.configure is not None


def test_unknown_names_list_what_there_is(tmp_path):
    assert "choose one of camvid, cityscapes, coco" in message(open_source, "nope", str(tmp_path))
    assert "no such folder; camvid expects train.txt" in message(
        open_source, "camvid", str(tmp_path / "none"))
    assert "camvid has no variants" in message(
        open_source, "camvid", str(tmp_path), SourceOptions(variant="x"))
    assert canonical_split("val") == "validation"
    assert "choose one of training, validation, test" in message(canonical_split, "dev")


def test_split_by_hash_is_steady():
    pairs = tuple(Pair(f"n{index}", "", "") for index in range(100))
    split = split_by_hash(pairs, seed=0)
    assert (len(split["training"]), len(split["validation"])) == (80, 20)
    assert split == split_by_hash(pairs, seed=0) != split_by_hash(pairs, seed=1)
    assert names(split_by_hash(pairs[::-1], 0))["validation"] == names(split)["validation"][::-1]
    assert len(split_by_hash(pairs[:1], 0)["training"]) == 1
    assert len(split_by_hash(pairs[:2], 0)["validation"]) == 1


def test_voc_palette():
    assert distinct_palette(256)[:4] == ((0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0))
    assert distinct_palette(256)[15] == (192, 128, 128)
    assert distinct_palette(256)[255] == (224, 224, 192)


# ---- camvid ----

@pytest.mark.parametrize("prefix", ["", "/SegNet/CamVid/"])
def test_camvid(tmp_path, prefix):
    source = write_camvid(str(tmp_path), prefix)
    dataset = open_source("camvid", source)
    assert labels(dataset, source) == {"training": [[[0, 10], [255, 255]]],
                                       "validation": [[[1, 10], [255, 255]]],
                                       "test": [[[2, 10], [255, 255]]]}
    assert dataset.source_findings(source) == []
    stray = write_image(os.path.join(source, "val", "stray.png"), picture(LABEL_A))
    assert [one.text.split(":")[0] for one in dataset.source_findings(source)] == [stray]


def test_camvid_list_with_one_column(tmp_path):
    source = write_camvid(str(tmp_path))
    write_text(os.path.join(source, "val.txt"), "val/x1.png\n")
    assert "line 1 is not an image and a label" in message(
        open_source("camvid", source).list_pairs, source)


# ---- pascal_seg ----

IDS = _Ids(voc_train=frozenset("abc"), voc_val=frozenset("defgh"), sbd_train=frozenset("adxy"),
           sbd_val=frozenset("bez"))


@pytest.mark.parametrize("variant,training,validation", [
    ("sbd", "abcxyz", "efgh"), ("sbd_more", "abcdxyz", "efgh"), ("trainaug", "abcxyz", "defgh"),
    ("voc", "abc", "defgh")])
def test_pascal_split_arithmetic(variant, training, validation):
    assert split_ids(IDS, variant) == {"training": list(training), "validation": list(validation)}


def test_pascal_arithmetic_gives_the_published_counts():
    """Sets of the published sizes: SBD has 8498 and 2857 ids, 545 and 558 of them in VOC val."""
    voc_train, voc_val = set(range(1464)), set(range(2000, 3449))
    in_train = 1134  # ids of VOC train that SBD labels too
    sbd_train = set(range(2000, 2545)) | set(range(in_train))
    sbd_train |= set(range(5000, 5000 + 8498 - len(sbd_train)))
    sbd_val = set(range(2545, 3103)) | set(range(20000, 20000 + 2857 - 558))
    ids = _Ids(*[frozenset(part) for part in (voc_train, voc_val, sbd_train, sbd_val)])
    counts = {variant: tuple(len(members) for members in split_ids(ids, variant).values())
              for variant in DATASETS.get("pascal_seg").variants}
    assert (len(sbd_train), len(sbd_val)) == (8498, 2857)
    assert counts == {"sbd": (10582, 904), "sbd_more": (11127, 904), "trainaug": (10582, 1449),
                      "voc": (1464, 1449)}


def test_pascal_arithmetic_on_the_official_lists():
    """SBD's own lists are not at hand; trainaug.txt is SBD and VOC train without VOC val."""
    def ids(name):
        with open(shared_data("voc_sample", "lists_full", name)) as file:
            return frozenset(file.read().split())
    augmented = split_ids(_Ids(ids("train.txt"), ids("val.txt"), ids("trainaug.txt")), "sbd")
    assert augmented["training"] == sorted(ids("trainaug.txt"))
    assert len(augmented["training"]) == 10582
    plain = split_ids(_Ids(ids("train.txt"), ids("val.txt")), "voc")
    assert [len(members) for members in plain.values()] == [1464, 1449]


def write_voc(folder, train, val):
    """VOC2012 with a mask of values 0, 5, 255 for every id."""
    voc = os.path.join(folder, "VOCdevkit", "VOC2012")
    for name in train + val:
        mask = np.array([[0, 5], [255, 5]], np.uint8)
        write_image(os.path.join(voc, "JPEGImages", name + ".jpg"), picture(mask))
        write_image(os.path.join(voc, "SegmentationClass", name + ".png"), mask)
    lists = os.path.join(voc, "ImageSets", "Segmentation")
    write_text(os.path.join(lists, "train.txt"), "\n".join(train))
    write_text(os.path.join(lists, "val.txt"), "\n".join(val))


def write_sbd(folder, train, val):
    """The SBD release with labels of 20 and 0."""
    sbd = os.path.join(folder, "benchmark_RELEASE", "dataset")
    os.makedirs(os.path.join(sbd, "cls"))
    for name in train + val:
        label = np.array([[20, 0], [0, 0]], np.uint8)
        write_image(os.path.join(sbd, "img", name + ".jpg"), picture(label))
        path = os.path.join(sbd, "cls", name + ".mat")
        scipy.io.savemat(path, {"GTcls": {"Segmentation": label}})
    write_text(os.path.join(sbd, "train.txt"), "\n".join(train))
    write_text(os.path.join(sbd, "val.txt"), "\n".join(val))


def test_pascal_takes_voc_labels_first_and_sbd_labels_else(tmp_path):
    source, voc, sbd = str(tmp_path), [[0, 5], [255, 5]], [[20, 0], [0, 0]]
    write_voc(source, ["a", "b"], ["d", "e", "f"])
    write_sbd(source, ["a", "d", "x"], ["e", "y"])
    dataset = open_source("pascal_seg", source)
    assert names(dataset.list_pairs(source)) == {"training": list("abxy"), "validation": list("ef")}
    assert labels(dataset, source) == {"training": [voc, voc, sbd, sbd], "validation": [voc, voc]}
    images = [pair.image for pair in dataset.list_pairs(source)["training"]]
    assert all(os.path.isfile(image) for image in images)
    assert "JPEGImages" in images[0] and "benchmark_RELEASE" in images[2]


def test_pascal_says_what_is_missing(tmp_path):
    source = str(tmp_path / "voc")
    os.makedirs(source)
    assert "no ImageSets/Segmentation in it; expected VOCdevkit/VOC2012" in message(
        open_source, "pascal_seg", source)
    write_voc(source, ["a"], ["d"])
    assert "name its folder by --sbd, or use --variant=voc" in message(
        open_source, "pascal_seg", source)
    assert "pascal_seg has sbd, sbd_more, trainaug, voc" in message(
        open_source, "pascal_seg", source, SourceOptions(variant="x"))
    plain = open_source("pascal_seg", source, SourceOptions(variant="voc"))
    assert names(plain.list_pairs(source)) == {"training": ["a"], "validation": ["d"]}


def test_sbd_label_that_is_none(tmp_path):
    decode = DATASETS.get("pascal_seg").decode_label
    bad = write_text(str(tmp_path / "bad.mat"), "not a mat file")
    assert "bad.mat: not an SBD label (expected GTcls.Segmentation" in message(decode, bad)
    assert "no such file" in message(decode, str(tmp_path / "none.mat"))


def test_real_sbd_format_equals_the_voc_masks_but_for_void():
    decode = DATASETS.get("pascal_seg").decode_label
    folder = shared_data("voc_sample", "sbd_format_derived", "cls")
    masks = shared_data("voc_sample", "VOCdevkit", "VOC2012", "SegmentationClass")
    files = sorted(os.listdir(folder))
    assert len(files) == 4
    for name in files:
        voc = decode(os.path.join(masks, name.replace(".mat", ".png")))
        assert voc.max() == 255 and voc[voc < 255].max() <= 20
        assert np.array_equal(decode(os.path.join(folder, name)), np.where(voc == 255, 0, voc))


# ---- cityscapes ----

def test_cityscapes_train_ids(tmp_path):
    source = str(tmp_path)
    ids = np.array([[0, 3, 7, 8], [11, 12, 13, 17], [19, 20, 21, 22], [23, 24, 25, 26],
                    [27, 28, 29, 31], [32, 33, 30, 255]], np.uint8)
    for split in ("train", "val", "test"):
        start = f"{split}/ulm/ulm_000000_000019"
        write_image(os.path.join(source, "leftImg8bit", start + "_leftImg8bit.png"), picture(ids))
        write_image(os.path.join(source, "gtFine", start + "_gtFine_labelIds.png"), ids)
        write_image(os.path.join(source, "gtFine", start + "_gtFine_instanceIds.png"), ids)
    dataset = open_source("cityscapes", source)
    expected = [[255, 255, 0, 1], [2, 3, 4, 5], [6, 7, 8, 9], [10, 11, 12, 13], [14, 15, 255, 16],
                [17, 18, 255, 255]]
    assert labels(dataset, source) == {"training": [expected], "validation": [expected]}
    assert (dataset.num_classes, dataset.class_names[18]) == (19, "bicycle")
    unread = os.path.join(source, "leftImg8bit", "test")
    assert [one.text for one in dataset.source_findings(source)] == [
        unread + ": not read (1 files); only train and val are"]


# ---- folder ----

def test_folder_with_splits_and_their_short_names(tmp_path):
    source = str(tmp_path)
    for split in ("train", "val", "test"):
        write_pair(source, "x_" + split, LABEL_A, split)
    write_text(os.path.join(source, "classes.txt"), "# order of the values\nsky\n\nold road\ncar\n")
    dataset = open_source("folder", source)
    assert dataset.class_names == ("sky", "old road", "car")
    assert names(dataset.list_pairs(source)) == {
        "training": ["x_train"], "validation": ["x_val"], "test": ["x_test"]}
    assert labels(dataset, source)["test"] == [LABEL_A.tolist()]


def test_flat_folder_is_split_by_seed(tmp_path):
    source = str(tmp_path)
    for index in range(10):
        write_pair(source, f"n{index}", LABEL_A, "")
    write_text(os.path.join(source, "classes.txt"), "a\nb\nc\n")
    splits = [names(open_source("folder", source, SourceOptions(seed=seed)).list_pairs(source))
              for seed in (0, 0, 1)]
    assert splits[0] == splits[1] != splits[2]
    assert (len(splits[0]["training"]), len(splits[0]["validation"])) == (8, 2)
    assert sorted(splits[0]["training"] + splits[0]["validation"]) == [
        f"n{index}" for index in range(10)]


def test_folder_with_colours(tmp_path):
    source = write_folder(str(tmp_path), ("sky 0 0 255", "road 128,64,128", "ignore 0 0 0"))
    dataset = open_source("folder", source)
    assert dataset.class_names == ("sky", "road")
    assert dataset.palette == ((0, 0, 255), (128, 64, 128))
    path = write_image(os.path.join(source, "m.png"), np.array(
        [[[128, 64, 128], [0, 0, 255], [0, 0, 0]]], np.uint8))
    assert dataset.decode_label(path).tolist() == [[1, 0, 255]]


@pytest.mark.parametrize("text,words", [
    ("", "0 classes; expected one class a line"),
    ("a\na\n", "the name 'a' stands on the lines 1 and 2"),
    ("a 0 0 0\nb\n", "1 different colours for 2 classes"),
    ("a 0 0 300\n", "three numbers up to 255")])
def test_class_lists_with_mistakes(tmp_path, text, words):
    source = write_folder(str(tmp_path))
    write_text(os.path.join(source, "classes.txt"), text)
    assert words in message(open_source, "folder", source)


def test_folder_of_another_layout(tmp_path):
    assert "classes.txt: no such file; write one class a line" in message(
        open_source, "folder", str(tmp_path))
    write_text(str(tmp_path / "classes.txt"), "a\nb\n")
    dataset = open_source("folder", str(tmp_path))
    assert "no images/ and masks/ in it" in message(dataset.list_pairs, str(tmp_path))
    write_pair(str(tmp_path), "a", LABEL_A, "dev")
    assert "unknown split 'dev'" in message(dataset.list_pairs, str(tmp_path))
