"""COCO files of every tool against masks written by hand."""
import json
import os

import numpy as np
import pytest
from pycocotools import mask as rle

from tests.data.helpers import message
from tests.data.sources import COCO_LABEL, picture, write_coco, write_image, write_text
from tests.shared import shared_data
from utils.data.check import check_source
from utils.data.convert import convert
from utils.data.datasets import DATASETS, SourceOptions, open_source
from utils.data.datasets.coco_file import same_id
from utils.data.datasets.coco_layout import LAYOUTS
from utils.data.datasets.coco_outlines import Label, Region, draw, fault

SIZE = (6, 8)
CATS = [{"id": 1, "name": "cat", "supercategory": "pet"},
        {"id": 2, "name": "dog", "supercategory": "pet"}]
CAT_BOX, DOG_BOX = (1, 1, 4, 3), (3, 2, 7, 6)


def box(x0, y0, x1, y1):
    return [[x0, y0, x1, y0, x1, y1, x0, y1]]


def image(number, **more):
    return dict(dict(id=number, file_name="im%d.png" % number, height=SIZE[0], width=SIZE[1]),
                **more)


def cat(number, **more):
    return dict(dict(id=10 * number + 1, image_id=number, category_id=1, iscrowd=0, area=6,
                     segmentation=box(*CAT_BOX)), **more)


def dog(number, **more):
    return dict(dict(id=10 * number + 2, image_id=number, category_id=2, iscrowd=0, area=16,
                     segmentation=box(*DOG_BOX)), **more)


def content(images=None, annotations=None, categories=None):
    """Two images, each with a cat over a dog."""
    return {"images": [image(1), image(2)] if images is None else images,
            "categories": CATS if categories is None else categories,
            "annotations": [one for number in (1, 2) for one in (dog(number), cat(number))]
            if annotations is None else annotations}


def label(*drawn):
    """The mask of ((x0, y0, x1, y1), class) in this order."""
    mask = np.zeros(SIZE, np.uint8)
    for (x0, y0, x1, y1), index in drawn:
        mask[y0:y1, x0:x1] = index
    return mask.tolist()


BOTH = label((DOG_BOX, 2), (CAT_BOX, 1))


def write_set(folder, file="annotations/instances.json", images_in="images", **parts):
    """One COCO file with its images, those of file_name's last part."""
    values = content(**parts)
    write_text(os.path.join(str(folder), file), json.dumps(values))
    for number, entry in enumerate(values["images"]):
        name = (entry.get("file_name") or entry["coco_url"]).replace("\\", "/").split("/")[-1]
        write_image(os.path.join(str(folder), images_in, name),
                    picture(np.zeros(SIZE), len(file) * 100 + number))
    return str(folder)


def masks(source, **options):
    """{pair's name: mask} of all splits."""
    dataset = open_source("coco", source, SourceOptions(**options))
    return {pair.name: dataset.decode_label(pair.label).tolist()
            for pairs in dataset.list_pairs(source).values() for pair in pairs}


def findings(source, **options):
    """{(severity, kind): text} of the listing."""
    found = open_source("coco", source, SourceOptions(**options)).source_findings(source)
    assert not any("\n" in one.text for one in found)
    return {(one.severity, one.kind): one.text for one in found}


def refusal(source, tmp_path):
    return message(convert, open_source("coco", source), source, str(tmp_path / "records"))


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
    ({"size": "6x8", "counts": [0, 48]}, "a run-length code that cannot be read"),
    ({"size": [6, 8], "counts": ["a", "b"]}, "a run-length code that cannot be read")])
def test_outlines_that_cannot_be_drawn_are_named(tmp_path, shape, words):
    source = write_set(tmp_path, annotations=[cat(1, segmentation=shape), dog(1), dog(2), cat(2)])
    dataset = open_source("coco", source)
    texts = [one.text for one in check_source(dataset, source) if one.severity == "error"]
    expected = "instances.json (image id 1, annotation id 11): {}".format(words)
    assert len([text for text in texts if expected in text]) == 1, texts
    assert texts[0].endswith("; mend or remove it")
    assert expected in refusal(source, tmp_path)
    assert not os.path.exists(str(tmp_path / "records"))


