"""The doctor: each defect is one line with the file and the remedy."""
import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.data.helpers import write_raw_pixels
from tests.data.sources import LABEL_A, LABEL_B, picture, write_folder, write_image, write_pair
from utils.data.check import check_source
from utils.data.check_records import check_records
from utils.data.convert import convert
from utils.data.datasets import open_source
from utils.data.findings import count, error, note, report, warning
from utils.data.images import read_bytes
from utils.data.records import open_dataset
from utils.errors import UserError
from utils.tf_compat import tf


def found(findings):
    """{(severity, kind): [text]}; every text is one line."""
    assert not any("\n" in finding.text for finding in findings)
    kinds = {}
    for finding in findings:
        kinds.setdefault((finding.severity, finding.kind), []).append(finding.text)
    return kinds


def check_folder(source):
    return found(check_source(open_source("folder", source), source, workers=2))


def only(kinds, severity, kind):
    """The single text of the single kind."""
    assert list(kinds) == [(severity, kind)] and len(kinds[severity, kind]) == 1, kinds
    return kinds[severity, kind][0]


@pytest.fixture
def source(tmp_path):
    return write_folder(str(tmp_path / "source"))


@pytest.fixture
def records(tmp_path, source):
    """Converted, two shards of training: a and b."""
    datapath = str(tmp_path / "records")
    convert(open_source("folder", source), source, datapath, shards=2)
    return datapath


# ---- a source ----

def test_sound_source(source):
    assert check_folder(source) == {}


def test_missing_and_unpaired_files(source):
    write_image(os.path.join(source, "images", "training", "lonely.png"), picture(LABEL_A, 7))
    write_image(os.path.join(source, "masks", "training", "stray.png"), LABEL_A)
    kinds = check_folder(source)
    assert set(kinds) == {("error", "no mask"), ("error", "missing label"), ("warning", "unpaired")}
    assert kinds["error", "no mask"][0].endswith(
        "no mask for 1 of 3 images (lonely.png); looked for lonely.png (or .tif, .bmp, .gif, or "
        "one ending that all masks share); there is stray.png")
    assert kinds["error", "missing label"][0].endswith(
        "lonely.png: no such file; restore it or take it off the list")
    assert kinds["warning", "unpaired"][0].endswith(
        "stray.png: belongs to no pair and is left out; add its partner or remove it")


def test_sizes_that_differ(source):
    write_image(os.path.join(source, "masks", "training", "b.png"), LABEL_A)
    text = only(check_folder(source), "error", "size")
    assert "b.png: the label is 4x3, its image" in text and "is 2x3; expected equal" in text


def test_labels_outside_the_class_list(source):
    write_pair(source, "b", np.array([[0, 1, 3, 200]], np.uint8), seed=2)
    assert "b.png: the label has the values 3, 200, expected class indices 0..2" in only(
        check_folder(source), "error", "values")


def test_visible_greys(source):
    write_pair(source, "b", np.array([[0, 127, 254]], np.uint8), seed=2)
    text = only(check_folder(source), "error", "values")
    assert "has the values 127, 254, expected class indices 0..2 and 255 for ignore" in text
    assert text.endswith("(visible greys are no indices) or lengthen the class list, or ignore "
                         "values (--ignore, --reduce_zero_label)")


def test_rgb_masks(source):
    write_image(os.path.join(source, "masks", "training", "b.png"), picture(LABEL_B))
    assert "b.png: the mask has 3 channels (RGB), expected one channel of class indices" in only(
        check_folder(source), "error", "unreadable label")


def test_masks_of_0_and_255(source):
    for name in "ab":
        write_pair(source, name, np.array([[0, 255]], np.uint8), seed=ord(name))
    assert ("the masks of training hold only sky and ignored pixels; an object that is saved as "
            "255 is ignored: save it as 1") in only(check_folder(source), "error", "0/255")


def test_absent_classes(source):
    write_pair(source, "a", LABEL_B, seed=1)  # the only training image with class 2
    assert "training has no pixel of car; add images" in only(
        check_folder(source), "error", "absent")


