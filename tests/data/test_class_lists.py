"""Class lists of people and tools: read rightly or refused, never taken literally."""
import os

import pytest

from tests.data.helpers import message
from utils.data.datasets.listing.class_lists import (
    find_class_list,
    read_class_list,
    unread_class_lists,
)

RGB = ((128, 64, 128), (0, 0, 142))
CVAT = "# label:color_rgb:parts:actions\nroad:128,64,128::\nold car:0,0,142:wheel:\n"


@pytest.fixture
def read(tmp_path):
    def call(text):
        path = str(tmp_path / "classes.txt")
        with open(path, "wb") as file:
            file.write(text.encode("utf-8"))
        return read_class_list(path)
    return call


def values(classes):
    """{value of the masks: name of its class, or None where it is ignored}."""
    if classes.table is None:
        return dict(enumerate(classes.names))
    return {value: None if index == 255 else classes.names[index]
            for value, index in enumerate(classes.table) if index >= 0 and value < 255}


@pytest.mark.parametrize("text,expected", [
    ("road\nold car\n", {0: "road", 1: "old car"}),
    ("# a comment\n\nroad\r\n  old car # and its trailer\r\n", {0: "road", 1: "old car"}),
    ("ignore\nroad\nold car\n", {0: None, 1: "road", 2: "old car"}),
    ("road\nIgnore\nold car\n", {0: "road", 1: None, 2: "old car"}),
    ("road\nold car\nignore\n", {0: "road", 1: "old car", 2: None}),
    ("__ignore__\n_background_\nold car", {0: "_background_", 1: "old car"}),
    ("0 road\n1 old car", {0: "road", 1: "old car"}),
    ("1. road\n2. old car", {1: "road", 2: "old car"}),
    ("7: road\n26: old car\n0: ignore\n255: void", {0: None, 7: "road", 26: "old car"}),
    ("old car=1\nroad=0", {0: "road", 1: "old car"}),
    ("road 0\nold car 1", {0: "road", 1: "old car"}),
    ("-1 unlabelled\n0 road\n1 old car", {0: "road", 1: "old car"}),
    ("Idx\tName\n1\twall\n2\tbuilding;edifice", {1: "wall", 2: "building;edifice"}),
    ('Idx,Ratio,Train,Name\n1,.2,9,wall\n2,.1,8,"building, edifice"',
     {1: "wall", 2: "building, edifice"}),
    ("name\nroad\nold car", {0: "road", 1: "old car"}),
    ("class 0\nclass 1", {0: "class 0", 1: "class 1"}),
    ('"route 66"\n"door, screen"', {0: "route 66", 1: "door, screen"}),
    ("3d model\n2 wheeler\nbus", {0: "3d model", 1: "2 wheeler", 2: "bus"})])
def test_values(read, text, expected):
    assert values(read(text)) == expected


@pytest.mark.parametrize("text", [
    "road 128 64 128\nold car 0,0,142\n", "road (128, 64, 128)\nold car (0, 0, 142)\n",
    "128 64 128 road\n0 0 142 old car\n", "128,64,128,road\n0,0,142,old car\n",
    "0 road 128 64 128\n1 old car 0 0 142\n", "0 128 64 128 road\n1 0 0 142 old car\n",
    "name,r,g,b\nroad,128,64,128\nold car,0,0,142\n",
    "r;g;b;name\n128;64;128;road\n0;0;142;old car\n",
    "name,color\nroad,#804080\nold car,\"0,0,142\"\n",
    "road #804080\nold car #00008e\n", CVAT])
def test_colours(read, text):
    classes = read(text)
    assert (classes.names, classes.colours, classes.table) == (("road", "old car"), RGB, None)


def test_a_line_of_ignore_with_a_colour_takes_no_value(read):
    classes = read("ignore 0 0 0\nroad 128 64 128\nold car 0 0 142\n")
    assert (classes.names, classes.ignore_colour, classes.table) == (
        ("road", "old car"), (0, 0, 0), None)
    assert [one.text.split(": ", 1)[1] for one in classes.findings] == [
        "the line `ignore` takes no value; value 0 is road"]
    assert not read("road 128 64 128\nold car 0 0 142\nignore 0 0 0\n").findings


