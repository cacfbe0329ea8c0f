"""fcn_train.py --subset: the bits of records that hold its images alone, its record, its resume."""
import json
import os
import shutil

import pytest

import fcn_train
from tests.tiny import TRAIN, assert_same_run, write_folder
from utils.data.convert import convert
from utils.data.datasets import SourceOptions, open_source
from utils.errors import UserError
from utils.runs.run_folder import RunFolder
from utils.sweep.plan import planned_runs
from utils.sweep.spec import make_spec

CHOSEN = ["image_training_0", "image_training_2", "image_training_3", "image_training_5"]
FLAGS = TRAIN + ["--class_weights=enet", "--steps=6", "--eval_every=2"]
CHECKPOINTS = ("fcn.ckpt", "fcn.ckpt_best", "resume.ckpt-6")


def write_records(folder, chosen=None):
    source = os.path.join(str(folder), "source")
    write_folder(source)
    for kind in ("images", "masks") if chosen else ():
        for file in os.listdir(os.path.join(source, kind, "training")):
            if file[:-len(".png")] not in chosen:
                os.remove(os.path.join(source, kind, "training", file))
    convert(open_source("folder", source, SourceOptions()), source, str(folder / "records"))
    return str(folder / "records")


def train(root, *flags):
    before = os.getcwd()
    os.chdir(str(root))
    try:
        fcn_train.main(list(flags))
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def root(tmp_path_factory, tiny_net):
    """tmp/tiny__1: trained on the subset; alone/tmp/tiny__1: on records of its images alone."""
    root = tmp_path_factory.mktemp("subset")
    datapath = write_records(root)
    (root / "ids.txt").write_text("# some\r\n" + "\r\n".join(CHOSEN[::-1]))
    train(root, *FLAGS, "--datapath=" + datapath, "--subset=ids.txt")
    (root / "alone").mkdir()
    train(root / "alone", *FLAGS, "--datapath=" + write_records(root / "alone", CHOSEN))
    return root


def refused(root, *flags):
    with pytest.raises(UserError) as caught:
        train(root, *flags)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_subset_gives_the_bits_of_records_that_hold_its_images_alone(root):
    """Weights by the frequency of classes, the order, augmentation, and the scores of training."""
    assert_same_run(str(root / "tmp" / "tiny__1"), str(root / "alone" / "tmp" / "tiny__1"),
                    CHECKPOINTS)


def test_a_run_records_its_subset(root):
    folder = RunFolder(str(root / "tmp" / "tiny__1"))
    args, info = folder.read_runargs(), folder.read_runinfo()
    assert args["subset"] == "ids.txt"
    assert args["subset_images"] == "4 of 6, " + info["subset"]["sha256"][:12]
    assert (info["subset"]["images"], info["subset"]["of"]) == (4, 6)
    assert info["data_sha256"] == info["splits_sha256"]["training"] != info["subset"]["sha256"]
    with open(folder.subset) as file:
        assert file.read().split() == CHOSEN
    with open(folder.runlog) as file:
        assert "training on 4 of 6 images (--subset=ids.txt): epochs, class weights" in file.read()


def prepared(root, *flags):
    before = os.getcwd()
    os.chdir(str(root))
    try:
        return fcn_train.prepare([*TRAIN, "--datapath=records", *flags])
    finally:
        os.chdir(before)


def test_an_epoch_is_one_of_the_subset(root):
    flags = ["--steps=0", "--epochs=3"]
    assert prepared(root, *flags).total_steps == 9
    assert prepared(root, "--subset=ids.txt", *flags).total_steps == 6
    assert prepared(root, "--subset=ids.txt", "--overfit=2", *flags).total_steps == 3


def test_the_same_images_from_another_file_are_the_same_configuration(root):
    def recorded(*names):
        (root / "other.txt").write_text("\n".join(names))
        return prepared(root, "--subset=other.txt").flags.subset_images
    stored = RunFolder(str(root / "tmp" / "tiny__1")).read_flags().subset_images
    assert recorded(*CHOSEN) == stored != recorded(*CHOSEN[:3])
    assert recorded(*[f"image_training_{place}" for place in range(6)]) == ""
    assert prepared(root).flags.subset_images == ""


