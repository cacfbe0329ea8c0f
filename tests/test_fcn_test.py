"""fcn_test.py end to end, on a run that fcn_train.py makes in a few steps, and each bad input."""
import json
import os
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

import fcn_test
from tests import tiny
from tests.evaluate import clips
from tests.shared import shared_data
from utils.errors import UserError
from utils.evaluate.refinement import PLAIN, Refinement
from utils.evaluate.results import load_result
from utils.runs import run_folder
from utils.tf_compat import tf


@pytest.fixture(scope="module")
def project(tmp_path_factory, tiny_net):
    """A folder with records/, and tmp/tiny__1 as fcn_train.py leaves it."""
    folder = str(tmp_path_factory.mktemp("project"))
    tiny.make_project(folder)
    info = run_folder.RunFolder(os.path.join(folder, "tmp", "tiny__1"))
    info.update_runinfo(class_names=tiny.CLASS_NAMES, palette=[(0, 0, 0), (255, 0, 0), (0, 0, 255)])
    return folder


@pytest.fixture
def test(project, monkeypatch, capsys):
    """Runs fcn_test.py in the project's folder: what it printed."""
    monkeypatch.chdir(project)

    def run(*flags, code=0):
        capsys.readouterr()
        assert (fcn_test.main(["--traindir=tiny__1", "--gpu=-1", "--threads=2"] + list(flags))
                or 0) == code
        return capsys.readouterr().out
    return run


def stored(name):
    return load_result(os.path.join("tmp", "tiny__1", "test", name))


# ---- scores ----

def test_other_images_get_a_name_of_their_own(test, project, tmp_path):
    folder = run_folder.RunFolder(os.path.join(project, "tmp", "tiny__1"))
    before, own = stored("validation").matrices, folder.read_runinfo().get("splits_sha256", {})
    folder.update_runinfo(splits_sha256=dict(own, validation="of others"))
    try:
        out = test("--split=val")
    finally:
        folder.update_runinfo(splits_sha256=own)
    name = "validation_data-" + stored("validation").meta["split_sha256"][:8]
    assert name + ".json" in out
    np.testing.assert_array_equal(stored(name).matrices, before)
    for path in (os.path.join(folder.test, file) for file in os.listdir(folder.test)):
        if name in path:
            os.remove(path)


def test_the_same_matrices_as_the_final_test_of_training(test):
    before = {split: stored(split) for split in ("validation", "test")}
    for split, alias in (("validation", "val"), ("test", "test")):
        out = test("--split=" + alias, "--batch_size=3")
        after = stored(split)
        np.testing.assert_array_equal(after.matrices, before[split].matrices)
        assert after.names == before[split].names and after.meta["run"] == "tiny__1"
        assert f"{split}: mIoU {before[split].scores.mean_iou:.4f}" in out
        assert len(after.names) == tiny.COUNTS[split]
        # Every labelled pixel of the images' own size counts, and no other: two rows are ignored.
        pixels = [(height - 2) * width for height, width in after.sizes]
        assert list(after.matrices.sum((1, 2))) == pixels


def test_kept_and_best_checkpoints_and_other_sizes_have_names_of_their_own(test):
    test("--afteriter=2", "--num_images=2")
    test("--checkpoint=best")
    out = test("--checkpoint=kept", "--split=test")
    assert out.count("stored: ") == 2 and stored("test_2").meta["checkpoint"] == "fcn.ckpt_2"
    np.testing.assert_array_equal(stored("test_4").matrices, stored("test").matrices)
    test("--pixels=48", "--split=train")
    test("--pixels=0", "--align=half_pixel")
    kept = stored("validation_2_first2")
    assert kept.meta["checkpoint"] == "fcn.ckpt_2" and len(kept.names) == 2
    assert stored("validation_best").meta["checkpoint"] == "fcn.ckpt_best"
    assert stored("training_48x48").meta["size"] == "48x48"
    native = stored("validation_native_align-half_pixel")
    assert native.meta["size"] == "native" and native.meta["changed"] == ["native",
                                                                        "align-half_pixel"]
    with open(os.path.join("tmp", "tiny__1", "test", "validation_best.json")) as file:
        assert json.load(file)["classes"]["disk"]["pixels"] > 0


def test_the_runs_folder_is_found_by_path_too(test, project):
    assert "validation: mIoU" in test("--traindir=" + os.path.join(project, "tmp", "tiny__1"))


# ---- refined tests ----

