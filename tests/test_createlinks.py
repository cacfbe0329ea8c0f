"""tboards/createlinks, run on a copy of the folders it works on."""
import os
import shutil
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@pytest.fixture
def project(tmp_path):
    """A folder with tboards/createlinks and an empty tmp/."""
    for name in ("tboards", "tmp"):
        (tmp_path / name).mkdir()
    shutil.copy(os.path.join(ROOT, "tboards", "createlinks"), str(tmp_path / "tboards"))
    return tmp_path


def _create_links(project):
    subprocess.run([str(project / "tboards" / "createlinks")], check=True, cwd="/")


def _links(project):
    boards = project / "tboards"
    return {path.name: os.readlink(str(path)) for path in boards.iterdir() if path.is_symlink()}


def test_without_runs_it_makes_nothing(project):
    _create_links(project)
    assert os.listdir(str(project / "tboards")) == ["createlinks"]


def test_links_every_run_once_and_again(project):
    for run in ("Nov20_vgg_16__1", "a name"):
        (project / "tmp" / run / "trainboard").mkdir(parents=True)
    (project / "tmp" / "no_board").mkdir()
    expected = {"Nov20_vgg_16__1": "../tmp/Nov20_vgg_16__1/trainboard",
                "a name": "../tmp/a name/trainboard"}
    for _ in range(2):
        _create_links(project)
        assert _links(project) == expected
        assert not os.listdir(str(project / "tmp" / "a name" / "trainboard"))


def test_removes_links_of_runs_that_are_gone(project):
    for run in ("old", "new"):
        (project / "tmp" / run / "trainboard").mkdir(parents=True)
    _create_links(project)
    shutil.rmtree(str(project / "tmp" / "old"))
    _create_links(project)
    assert sorted(_links(project)) == ["new"]


def test_leaves_what_is_not_a_link(project):
    (project / "tmp" / "run" / "trainboard").mkdir(parents=True)
    (project / "tboards" / "run").mkdir()
    _create_links(project)
    assert _links(project) == {}
    assert os.listdir(str(project / "tboards" / "run")) == []
