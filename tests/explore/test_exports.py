"""Exports: COCO's JSON read by pycocotools, CVAT's XML, parquet, FiftyOne by its documented API."""
import importlib.util
import io
import os
import sys
import types
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import fcn_explore
from tests.explore import made
from tests.explore.made import CLASSES, CLUSTER
from utils.data.images import encode_png
from utils.errors import UserError
from utils.explore.exports import EXPORTS
from utils.explore.exports import fiftyone as fiftyone_export
from utils.explore.exports.candidates import (
    Candidate,
    read_candidates,
    runs_of,
    write_candidates,
)

SIZE = (20, 30)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    found = made.write_runs(root, seeds=2, images=12)
    made.write_images(root, made.explore(found).names)
    return found


@pytest.fixture(scope="module")
def exploration(paths):
    return made.explore(paths, cluster=CLUSTER)


def some_candidates():
    random = np.random.RandomState(0)
    found = []
    boxes = (3, 2, 7, 5), (0, 0, 30, 20), (29, 19, 1, 1)
    for index, (left, top, width, height) in enumerate(boxes):
        mask = random.rand(height, width) < .6
        mask[0] = mask[:, 0] = True
        found.append(Candidate(f"scene/image{index % 2}", SIZE, (left, top, width, height),
                               CLASSES[index], CLASSES[(index + 1) % 3], 1 - index / 4, mask))
    return found


@pytest.fixture
def candidates(tmp_path):
    path = str(tmp_path / "labels.npz")
    write_candidates(path, some_candidates())
    return path


def test_candidates_come_back(candidates):
    for before, after in zip(some_candidates(), read_candidates(candidates)):
        np.testing.assert_array_equal(before.whole_mask, after.whole_mask)
        assert before.mask.shape == after.mask.shape
        assert [getattr(before, name) for name in ("image", "size", "box", "given", "seen", "score")
                ] == [getattr(after, name) for name in (
                    "image", "size", "box", "given", "seen", "score")]
    assert len(read_candidates(candidates)) == 3


def test_no_candidates_are_a_file_too(tmp_path):
    write_candidates(str(tmp_path / "none.npz"), [])
    assert read_candidates(str(tmp_path / "none.npz")) == []


@pytest.mark.parametrize("form", ["coco", "cvat"])
@pytest.mark.parametrize("content, message", [
    (None, "no such file"), (b"text", "damaged"), ("", "--candidates is missing")])
def test_candidates_that_are_none(tmp_path, exploration, form, content, message):
    path = str(tmp_path / "labels.npz")
    if isinstance(content, bytes):
        with open(path, "wb") as file:
            file.write(content)
    with pytest.raises(UserError, match=message):
        EXPORTS.get(form)(exploration, str(tmp_path / "out"), "" if content == "" else path)


@pytest.mark.parametrize("bits, runs", [
    ([0, 0, 1, 1, 0], [2, 2, 1]), ([1, 0], [0, 1, 1]), ([0, 0], [2]), ([1], [0, 1])])
def test_runs_begin_with_zeros(bits, runs):
    assert runs_of(np.array(bits)) == runs


def test_pycocotools_reads_the_regions_back(tmp_path, paths, candidates, capsys):
    from pycocotools.coco import COCO
    out = str(tmp_path / "candidates.json")
    fcn_explore.main(["export", *map(str, paths), "--to=coco", f"--candidates={candidates}",
                      f"--out={out}"])
    assert "3 regions of 2 images" in capsys.readouterr().out
    coco = COCO(out)
    names = {image["id"]: image["file_name"] for image in coco.dataset["images"]}
    for before, annotation in zip(some_candidates(), coco.dataset["annotations"]):
        mask = coco.annToMask(annotation)
        np.testing.assert_array_equal(mask.astype(bool), before.whole_mask)
        assert names[annotation["image_id"]] == before.image
        assert coco.cats[annotation["category_id"]]["name"] == before.seen
        assert annotation["area"] == mask.sum()
        assert annotation["attributes"]["given"] == before.given
        assert annotation["bbox"] == list(before.box)


def test_cvat_reads_runs_along_the_rows_of_a_box(tmp_path, exploration, candidates):
    out = str(tmp_path / "annotations.xml")
    EXPORTS.get("cvat")(exploration, out, candidates)
    root = ElementTree.parse(out).getroot()
    assert [one.text for one in root.iter("name") if one.text in CLASSES] == list(CLASSES)
    shown = {}
    for image in root.findall("image"):
        assert (image.get("height"), image.get("width")) == ("20", "30")
        for mask in image.findall("mask"):
            box = tuple(int(mask.get(name)) for name in ("left", "top", "width", "height"))
            runs = [int(one) for one in mask.get("rle").split(",")]
            bits = np.repeat(np.arange(len(runs)) % 2, runs).reshape(box[3], box[2])
            shown[box] = image.get("name"), mask.get("label"), bits.astype(bool), {
                one.get("name"): one.text for one in mask.findall("attribute")}
    for before in some_candidates():
        name, label, bits, attributes = shown[before.box]
        assert (name, label, attributes["given"]) == (before.image, before.seen, before.given)
        np.testing.assert_array_equal(bits, before.mask)