def test_a_sweep_compares_subsets_and_finds_their_runs(root, monkeypatch):
    """A run that was made by hand counts as the sweep's: plans and folders have one key."""
    monkeypatch.chdir(root)
    flags = dict(word[2:].split("=") for word in FLAGS if "=" in word)
    flags.update(from_scratch=True, datapath="records")
    for name in ("seed", "name", "gpu"):
        del flags[name]
    spec = make_spec("a", flags=flags, grid={"subset": ["", "ids.txt"]}, seeds=[1])
    whole, subset = planned_runs(spec, fcn_train.prepare)
    assert whole.key != subset.key
    assert subset.key == RunFolder("tmp/tiny__1").group_key()
    (root / "again.txt").write_text("\n".join(CHOSEN))
    spec = make_spec("a", flags=flags, grid={"subset": ["again.txt", "ids.txt"]}, seeds=[1])
    with pytest.raises(UserError, match="are the same: leave one out"):
        planned_runs(spec, fcn_train.prepare)


def test_a_subset_can_be_pinned_by_what_a_run_recorded(root):
    stored = RunFolder(str(root / "tmp" / "tiny__1")).read_flags().subset_images
    flags = [*TRAIN, "--datapath=records", "--subset=ids.txt"]
    assert prepared(root, "--subset=ids.txt", "--subset_images=" + stored)
    assert "--subset_images=4 of 6, 0, but --subset=ids.txt names 4 of 6, " in refused(
        root, *flags, "--subset_images=4 of 6, 0")
    assert "but without --subset these are all images" in refused(
        root, *flags[:-1], "--subset_images=" + stored)


@pytest.mark.parametrize("flags, words", [
    (["--batch_size=5"], "--batch_size=5, but --subset=ids.txt names 4 images: choose a smaller"),
    (["--overfit=5"], "--overfit=5, but --subset=ids.txt names 4 images: choose fewer"),
    (["--subset=none.txt"], "--subset=none.txt: no such file; expected names of training images"),
    (["--subset=sub"], "sub: cannot be read (")])
def test_what_cannot_be_is_one_line_and_leaves_no_run_folder(root, flags, words):
    (root / "sub").mkdir(exist_ok=True)
    before = os.listdir(str(root / "tmp"))
    assert words in refused(root, *TRAIN, "--datapath=records", "--subset=ids.txt", *flags)
    assert os.listdir(str(root / "tmp")) == before


def interrupted(root, name):
    """A copy of the run whose last state is damaged: it goes on from the one before."""
    run = root / "tmp" / name
    shutil.copytree(str(root / "tmp" / "tiny__1"), str(run))
    info = json.loads((run / "runinfo").read_text())
    (run / "runinfo").write_text(json.dumps(dict(info, status="interrupted")))
    os.truncate(str(run / "resume.ckpt-6.data-00000-of-00001"), 1000)
    return str(run)


def test_a_run_resumes_to_the_same_bits_and_from_its_own_list(root):
    run = interrupted(root, "resumed__1")
    train(root, "--resume=" + run, f"--subset={run}/subset.txt", "--cache_mb=0", "--threads=1")
    assert_same_run(run, str(root / "tmp" / "tiny__1"), CHECKPOINTS)


def test_a_changed_file_is_refused(root):
    run = interrupted(root, "changed__1")
    kept = (root / "ids.txt").read_text()
    try:
        (root / "ids.txt").write_text("\n".join(CHOSEN[:3]))
        line = refused(root, "--resume=" + run)
    finally:
        (root / "ids.txt").write_text(kept)
    assert line.startswith(f"--resume={run}: --subset=ids.txt names 3 of 6, ")
    assert line.endswith(f": restore the file, or give the run's own list, "
                         f"--subset={run}/subset.txt")
    assert ", but the run began with 4 of 6, " in line
    assert "without --subset these are all images, but the run began with 4 of 6" in refused(
        root, "--resume=" + run, "--subset=")


def test_a_list_that_is_gone_is_replaced_by_the_runs_own(root):
    run = interrupted(root, "gone__1")
    os.rename(str(root / "ids.txt"), str(root / "moved.txt"))
    try:
        line = refused(root, "--resume=" + run)
    finally:
        os.rename(str(root / "moved.txt"), str(root / "ids.txt"))
    assert line == (f"--resume={run}: its list of images is no longer at ids.txt: give the run's "
                    f"own, --subset={run}/subset.txt")


def test_another_run_starts_from_one_on_a_subset(root):
    flags = [flag for flag in TRAIN if flag != "--from_scratch"]
    train(root, *flags, "--datapath=records", "--steps=1", "--init_from=tmp/tiny__1",
          "--name=next", "--subset=ids.txt")
    assert RunFolder(str(root / "tmp" / "next__1")).read_flags().init_from == "tmp/tiny__1"
