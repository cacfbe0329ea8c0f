"""The script: its three commands, their exit codes, and mistakes in one line."""
import os

import pytest
from PIL import Image

import fcn_data
from tests.data.sources import write_folder
from utils.data.records import open_dataset
from utils.errors import run_script


@pytest.fixture
def script(capsys):
    """Calls the script in this process: (exit code, standard output, standard error)."""
    def call(*words):
        with pytest.raises(SystemExit) as caught:
            run_script(fcn_data.main, list(words))
        return (caught.value.code,) + tuple(capsys.readouterr())
    return call


@pytest.mark.parametrize("words,expected", [
    (["convrt"], "unknown command 'convrt': choose one of convert, check, describe; "
     "did you mean convert?"),
    (["convert", "--dataset_family=camvid"], "--source is missing: give the folder of "
     "images and labels (see --help)"),
    (["convert", "--dataset_family=cam"], "--dataset_family: unknown value 'cam': choose one of "
     "camvid, cityscapes, coco, folder, pascal_seg, shapes; did you mean camvid?"),
    (["convert", "--shards=0"], "--shards: got 0, expected at least 1 (see --help)"),
    (["check"], "--source and --datapath are missing: give --source and --dataset_family for a "
     "source folder, --datapath for records, or all (see --help)"),
    (["check", "--source=."], "--dataset_family is missing: choose one of camvid, cityscapes, "
     "coco, folder, pascal_seg, shapes (see --help)"),
    (["check", "--datapath=nowhere"], "--datapath=nowhere: no such folder; make it with `python "
     "fcn_data.py convert --dataset_family=... --source=... --datapath=nowhere`"),
    (["describe"], "--datapath is missing: give the folder of records (see --help)"),
    (["describe", "--datapath=.", "--views=2"], "--views is of the views that --augmented shows: "
     "give that too"),
    (["describe", "--datapath=.", "--augmented", "--pixels=0"], "--pixels=0 is for testing: "
     "training needs one size for all images, 512 or 360x480 say"),
    (["describe", "--datapath=.", "--augmented", "--augment=flip", "--flip"], "--augment=flip "
     "names flip, and --flip was given too: give one of them"),
    (["convert", "--dataset_family=shapes", "--source=x", "--datapath=y", "--counts=0,1,1"],
     "--counts: got '0,1,1', expected at least one training image, the first number"),
    (["check", "--dataset_family=camvid", "--source=."], "--source=.: no train.txt in it; camvid "
     "expects train.txt, val.txt, test.txt (image and label per line) beside train/, "
     "trainannot/..."),
    (["check", "--dataset_family=camvid", "--source=.", "--crowd=draw"], "--crowd: camvid has no "
     "use for it, only coco; leave the flag out")])
def test_mistakes_are_one_line(script, words, expected):
    assert script(*words) == (2, "", f"error: {expected}\n")


@pytest.mark.parametrize("flags", [[], ["--augmented", "--pixels=32"]])
def test_empty_records_end_in_a_line(script, tmp_path, flags):
    where = f"--datapath={tmp_path / 'r'}"
    assert script("convert", "--dataset_family=shapes", where, f"--source={tmp_path / 's'}",
                  "--counts=2,2,2")[0] == 0
    (tmp_path / "r" / "validation.tfrecords").write_bytes(b"")
    code, _, error = script("describe", where, "--split=val", *flags)
    assert code == 2 and "the records of validation are empty: copy them again" in error


def test_convert_check_describe(script, tmp_path):
    source = write_folder(str(tmp_path / "source"))
    where = ["--source=" + source, "--datapath={}".format(tmp_path / "records")]
    code, out, _ = script("convert", "--dataset_family=folder", *where)
    assert (code, out) == (0, (
        "training: 2 images\nvalidation: 1 images\n"
        "folder: 3 classes, written to {}\n".format(tmp_path / "records")))
    assert script("check", "--dataset_family=folder", *where)[:2] == (0, "0 errors, 0 warnings\n")
    code, out, _ = script("describe", where[1])
    assert code == 0
    assert "training         2 images  3x2 (1), 3x4 (1)  sha256" in out
    rows = [line.split() for line in out.splitlines()]
    assert ["1", "road", "31.250%", "2", "18.182%", "1"] in rows
    assert ["255", "ignored", "11.111%", "8.333%"] in rows
    sheet = Image.open(str(tmp_path / "records" / "contact_sheet_training.png"))
    assert sheet.mode == "RGB" and min(sheet.size) > 100
    code, out, _ = script("describe", where[1], "--augmented", "--pixels=32", "--augment=hue,crop")
    path = str(tmp_path / "records" / "contact_sheet_training_augmented.png")
    assert code == 0 and out.endswith(f"contact sheet: {path}\n")
    views = Image.open(path)
    assert views.width > 5 * 256 and views.height > 4 * 256  # two images and four views of each
    assert script("convert", "--dataset_family=folder", "--overwrite", *where)[0] == 0


def test_check_exits_with_1_where_training_would_suffer(script, tmp_path):
    source = write_folder(str(tmp_path / "source"), ("sky", "road", "car", "tree"))
    code, out, _ = script("check", "--dataset_family=folder", "--source=" + source)
    assert code == 1
    text = "{}: {} has no pixel of tree; add images, or take the class off the list\n"
    assert out == "error: {}warning: {}1 errors, 1 warnings\n".format(
        text.format(source, "training"), text.format(source, "validation"))


def test_shapes_are_drawn_where_there_is_no_source(script, tmp_path):
    code, _, error = script("convert", "--dataset_family=shapes", "--seed=1", "--counts=3,2,1",
                            "--source={}".format(tmp_path / "source"),
                            "--datapath={}".format(tmp_path / "records"))
    assert code == 0, error
    assert os.path.isfile(str(tmp_path / "source" / "classes.txt"))
    info = open_dataset(str(tmp_path / "records"))
    assert [split.count for split in info.splits.values()] == [3, 2, 1]
    assert info.class_names[0] == "background"
    assert script("convert", "--dataset_family=shapes", "--counts=3", "--source=x",
                  "--datapath=y")[2].startswith("error: --counts: got '3', expected three numbers")
