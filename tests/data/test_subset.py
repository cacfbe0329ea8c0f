"""A subset of a split: which images a file names, what is counted of them, and their hash."""
import os
import shutil

import numpy as np
import pytest

from tests.data.helpers import message, write_raw_pixels
from tests.data.sources import LABEL_A, LABEL_B
from tests.tiny import write_folder
from utils.data import class_pixels
from utils.data.convert import convert
from utils.data.datasets import SourceOptions, open_source
from utils.data.records import SplitWriter, make_example, open_dataset, open_split
from utils.data.subset import choose_subset, read_names

#: Of the six training images, in the order of the records.
CHOSEN = ("image_training_1", "image_training_2", "image_training_4")


def write(path, content):
    path.write_bytes(content.encode("utf-8"))
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """all/: records of the tiny data set; some/: of its chosen training images alone."""
    root = str(tmp_path_factory.mktemp("subset"))
    for name in ("all", "some"):
        source = os.path.join(root, name + "_source")
        write_folder(source)
        if name == "some":
            for kind in ("images", "masks"):
                for file in os.listdir(os.path.join(source, kind, "training")):
                    if file[:-len(".png")] not in CHOSEN:
                        os.remove(os.path.join(source, kind, "training", file))
        convert(open_source("folder", source, SourceOptions()), source, os.path.join(root, name))
    return root


def opened(folder, name="all"):
    datapath = os.path.join(folder, name)
    return open_split(datapath, "training", open_dataset(datapath))


def test_a_file_of_names_may_have_comments_blanks_and_windows_line_ends(tmp_path, folder, capsys):
    path = write(tmp_path / "ids.txt", "# a lasso\r\n" + "\r\n".join(
        [CHOSEN[2], "", "  " + CHOSEN[0] + " ", CHOSEN[1]]) + "\r\n")
    split = choose_subset(opened(folder), path)
    assert split.subset.names == CHOSEN and split.subset.places == (1, 2, 4)
    assert not capsys.readouterr().err
    twice = write(tmp_path / "twice.txt", "\ufeff" + "\n".join(CHOSEN + CHOSEN[:2]))
    assert choose_subset(opened(folder), twice) == split
    assert capsys.readouterr().err == (
        f"note: --subset={twice}: 2 names more than once, each counts once: image_training_1, "
        "image_training_2\n")


def test_a_subset_counts_what_records_of_its_images_alone_do(tmp_path, folder):
    path = write(tmp_path / "ids.txt", "\n".join(CHOSEN))
    counts, alone = choose_subset(opened(folder), path).counts, opened(folder, "some").counts
    for name in ("count", "pixels_per_class", "images_per_class", "ignored_pixels", "sizes",
                 "image_pixels_per_class"):
        assert getattr(counts, name) == getattr(alone, name), name


def test_the_hash_is_of_the_images_and_not_of_the_file(tmp_path, folder):
    def sha256(split, *names):
        return choose_subset(split, write(tmp_path / "ids.txt", "\n".join(names))).sha256
    split = opened(folder)
    chosen = sha256(split, *CHOSEN)
    assert chosen == sha256(split, "# other words", *CHOSEN[::-1])
    assert len({chosen, split.sha256, sha256(split, *CHOSEN[:2])}) == 3


def test_all_names_are_the_split_itself(tmp_path, folder):
    split = opened(folder)
    path = write(tmp_path / "ids.txt", "\n".join(f"image_training_{i}" for i in range(6)))
    assert choose_subset(split, path) == split


@pytest.mark.parametrize("content, expected", [
    ("image_training_1\n1.png\nimage_training_77\n", "2 of 3 names are of no image of the training "
     "split, the first is '1.png'; expected names as 'image_training_0', as the records in "),
    ("", "the file is empty; expected names of training images, one a line"),
    ("# none\n", "no name in it, but comments; expected names of training images"),
    (None, "no such file; expected names of training images, one a line")])
def test_a_file_that_cannot_be_used_is_one_line(tmp_path, folder, content, expected):
    path = str(tmp_path / "ids.txt") if content is None else write(tmp_path / "ids.txt", content)
    assert f"--subset={path}: {expected}" in message(choose_subset, opened(folder), path)


def test_an_image_whose_name_begins_as_a_comment_can_be_chosen(tmp_path, folder):
    records = tmp_path / "records"
    shutil.copytree(os.path.join(folder, "all"), str(records))
    with SplitWriter(str(records), "training", 2) as writer:
        for name in ("#1", "2"):
            writer.write(make_example(name, b"", _png(LABEL_A), *LABEL_A.shape))
    split = open_split(str(records), "training", open_dataset(str(records)))
    path = write(tmp_path / "ids.txt", "# the first\n#1\n")
    assert choose_subset(split, path).subset.names == ("#1",)
    assert read_names(path) == ["# the first", "#1"]


def _png(label):
    from utils.data.images import encode_png
    return encode_png(label)


def test_nameless_images_of_raw_pixels_are_called_as_tests_call_them(tmp_path):
    labels = [np.where(LABEL_A == 255, 3, LABEL_A), LABEL_B, LABEL_B]
    for split in ("training", "validation"):
        write_raw_pixels(str(tmp_path), split, labels)
    split = open_split(str(tmp_path), "training", open_dataset(str(tmp_path)))
    subset = choose_subset(split, write(tmp_path / "ids.txt", "training_0\n")).subset
    assert subset.places == (0,) and subset.counts.pixels_per_class == (7, 2, 2, 1)


def test_only_the_labels_that_are_chosen_are_decoded(tmp_path, folder, monkeypatch):
    decoded = []
    read = class_pixels.mask_from_bytes
    monkeypatch.setattr(class_pixels, "mask_from_bytes",
                        lambda *args: decoded.append(args[1]) or read(*args))
    choose_subset(opened(folder), write(tmp_path / "ids.txt", "\n".join(CHOSEN)))
    assert len(decoded) == len(CHOSEN)