def test_several_bad_outlines_of_an_image_are_counted():
    bad = Region(1, 0, 1, [[1, 1, 5, 1, 5, None]], None)
    text = message(draw, Label("f.json", 7, "i", SIZE, (bad, bad, bad)))
    assert text.startswith("f.json (image id 7): an outline with")
    assert text.endswith("mend or remove it (and 2 more outlines of this image)")


# ---- ids ----

@pytest.mark.parametrize("value,expected", [
    (3, 3), (3.0, 3), ("3", 3), (" 3.0 ", 3), ("007", 7), (-1, -1), ("a3", "a3"), (3.5, "3.5"),
    (None, "None"), (float("nan"), "nan"), (True, "True"), ([3], "[3]")])
def test_forms_of_an_id(value, expected):
    assert same_id(value) == expected


@pytest.mark.parametrize("form", [str, float, lambda one: " %d.0" % one])
@pytest.mark.parametrize("key", ["image_id", "category_id", "id"])
def test_ids_in_any_form_mean_the_same(tmp_path, form, key):
    annotations = [dict(one, **{key: form(one[key])}) for one in content()["annotations"]]
    source = write_set(tmp_path / "annotations", annotations=annotations)
    assert masks(source) == {"im1": BOTH, "im2": BOTH} and findings(source) == {}
    images = [dict(one, id=form(one["id"])) for one in content()["images"]]
    categories = [dict(one, id=form(one["id"])) for one in CATS]
    source = write_set(tmp_path / "all", images=images, categories=categories)
    assert masks(source) == {"im1": BOTH, "im2": BOTH} and findings(source) == {}


def test_ids_that_are_words(tmp_path):
    source = write_set(
        tmp_path, images=[image(1, id="a-1"), image(2, id="b-2")],
        annotations=[dog(1, image_id="a-1"), cat(1, image_id="a-1"), dog(2, image_id="b-2")])
    assert masks(source) == {"im1": BOTH, "im2": label((DOG_BOX, 2))}


@pytest.mark.parametrize("change,kind,words", [
    (dict(image_id=7), "unknown image", "1 of 4 annotations have an image_id that the file does "
     "not list (annotation id 11 of image id 7, category id 1); list the images"),
    (dict(category_id="x"), "unknown category", "1 of 4 annotations have a category_id that the "
     "file does not list (annotation id 11 of image id 1, category id x); list the categories"),
    (dict(iscrowd="maybe"), "iscrowd", "1 of 4 annotations have an iscrowd that is neither")])
def test_annotations_that_belong_nowhere_are_refused(tmp_path, change, kind, words):
    source = write_set(tmp_path, annotations=[cat(1, **change), dog(1), dog(2), cat(2)])
    assert words in findings(source)["error", kind]
    assert words in refusal(source, tmp_path)
    assert ("error", kind) in {(one.severity, one.kind)
                               for one in check_source(open_source("coco", source), source)}


def test_what_stands_twice(tmp_path):
    source = write_set(
        tmp_path, images=[image(1), image(1, file_name="im3.png"), image(2), image(4,
                          file_name="im2.png")],
        categories=CATS + [{"id": 2, "name": "fish"}, {"id": 9, "name": "cat"}],
        annotations=[dog(1), cat(1), cat(1), dog(2, id=11), "x"])
    found = findings(source)
    assert "1 of 4 images have the id of another image (id 1)" in found["error", "image id twice"]
    assert "1 of 4 images are the same file as another image" in found["error", "image twice"]
    assert "2 of 5 annotations have the id of another" in found["warning", "annotation id twice"]
    assert "1 of 5 annotations are no annotations" in found["error", "no annotation"]
    texts = [one.text for one in open_source("coco", source).source_findings(source)
             if one.kind == "category twice"]
    assert "the category id 2 stands 2 times; give each category its own id" in texts[0]
    assert "2 categories are called 'cat'; rename them, or join them by --categories" in texts[1]