def test_a_single_class(source):
    for name in "ab":
        write_pair(source, name, np.zeros((2, 2), np.uint8), seed=ord(name))
    assert "the masks of training hold no more than one class" in only(
        check_folder(source), "error", "one class")


def test_the_same_image_twice(source):
    write_pair(source, "again", LABEL_A, seed=1)
    write_pair(source, "leaked", LABEL_A, "validation", seed=1)
    kinds = check_folder(source)
    assert set(kinds) == {("error", "leak"), ("warning", "twice")}
    assert "leaked.png: the same image is in training (as " in kinds["error", "leak"][0]
    assert kinds["warning", "twice"][0].endswith("a.png; remove one")


def test_images_that_cannot_be_read(source):
    path = os.path.join(source, "images", "training", "b.png")
    data = read_bytes(path)
    with open(path, "wb") as file:
        file.write(data[:60])
    assert "b.png: the image is truncated or corrupt" in only(
        check_folder(source), "error", "unreadable image")


def test_no_validation_images(source):
    shutil.rmtree(os.path.join(source, "images", "validation"))
    assert ("error", "no validation") in check_folder(source)


def test_an_unlabelled_image(source):
    write_pair(source, "void", np.full((2, 2), 255, np.uint8), seed=9)
    assert "void.png: no pixel has a class" in only(check_folder(source), "warning", "unlabelled")


def test_exif_rotation_without_the_label(source):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(picture(LABEL_A, 8)).save(
        os.path.join(source, "images", "training", "turned.jpg"), exif=exif)
    write_image(os.path.join(source, "masks", "training", "turned.png"), LABEL_A)
    assert "if EXIF rotates the image, rotate the label too, or strip the EXIF tag" in only(
        check_folder(source), "error", "size")


# ---- records ----

