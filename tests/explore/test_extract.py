"""fcn_explore.py extract end to end, on a run that fcn_train.py makes in a few steps."""
import csv
import io
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

import fcn_explore
import fcn_test
from tests import tiny
from tests.toys.tiny_net import CHANNELS
from utils.data.record_files import read_examples
from utils.drawing.thumbnails import label_thumbnail
from utils.errors import UserError
from utils.evaluate.image_set import ImageSet, image_set_path
from utils.evaluate.observers.files import padded_stack
from utils.evaluate.results import load_result
from utils.explore.exploration import Exploration
from utils.explore.unlabelled import load_unlabelled
from utils.files import remove_leftovers
from utils.report.collect import collect
from utils.report.study import Options, Study

RUN = os.path.join("tmp", "tiny__1")


@pytest.fixture(scope="module")
def project(tmp_path_factory, tiny_net):
    folder = str(tmp_path_factory.mktemp("project"))
    tiny.make_project(folder)
    return folder


@pytest.fixture
def extract(project, monkeypatch, capsys):
    """Runs the command in the project's folder: what it printed."""
    monkeypatch.chdir(project)

    def run(*words, code=0):
        capsys.readouterr()
        assert fcn_explore.main(["extract", *words, "--gpu=-1", "--threads=2"]) == code
        return capsys.readouterr().out
    return run


def explore(datapath=""):
    return Exploration(Study(collect([RUN]), Options()), datapath)


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def picture(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_stores_a_test_and_what_is_seen(extract):
    out = extract(RUN, "--again")
    assert "test: mIoU" in out and "features" in out
    with open(os.path.join(RUN, "test", "test.npz"), "rb") as file:
        first = file.read()
    assert fcn_test.main([f"--traindir={RUN}", "--split=test", "--gpu=-1"]) is None
    with open(os.path.join(RUN, "test", "test.npz"), "rb") as file:
        after = file.read()
    a, b = (np.load(io.BytesIO(data)) for data in (first, after))
    assert all(a[name].tobytes() == b[name].tobytes() for name in a.files)
    found = explore()
    features, scores, coarse = found.features[0], found.image_scores[0], found.coarse[0]
    assert features.embeddings32.shape == (3, CHANNELS[32])
    assert features.embeddings16.shape == (3, CHANNELS[16])
    assert features.cells.shape[:3] == (3, 1, 2)
    cells = features.cells.astype(np.float32) * features.cells_scale
    np.testing.assert_allclose(
        (cells * features.cells_weight[..., np.newaxis]).sum((1, 2)),
        features.projected()[:, :cells.shape[-1]], atol=2 * features.cells_scale)
    np.testing.assert_allclose(scores.class_loss.sum(1) / found.matrices[0].sum((1, 2)),
                               scores.loss, rtol=1e-4)
    assert coarse.grid.tolist() == [[2, 4], [2, 3], [2, 4]]
    assert (scores.entropy > 0).all()


def test_pictures_and_metadata_are_of_their_images(extract):
    extract(RUN, "--again")
    found = explore()
    folder = os.path.join("source", "images", "test")
    for index, name in enumerate(found.names):
        with Image.open(os.path.join(folder, os.path.basename(name) + (
                "" if name.endswith(".png") else ".png"))) as image:
            truth = np.asarray(image.convert("RGB")).astype(int)
        small = picture(found.images.thumbnails[index])
        assert max(small.shape) <= 64 and small.shape[:2] == truth.shape[:2]
        assert np.abs(small.mean((0, 1)) - truth.mean((0, 1))).max() < 6
        assert found.metadata.numbers["width"][index] == truth.shape[1]
    assert set(found.metadata.categories["colour"]) == {"colour"}
    assert (found.metadata.numbers["objects of disk"] == 1).all()
    label = np.asarray(Image.open(io.BytesIO(found.images.labels[0])))
    assert set(np.unique(label)) <= {0, 1, 2, 3} and (label[-1] == 3).all()
    assert len(found.predictions[0]) == 3


def test_what_is_there_stays_until_it_is_older(extract):
    extract(RUN)
    assert "there already" in extract(RUN)
    later = time.time() + 100
    os.utime(os.path.join(RUN, "fcn.ckpt.index"), (later, later))
    assert "stored" in extract(RUN)
    os.utime(os.path.join(RUN, "fcn.ckpt.index"), (1, 1))
    assert "there already" in extract(RUN)
    os.remove(os.path.join(RUN, "test", "test.coarse.npz"))
    assert "stored" in extract(RUN)


def test_columns_that_a_user_added_stay(extract):
    extract(RUN)
    path = image_set_path("records", "test", "metadata.csv")
    rows = table(path)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "weather"])
        writer.writeheader()
        writer.writerows(dict(row, weather=f"w{index}") for index, row in enumerate(rows))
    extract(RUN, "--again")
    assert [row["weather"] for row in table(path)] == ["w0", "w1", "w2"]
    assert list(explore().metadata.categories["weather"]) == ["w0", "w1", "w2"]