def test_images_without_a_name_or_an_id(tmp_path):
    source = write_set(tmp_path)
    broken = content(images=[image(1), image(2), {"id": 3}, {"file_name": "a.png"}, None])
    write_text(os.path.join(source, "annotations", "instances.json"), json.dumps(broken))
    assert "3 of 5 images have no id, or no file_name" in findings(source)["error", "no image"]
    assert masks(source) == {"im1": BOTH, "im2": BOTH}


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


def test_as_many_classes_as_a_label_holds(tmp_path):
    categories = [{"id": number, "name": "c%d" % number} for number in range(1, 255)]
    last = [dog(1, category_id=254), cat(2)]
    source = write_set(tmp_path / "most", categories=categories, annotations=last)
    assert open_source("coco", source).num_classes == 255
    assert masks(source) == {"im1": label((DOG_BOX, 254)), "im2": label((CAT_BOX, 1))}
    more = [{"id": number, "name": "c%d" % number} for number in range(1, 256)]
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
    assert "draw regions with iscrowd=1 as objects by --crowd=draw" in text
    assert "save the object as 1" not in text
    kinds = {one.kind: one.text for one in check_source(open_source("coco", source), source)}
    assert kinds["0/255"].endswith("by --crowd=draw")


# ---- what other tools leave out ----

@pytest.mark.parametrize("area", [None, 0, -5, float("nan"), float("inf"), "", "x", []])
def test_an_area_that_is_none_is_computed(tmp_path, area):
    """The cat has 6 pixels and the dog 16, whichever stands first."""
    for name, order in (("a", 1), ("b", -1)):
        source = write_set(tmp_path / name, annotations=[cat(1, area=area), dog(1, area=area),
                                                         cat(2, area=area), dog(2)][::order])
        assert masks(source) == {"im1": BOTH, "im2": BOTH} and findings(source) == {}


def test_keys_that_are_missing(tmp_path):
    annotations = [{key: one[key] for key in ("image_id", "category_id", "segmentation")}
                   for one in content()["annotations"]]
    categories = [{"id": one["id"], "name": one["name"]} for one in CATS]
    source = write_set(tmp_path, annotations=annotations, categories=categories)
    assert masks(source) == {"im1": BOTH, "im2": BOTH} and findings(source) == {}


@pytest.mark.parametrize("size", [{"height": None, "width": None}, {"height": 0, "width": 0},
                                  {"height": "", "width": 8}, {"height": float("nan")}])
def test_a_size_that_is_none_is_the_images_own(tmp_path, size):
    source = write_set(tmp_path, images=[image(1, **size), image(2, height="6", width=8.0)])
    assert masks(source) == {"im1": BOTH, "im2": BOTH}
    assert "1 of 2 images have no height and width (im1.png); those of the image files are" in (
        findings(source)["note", "no size"])


def test_a_size_that_contradicts_the_image(tmp_path):
    images = [image(1, height=60), image(2, height=10 ** 6, width=10 ** 6)]
    source = write_set(tmp_path, images=images)
    texts = [one.text for one in check_source(open_source("coco", source), source)]
    assert any("(image id 1): the label is 8x60, its image" in text and "is 8x6" in text
               for text in texts)
    assert any("(image id 2): says that the image is 1000000x1000000 pixels" in text
               for text in texts)


POINTS = [(3, 2), (7, 2), (7, 6), (3, 6)]


@pytest.mark.parametrize("shape", [
    [3, 2, 7, 2, 7, 6, 3, 6], [list(point) for point in POINTS],
    [[list(point) for point in POINTS]], [["3", "2", "7", "2", "7", "6", "3", "6"]],
    {"counts": [20, 4, 2, 4, 2, 4, 2, 4, 6]}])
def test_other_forms_of_an_outline(tmp_path, shape):
    source = write_set(tmp_path, annotations=[dog(1, segmentation=shape), cat(1), cat(2)])
    assert masks(source)["im1"] == BOTH and findings(source) == {}