@pytest.fixture
def refinements(monkeypatch):
    """The refinements of the segmenters that are opened."""
    opened, segmenter = [], fcn_test.Segmenter

    def watched(*args):
        opened.append(args[-1])
        return segmenter(*args)
    monkeypatch.setattr(fcn_test, "Segmenter", watched)
    return opened


def test_a_refined_test_is_stored_beside_the_plain_one_with_its_gain_and_cost(test, refinements):
    out = test("--num_images=4", "--scales=0.75,1", "--flip", "--min_area=6")
    name = "validation_scales-0.75-1_flip_min-area-6_first4"
    assert f"{name}.json" in out and "validation_first4.json" in out
    assert "points of mIoU" in out and "times as long" in out
    plain, refined = stored("validation_first4"), stored(name)
    np.testing.assert_array_equal(plain.matrices, stored("validation").matrices[:4])
    assert refined.meta["changed"] == ["scales-0.75-1", "flip", "min-area-6"]
    assert refinements == [Refinement((.75, 1.), True, min_area=6), PLAIN]
    np.testing.assert_array_equal(refined.matrices.sum(2), plain.matrices.sum(2))
    path = os.path.join("tmp", "tiny__1", "test", "validation_first4.json")
    before = os.path.getmtime(path)
    assert "plain test: " + path in test("--num_images=4", "--window=24x32", "--overlap=8")
    assert os.path.getmtime(path) == before, "what is stored is read"
    assert stored("validation_window-24x32-8_first4").meta["size"] == "native"


def test_pictures_are_of_the_refined_prediction(test, refinements, tmp_path):
    test("--last2viz=0", f"--outdir={tmp_path}", "--flip")
    assert refinements == [Refinement(flip=True)] and len(os.listdir(str(tmp_path))) == 2


# ---- submissions ----

def test_a_submission_holds_the_predictions_of_the_split_or_of_a_folder(test, project, tmp_path):
    images = os.path.join(project, "source", "images", "test")
    for path, flags in (("split.zip", ["--split=test"]), ("folder.zip", ["--imagepath=" + images])):
        out = test(f"--submission={tmp_path / path}", "--flip", *flags)
        assert f"{path}: predictions of 3 images" in out
        with zipfile.ZipFile(str(tmp_path / path)) as archive:
            told = json.loads(archive.read("submission.json").decode())
            assert sorted(archive.namelist()) == [f"image_test_{n}.png" for n in range(3)] + [
                "submission.json"]
            with archive.open("image_test_1.png") as file:
                assert np.asarray(Image.open(file)).shape == (40, 56)
        assert told["class_names"] == list(tiny.CLASS_NAMES) and told["seed"] == 1
        assert told["method"] == "tiny__1 fcn.ckpt flip"


# ---- pictures ----

def test_draws_images_of_the_split(test, tmp_path):
    test("--first2viz=1", "--last2viz=2", f"--outdir={tmp_path}", "--split=test")
    assert sorted(os.listdir(str(tmp_path))) == [
        "test_00001.png", "test_00001_labels.png", "test_00002.png", "test_00002_labels.png"]
    assert np.asarray(Image.open(str(tmp_path / "test_00001_labels.png"))).shape == (40, 56)
    panel = np.asarray(Image.open(str(tmp_path / "test_00001.png")))
    assert panel.shape[1] > 3 * 192


def test_one_image_goes_beside_the_runs_results(test):
    out = test("--last2viz=0", "--overlay")
    path = os.path.join("tmp", "tiny__1", "test", "pictures", "validation_00000.png")
    assert path in out and os.path.isfile(path)


def test_images_of_a_folder_whatever_their_encoding(test, tmp_path):
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    pixels = np.random.RandomState(0).randint(0, 256, (30, 50, 3)).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    Image.fromarray(pixels).save(str(folder / "turned.JPG"), exif=exif)
    Image.fromarray(pixels).convert("CMYK").save(str(folder / "press.tif"))
    Image.fromarray(pixels).convert("RGBA").save(str(folder / "clear.png"))
    Image.fromarray(pixels[..., 0]).save(str(folder / "grey.png"))
    (folder / "notes.txt").write_text("no image")
    test(f"--imagepath={folder}", f"--outdir={out}")
    names = ["clear.png", "grey.png", "press.tif", "turned.JPG"]
    assert sorted(os.listdir(str(out))) == sorted(
        name + end for name in names for end in (".png", "_labels.png"))
    sizes = [Image.open(str(out / (name + "_labels.png"))).size for name in names]
    assert sizes == [(50, 30)] * 3 + [(30, 50)]


