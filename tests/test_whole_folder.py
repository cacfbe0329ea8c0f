"""A folder is written beside: it appears whole, and an error or a kill leaves what there was."""
import os

import pytest

from utils.files import beside
from utils.whole_folder import whole_folder


def fill(folder, name, check=lambda: None):
    with whole_folder(folder, check) as written:
        with open(os.path.join(written, name), "w") as file:
            file.write(name)


def beside_of_a_dead_process(folder):
    return beside(folder).replace(f"-{os.getpid()}", "-999999999")


def test_makes_replaces_and_takes_the_place_of_an_empty_folder(tmp_path):
    folder = str(tmp_path / "it")
    os.mkdir(folder)
    for name in ("first", "second"):
        fill(folder, name)
        assert os.listdir(folder) == [name] and os.listdir(str(tmp_path)) == ["it"]
    fill(folder + "/", "third")
    assert os.listdir(folder) == ["third"] and os.listdir(str(tmp_path)) == ["it"]


def test_an_error_leaves_what_there_was(tmp_path):
    folder = str(tmp_path / "it")
    fill(folder, "first")
    with pytest.raises(KeyboardInterrupt):
        with whole_folder(folder):
            raise KeyboardInterrupt()
    assert os.listdir(folder) == ["first"] and os.listdir(str(tmp_path)) == ["it"]


def test_a_folder_that_cannot_take_its_place_gives_the_old_one_back(tmp_path):
    folder = str(tmp_path / "it")
    fill(folder, "first")
    with pytest.raises(FileNotFoundError):
        with whole_folder(folder) as written:
            os.rmdir(written)
    assert os.listdir(folder) == ["first"] and os.listdir(str(tmp_path)) == ["it"]


def test_what_killed_processes_left_is_settled_before_the_check(tmp_path):
    folder = str(tmp_path / "it")
    fill(folder, "first")
    os.rename(folder, beside_of_a_dead_process(folder) + ".old")
    os.mkdir(beside_of_a_dead_process(folder))
    fill(folder, "second", check=lambda: os.stat(os.path.join(folder, "first")))
    assert os.listdir(folder) == ["second"] and os.listdir(str(tmp_path)) == ["it"]


def test_what_a_living_process_writes_stays(tmp_path):
    folder = str(tmp_path / "it")
    theirs = beside(folder).replace(f"-{os.getpid()}", f"-{os.getppid()}")
    os.mkdir(theirs)
    fill(folder, "first")
    assert sorted(os.listdir(str(tmp_path))) == ["it", os.path.basename(theirs)]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    os.symlink(str(tmp_path / "disk"), str(tmp_path / "it"))
    fill(str(tmp_path / "it"), "first")
    assert os.path.islink(str(tmp_path / "it")) and os.listdir(str(tmp_path / "disk")) == ["first"]
    assert sorted(os.listdir(str(tmp_path))) == ["disk", "it"]