# ---- images ----

@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed")
def test_parquet_as_embedding_atlas_reads_it(tmp_path, exploration):
    from pyarrow import parquet
    out = str(tmp_path / "explore.parquet")
    line, = EXPORTS.get("parquet")(exploration, out, "")
    assert f"embedding-atlas {out} --x x --y y --neighbors neighbors --image image" in line
    rows = parquet.read_table(out).to_pylist()
    assert [row["name"] for row in rows] == list(exploration.names)
    np.testing.assert_allclose([row["loss"] for row in rows], exploration.loss.mean(0))
    assert {"split", "x", "y", "iou", "loss_sd", "class", "cluster", "scene", "brightness"
            } <= set(rows[0])
    for index, row in enumerate(rows):
        near = row["neighbors"]
        assert len(near["ids"]) == 11 and index not in near["ids"]
        assert near["distances"] == sorted(near["distances"])
        # Images of one residue modulo 3 are one group.
        assert {other % 3 for other in near["ids"][:3]} == {index % 3}
        with Image.open(io.BytesIO(row["image"]["bytes"])) as picture:
            np.testing.assert_array_equal(np.asarray(picture), made.picture(index))


@pytest.mark.parametrize("form, package", [("parquet", "pyarrow"), ("fiftyone", "fiftyone")])
def test_a_missing_package_is_one_line(exploration, tmp_path, monkeypatch, form, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError, match=f"--to={form} needs {package} .*pip install {package}"):
        EXPORTS.get(form)(exploration, str(tmp_path / "out"), "")


class FakeFiftyOne(types.ModuleType):
    """What is documented of fiftyone, as far as it is used; unknown arguments are errors."""
    made: "list" = []

    class Sample(dict):
        def __init__(self, filepath, tags=None, metadata=None):
            super().__init__()
            self.filepath, self.tags = filepath, tags

    class Segmentation:
        def __init__(self, mask=None, mask_path=None):
            self.mask_path = mask_path

    class Dataset:
        def __init__(self, name=None, persistent=False, overwrite=False):
            self.name, self.persistent, self.overwrite = name, persistent, overwrite
            self.default_mask_targets, self.samples, self.saved = {}, [], False
            FakeFiftyOne.made.append(self)

        def add_samples(self, samples):
            self.samples += samples

        def save(self):
            self.saved = True


def test_fiftyone_gets_images_masks_and_fields(tmp_path, exploration, monkeypatch):
    monkeypatch.setitem(sys.modules, "fiftyone", FakeFiftyOne("fiftyone"))
    label = np.array([[0, 1], [2, 255]], np.uint8)
    monkeypatch.setattr(fiftyone_export, "_examples", lambda _: (
        (name, {"image": encode_png(made.picture(index)), "label": encode_png(label)})
        for index, name in enumerate(exploration.names)))
    folder = str(tmp_path / "study")
    line, = EXPORTS.get("fiftyone")(exploration, folder, "")
    assert "fiftyone app launch study" in line
    dataset = FakeFiftyOne.made.pop()
    assert dataset.saved and dataset.persistent and dataset.overwrite and dataset.name == "study"
    assert dataset.default_mask_targets == {1: "road", 2: "car", 3: "tree"}
    assert len(dataset.samples) == 12
    for index, sample in enumerate(dataset.samples):
        assert sample["name"] == exploration.names[index] and sample.tags == ["test"]
        assert sample["loss"] == pytest.approx(exploration.loss[:, index].mean())
        assert type(sample["loss"]) is float and sample["brightness"] == pytest.approx(index / 11)
        np.testing.assert_array_equal(_read(sample.filepath), made.picture(index))
        assert _read(sample["truth"].mask_path).tolist() == [[1, 2], [3, 0]]
        assert _read(sample["run_1"].mask_path).tolist() == (
            np.arange(64).reshape(8, 8) % 3 + 1).tolist()


def test_fields_of_fiftyone_are_its_own_kind_and_no_two_alike():
    assert fiftyone_export.field_names(["truth", "Nov27_net__1", "Nov27_net_1", "Ort (km)", "pk",
                                        "2 m", "__"]) == {
        "truth": "truth", "Nov27_net__1": "nov27_net_1", "Nov27_net_1": "nov27_net_1_2",
        "Ort (km)": "ort_km", "pk": "image_pk", "2 m": "image_2_m", "__": "image"}


def _read(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_fiftyone_refuses_a_folder_of_others(tmp_path, exploration, monkeypatch):
    monkeypatch.setitem(sys.modules, "fiftyone", FakeFiftyOne("fiftyone"))
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="holds something else"):
        EXPORTS.get("fiftyone")(exploration, str(tmp_path), "")
    assert os.listdir(str(tmp_path)) == ["mine.txt"] and FakeFiftyOne.made == []