def test_one_bad_file_never_ends_a_folder(test, tmp_path, monkeypatch):
    folder, out = tmp_path / "photos", tmp_path / "out"
    (folder / "folder.jpg").mkdir(parents=True)
    pixels = np.random.RandomState(0).randint(0, 256, (30, 50, 3)).astype(np.uint8)
    for name in ("a.jpg", "a.png", "cut.jpg", "locked.png", "z.png", ".hidden.png"):
        Image.fromarray(pixels).save(str(folder / name))
    Image.fromarray(pixels[:1, :1]).save(str(folder / "dot.png"))
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:400])
    (folder / "text.png").write_text("no image")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "link.jpg").symlink_to(folder / "nowhere")
    whole = open

    def locked(path, *args, **kwargs):
        if str(path).endswith("locked.png"):
            raise PermissionError(13, "Permission denied", path)
        return whole(path, *args, **kwargs)
    monkeypatch.setattr("builtins.open", locked)
    said = test(f"--imagepath={folder}", f"--outdir={out}", code=1).splitlines()
    bad = [line.split(":")[1].rsplit("/", 1)[1] for line in said if line.startswith("left out: ")]
    assert bad == ["cut.jpg", "empty.jpg", "folder.jpg", "link.jpg", "locked.png", "text.png"]
    assert said[-1] == "4 of 10 images segmented, 6 left out"
    assert sorted(os.listdir(str(out))) == sorted(
        name + end for name in ("a.jpg", "a.png", "dot.png", "z.png")
        for end in (".png", "_labels.png"))
    assert Image.open(str(out / "dot.png_labels.png")).size == (1, 1)


def test_a_picture_never_replaces_a_photo(test, tmp_path):
    for name in ("a.jpg", "a.jpg.png"):
        Image.new("RGB", (9, 8)).save(str(tmp_path / name))
    with pytest.raises(UserError, match="a.jpg would replace .*a.jpg.png; give another folder"):
        test(f"--imagepath={tmp_path}", f"--outdir={tmp_path}")
    assert sorted(os.listdir(str(tmp_path))) == ["a.jpg", "a.jpg.png"]


def test_images_need_no_records(test, project, tmp_path):
    image = os.path.join(project, "source", "images", "test", "image_test_0.png")
    test("--imagepath=" + image, "--datapath=gone", f"--outdir={tmp_path}")
    assert len(os.listdir(str(tmp_path))) == 2


def test_a_video(test, tmp_path):
    source = clips.make(tmp_path / "drive.webm", "-c:v", "libvpx", rate="5")
    said = test("--moviepath=" + source, f"--outdir={tmp_path}", "--legend")
    assert "drive_segmented.mp4: 5 frames of 64x" in said and "1.00 s, 5 frames/s" in said
    height = int(said.split("frames of 64x")[1].split(",")[0])
    assert height > 48 and clips.described(str(tmp_path / "drive_segmented.mp4"))[0] == 1


def test_images_beyond_the_split_are_told(test, tmp_path):
    said = test("--first2viz=4", "--last2viz=99", f"--outdir={tmp_path}")
    assert "--last2viz=99: validation ends with image 4" in said
    assert sorted(os.listdir(str(tmp_path))) == ["validation_00004.png",
                                                 "validation_00004_labels.png"]


# ---- mistakes ----

@pytest.mark.parametrize("flags, message", [
    (["--traindir=nothing"], "no run folder at 'nothing'.*tiny__1"),
    (["--traindir="], "--traindir is missing"),
    (["--afteriter=3"], "no checkpoint .*fcn.ckpt_3: the run has --checkpoint=last, "
                        "--checkpoint=best, --afteriter=2"),
    (["--afteriter=2", "--checkpoint=best"], "contradict each other"),
    (["--afteriter=2", "--checkpoint=kept"], "contradict each other"),
    (["--checkpoint=worst"], "last, best"),
    (["--weights=ema"], "keeps no averages: train with --ema"),
    (["--split=holdout"], "unknown split 'holdout': choose one of training, validation, test"),
    (["--datapath=gone"], "--datapath=gone: no such folder"),
    (["--imagepath=gone"], "--imagepath=gone: no such file or folder"),
    (["--imagepath=records"], "no images in this folder"),
    (["--moviepath=gone.mp4"], "gone.mp4: no such file"),
    (["--moviepath=records"], "--moviepath=records: this is a folder; expected one video"),
    (["--moviepath="], "--moviepath= is empty: give a path"),
    (["--imagepath="], "--imagepath= is empty: give a path"),
    (["--imagepath=a.jpg", "--moviepath=a.mp4"], "cannot be done at once: give one of them"),
    (["--imagepath=source/classes.txt"], "classes.txt: not an image that can be read"),
    (["--outdir=source/classes.txt", "--last2viz=0"], "is a file, expected a folder"),
    (["--first2viz=9"], "--first2viz=9 --last2viz=9: no images to draw; validation has images 0 "
                        "to 4"),
    (["--first2viz=-1"], "--first2viz: got -1, expected at least 0"),
    (["--first2viz=3", "--last2viz=1"], "no images to draw"),
    (["--pixels=12y"], "--pixels: got '12y'"),
    (["--scales=0"], "--scales: got '0', expected different numbers"),
    (["--flip", "--observe=objects,features"], "--observe=features is of one view of an image"),
    (["--submission=a.zip", "--last2viz=1"], "--submission and --last2viz cannot be done at once"),
    (["--submission="], "--submission= is empty"),
    (["--fcn8"], "another net: .*missing in the checkpoint: decoder/"),
    (["--depth_multiplier=0.5"], "another net: .*of another shape"),
    (["--fcn9"], "unknown flag --fcn9: did you mean --fcn")])
