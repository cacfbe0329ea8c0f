"""COCO files against masks written by hand: outlines, classes, crowds."""
import json
import os

import numpy as np
import pytest
from pycocotools import mask as rle

from tests.data.coco_sources import (
    BOTH,
    CAT_BOX,
    CATS,
    DOG_BOX,
    SIZE,
    box,
    cat,
    dog,
    findings,
    label,
    masks,
    refusal,
    write_set,
)
from tests.data.helpers import message
from tests.data.sources import COCO_LABEL, write_coco, write_text
from tests.shared import shared_data
from utils.data.check import check_source
from utils.data.check_records import check_records
from utils.data.convert import convert
from utils.data.datasets import DATASETS, SourceOptions, open_source
from utils.data.datasets.coco_files.outlines import Label, Region, draw

# ---- drawing ----

def test_draws_crowds_then_large_then_small(tmp_path):
    source = write_coco(str(tmp_path))
    dataset = open_source("coco", source)
    assert dataset.class_names == ("background", "person", "car", "dog")
    for split in ("training", "validation"):
        pair, = dataset.list_pairs(source)[split]
        assert (pair.name, pair.image) == ("p", os.path.join(
            source, {"training": "train2017", "validation": "val2017"}[split], "p.png"))
        assert dataset.decode_label(pair.label).tolist() == COCO_LABEL.tolist()


def test_real_masks_equal_the_rendered_ones():
    """The sample's masks hold category id - 1, 255 for background, and crowds below all objects."""
    source = shared_data("coco_sample")
    with open(os.path.join(source, "annotations", "instances.json")) as file:
        values = json.load(file)
    ids = sorted(one["id"] for one in values["categories"])
    class_of = np.zeros(256, np.uint8)
    class_of[[one - 1 for one in ids]] = range(1, len(ids) + 1)
    dataset = open_source("coco", source)
    pairs = {pair.name: pair for members in dataset.list_pairs(source).values() for pair in members}
    assert set(pairs) == {one["file_name"][:-len(".jpg")] for one in values["images"]}
    folder = os.path.join(source, "pixellabels_derived")
    files = sorted(os.listdir(folder))
    assert files
    for file in files:
        rendered = DATASETS.get("folder").decode_label(os.path.join(folder, file))
        ours = dataset.decode_label(pairs[file[:-len(".png")]].label)
        assert np.array_equal(ours[ours < 255], class_of[rendered][ours < 255]), file
        assert (ours == 255).mean() < .01


def random_masks(count=40, size=(37, 23)):
    random = np.random.RandomState(0)
    for _ in range(count):
        yield (random.rand(*size) < random.rand()).astype(np.uint8)


def test_run_length_codes_are_read_as_the_library_reads_them():
    for mask in random_masks():
        text = rle.encode(np.asfortranarray(mask))["counts"].decode("ascii")
        columns = mask.T.reshape(-1)
        changes = np.flatnonzero(np.diff(columns)) + 1
        ends = np.concatenate([[0] if columns[0] else [], changes, [columns.size]])
        runs = [int(run) for run in np.diff(np.append(0, ends))]
        for shape in ({"size": list(mask.shape), "counts": text}, {"counts": runs},
                      {"size": list(mask.shape), "counts": [float(run) for run in runs]}):
            drawn = draw(Label("f", 1, "i", mask.shape, (Region(1, 0, 1, shape, 1),)))
            assert np.array_equal(drawn, mask)
            assert drawn.flags.c_contiguous and drawn.dtype == np.uint8


def test_polygons_are_drawn_as_the_library_draws_them():
    random = np.random.RandomState(0)
    for _ in range(40):  # some coordinates lie outside of the image, and are clipped
        shape = [(random.rand(2 * random.randint(3, 9)) * 40 - 10).tolist() for _ in range(2)]
        expected = rle.decode(rle.merge(rle.frPyObjects(shape, 20, 25)))
        drawn = draw(Label("f", 1, "i", (20, 25), (Region(3, 0, 1, shape + [[1, 1, 20, 20], [7, 7]],
                                                          1),)))
        assert np.array_equal(drawn, 3 * expected)


