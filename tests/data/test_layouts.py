"""Folders of one's own: which files a source has, what is left out, and that it is told."""
import os
import shutil

import numpy as np
import pytest

from tests.data.helpers import message
from tests.data.sources import LABEL_A, picture, write_image, write_text
from utils.data.check import check_source
from utils.data.convert import convert
from utils.data.datasets import SourceOptions, open_source
from utils.data.records import open_dataset


@pytest.fixture
def source(tmp_path):
    folder = str(tmp_path / "source")
    write_text(os.path.join(folder, "classes.txt"), "sky\nroad\ncar\n")
    return folder


def add(source, names, images="images", masks="masks", image="{}.png", mask="{}.png"):
    """Pairs of an image of noise and a label of its own."""
    for name in names:
        label = LABEL_A.copy()
        label[2] = ord(name[-1]) % 3
        write_image(os.path.join(source, images, image.format(name)), picture(label, ord(name[-1])))
        write_image(os.path.join(source, masks, mask.format(name)), label)


def names(source):
    pairs = open_source("folder", source).list_pairs(source)
    return {split: [pair.name for pair in members] for split, members in pairs.items()}


def texts(source, severity=None):
    """What the listing says, without the source's path."""
    return [one.text.replace(source + os.sep, "") for one in open_source(
        "folder", source).source_findings(source) if severity in (None, one.severity)]


def refusal(source):
    return message(names, source).replace(source + os.sep, "")


SPLITS = {"training": ["a", "b"], "validation": ["c"]}


@pytest.mark.parametrize("images,masks", [
    ("images/{}", "masks/{}"), ("{}/images", "{}/masks"), ("{}/img", "{}/labels"),
    ("{}", "{}_masks"), ("{}_images", "{}_labels"), ("{}/images", "{}_masks"),
    ("img_dir/{}", "ann_dir/{}"), ("images/{}", "masks")])
@pytest.mark.parametrize("words", [("train", "val"), ("Training", "VALID")])
def test_layouts(source, images, masks, words):
    for word, members in zip(words, SPLITS.values()):
        add(source, members, images.format(word), masks.format(word))
    dataset = open_source("folder", source)
    pairs = dataset.list_pairs(source)
    assert names(source) == SPLITS and not texts(source)
    for pair in pairs["training"] + pairs["validation"]:
        assert dataset.decode_label(pair.label)[2, 0] == ord(pair.name) % 3


def test_folders_of_other_words_for_the_same_split_are_found(source):
    add(source, "ab", "images/train", "masks/training")
    add(source, "c", "images/val", "masks/validation")
    assert names(source) == SPLITS


def test_two_folders_of_a_split_are_read_as_one(source):
    add(source, "a", "images/train", "masks/train")
    add(source, "b", "images/training", "masks/training")
    add(source, "c", "images/val", "masks/val")
    assert names(source) == SPLITS
    assert texts(source) == ["images/train and images/training: read as one split, training"]
    add(source, "a", "images/training", "masks/training")
    assert refusal(source) == ("images/train and images/training are one split, and both hold 'a'; "
                               "rename one, or leave one folder out")


def test_nested_folders_are_part_of_the_names(source):
    for split, city, members in (("train", "ulm", "ab"), ("train", "bonn", "a"), ("val", "c", "c")):
        add(source, members, f"images/{split}/{city}", f"masks/{split}/{city}")
    assert names(source) == {"training": ["bonn/a", "ulm/a", "ulm/b"], "validation": ["c/c"]}
    assert not texts(source)


def test_folders_that_are_no_splits_are_one_set(source):
    add(source, "ab", "images/ulm", "masks/ulm")
    add(source, "ab", "images/bonn", "masks/bonn")
    found = names(source)
    assert sorted(found["training"] + found["validation"]) == ["bonn/a", "bonn/b", "ulm/a", "ulm/b"]
    assert texts(source, "note") == ["images: no folder named train, val or test, so that its "
                                     "folders (bonn, ulm) are one set, of which a fifth is for "
                                     "validation"]


@pytest.mark.parametrize("folder,words", [
    ("images/trainn", "images/trainn: unknown split 'trainn'; name the folder train, val or test"),
    ("images/ulm/train", "images/ulm/train/a.png: a split's folder below another folder; expected "
     "images/train/...")])
def test_folders_that_look_like_splits(source, folder, words):
    add(source, "a", folder, folder.replace("images", "masks"))
    assert refusal(source) == words


def test_folders_that_may_be_two_things(source):
    add(source, "a", masks="labels")
    add(source, "a", masks="annotations")
    assert "annotations/, labels/ may all be the masks; keep one, or name it masks" in refusal(
        source)