def test_a_folder_that_cannot_be_written_to(extract, tmp_path):
    """Where the folder would be stands a file: even root cannot make it."""
    shutil.copytree("records", str(tmp_path / "records"))
    shutil.rmtree(str(tmp_path / "records" / "explore"), ignore_errors=True)
    (tmp_path / "records" / "explore").write_text("")
    words = RUN, f"--datapath={tmp_path / 'records'}"
    with pytest.raises(UserError, match="cannot be written .* --pictures=pictures"):
        extract(*words)
    extract(*words, f"--pictures={tmp_path / 'other'}")
    assert len(explore(str(tmp_path / "other")).images.thumbnails) == 3


def test_a_run_that_fails_leaves_the_others(extract, project):
    shutil.copytree(RUN, os.path.join("tmp", "broken__1"))
    try:
        os.remove(os.path.join("tmp", "broken__1", "fcn.ckpt.index"))
        out = extract("tmp/*", code=1)
        assert "broken__1: no checkpoint" in out and "1 of 2 runs" in out
    finally:
        shutil.rmtree(os.path.join("tmp", "broken__1"))


def test_other_checkpoints_and_sizes_have_names_of_their_own(extract):
    extract(RUN, "--checkpoint=best", "--pixels=0")
    stem = os.path.join(RUN, "test", "test_best_native")
    assert load_result(stem + ".npz").meta["size"] == "native"
    features = np.load(stem + ".features.npz")
    assert features["cells"].shape[:3] == (3, 2, 2)
    np.testing.assert_allclose(features["cells_weight"].sum((1, 2)), 1, rtol=1e-5)
    grid = np.load(stem + ".coarse.npz")["grid"]
    assert [tuple(size) for size in grid] == [(3, 4)] * 3


def test_images_without_labels(extract, tmp_path):
    extract(RUN)
    folder = tmp_path / "photos"
    folder.mkdir()
    for index in range(4):
        Image.fromarray(np.full((30, 40, 3), (50 * index, 90, 90), np.uint8)).save(
            str(folder / f"{index}.png"))
    (folder / "bad.png").write_text("no image")
    out = extract(RUN, f"--imagepath={folder}")
    assert "left out" in out and "photos.npz" in out
    found = load_unlabelled(RUN, "photos")
    assert found.names == ("0.png", "1.png", "2.png", "3.png")
    assert found.entropy.shape == (4,) and len(found.predictions) == len(found.thumbnails) == 4
    assert [tuple(size) for size in found.sizes] == [(30, 40)] * 4
    stored = explore().features[0]
    np.testing.assert_array_equal(found.features.basis, stored.basis)
    for index in range(4):
        assert np.abs(picture(found.thumbnails[index]).mean((0, 1))
                      - [50 * index, 90, 90]).max() < 6
    assert found.metadata.categories["colour"][0] == "colour"
    assert "there already" in extract(RUN, f"--imagepath={folder}")
    with pytest.raises(UserError, match="not extracted yet: python fcn_explore.py extract"):
        load_unlabelled(RUN, "nothing")


_WRITE = """
import sys, numpy as np
from utils.evaluate import image_set, results
from utils.evaluate.observers.record import Observer
from utils.runs.result_name import ResultName
class Big(Observer):
    name = "features"
    def arrays(self):
        return {"values": np.random.RandomState(0).rand(400000)}
result = results.Result("test", ("a",), ("x",), np.ones((1, 2), np.int32),
                        np.ones((1, 1, 1), np.int64), {"split_sha256": "s"})
while True:
    results.save_result(sys.argv[1], ResultName("test"), result, [Big()])
    print("saved", flush=True)
"""


def test_killed_in_the_middle_leaves_no_half_file(tmp_path):
    folder = str(tmp_path / "test")
    for index in range(5):
        process = subprocess.Popen([sys.executable, "-c", _WRITE, folder], stdout=subprocess.PIPE,
                                   cwd=tiny.REPO)
        process.stdout.readline()
        time.sleep(.05 * index)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for name in ("test.npz", "test.features.npz"):
            with np.load(os.path.join(folder, name)) as stored:
                assert stored.files and all(stored[key].size for key in stored.files)
    remove_leftovers(os.path.join(folder, "test."))
    assert sorted(os.listdir(folder)) == ["test.features.npz", "test.json", "test.npz"]


def test_a_mark_comes_last(tmp_path, monkeypatch):
    """A kill before the mark leaves an image set that counts as none."""
    from tests.evaluate import nets
    from utils.evaluate import image_set as module
    from utils.evaluate.image_set import has_image_set
    split = nets.write_split(str(tmp_path), nets.some_labels(1))
    made = ImageSet(split)

    class Item:
        name, index, label, instances = "image0", 0, nets.some_labels(1)[0], None
        image = nets.paint(label)
    made.add(Item)

    def killed(*unused):
        raise KeyboardInterrupt
    with monkeypatch.context() as patch:
        patch.setattr(module, "mark_image_set", killed)
        with pytest.raises(KeyboardInterrupt):
            made.write(str(tmp_path))
    assert os.path.isfile(image_set_path(str(tmp_path), "validation", "metadata.csv"))
    assert not has_image_set(str(tmp_path), "validation", split.sha256)
    made.write(str(tmp_path))
    assert has_image_set(str(tmp_path), "validation", split.sha256)