@pytest.mark.parametrize("shape,words", [
    ([[float("nan"), 1, 5, 1, 5, 5]], "an outline with the coordinate nan in an image of 8x6"),
    ([[1, 1, 5, 1, 5, float("inf")]], "an outline with the coordinate inf in"),
    ([[1, 1, 5, 1, 5, -1e300]], "an outline with the coordinate -1e+300 in"),
    ([[1, 1, 5, 1, 5, 10 ** 400]], "an outline with a coordinate that is no number"),
    ([[1, 1, 5, 1, 5, None]], "an outline with the coordinate nan in"),
    ([[1, 1, 5, 1, 5, "x"]], "an outline with a coordinate that is no number"),
    ([[0, 0, 9e4, 9e4] * 20], "an outline that is longer than 1000000 pixels"),
    ({"size": [8, 6], "counts": [0, 48]}, "a run-length code of 6x8 in an image of 8x6"),
    ({"size": [6, 8], "counts": [10, 10]}, "a run-length code of 20 pixels in an image of 8x6"),
    ({"size": [6, 8], "counts": [50, -2]}, "a run-length code of 48 pixels in an image of 8x6"),
    ({"size": [6, 8], "counts": "0`"}, "a run-length code that cannot be read"),
    ({"size": [6, 8], "counts": "0 ~"}, "a run-length code that cannot be read"),
    ([[1, 1, 5, 1, 5, 5], [[1, 1], [5, 1], [5, 5], [1, 5], [1, 3], [1, 2]]],
     "an outline of lists within lists"),
    ({"size": [6, 8], "counts": [[48]]}, "a run-length code of 48 pixels in an image of 8x6"),
    ({"size": [6], "counts": [0, 48]}, "a run-length code that cannot be read"),
    ({"size": [6, 8], "counts": [0, float("nan")]}, "a run-length code of nan pixels in an"),
    ({"size": "6x8", "counts": [0, 48]}, "a run-length code that cannot be read"),
    ({"size": [6, 8], "counts": ["a", "b"]}, "a run-length code that cannot be read")])
def test_outlines_that_cannot_be_drawn_are_named(tmp_path, shape, words):
    source = write_set(tmp_path, annotations=[cat(1, segmentation=shape), dog(1), dog(2), cat(2)])
    dataset = open_source("coco", source)
    texts = [one.text for one in check_source(dataset, source) if one.severity == "error"]
    expected = f"instances.json (image id 1, annotation id 11): {words}"
    assert len([text for text in texts if expected in text]) == 1, texts
    assert texts[0].endswith("; mend or remove it")
    assert expected in refusal(source, tmp_path)
    assert not os.path.exists(str(tmp_path / "records"))


def test_several_bad_outlines_of_an_image_are_counted():
    bad = Region(1, 0, 1, [[1, 1, 5, 1, 5, None]], None)
    text = message(draw, Label("f.json", 7, "i", SIZE, (bad, bad, bad)))
    assert text.startswith("f.json (image id 7): an outline with")
    assert text.endswith("mend or remove it (and 2 more outlines of this image)")


# ---- several files ----

def write_two(folder, train, val):
    write_set(folder, "annotations/instances_train.json", "images/train", **train)
    return write_set(folder, "annotations/instances_val.json", "images/val", **val)