@pytest.mark.parametrize("shape,kind", [
    (None, "no outline"), ([], "no outline"), ("", "no outline"), ({}, "no outline"),
    ({"size": [6, 8]}, "no outline"), ({"size": [6, 8], "counts": None}, "no outline"),
    ({"size": [6, 8], "counts": []}, "no outline"), ({"counts": ""}, "no outline"),
    ([[1, 1, 5, 1, 5, 5, 1]], "odd outline"), ([[1, 1, 5], [1, 1, 5]], "odd outline"),
    (5, "unknown outline"), ([[1, 1, 5, 1, 5, 5], 3], "unknown outline"),
    ([[7, 7]], "points"), ([[]], "points"), ([[1, 1, 5, 5]], "points"), ([7, 7], "points")])
def test_outlines_without_an_area_are_told(tmp_path, shape, kind):
    source = write_set(tmp_path, annotations=[cat(1, segmentation=shape), dog(1), dog(2), cat(2)])
    severity = "warning" if kind == "points" else "error"
    found = findings(source)
    assert set(found) == {(severity, kind)} and fault(shape) == kind
    assert "1 of 4 annotations have " in found[severity, kind]
    assert "(annotation id 11 of image id 1, category id 1)" in found[severity, kind]
    assert masks(source) == {"im1": label((DOG_BOX, 2)), "im2": BOTH}


def test_stray_points_of_an_outline_are_counted(tmp_path):
    source = write_set(tmp_path, annotations=[cat(1, segmentation=box(*CAT_BOX) + [[7, 5]]),
                                              dog(1), dog(2), cat(2)])
    assert masks(source) == {"im1": BOTH, "im2": BOTH}
    assert set(findings(source)) == {("note", "stray points")}


def test_boxes_only(tmp_path):
    annotations = [dict(one, segmentation=[]) for one in content()["annotations"]]
    source = write_set(tmp_path, annotations=annotations)
    assert "4 of 4 annotations have no outline but at most a box, and would be background" in (
        refusal(source, tmp_path))


def test_outlines_in_shares_of_the_image(tmp_path):
    shares = [dict(one, segmentation=box(.1, .1, .9, 1)) for one in content()["annotations"]]
    source = write_set(tmp_path, annotations=shares[:3] + [cat(2)])
    assert "3 of 4 annotations have outlines within one pixel, as shares" in findings(
        source)["error", "in shares"]


def test_images_without_annotations(tmp_path):
    source = write_set(tmp_path / "some", annotations=[dog(1), cat(1)])
    assert "1 of 2 images have no annotation, so all of them is background: im2" in findings(
        source)["note", "no annotation"]
    for name, change in (("none", {"annotations": []}), ("null", {"annotations": None})):
        source = write_set(tmp_path / name)
        write_text(os.path.join(source, "annotations", "instances.json"),
                   json.dumps(dict(content(), **change)))
        assert "2 of 2 images have no annotation" in findings(source)["error", "no annotations"]
        assert "annotate them, or export the annotations too" in refusal(source, tmp_path)


@pytest.mark.parametrize("value,words", [
    ([cat(1)], "holds a list and no images; expected a COCO instances file"),
    (3, "holds a single value and no images"), ({}, "has no images (it has nothing)"),
    (dict(content(), images=None), "has no images (it has annotations, categories, images)"),
    (dict(content(), categories=[]), "has no categories (it has annotations, categories, images)"),
    (dict(content(), categories=[{"id": 1}]), "category number 1 has no name or no id"),
    (dict(content(), categories=["cat"]), "category number 1 has no name or no id"),
    (dict(content(), annotations=[{"image_id": 1, "segments_info": []}]),
     "a COCO file of the task panoptic, which has no outlines"),
    (dict(content(), annotations=[{"image_id": 1, "caption": "a dog"}]),
     "a COCO file of the task captions, which has no outlines")])
def test_files_of_another_kind(tmp_path, value, words):
    write_text(str(tmp_path / "annotations" / "instances.json"), json.dumps(value))
    assert "instances.json: " + words in message(open_source, "coco", str(tmp_path))


