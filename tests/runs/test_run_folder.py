"""Run folders: names, races, status, groups."""
import datetime
import errno
import json
import multiprocessing
import os

import pytest

from utils.errors import Interrupted, UserError
from utils.files import write_text
from utils.runs import info, run_folder
from utils.runs.run_folder import RunFolder

DAY = datetime.date(2018, 11, 20)


def test_names_count_up(tmp_path):
    root = str(tmp_path / "tmp")
    names = [run_folder.create("resnet_v1_18", root=root, today=DAY).name for _ in range(2)]
    assert names == ["Nov20_resnet_v1_18__1", "Nov20_resnet_v1_18__2"]
    assert run_folder.create("resnet_v1_18", "mine", root=root).name == "mine__1"
    with pytest.raises(UserError, match="--name"):
        run_folder.create("resnet_v1_18", "a/b", root=root)


def _create(root):
    return run_folder.create("vgg_16", root=root, today=DAY).name


def test_runs_that_start_together_get_folders_of_their_own(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        names = pool.map(_create, [str(tmp_path)] * 24)
    assert sorted(names) == sorted(f"Nov20_vgg_16__{n}" for n in range(1, 25))


def test_find_lists_the_runs_there_are(tmp_path):
    (tmp_path / "a__1").mkdir()
    (tmp_path / "a__1" / "runargs").write_text("{}")
    assert run_folder.find("a__1", str(tmp_path)).path == str(tmp_path / "a__1")
    with pytest.raises(UserError, match="no run folder at 'b__1'.*a__1"):
        run_folder.find("b__1", str(tmp_path))


def test_a_corrupt_runargs_is_one_line(tmp_path):
    (tmp_path / "runargs").write_text("{")
    with pytest.raises(UserError, match="runargs is not JSON"):
        RunFolder(str(tmp_path)).read_runargs()


def test_kept_checkpoints(tmp_path):
    for name in ("fcn.ckpt.index", "fcn.ckpt_20.index", "fcn.ckpt_3.index", "fcn.ckpt_best.index"):
        (tmp_path / name).write_text("")
    assert RunFolder(str(tmp_path)).kept_checkpoints() == [3, 20]


def test_group_key_ignores_seeds_and_paths(tmp_path):
    keys = []
    for name, args in (("a", dict(seed=1, datapath="x", learnrate=1)),
                       ("b", dict(seed=2, datapath="y", learnrate=1)),
                       ("c", dict(seed=1, datapath="x", learnrate=2))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "runargs").write_text(json.dumps(args))
        keys.append(RunFolder(str(tmp_path / name)).group_key())
    assert keys[0] == keys[1] != keys[2]


def test_processes_and_parts_of_a_batch_are_configurations_of_their_own():
    def key(**args):
        return run_folder.configuration_key(dict(seed=1, batch_size=8, **args), "d")
    plain = key(accumulate=1, devices=1, processes=1, precision="float32", global_batch=8)
    assert plain == key()  # as of a run from before these flags
    assert "accumulate" not in plain and "precision" not in plain and "global_batch" not in plain
    others = [key(accumulate=2, global_batch=16), key(devices=2), key(precision="mixed"),
              key(processes=2, global_batch=16)]
    assert len({plain, *others}) == 1 + len(others)


@pytest.mark.parametrize("error, status", [
    (None, "finished"), (Interrupted("later"), "interrupted"), (UserError("nan"), "failed")])
def test_status_is_recorded(tmp_path, error, status):
    folder = RunFolder(str(tmp_path))
    try:
        with info.recorded(folder, ["fcn_train.py"], data_sha256="d"):
            assert folder.status() == "running"
            if error:
                raise error
    except (Interrupted, UserError):
        pass
    written = folder.read_runinfo()
    assert written["status"] == status and written["data_sha256"] == "d"
    assert written["error"] == (str(error) if error else "")


def _full(*args):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_recorded_as_a_failure(tmp_path, monkeypatch):
    """Space for the status is set aside: here files can be written only once it is given back."""
    folder = RunFolder(str(tmp_path))

    def fsync(number, real=os.fsync):
        (_full if os.path.exists(folder.reserve) else real)(number)
    with pytest.raises(OSError):
        with info.recorded(folder, ["fcn_train.py"]):
            assert os.path.getsize(folder.reserve) == 65536
            monkeypatch.setattr(os, "fsync", fsync)
            write_text(folder.metrics, "more")
    written = folder.read_runinfo()
    assert written["status"] == "failed"
    assert written["error"] == folder.metrics + ": the disk is full: free some space"
    assert sorted(os.listdir(folder.path)) == ["heartbeat", "runinfo"]


def test_a_run_whose_flags_cannot_be_written_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(OSError, match="runargs"):
        run_folder.create("vgg_16", root=str(tmp_path), runargs="{}")
    assert os.listdir(str(tmp_path)) == []


def test_the_flags_say_where_the_records_are_now(tmp_path):
    folder = RunFolder(str(tmp_path))
    (tmp_path / "runargs").write_text(json.dumps({"datapath": "here", "batch_size": 3}))
    assert folder.read_flags().datapath == "here"
    folder.update_runinfo(datapath="there")
    assert (folder.read_flags().datapath, folder.read_flags().batch_size) == ("there", 3)
    assert folder.read_runargs()["datapath"] == "here"
