"""Lists and folders of published layouts: blanks, duplicates, what is in no list."""
import os

import pytest

from tests.data.helpers import message
from tests.data.sources import LABEL_B, picture, write_camvid, write_image, write_text
from utils.data.convert import convert
from utils.data.datasets import SourceOptions, open_source
from utils.data.findings import listing_findings
from utils.data.image_files import image_files

VOC = os.path.join("VOCdevkit", "VOC2012")
LISTS = os.path.join(VOC, "ImageSets", "Segmentation")


def opened(family, source):
    return open_source(family, source, SourceOptions("voc" if family == "pascal_seg" else ""))


def listed(family, source):
    return {split: [pair.name for pair in pairs]
            for split, pairs in opened(family, source).list_pairs(source).items()}


def texts(family, source):
    return [one.text.replace(source + os.sep, "")
            for one in opened(family, source).source_findings(source)]


def refusal(family, source):
    return message(convert, opened(family, source), source, source + "-out").replace(
        source + os.sep, "")


# ---- camvid ----

def test_camvid_paths_with_blanks(tmp_path):
    source = write_camvid(str(tmp_path))
    for folder in ("train", "trainannot"):
        write_image(os.path.join(source, folder, "a b c.png"), LABEL_B)
    write_text(os.path.join(source, "train.txt"),
               "/x/train/a b c.png /x/trainannot/a b c.png\r\ntrain/x0.png trainannot/x0.png\r")
    pairs = open_source("camvid", source).list_pairs(source)["training"]
    assert [(pair.name, os.path.relpath(pair.label, source)) for pair in pairs] == [
        ("a b c", os.path.join("trainannot", "a b c.png")),
        ("x0", os.path.join("trainannot", "x0.png"))]


@pytest.mark.parametrize("lines,words", [
    ("val/x1.png valannot/x1.png\n" * 2, "'x1' stands twice in the split validation; list it once"),
    ("val/x1.png valannot/x1.png\ntrain/x0.png valannot/x1.png\n",
     "(2 images); give each image its own"),
    ("train/x0.png trainannot/x0.png\n",
     "training and validation both list x0 (1 in all); take them off one list"),
    ("val/q.png valannot/q.png\n", "val/q.png: no such file; restore it or take it off the list (2 "
     "of 6 files are missing; fcn_data.py check names them)")])
def test_camvid_lists_that_do_not_fit(tmp_path, lines, words):
    source = write_camvid(str(tmp_path / "source"))
    write_text(os.path.join(source, "val.txt"), lines)
    assert words in refusal("camvid", source)


def test_labels_that_have_the_name_of_another_image(tmp_path):
    source = write_camvid(str(tmp_path))
    write_text(os.path.join(source, "val.txt"), "val/x1.png trainannot/x0.png\n")
    write_text(os.path.join(source, "train.txt"), "train/x0.png valannot/x1.png\n")
    listed = opened("camvid", source).list_pairs(source)
    line, = [one.text for one in listing_findings(source, listed) if one.kind == "crossed"]
    assert "(2 in all): the label has the name of another image; look whether lines are" in line


def test_camvid_system_files_are_passed_over(tmp_path):
    source = write_camvid(str(tmp_path))
    write_text(os.path.join(source, "train", "Thumbs.db"), "")
    assert texts("camvid", source) == [
        source + ": 1 hidden or system files are passed over: train/Thumbs.db"]


# ---- pascal_seg ----

@pytest.fixture
def voc(tmp_path):
    """Writes VOC files for ids, and lists of raw lines; returns the source."""
    def write(ids, **lists):
        source = str(tmp_path / "source")
        for seed, name in enumerate(ids):
            write_image(os.path.join(source, VOC, "JPEGImages", name + ".jpg"),
                        picture(LABEL_B, seed))
            write_image(os.path.join(source, VOC, "SegmentationClass", name + ".png"), LABEL_B)
        for name, text in lists.items():
            path = os.path.join(source, LISTS, name + ".txt")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode("utf-8"))
        return source
    return write


def test_voc_ids(voc):
    source = voc(["a", "b c", "d", "e"], train="a 1\r\nb c\r\nd.jpg\r\n", val="e".encode("utf-16"))
    assert listed("pascal_seg", source) == {"training": ["a", "b c", "d"], "validation": ["e"]}
    assert texts("pascal_seg", source) == []


def test_voc_lists_are_counted(voc):
    source = voc("abcdef", train="a\nb\na\n", val="c\n", test="e\nq\n")
    assert listed("pascal_seg", source) == {"training": ["a", "b"], "validation": ["c"]}
    masks = os.path.join(VOC, "SegmentationClass")
    assert texts("pascal_seg", source) == [
        LISTS + "/train.txt: 1 ids stand there more than once and are taken once: a",
        "test.txt is not read, since 1 of its 2 images have no mask in " + masks,
        masks + ": 2 masks are in no list and left out: d.png, f.png"]


def test_voc_test_list_with_masks(voc):
    source = voc("abc", train="a\n", val="b\n", test="c\n")
    assert listed("pascal_seg", source)["test"] == ["c"]


@pytest.mark.parametrize("val,words", [
    ("a\nb\n", "training and validation both list a (1 in all); take them off one list"),
    ("b\nq\nr\n", "JPEGImages/q.jpg: no such file; restore it or take it off the list (4 of 8 "
     "files are missing; fcn_data.py check names them)")])
def test_voc_lists_that_do_not_fit(voc, val, words):
    assert words in refusal("pascal_seg", voc("ab", train="a\n", val=val))


# ---- cityscapes ----

def test_cityscapes_images_elsewhere_are_named(tmp_path):
    source = str(tmp_path)
    for split, name in (("train", "ulm/a"), ("val", "bonn/b")):
        for part, ending in (("leftImg8bit", "leftImg8bit"), ("gtFine", "gtFine_labelIds")):
            write_image(os.path.join(source, part, split, name + "_" + ending + ".png"), LABEL_B)
    for path in ("ulm/c.png", "d_leftImg8bit.png", ".e/f.png"):
        write_image(os.path.join(source, "leftImg8bit", "train", path), LABEL_B)
    start = "leftImg8bit/train/"
    assert texts("cityscapes", source) == [
        start + path + ": belongs to no pair and is left out; add its partner or remove it"
        for path in ("d_leftImg8bit.png", "ulm/c.png")] + [
        source + ": 1 hidden or system files are passed over: " + start + ".e"]


# ---- --imagepath ----

def test_images_of_a_folder_without_hidden_ones(tmp_path):
    """A folder that ends as an image is among them: whoever opens it gets a line."""
    for name in ("b.jpg", "a.PNG", "._a.png", "Thumbs.db", "notes.txt", "c.png/d.png"):
        write_text(str(tmp_path / name), "")
    assert [os.path.basename(path) for path in image_files(str(tmp_path))] == [
        "a.PNG", "b.jpg", "c.png"]


@pytest.mark.parametrize("files,words", [
    (["ulm/a.png", "bonn/b.png"], "no images in this folder itself, but in its folders; name one "
     "of them: bonn, ulm"),
    (["notes.txt", ".a.png"], "no images in this folder; expected files that end in .bmp")])
def test_folders_without_images(tmp_path, files, words):
    for name in files:
        write_text(str(tmp_path / name), "")
    assert words in message(image_files, str(tmp_path))