def test_files_beside_the_splits_are_counted_and_named(source):
    add(source, "ab", "images/train", "masks/train")
    add(source, "c", "images/val", "masks/val")
    add(source, "xy", "images/old", "masks/old")
    add(source, "z")
    write_text(os.path.join(source, "images", "train", "a.xml"), "")
    assert names(source) == SPLITS
    assert texts(source) == [path + ": belongs to no pair and is left out; add its partner or "
                             "remove it" for path in ("images/z.png", "masks/old/x.png",
                                                      "masks/old/y.png", "masks/z.png")] + [
        "images/old: not read, and its 2 files are left out",
        source + ": 1 files that are no images are passed over: images/train/a.xml"]


@pytest.mark.parametrize("name", [".ipynb_checkpoints/a.png", "__MACOSX/a.png", "._a.png",
                                  "Thumbs.db", "desktop.ini", "@eaDir/a.png"])
@pytest.mark.parametrize("split", ["", "train"])
def test_hidden_and_system_files_are_passed_over(source, name, split):
    add(source, "ab", "images/" + split, "masks/" + split)
    if split:
        add(source, "c", "images/val", "masks/val")
    before = names(source)
    for part in ("images", "masks"):
        write_text(os.path.join(source, part, split, name), "no image")
    assert names(source) == before
    assert [text.split(": ")[1] for text in texts(source)] == [
        "2 hidden or system files are passed over"]


def test_masks_of_other_names_are_noted_and_read(source):
    add(source, "abc", mask="{}_mask.png")
    assert texts(source) == ["masks: the mask of image `*` is `*_mask`"]
    dataset = open_source("folder", source)
    for pairs in dataset.list_pairs(source).values():
        for pair in pairs:
            assert dataset.decode_label(pair.label)[2, 0] == ord(pair.name) % 3


def test_images_without_masks_say_what_was_looked_for(source, tmp_path):
    add(source, "abc", mask="{}_mask.png")
    os.rename(os.path.join(source, "masks", "b_mask.png"), os.path.join(source, "masks", "q.png"))
    shutil.copy(os.path.join(source, "masks", "q.png"), os.path.join(source, "masks", "a.png"))
    words = ("no mask for 2 of 3 images (b.png, c.png); looked for b.png (or .tif, .bmp, .gif, or "
             "one ending that all masks share); there is a_mask.png, c_mask.png, q.png")
    assert texts(source, "error") == ["masks: " + words]
    assert words in message(convert, open_source("folder", source), source, str(tmp_path / "out"))


def test_folders_that_are_not_read_are_counted(source):
    add(source, "abc")
    add(source, "ab", masks="labels")
    assert texts(source) == ["labels: not read, and its 2 files are left out"]


@pytest.mark.parametrize("files,words", [
    (["a.txt", "b.txt"], "there is a.txt, b.txt"), (["a.webp"], "there is a.webp"),
    ([], "there is no such folder")])
def test_files_that_are_no_masks_are_named(source, files, words):
    add(source, "ab", "train/images", "train/labels")
    shutil.rmtree(os.path.join(source, "train", "labels"))
    for name in files:
        write_text(os.path.join(source, "train", "labels", name), "")
    assert texts(source, "error")[0].endswith(words)


def test_links_that_lead_nowhere_are_missing_files(source):
    add(source, "abc")
    image = os.path.join(source, "images", "b.png")
    os.remove(image)
    os.symlink("/nowhere/b.png", image)
    os.symlink("/nowhere/more", os.path.join(source, "images", "more"))
    found = check_source(open_source("folder", source), source)
    assert {(one.kind, one.text.replace(source + os.sep, "")) for one in found
            if one.severity == "error"} >= {
        ("dead link", "images/more: a link that leads nowhere; mend or remove it"),
        ("missing image", "images/b.png: no such file; restore it or take it off the list")}
    assert "images/more: a link that leads nowhere" in message(
        convert, open_source("folder", source), source, source + "-out")


def test_a_link_to_a_folder_above(source):
    add(source, "abc")
    os.symlink("..", os.path.join(source, "images", "up"))
    assert refusal(source) == "images/up/images: a link to a folder above it; remove it"


def test_a_folder_that_cannot_be_read(source, monkeypatch):
    add(source, "abc")
    listed = os.listdir

    def refuse(path):
        if path.rstrip("/").endswith("masks"):
            raise PermissionError(13, "Permission denied")
        return listed(path)
    monkeypatch.setattr(os, "listdir", refuse)
    assert "the folder cannot be read (Permission denied); check its rights" in refusal(source)