def test_files_that_are_missing_or_broken(tmp_path):
    assert "no instances file; expected annotations/instances_{train,val}2017.json" in message(
        open_source, "coco", str(tmp_path))
    write_text(str(tmp_path / "annotations" / "person_keypoints_train2017.json"), "{}")
    assert "no instances file (there is annotations/person_keypoints_train2017.json)" in message(
        open_source, "coco", str(tmp_path))
    write_text(str(tmp_path / "annotations" / "instances.json"), "{")
    assert "instances.json: not JSON" in message(open_source, "coco", str(tmp_path))
    write_text(str(tmp_path / "annotations" / "instances.json"), "[" * 100000)
    assert "instances.json: not JSON" in message(open_source, "coco", str(tmp_path))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(tmp_path, encoding):
    source = write_set(tmp_path)
    path = os.path.join(source, "annotations", "instances.json")
    with open(path, "w", encoding=encoding) as file:
        json.dump(content(categories=[CATS[0], dict(CATS[1], name="Hündchen")]), file,
                  ensure_ascii=False)
    assert open_source("coco", source).class_names == ("background", "cat", "Hündchen")


# ---- file names ----

@pytest.mark.parametrize("name", [
    "images/im1.png", "images\\im1.png", "C:\\Users\\me\\images\\im1.png", "/home/me/set/im1.png",
    "..\\..\\media\\upload\\4\\im1.png", "./im1.png"])
def test_names_with_the_folders_of_another_machine(tmp_path, name):
    source = write_set(tmp_path, images=[image(1, file_name=name), image(2)])
    pairs = {pair.name: pair.image for members in open_source("coco", source).list_pairs(
        source).values() for pair in members}
    if name == "./im1.png":
        assert findings(source) == {} and set(pairs) == {"./im1", "im2"}
        return
    assert pairs["im1"] == os.path.join(source, "images", "im1.png")
    assert "1 of 2 images were found by the end of their file_name ({} is im1.png)".format(
        name) in findings(source)["note", "found by name"]


def test_a_url_in_place_of_a_name(tmp_path):
    named = {key: value for key, value in image(1).items() if key != "file_name"}
    source = write_set(tmp_path, images=[dict(named, coco_url="http://a.org/x/im1.png"), image(2)])
    assert masks(source) == {"im1": BOTH, "im2": BOTH} and findings(source) == {}


def test_nested_image_folders(tmp_path):
    source = write_set(tmp_path, images_in="images/batch/1")
    assert masks(source) == {"batch/1/im1": BOTH, "batch/1/im2": BOTH}
    assert "2 of 2 images were found by the end" in findings(source)["note", "found by name"]
    write_image(os.path.join(source, "images", "other", "im1.png"), picture(np.zeros(SIZE)))
    assert ("1 of 2 images are in several folders (im1.png is batch/1/im1.png or other/im1.png); "
            "say in file_name") in findings(source)["error", "ambiguous image"]


def test_images_that_no_file_lists(tmp_path):
    source = write_set(tmp_path)
    write_image(os.path.join(source, "images", "more.png"), picture(np.zeros(SIZE)))
    write_text(os.path.join(source, "images", ".DS_Store"), "")
    assert findings(source) == {("warning", "unlisted"): (
        "{}: 1 images are in no COCO file and are left out: more.png".format(
            os.path.join(source, "images")))}


# ---- layouts ----

@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout.name for layout in LAYOUTS])
def test_layouts(tmp_path, layout):
    split = "{}" in layout.annotations
    for where in layout.images:
        source = str(tmp_path / where.replace("/", "_").replace(".", "_"))
        if split and "{}" not in where:
            continue  # the images of all splits would have the same names
        for word in ("train", "Valid", "test") if split else ("",):
            write_set(source, layout.annotations.format(word), where.format(word))
        dataset = open_source("coco", source)
        listed = dataset.list_pairs(source)
        assert set(listed) == {"training", "validation"} | ({"test"} if split else set())
        members = [pair for pairs in listed.values() for pair in pairs]
        assert len(members) == (6 if split else 2)
        assert all(os.path.isfile(pair.image) for pair in members)
        assert all(dataset.decode_label(pair.label).tolist() == BOTH for pair in members)
        assert dataset.source_findings(source) == []