def test_classes_of_two_files_are_matched_by_name(tmp_path):
    """dog is 2 in one file and 1 in the other; fish is only in the second, ant in the first."""
    fish = dog(1, category_id=3, id=3, area=1, segmentation=box(0, 0, 2, 1))
    source = write_two(
        tmp_path, dict(categories=[CATS[1], CATS[0], {"id": 5, "name": "ant"}]),
        dict(categories=[{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"},
                         {"id": 3, "name": "fish"}],
             annotations=[dog(1, category_id=1), cat(1, category_id=2), fish,
                          cat(2, category_id=2)]))
    dataset = open_source("coco", source)
    assert dataset.class_names == ("background", "cat", "dog", "ant", "fish")
    listed = {split: [dataset.decode_label(pair.label).tolist() for pair in pairs]
              for split, pairs in dataset.list_pairs(source).items()}
    assert listed == {"training": [BOTH, BOTH], "validation": [
        label((DOG_BOX, 2), (CAT_BOX, 1), ((0, 0, 2, 1), 4)), label((CAT_BOX, 1))]}
    found = findings(source)
    assert set(found) == {("warning", "other categories"), ("note", "other ids")}
    assert ("the categories differ: only in the first: ant; only in the second: fish; classes are "
            "matched by name") in found["warning", "other categories"]
    assert "of 2 categories differ: cat (1, then 2), dog (2, then 1)" in found["note", "other ids"]


def test_equal_files_are_silent_and_the_order_of_categories_is_no_matter(tmp_path):
    source = write_two(tmp_path, {}, dict(categories=CATS[::-1]))
    assert findings(source) == {}
    assert open_source("coco", source).class_names == ("background", "cat", "dog")


def test_grouping_holds_for_files_with_other_ids_or_without_supercategories(tmp_path):
    plain = [{"id": 8, "name": "dog"}, {"id": 9, "name": "cat"}]
    source = write_two(tmp_path / "s", {}, dict(
        categories=plain, annotations=[dog(1, category_id=8), cat(2, category_id=9)]))
    groups = write_text(str(tmp_path / "g.json"), json.dumps({"pet": ["supercategory:pet"]}))
    dataset = open_source("coco", source, SourceOptions(categories=groups))
    assert [dataset.decode_label(pair.label).tolist()
            for pair in dataset.list_pairs(source)["validation"]] == [
                label((DOG_BOX, 1)), label((CAT_BOX, 1))]
    plain[0]["supercategory"] = "animal"
    write_two(tmp_path / "s", {}, dict(categories=plain, annotations=[dog(1, category_id=8)]))
    assert "of 1 categories differ: dog (pet, then animal)" in findings(
        source, categories=groups)["warning", "other supercategories"]


# ---- classes ----

def test_grouping(tmp_path):
    source = write_coco(str(tmp_path / "coco"))
    groups = write_text(str(tmp_path / "g.json"), "\ufeff" + json.dumps(
        {"vehicle": "supercategory:vehicle", "animal": ["dog"]}))
    dataset = open_source("coco", source, SourceOptions(categories=groups))
    assert dataset.class_names == ("background", "vehicle", "animal")
    table = np.zeros(256, np.uint8)
    table[[2, 3]] = 1, 2  # a crowd of a category that is no class is background
    pair, = dataset.list_pairs(source)["training"]
    assert dataset.decode_label(pair.label).tolist() == table[COCO_LABEL].tolist()
    assert "2 annotations of 1 categories that are in no class are background: person (2)" in (
        findings(source, categories=groups)["note", "in no class"])


@pytest.mark.parametrize("groups,words", [
    ({"v": ["supercategory:vehicles"]}, "no supercategory 'vehicles'; there are animal, person"),
    ({"v": ["cars"]}, "no name 'cars'; there are car, dog, person"),
    ({"v": ["car"], "w": ["supercategory:vehicle"]},
     "the category 'car' of 'w' is in 'v' too; put it in one class"),
    ({"v": 3}, "the class 'v' is 3, expected a list of names"),
    (["car"], "expected {\"class\": [\"category\""), ({}, "expected {\"class\"")])
def test_grouping_mistakes(tmp_path, groups, words):
    source = write_coco(str(tmp_path / "coco"))
    path = write_text(str(tmp_path / "g.json"), json.dumps(groups))
    assert words in message(open_source, "coco", source, SourceOptions(categories=path))


def test_a_class_that_stands_twice_in_a_grouping(tmp_path):
    source = write_coco(str(tmp_path / "coco"))
    path = write_text(str(tmp_path / "g.json"), '{"v": ["car"], "v": ["dog"]}')
    assert "g.json: not JSON ('v' stands 2 times); copy or mend it" in message(
        open_source, "coco", source, SourceOptions(categories=path))


def test_as_many_classes_as_a_label_holds(tmp_path):
    categories = [{"id": number, "name": f"c{number}"} for number in range(1, 255)]
    last = [dog(1, category_id=254), cat(2)]
    source = write_set(tmp_path / "most", categories=categories, annotations=last)
    assert open_source("coco", source).num_classes == 255
    assert masks(source) == {"im1": label((DOG_BOX, 254)), "im2": label((CAT_BOX, 1))}
    more = [{"id": number, "name": f"c{number}"} for number in range(1, 256)]
    source = write_set(tmp_path / "more", categories=more, annotations=last)
    assert ("256 classes, background among them, and a label can hold 255; group the categories "
            "into classes (--categories=groups.json)") in message(open_source, "coco", source)
    groups = write_text(str(tmp_path / "g.json"), json.dumps({"pet": ["c1", "c254"]}))
    assert masks(source, categories=groups)["im1"] == label((DOG_BOX, 1))


def test_the_heading_of_an_export_is_no_class(tmp_path):
    """Roboflow's category 0 names the project, here like a class of it."""
    heading = {"id": 0, "name": "dog", "supercategory": "none"}
    below = [dict(one, supercategory="dog") for one in CATS]
    source = write_set(tmp_path / "a", categories=[heading] + below)
    assert open_source("coco", source).class_names == ("background", "cat", "dog")
    assert masks(source) == {"im1": BOTH, "im2": BOTH}
    assert "'dog' (category id 0) is the heading of the others and no class" in findings(
        source)["note", "root category"]
    source = write_set(tmp_path / "b", categories=[dict(heading, name="pet")] + CATS,
                       annotations=[dog(1), cat(1, category_id=0), dog(2)])
    assert open_source("coco", source).class_names == ("background", "pet", "cat", "dog")


def test_a_category_called_background_is_class_0(tmp_path):
    source = write_set(tmp_path, categories=[CATS[0], {"id": 2, "name": "_background_"}])
    assert open_source("coco", source).class_names == ("background", "cat")
    assert masks(source)["im1"] == label((CAT_BOX, 1))
    assert ("note", "background") in findings(source)
    source = write_set(tmp_path, categories=[{"id": 1, "name": "background"}])
    assert "instances.json: no class but background; list the objects' categories" in message(
        open_source, "coco", source)


# ---- crowds ----

def test_crowds_are_counted_and_drawn_by_a_flag(tmp_path):
    code = {"size": list(SIZE), "counts": [0, 12, 36]}
    brush = [dict(one, iscrowd=value, segmentation=code) for one, value in zip(
        [dog(1), dog(2), dog(1, id=3)], (1, True, "1"))]
    source = write_set(tmp_path, annotations=brush + [dog(2, id=4), cat(1), cat(2, iscrowd=None),
                                                      cat(2, id=5, iscrowd=1)])
    ignored, drawn = (0, 0, 2, 6), label(((0, 0, 2, 6), 2), (CAT_BOX, 1))
    assert masks(source) == {"im1": label((ignored, 255), (CAT_BOX, 1)),
                             "im2": label((CAT_BOX, 255), (ignored, 255), (DOG_BOX, 2),
                                          (CAT_BOX, 1))}
    assert masks(source, crowd="draw")["im1"] == drawn
    found = findings(source)
    assert found["warning", "crowds"].startswith("3 of 4 regions of dog are crowds (iscrowd=1), "
                                                 "hence ignored; --crowd=draw draws them")
    assert "hence ignored: 1 of 3 of cat; --crowd=draw" in found["note", "some crowds"]
    assert findings(source, crowd="draw") == {}


def test_where_all_is_crowd_the_remedy_is_a_flag(tmp_path):
    source = write_set(tmp_path, annotations=[dog(1, iscrowd=1), dog(2, iscrowd=1)])
    text = refusal(source, tmp_path)
    assert text.endswith("the masks of training hold only background and ignored pixels; regions "
                         "with iscrowd=1 are ignored: --crowd=draw draws them as objects")
    kinds = {one.kind: one.text for one in check_source(open_source("coco", source), source)}
    assert kinds["0/255"].endswith("--crowd=draw draws them as objects")


def test_the_remedy_stays_with_the_records(tmp_path):
    source = write_two(tmp_path / "s", {}, dict(annotations=[dog(1, iscrowd=1), dog(2, iscrowd=1)]))
    convert(open_source("coco", source), source, str(tmp_path / "records"))
    kinds = {one.kind: one.text for one in check_records(str(tmp_path / "records"))}
    assert kinds["0/255"].endswith("validation hold only background and ignored pixels; regions "
                                   "with iscrowd=1 are ignored: --crowd=draw draws them as objects")