def test_missing_files_are_counted_before_anything_is_written(source, tmp_path):
    add(source, "abcde")
    for name in "bd":
        os.remove(os.path.join(source, "masks", name + ".png"))
    dataset = open_source("folder", source)
    assert message(convert, dataset, source, str(tmp_path / "out")).endswith(
        "b.png: no such file; restore it or take it off the list (2 of 10 files are missing; "
        "fcn_data.py check names them)")


def test_names_that_are_not_utf8(source, tmp_path):
    add(source, "ab", "images/train", "masks/train")
    add(source, "c", "images/val", "masks/val")
    for part in ("images", "masks"):
        start = os.fsencode(os.path.join(source, part, "train"))
        os.rename(start + b"/a.png", start + b"/\xe9t\xe9.png")
    assert names(source)["training"] == ["b", "\\xe9t\\xe9"]
    convert(open_source("folder", source), source, str(tmp_path / "out"))
    assert open_dataset(str(tmp_path / "out")).splits["training"].count == 2


# ---- Lists. ----

@pytest.mark.parametrize("lines", [
    "{0}\n{1}\n", "images/{0}.png masks/{0}.png\r\nimages/{1}.png masks/{1}.png\r\n",
    "/data/x/images/{0}.png,/data/x/masks/{0}.png\n{1}.png\t{1}.png", "{0}.png\nimages/{1}.png\n"])
@pytest.mark.parametrize("name", ["{}", "my {}"])
def test_lists_split_a_folder(source, lines, name):
    members = [name.format(letter) for letter in "abcd"]
    add(source, members)
    write_text(os.path.join(source, "train.txt"), lines.format(members[1], members[0]))
    write_text(os.path.join(source, "val_list.txt"), members[2] + "\n")
    assert names(source) == {"training": [members[1], members[0]], "validation": [members[2]]}
    assert texts(source, "note") == ["train.txt, val_list.txt: split the images"]
    assert [text.split(":")[0] for text in texts(source, "warning")] == [
        f"images/{members[3]}.png", f"masks/{members[3]}.png"]


def test_a_list_may_pair_other_names(source, tmp_path):
    add(source, "abc")
    os.rename(os.path.join(source, "masks", "b.png"), os.path.join(source, "masks", "seven.png"))
    write_text(os.path.join(source, "train.txt"), "images/b.png masks/seven.png\na\n")
    dataset = open_source("folder", source)
    pair = dataset.list_pairs(source)["training"][0]
    assert (pair.name, os.path.basename(pair.label)) == ("b", "seven.png")
    assert convert(dataset, source, str(tmp_path / "out")).splits["training"].count == 2


@pytest.mark.parametrize("train,val,words", [
    ("a\nq\nr s\n", "b\n", "train.txt: 2 of 3 lines name no image of this folder, or no mask of "
     "it: q, r s"),
    (None, "b\n", "val.txt: a list without train.txt beside it; add it"),
    ("images/a.png masks/q.png\n", "b\n", "train.txt: 1 of 1 lines name no image of this folder")])
def test_lists_that_do_not_fit(source, train, val, words):
    add(source, "abc")
    for name, text in (("train", train), ("val", val)):
        if text:
            write_text(os.path.join(source, name + ".txt"), text)
    assert words in refusal(source)


def test_an_image_in_two_lists(source, tmp_path):
    add(source, "abc")
    write_text(os.path.join(source, "train.txt"), "a\nb\n")
    write_text(os.path.join(source, "val.txt"), "b\nc\n")
    dataset = open_source("folder", source)
    words = "training and validation both list b (1 in all); take them off one list"
    assert words in message(convert, dataset, source, str(tmp_path / "out"))
    assert words in " ".join(one.text for one in check_source(dataset, source))


def test_lists_beside_split_folders_are_not_read(source):
    add(source, "ab", "images/train", "masks/train")
    add(source, "c", "images/val", "masks/val")
    write_text(os.path.join(source, "train.txt"), "c\n")
    assert names(source) == SPLITS
    assert texts(source) == ["train.txt: not read, since folders split the images"]


def test_an_ignore_line_reaches_the_records(source, tmp_path):
    write_text(os.path.join(source, "classes.txt"), "ignore\nroad\ncar\n")
    add(source, "abcdefg")
    info = convert(open_source("folder", source, SourceOptions(seed=1)), source,
                   str(tmp_path / "out"))
    pixels = np.sum([split.pixels_per_class for split in info.splits.values()], axis=0)
    values = np.concatenate([LABEL_A[:2].reshape(-1)] * 7
                            + [[ord(name) % 3] * 4 for name in "abcdefg"])
    assert info.class_names == ("road", "car")
    assert pixels.tolist() == [(values == 1).sum(), (values == 2).sum()]
    assert sum(split.ignored_pixels for split in info.splits.values()) == (
        (values == 0).sum() + (values == 255).sum())