def test_images_of_several_splits_in_one_folder(tmp_path):
    write_set(tmp_path, "annotations/instances_train.json")
    source = write_set(tmp_path, "annotations/instances_val.json",
                       images=[image(3), image(4)], annotations=[dog(3), cat(4)])
    assert masks(source) == {"im1": BOTH, "im2": BOTH, "im3": label((DOG_BOX, 2)),
                             "im4": label((CAT_BOX, 1))}
    assert findings(source) == {}


def test_label_studio(tmp_path):
    """Names begin with images/ or, on Windows, with images and a backslash; ids begin with 0."""
    for start in ("images/", "images\\"):
        images = [image(one, id=one - 1, file_name="{}im{}.png".format(start, one))
                  for one in (1, 2)]
        source = write_set(tmp_path / ("unix" if "/" in start else "windows"), "result.json",
                           images=images, annotations=[dog(0), cat(0), dog(1), cat(1)])
        dataset = open_source("coco", source)
        pairs = [pair for members in dataset.list_pairs(source).values() for pair in members]
        assert {pair.name for pair in pairs} == {"im1", "im2"}
        assert all(dataset.decode_label(pair.label).tolist() == BOTH for pair in pairs)


def test_several_layouts_are_named_and_chosen_by_a_flag(tmp_path):
    write_set(tmp_path, "annotations/instances_train2017.json", "train2017")
    source = write_set(tmp_path, "annotations/instances_train2014.json", "train2014",
                       annotations=[dog(1), dog(2)])
    text = message(open_source, "coco", source)
    assert ("files of several layouts: annotations/instances_train2017.json, annotations/"
            "instances_train2014.json; choose one by --variant=2017 or --variant=2014") in text
    assert masks(source, variant="2014")["im1"] == label((DOG_BOX, 2))
    assert "instances_train2017.json: left out beside annotations/instances_{}2014.json" in (
        findings(source, variant="2014")["note", "left out"])
    assert "instances_{}.json is not in" in message(
        open_source, "coco", source, SourceOptions(variant="splits"))
    os.rename(os.path.join(source, "train2014"), str(tmp_path / "elsewhere"))
    assert masks(source) == {"im1": BOTH, "im2": BOTH}  # the one whose images are there


def test_two_files_or_two_folders_of_one_split(tmp_path):
    write_set(tmp_path / "a", "annotations/instances_val.json", "images/val")
    source = write_set(tmp_path / "a", "annotations/instances_valid.json", "images/valid")
    assert ("two files of one split (validation): annotations/instances_val.json and annotations/"
            "instances_valid.json; remove one") in message(open_source, "coco", source)
    source = write_set(tmp_path / "b", "annotations/instances_train.json", "images/train")
    write_image(os.path.join(source, "train", "im1.png"), picture(np.zeros(SIZE)))
    assert "its images are in {} and in {}; remove all but one".format(
        os.path.join(source, "images", "train"), os.path.join(source, "train")) in message(
            open_source, "coco", source)


def test_test_splits_without_annotations_are_left_out(tmp_path):
    write_set(tmp_path, "train/_annotations.coco.json", "train")
    source = write_set(tmp_path, "test/_annotations.coco.json", "test", annotations=[])
    write_text(os.path.join(source, "annotations", "image_info_test2017.json"), "{}")
    write_text(os.path.join(source, "annotations", "instances_night.json"), "{}")
    dataset = open_source("coco", source)
    assert list(dataset.list_pairs(source)) == ["training"]
    texts = [(one.severity, os.path.basename(one.text.split(":")[0]))
             for one in dataset.source_findings(source)]
    assert texts == [("note", "image_info_test2017.json"), ("warning", "instances_night.json"),
                     ("note", "_annotations.coco.json")]