def spoil(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


def test_sound_records(records):
    assert check_records(records) == []


def test_corrupt_record_with_its_position(tmp_path, source):
    datapath = str(tmp_path / "one")
    convert(open_source("folder", source), source, datapath)
    path = os.path.join(datapath, "training.tfrecords")
    first = int.from_bytes(read_bytes(path)[:8], "little") + 16
    spoil(path, first + 20, b"\xaa\xaa")
    kinds = found(check_records(datapath))
    assert kinds["error", "corrupt"] == [
        f"{path}: record 1 at byte {first} fails its checksum; copy the file again or convert "
        "again"]
    assert kinds["error", "count"] == [f"{datapath}: training holds 1 sound records, dataset.json "
                                       "says 2; convert again"]


@pytest.mark.parametrize("kept", [5, 30, -1])
def test_truncated_file(records, kept):
    path = os.path.join(records, "training-00001-of-00002.tfrecords")
    data = read_bytes(path)
    with open(path, "wb") as file:
        file.write(data[:kept])
    assert "record 0 at byte 0 is cut short" in found(check_records(records))["error", "corrupt"][0]


def test_missing_shard(records):
    os.remove(os.path.join(records, "training-00001-of-00002.tfrecords"))
    kinds = found(check_records(records))
    assert "shard 1 of training is missing; copy it" in kinds["error", "shards"][0]
    assert ("error", "count") in kinds


def test_missing_split(records):
    os.remove(os.path.join(records, "validation.tfrecords"))
    kinds = found(check_records(records))
    assert "the records of validation are missing" in kinds["error", "missing split"][0]


def test_records_of_another_conversion(records, tmp_path, source):
    write_pair(source, "c", LABEL_A, "validation", seed=77)
    other = str(tmp_path / "other")
    convert(open_source("folder", source), source, other)
    shutil.copy(os.path.join(other, "validation.tfrecords"), records)
    assert "the records of validation are not those that dataset.json describes (hash" in only(
        found(check_records(records)), "error", "hash")


@pytest.mark.parametrize("changes,words", [
    ({"pixels_per_class": [1, -1, 0]},
     "the pixels with sky of training are 9, dataset.json says 10"),
    ({"images_per_class": [0, 0, 1]},
     "the images with car of training are 1, dataset.json says 2"),
    ({"image_pixels_per_class": [0, 0, 1]},
     "the pixels of images with car of training are 11, dataset.json says 12"),
    ({"ignored_pixels": -2, "pixels_per_class": [2, 0, 0]},
     "the ignored pixels of training are 2, dataset.json says 0"),
    ({"sizes": {"3x2": -1, "2x3": 1}}, "the images of 3x2 of training are 1, dataset.json says 0"),
    ({"sha256": "0" * 64}, "not those that dataset.json describes (hash "),
    ({"count": 1, "sizes": {"1x1": 1}, "pixels_per_class": [1, 0, 0]},
     "training holds 2 sound records, dataset.json says 3")])
def test_statistics_of_the_sidecar_are_counted_again(records, changes, words):
    """Statistics that fit each other, but not the records."""
    path = os.path.join(records, "dataset.json")
    with open(path) as file:
        content = json.load(file)
    split = content["splits"]["training"]
    for name, change in changes.items():
        split[name] = _changed(split[name], change)
    with open(path, "w") as file:
        json.dump(content, file)
    texts = [one.text for one in check_records(records) if one.severity == "error"]
    assert any(words in text for text in texts)
    assert texts[0].endswith("; convert again")


def _changed(value, change):
    if isinstance(value, list):
        return [one + more for one, more in zip(value, change)]
    if isinstance(value, dict):
        counts = {key: value.get(key, 0) + change.get(key, 0) for key in {**value, **change}}
        return {key: count for key, count in counts.items() if count}
    return change if isinstance(value, str) else value + change


def test_damaged_sidecar(records):
    with open(os.path.join(records, "dataset.json"), "w") as file:
        file.write('{"format": 1}')
    assert "dataset.json is damaged, without 'class_names'" in only(
        found(check_records(records)), "error", "sidecar")


@pytest.mark.parametrize("label", [0, 254])
def test_no_other_ignore_label_is_taken_for_ours(records, label):
    path = os.path.join(records, "dataset.json")
    with open(path) as file:
        values = json.load(file)
    with open(path, "w") as file:
        json.dump(dict(values, ignore_label=label), file)
    assert f"dataset.json is damaged, ignore_label is {label}, expected 255: " in only(
        found(check_records(records)), "error", "sidecar")
    with pytest.raises(UserError, match=f"ignore_label is {label}"):
        open_dataset(records)


def test_missing_sidecar(records):
    os.remove(os.path.join(records, "dataset.json"))
    assert "dataset.json is missing beside training-00000-of-00002.tfrecords" in only(
        found(check_records(records)), "error", "sidecar")


def test_record_that_is_no_example(records):
    path = os.path.join(records, "validation.tfrecords")
    with tf.python_io.TFRecordWriter(path) as writer:
        writer.write(tf.train.Example().SerializeToString())
        writer.write(b"\xff\xff")
    texts = found(check_records(records))["error", "record"]
    assert texts[0] == (f"{path}: record 0 at byte 0: expected image, label, name, height and "
                        "width, got nothing; convert again")
    assert texts[1] == f"{path}: record 1 at byte 16: not a tf.train.Example; convert again"


def test_raw_pixels(tmp_path):
    write_raw_pixels(str(tmp_path), "training", [LABEL_A, LABEL_B])
    write_raw_pixels(str(tmp_path), "validation", [LABEL_A])
    kinds = found(check_records(str(tmp_path)))
    assert "the same image" in only(kinds, "error", "leak")
    spoil(str(tmp_path / "training.tfrecords"), 20, b"\xaa\xaa")
    assert "training.tfrecords: record 0 at byte 0 fails its checksum" in only(
        found(check_records(str(tmp_path))), "error", "sidecar")


# ---- the report ----

def test_report_shows_errors_first_and_a_few_of_each_kind():
    findings = [note("n", "n0"), warning("w", "w0")] + [
        error("e", f"e{index}") for index in range(4)]
    assert report(findings, most=2) == [
        "error: e0", "error: e1",
        "error: ... and 2 more of this kind (e); fcn_data.py check --all shows them",
        "warning: w0", "note: n0"]
    assert len(report(findings, most=0)) == 6
    assert [count(findings, severity) for severity in ("error", "warning", "note")] == [4, 1, 1]