def test_mistakes_are_one_clear_line(test, flags, message):
    with pytest.raises(UserError, match=message) as caught:
        test(*flags)
    assert "\n" not in str(caught.value)


def test_a_split_without_records_is_told(test, project, tmp_path):
    copy = str(tmp_path / "records")
    shutil.copytree(os.path.join(project, "records"), copy)
    os.remove(os.path.join(copy, "test.tfrecords"))
    with pytest.raises(UserError, match="no records of the split 'test'"):
        test("--split=test", "--datapath=" + copy)


@pytest.mark.parametrize("names", [["background", "disk"], ["background", "disk", "beam"]])
def test_a_dataset_of_other_classes_is_told(test, project, tmp_path, names):
    copy = str(tmp_path / "records")
    shutil.copytree(os.path.join(project, "records"), copy)
    path = os.path.join(copy, "dataset.json")
    with open(path) as file:
        sidecar = json.load(file)
    sidecar["class_names"], sidecar["palette"] = names, sidecar["palette"][:len(names)]
    for split in sidecar["splits"].values():
        pixels = split["pixels_per_class"]
        split["pixels_per_class"] = pixels[:len(names)]
        split["images_per_class"] = split["images_per_class"][:len(names)]
        del split["image_pixels_per_class"]  # older records have none
        split["ignored_pixels"] += sum(pixels[len(names):])
    with open(path, "w") as file:
        json.dump(sidecar, file)
    message = rf"{len(names)} classes \(background.*trained on 3 \(background, disk, bar\)"
    with pytest.raises(UserError, match=message):
        test("--datapath=" + copy)


# ---- runs of seg-mentor ----

def test_a_run_of_seg_mentor_as_it_is(test, tmp_path):
    """Its sample on the twelve images that came with it: seg-mentor itself had mIoU .3748."""
    run = str(tmp_path / "Nov20_mobilenet_v1__1")
    shutil.copytree(shared_data("legacy", "tmp", "Nov20_mobilenet_v1__1"), run)
    os.chmod(run, 0o755)
    out = test("--traindir=" + run, "--datapath=" + shared_data("legacy", "camvid"))
    assert "a run of seg-mentor; mapped: variables base_fe_scope/* to the feature extractor" in out
    result = load_result(os.path.join(run, "test", "validation"))
    assert result.class_names[:2] == ("Sky", "Building") and result.names[11] == "validation_11"
    assert result.scores.mean_iou == pytest.approx(.3746, abs=5e-4)
    assert sorted(os.listdir(run)) == ["checkpoint", "fcn.ckpt.data-00000-of-00001",
                                       "fcn.ckpt.index", "runargs", "test"]


def test_sees_images_as_seg_mentor_did():
    from utils.evaluate.seg_mentor import letterbox
    image = np.random.RandomState(0).randint(0, 256, (360, 480, 3)).astype(np.uint8)
    with tf.Graph().as_default(), tf.Session() as session:
        view, box = session.run(letterbox(tf.constant(image), 256, 256))
    assert list(box) == [32, 0, 192, 256]
    rows, columns = [(2 * np.arange(count) + 1) * source // (2 * count)
                     for count, source in ((192, 360), (256, 480))]
    np.testing.assert_array_equal(view[32:224], image[rows][:, columns])
    assert not view[:32].any() and not view[224:].any()
