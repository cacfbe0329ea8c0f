"""The converter against hand-made labels, and each bad input with its message."""
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.data.helpers import message, read_split
from tests.data.sources import LABEL_A, LABEL_B, picture, write_folder, write_image, write_pair
from utils.data.convert import convert
from utils.data.datasets import open_source
from utils.data.folders import new_dataset_folder
from utils.data.images import read_bytes
from utils.data.records import open_dataset
from utils.errors import UserError
from utils.files import beside

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def convert_folder(source, datapath, **options):
    return convert(open_source("folder", str(source)), str(source), str(datapath), **options)


def test_records_hold_the_files(tmp_path):
    source = write_folder(str(tmp_path / "source"))
    convert_folder(source, tmp_path / "records")
    training = read_split(tmp_path / "records", "training")
    assert [name for name, _, _ in training] == ["a", "b"]
    for (_, image, label), (truth, seed) in zip(training, ((LABEL_A, 1), (LABEL_B, 2))):
        assert np.array_equal(image, picture(truth, seed))
        assert label.dtype == np.uint8 and np.array_equal(label, truth)
    assert [name for name, _, _ in read_split(tmp_path / "records", "val")] == ["c"]


def test_sidecar_counts(tmp_path):
    source = write_folder(str(tmp_path / "source"))
    written = convert_folder(source, tmp_path / "records")
    info = open_dataset(str(tmp_path / "records"))
    assert info == written
    assert (info.family, info.class_names) == ("folder", ("sky", "road", "car"))
    assert not info.raw_pixels
    assert info.palette == ((0, 0, 0), (128, 0, 0), (0, 128, 0))
    split = info.split("training")
    assert split.count == 2
    assert split.pixels_per_class == (7 + 2, 2 + 3, 2)
    assert split.images_per_class == (2, 2, 1)
    assert split.ignored_pixels == 2
    assert split.sizes == {"3x4": 1, "3x2": 1}
    assert info.class_frequencies().tolist() == [9 / 16., 5 / 16., 2 / 16.]
    assert "has no split 'test': it has training, validation" in message(info.split, "test")


def test_hash_is_of_the_content(tmp_path):
    source = write_folder(str(tmp_path / "source"))

    def digest(name, **options):
        return convert_folder(source, tmp_path / name, **options).split("training").sha256
    first = digest("one")
    assert digest("two", shards=2, workers=3) == first
    write_pair(source, "b", LABEL_B, seed=9)
    changed_image = digest("three")
    write_pair(source, "b", LABEL_B[::-1], seed=9)
    assert len({first, changed_image, digest("four")}) == 3


@pytest.mark.parametrize("shards,files", [
    (1, ["training.tfrecords", "validation.tfrecords"]),
    (3, ["training-00000-of-00003.tfrecords", "training-00001-of-00003.tfrecords",
         "training-00002-of-00003.tfrecords", "validation.tfrecords"])])
def test_shards_keep_the_order(tmp_path, shards, files):
    source = write_folder(str(tmp_path / "source"))
    for index in range(5):
        write_pair(source, f"n{index}", LABEL_A, seed=index + 10)
    convert_folder(source, tmp_path / "records", shards=shards, workers=4)
    assert sorted(os.listdir(str(tmp_path / "records"))) == ["dataset.json"] + files
    assert [name for name, _, _ in read_split(tmp_path / "records", "training")] == [
        "a", "b", "n0", "n1", "n2", "n3", "n4"]


def test_max_size_scales_image_and_label_alike(tmp_path):
    source = write_folder(str(tmp_path / "source"))
    label = np.zeros((20, 40), np.uint8)
    label[:, 20:] = 2
    write_pair(source, "big", label)
    convert_folder(source, tmp_path / "records", max_size=10)
    _, image, scaled = read_split(tmp_path / "records", "training")[-1]
    assert image.shape == (5, 10, 3)
    assert np.array_equal(scaled, np.repeat([[0, 2]], 5, axis=1).repeat(5, axis=0))


# ---- mistakes ----

def bad_values(source):
    write_pair(source, "b", np.array([[0, 7], [100, 255]], np.uint8))
    return "b.png: the label has the values 7, 100, expected class indices 0..2 and 255 for ignore"


def bad_size(source):
    write_image(os.path.join(source, "masks", "training", "b.png"), LABEL_A)
    return "b.png: the label is 4x3, its image"


