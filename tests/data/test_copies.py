"""What the doctor says of copies of pictures."""
import os

import numpy as np
import pytest
from PIL import Image

from tests.data.sources import write_folder, write_image
from tests.measures.test_near_copies import as_jpeg, cropped, draw
from utils.data import copies
from utils.data.check import check_source
from utils.data.check_records import check_records
from utils.data.convert import convert
from utils.data.copies import Copies
from utils.data.datasets import open_source
from utils.measures.picture_hashes import sketch

LABEL = np.zeros((96, 128), np.uint8)
LABEL[:48] = 1


def findings(pictures, mode="auto"):
    """Findings on [(split, name, picture, label)]."""
    made = Copies(2, mode)
    for place, (split, name, picture, label) in enumerate(pictures):
        made.add(split, f"file {name}", name, str(place), sketch(picture, label))
    return [tuple(one) for one in made.findings()]


def test_each_copy_is_told_once_for_each_split():
    one, other = draw(1), draw(2)
    found = findings([
        ("training", "a", one, LABEL), ("training", "b", as_jpeg(one), LABEL),
        ("training", "c", other, LABEL), ("test", "d", cropped(one, .9, 0), LABEL),
        ("test", "e", other[:, ::-1], LABEL[:, ::-1]), ("test", "f", other, LABEL),
        ("test", "g", draw(3), LABEL)])
    across = "; keep one of them, or both in one split"
    assert [one for one in found if one[0] != "note"] == [
        ("warning", "copies of training in test", "file d: a part of a (training)" + across),
        ("warning", "copies of training in test",
         "file e: mirrored, the same picture as c (training)" + across),
        ("error", "copies of training in test",
         "file f: the same pixels as c (training)" + across)]
    assert [one[1:] for one in found if one[0] == "note"] == [
        ("copies within training", "file b: the same picture as a (training); one of them may be "
                                   "enough"),
        ("copies within test", "file f: mirrored, the same picture as e (test); one of them may "
                               "be enough")]


def test_two_labels_of_one_picture():
    wrong = LABEL.copy()
    wrong[:, :32] = 1
    found = findings([("training", "a", draw(1), LABEL), ("training", "b", draw(1), wrong),
                      ("test", "c", as_jpeg(draw(1)), LABEL)])
    two = [text for _, kind, text in found if kind == "two labels"]
    assert two == ["file b: the same pixels as a (training), yet 12 % of its label differs; "
                   "correct one",
                   "file c: the same picture as b (training), yet 12 % of its label differs; "
                   "correct one"]


def test_comparison_is_left_out_where_it_takes_long(monkeypatch):
    monkeypatch.setattr(copies, "MOST", 2)
    pictures = [("training", name, draw(1), LABEL) for name in "abc"]
    (severity, _, text), = findings(pictures)
    assert severity == "note" and "3 images were not compared" in text and "--copies=yes" in text
    assert findings(pictures, "no") == []
    assert len(findings(pictures, "yes")) == 2


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = write_folder(str(tmp_path_factory.mktemp("copies") / "source"))
    for split in ("training", "validation"):
        path = os.path.join(folder, "images", split, "street.png")
        own = draw(5) if split == "training" else as_jpeg(draw(5))
        write_image(path, own)
        Image.fromarray(np.zeros((96, 128), np.uint8)).save(path.replace("images", "masks"))
    return folder


def test_sources_and_records_are_compared_alike(source, tmp_path):
    dataset = open_source("folder", source)
    records = str(tmp_path / "records")
    convert(dataset, source, records)
    for found in (check_source(dataset, source), check_records(records)):
        one, = (finding for finding in found if finding.kind.startswith("copies"))
        assert one.severity == "warning" and one.kind == "copies of training in validation"
        assert "the same picture as street (training)" in one.text or (
            "the same picture as training/street (training)" in one.text)
    assert not [one for one in check_records(records, copies="no")
                if one.kind.startswith("copies")]
