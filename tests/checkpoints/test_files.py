"""Which checkpoint a path names, and which run one of its files."""
import pytest

from utils.checkpoints.files import checkpoint_exists, named_checkpoint, prefix_of
from utils.errors import UserError
from utils.runs import run_folder

ENDINGS = (".index", ".meta", ".data-00000-of-00001")


@pytest.fixture
def run(tmp_path):
    """A run folder with the newest checkpoint, a kept and the best one."""
    folder = tmp_path / "tmp" / "run__1"
    folder.mkdir(parents=True)
    for name in ["runargs", "resume.ckpt-4.index"] + [
            stem + ending for stem in ("fcn.ckpt", "fcn.ckpt_2", "fcn.ckpt_best")
            for ending in ENDINGS]:
        (folder / name).write_text("{}")
    return folder


@pytest.mark.parametrize("stem", ["fcn.ckpt", "fcn.ckpt_2", "fcn.ckpt_best"])
@pytest.mark.parametrize("ending", ("",) + ENDINGS)
def test_each_file_names_its_checkpoint(run, stem, ending):
    assert prefix_of(stem + ending) == stem
    assert named_checkpoint(str(run / (stem + ending))) == str(run / stem)


def test_a_checkpoint_of_one_file_and_what_is_none(tmp_path):
    (tmp_path / "vgg_16.ckpt").write_text("x")
    (tmp_path / "alone.index.data-00000-of-00001").write_text("x")
    assert named_checkpoint(str(tmp_path / "vgg_16.ckpt")) == str(tmp_path / "vgg_16.ckpt")
    assert not checkpoint_exists(str(tmp_path / "alone.index.data-00000-of-00001"))
    assert named_checkpoint(str(tmp_path)) == "" == named_checkpoint(str(tmp_path / "none"))
    with pytest.raises(UserError, match="copy all files of the checkpoint"):
        named_checkpoint(str(tmp_path / "alone.index.data-00000-of-00001"))


def test_the_note_of_the_newest_checkpoint_even_of_another_machine(tmp_path):
    for name in ("model.ckpt-1.index", "model.ckpt-20.index"):
        (tmp_path / name).write_text("x")
    (tmp_path / "checkpoint").write_text(
        'model_checkpoint_path: "/elsewhere/model.ckpt-20"\n'
        'all_model_checkpoint_paths: "/elsewhere/model.ckpt-1"\n')
    for path in (tmp_path, tmp_path / "checkpoint"):
        assert named_checkpoint(str(path)) == str(tmp_path / "model.ckpt-20")


def test_a_file_stands_for_its_run_but_a_kept_checkpoint_does_not(run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("runargs", "fcn.ckpt", "fcn.ckpt.data-00000-of-00001", "resume.ckpt-4.index"):
        assert run_folder.find("tmp/run__1/" + name).path == "tmp/run__1"
    with pytest.raises(UserError, match="give tmp/run__1, and --afteriter=2"):
        run_folder.find("tmp/run__1/fcn.ckpt_2.index")
    with pytest.raises(UserError, match="give tmp/run__1, and --checkpoint=best"):
        run_folder.find("run__1/fcn.ckpt_best")