def turned_label(source):
    write_image(os.path.join(source, "masks", "training", "b.png"), LABEL_B.T.copy())
    return "is 2x3; if EXIF rotates the image, rotate the label too"


def missing_label(source):
    os.remove(os.path.join(source, "masks", "training", "b.png"))
    return "b.png: no such file; restore it"


def rgb_label(source):
    write_image(os.path.join(source, "masks", "training", "b.png"), picture(LABEL_B))
    return "b.png: the mask has 3 channels (RGB), expected one channel of class indices"


def cut_image(source):
    path = os.path.join(source, "images", "training", "b.png")
    data = read_bytes(path)
    with open(path, "wb") as file:
        file.write(data[:60])
    return "b.png: the image is truncated or corrupt"


def masks_of_0_and_255(source):
    for name in "ab":
        write_pair(source, name, np.array([[0, 255]], np.uint8))
    return "the masks of training hold only sky and ignored pixels; an object that is saved as 255"


def same_name_twice(source):
    Image.fromarray(picture(LABEL_A)).save(os.path.join(source, "images", "training", "a.bmp"))
    return "a.bmp and a.png have one name but for the ending"


def no_training_images(source):
    shutil.rmtree(os.path.join(source, "images", "training"))
    return "no training images; folder expects images/, masks/ and classes.txt"


@pytest.mark.parametrize("spoil", [
    bad_values, bad_size, turned_label, missing_label, rgb_label, cut_image, masks_of_0_and_255,
    same_name_twice, no_training_images])
def test_bad_sources_leave_nothing_behind(tmp_path, spoil):
    source = write_folder(str(tmp_path / "source"))
    words = spoil(source)
    assert words in message(convert_folder, source, tmp_path / "records")
    assert os.listdir(str(tmp_path)) == ["source"]


def test_a_dataset_is_replaced_on_demand_only(tmp_path):
    source = write_folder(str(tmp_path / "source"))
    records = str(tmp_path / "records")
    os.mkdir(records)
    convert_folder(source, records)
    before = read_bytes(os.path.join(records, "dataset.json"))
    write_pair(source, "d", LABEL_A)
    assert "holds a dataset already; choose another folder, or replace it with --overwrite" in (
        message(convert_folder, source, records))
    assert read_bytes(os.path.join(records, "dataset.json")) == before
    assert convert_folder(source, records, overwrite=True).split("training").count == 3
    assert sorted(os.listdir(str(tmp_path))) == ["records", "source"]


def test_other_files_are_never_replaced(tmp_path):
    source = write_folder(str(tmp_path / "source"))
    shutil.rmtree(os.path.join(source, "images"))
    text = message(new_dataset_folder(source, overwrite=True).__enter__)
    assert "holds other files (classes.txt); choose a new folder" in text
    assert sorted(os.listdir(source)) == ["classes.txt", "masks"]


def test_failed_overwrite_keeps_the_old_dataset(tmp_path):
    source = write_folder(str(tmp_path / "source"))
    records = str(tmp_path / "records")
    before = convert_folder(source, records)
    missing_label(source)
    message(convert_folder, source, records, overwrite=True)
    assert open_dataset(records) == before


def test_leftovers_of_killed_conversions_are_removed(tmp_path):
    datapath = str(tmp_path / "records")
    script = ("import os, signal\nfrom utils.data.folders import new_dataset_folder\n"
              f"with new_dataset_folder({datapath!r}) as folder:\n"
              "    open(os.path.join(folder, 'training.tfrecords'), 'w').close()\n"
              "    os.kill(os.getpid(), signal.SIGKILL)\n")
    assert subprocess.call([sys.executable, "-c", script], cwd=REPO) == -9
    left = os.listdir(str(tmp_path))
    assert len(left) == 1 and left[0].startswith("records.tmp-")
    with new_dataset_folder(datapath) as folder:
        assert os.listdir(str(tmp_path)) == [os.path.basename(folder)]
    assert os.listdir(str(tmp_path)) == ["records"]


def test_a_dataset_that_a_killed_conversion_had_moved_away_comes_back(tmp_path):
    datapath = str(tmp_path / "records")
    with new_dataset_folder(datapath) as folder:
        (tmp_path / os.path.basename(folder) / "dataset.json").write_text("{}")
    os.rename(datapath, beside(datapath).replace(f"-{os.getpid()}", "-999999999") + ".old")
    with pytest.raises(UserError, match="holds a dataset already"):
        with new_dataset_folder(datapath):
            pass
    assert os.listdir(str(tmp_path)) == ["records"]