def test_what_was_decided_is_noted(read):
    texts = [one.text.split(": ", 1)[1] for one in read("7: road\n26: car\n0: ignore").findings]
    assert texts == ["read as lines of `value name`",
                     "values of the masks: 0 ignored, 7 road, 26 car"]
    finding, = read("old road\nOld-Road\n").findings
    assert finding.severity == "warning"
    assert "'old road' and 'Old-Road' differ by case or blanks only" in finding.text


@pytest.mark.parametrize("text,words", [
    ("", "0 classes"), ("# road\n", "0 classes"), ("ignore\n", "0 classes"),
    ("a\nb\na\n", "the name 'a' stands on the lines 1 and 3"),
    ("0 a\n0 b\n", "the value 0 stands on the lines 1 and 2"),
    ("0 ignore\n0 b\n", "the value 0 stands on the lines 1 and 2"),
    ("a 0 0 0\nb\n", "1 different colours for 2 classes"),
    ("a 1 1 1\nb 1 1 1\n", "1 different colours for 2 classes"),
    ("a 0 0 300\n", "three numbers up to 255"),
    ("ignore\na 0 0 1\nb 0 0 2\n", "line 1 (ignore) has no colour, and the classes have"),
    ("1 a 0 0 1\n2 b 0 0 2\n", "colours and values that are not 0, 1, 2"),
    ("road 7\ncar 26\n", "every line ends in a number ('road 7'); if they are the masks' values"),
    ("0 0 0\n128 0 0\n", "line 1 ('0 0 0') is not understood"),
    ("road,car,sky\n", "line 1 ('road,car,sky') is not understood"),
    ("road,drivable\ncar,vehicle\n", "line 1 ('road,drivable') is not understood"),
    ("road\tdrivable\ncar\n", "line 1 ('road\\tdrivable') is not understood"),
    ("0 road\n1 car\nsky\n", "line 1 ('0 road') is not understood"),
    ("road:0,0,1::\n:0,0,2::\n", "line 2 has no name"),
    ("names:\n  0: road\n  1: car\n", "line 1 ('names:') is not understood"),
    ("names:\n- road\n", "line 2 ('- road') is JSON, YAML, XML"),
    ('["road", "car"]', "is JSON, YAML, XML"), ('{"road": 0}', "is JSON, YAML, XML"),
    ("item {\n  name: 'road'\n}\n", "line 1 ('item {') is JSON, YAML, XML"),
    ("name,id,trainId\nroad,7,0\n", "the columns id, trainid may all hold the value"),
    ("name,r,g,b\nroad,1,2\n", "line 2 has 3 columns, the heading 4"),
    ("name,id\nroad,x\n", "line 2: id is 'x', expected a whole number"),
    ("300 a\n1 b\n", "line 1 (a) has the value 300"), ("-3 a\n1 b\n", "has the value -3")])
def test_lists_that_are_refused(read, text, words):
    assert words in message(read, text)


def test_a_label_holds_255_classes(read):
    most = [f"c{index} x" for index in range(255)]
    assert len(read("\n".join(most)).names) == 255
    assert len(read("\n".join(most + ["ignore"])).names) == 255
    assert "line 256 (one more) has the value 255; expected up to 255 classes" in message(
        read, "\n".join(most + ["one more"]))


def test_labels_follow_the_values(read):
    classes = read("ignore\nroad\ncar")
    assert classes.table[[0, 1, 2, 3, 4, 255]].tolist() == [255, 0, 1, -1, -1, 255]
    assert read("road\ncar").table is None


def test_the_file_of_the_list(tmp_path):
    source = str(tmp_path)
    assert "classes.txt: no such file; write one class a line" in message(
        read_class_list, find_class_list(source))
    (tmp_path / "classes.json").write_text("[]")
    assert "classes.json: this format is not read; write classes.txt" in message(
        find_class_list, source)
    for name in ("labels.txt", "classes.txt"):
        (tmp_path / name).write_text("road\n")
        assert find_class_list(source) == os.path.join(source, name)
    assert [one.text for one in unread_class_lists(source)] == [
        os.path.join(source, "labels.txt") + ": not read, since classes.txt is there"]