def test_a_label_thumbnail_keeps_classes_and_marks_the_rest():
    label = np.kron([[0, 2], [255, 1]], np.ones((80, 100))).astype(np.uint8)
    small = np.asarray(Image.open(io.BytesIO(label_thumbnail(
        label, [(0, 0, 0), (255, 0, 0), (0, 0, 255)], 64))))
    assert small.shape == (51, 64)
    assert small[0, 0] == 0 and small[0, -1] == 2 and small[-1, 0] == 3 and small[-1, -1] == 1


def test_arrays_of_several_sizes_are_padded():
    found = padded_stack([np.ones((1, 3)), np.ones((2, 1))])
    assert found.tolist() == [[[1, 1, 1], [0, 0, 0]], [[1, 0, 0], [1, 0, 0]]]


def test_some_parts_alone_are_stored(extract):
    extract(RUN)
    worst, features = (os.path.join(RUN, "test", f"test.{part}.npz") for part in (
        "worst", "features"))
    os.remove(worst)
    assert "there already" in extract(RUN, "--parts=coarse,features")
    os.utime(features, (0, 0))  # of older weights
    assert "and objects, worst (" in extract(RUN, "--parts=worst")
    assert os.path.isfile(worst) and not os.path.exists(features)
    with pytest.raises(UserError, match="unknown part 'colours': choose some of objects, feat"):
        extract(RUN, "--parts=colours")
    assert "stored" in extract(RUN)


# ---- cam ----

@pytest.fixture
def cam(project, monkeypatch, capsys):
    """Runs `cam` in the project's folder: what it printed."""
    monkeypatch.chdir(project)

    def run(*words):
        capsys.readouterr()
        assert fcn_explore.main(["cam", *words, RUN, "--gpu=-1", "--out=cam.png"]) is None
        return capsys.readouterr().out
    return run


def test_cam_of_an_image_of_the_split_and_of_a_file(cam):
    name = explore_names()[0]
    file = os.path.join("source", "images", "test", os.path.basename(name) + ".png")
    with Image.open(file) as image:
        width, height = image.size
    out = cam(name, "--class=Disk", "--pixel=20,10", "--sanity")
    assert out.startswith("disk, the pixel 20,10 (1 pixel): Seg-Grad-CAM at layer 16, 1 run\n")
    assert "sanity: with other decoder weights" in out
    first = np.load("cam.npz")
    assert first["maps"].shape == (1, height, width) and first["masks"].sum() == 1
    assert "no evidence" in cam(file, "--class=disk", "--pixel=20,10", "--layer=32")
    second = np.load("cam.npz")
    assert str(second["kind"]) == "class score map"
    np.testing.assert_array_equal(first["predictions"], second["predictions"])
    names = ["background", "disk", "bar"]
    seen = names.pop(first["predictions"][0, 10, 20])
    with pytest.raises(UserError, match=f"no run predicts {names[0]} in .* at 20,10 but {seen}:"):
        cam(file, "--class=" + names[0], "--object=20,10")


def explore_names():
    return [example["name"].decode() for example in read_examples(
        os.path.join("records", "test.tfrecords"))]


@pytest.mark.parametrize("words, message", [
    (["--class=bus"], "unknown class 'bus': choose one of background, disk, bar"),
    (["--class=disk", "--pixel=900,1"], "outside of the image"),
    (["--class=disk", "--pixel=1,1", "--layer=7"], "--layer=7: this net has .*32")])
def test_cam_says_what_is_wrong(cam, words, message):
    with pytest.raises(UserError, match=message):
        cam(explore_names()[0], *words)


def test_cam_of_an_image_that_there_is_not(cam):
    with pytest.raises(UserError, match="'no_image' is no file, and none of the 3 images"):
        cam("no_image", "--class=disk")


# ---- opinions ----

def test_opinions_are_the_probabilities_and_labels_reads_them(extract, capsys):
    assert "and objects, coarse, opinions (" in extract(RUN, "--parts=opinions,coarse")
    found = explore()
    opinions, coarse = found.opinions[0], found.coarse[0]
    compared = 0
    for index, (height, width) in enumerate(opinions.size):
        if height >= 16 and width >= 16:
            block = opinions.probabilities(index)[:16, :16].mean((0, 1))
            assert block == pytest.approx(coarse.probabilities(index)[0, 0], abs=.02)
            compared += 1
    assert compared
    fcn_explore.main(["labels", RUN, "--anyway"])
    text = " ".join(capsys.readouterr().out.split())
    assert "One run: another seed may" in text
