"""What tools write into COCO files, and what they leave out."""
import json
import os

import pytest

from tests.data.coco_sources import (
    BOTH,
    CAT_BOX,
    CATS,
    DOG_BOX,
    box,
    cat,
    content,
    dog,
    findings,
    image,
    label,
    masks,
    refusal,
    write_set,
)
from tests.data.helpers import message
from tests.data.sources import write_text
from utils.data.check import check_source
from utils.data.datasets import open_source
from utils.data.datasets.coco_files.file import same_id
from utils.data.datasets.coco_files.outlines import fault

# ---- ids ----

@pytest.mark.parametrize("value,expected", [
    (3, 3), (3.0, 3), ("3", 3), (" 3.0 ", 3), ("007", 7), (-1, -1), ("a3", "a3"), (3.5, "3.5"),
    (None, "None"), (float("nan"), "nan"), (True, "True"), ([3], "[3]")])
def test_forms_of_an_id(value, expected):
    assert same_id(value) == expected


@pytest.mark.parametrize("form", [str, float, lambda one: f" {one}.0"])
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
