"""The order of runs, what is the same run, and which folder belongs to which run."""
import collections
import os

import pytest

from tests.sweep.plans import DATA, make_folder, planned
from utils.errors import UserError
from utils.runs.flags import parse_flags
from utils.runs.train_flags import TrainFlags, settle
from utils.sweep.matching import match
from utils.sweep.plan import planned_runs
from utils.sweep.spec import make_spec

Prepared = collections.namedtuple("Prepared", "flags info total_steps")
Info = collections.namedtuple("Info", "splits")
Split = collections.namedtuple("Split", "sha256")


def prepare(words):
    """fcn_train.prepare, without data and TensorFlow."""
    flags, given = parse_flags(TrainFlags, words, "")
    splits = {name: Split(DATA) for name in ("training", "test")}
    return Prepared(settle(flags, given), Info(splits), 10)


def test_seeds_come_breadth_first_and_repeats_last():
    spec = make_spec("a", configurations=[{"fcn16": False}, {"fcn16": True}], seeds=[7, 3],
                     repeat=2)
    runs = planned_runs(spec, prepare)
    assert [(run.label, run.seed, run.repeat) for run in runs[:5]] == [
        ("fcn16=False", 7, 0), ("fcn16=True", 7, 0), ("fcn16=False", 3, 0), ("fcn16=True", 3, 0),
        ("fcn16=False", 7, 1)]
    assert len(runs) == 8 and runs[0].words == ("--fcn16=False", "--seed=7")
    assert dict(runs[0].seeds) == {"seed_init": 7, "seed_order": 7, "seed_augment": 7}


def test_a_source_of_randomness_alone():
    runs = planned_runs(make_spec("a", seeds=[1, 2], vary="augment"), prepare)
    assert dict(runs[1].seeds) == {"seed_init": 1, "seed_order": 1, "seed_augment": 2}
    assert runs[0].key == runs[1].key and runs[0].identity != runs[1].identity


def test_configurations_that_are_the_same_are_refused():
    spec = make_spec("a", configurations=[{"pixels": 512}, {"pixels": "512"}, {"fcn16": True}])
    with pytest.raises(UserError, match="are the same: leave one out"):
        planned_runs(spec, prepare)


def test_looks_need_a_split_that_is_there():
    spec = make_spec("a", grid={"fcn16": [False, True]}, looks=[2, 4], split="validation")
    with pytest.raises(UserError, match="no split 'validation' to take looks on"):
        planned_runs(spec, prepare)


def test_a_mistake_is_told_with_its_configuration():
    spec = make_spec("a", configurations=[{"fcn16": True}, {"basnet": "vgg_16"}])
    with pytest.raises(UserError, match="configuration .*did you mean --basenet"):
        planned_runs(spec, prepare)


def test_run_folders_are_found_by_what_they_are(tmp_path):
    make_folder(tmp_path, "by_hand__1", "finished", seed=2)
    make_folder(tmp_path, "other__1", "finished", seed=2, learnrate=1.0)
    make_folder(tmp_path, "dead__1", "running", seed=1, step=4)
    for name, text in (("damaged", "{"), ("newer", '{"seed": 3, "norm": "batch"}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "runargs").write_text(text)
    lines = []
    found = match([planned(seed=1), planned(seed=2), planned(seed=3)], root=str(tmp_path),
                  tell=lines.append)
    assert found[0].folder.name == "dead__1" and found[0].state == "killed"
    assert found[1].folder.name == "by_hand__1" and found[1].state == "finished"
    assert found[2] is None
    assert all("its run is made again" in line for line in lines) and len(lines) == 2
    assert os.path.join("damaged", "runargs") in lines[0]
    assert "not known here, 'norm': a newer version wrote it" in lines[1]


def test_repeats_have_folders_of_their_own_and_the_furthest_count(tmp_path):
    make_folder(tmp_path, "a__1", "failed")
    make_folder(tmp_path, "a__2", "finished")
    assert match([planned()], root=str(tmp_path))[0].folder.name == "a__2"
    two = match([planned(), planned(repeat=1)], root=str(tmp_path))
    assert [one.folder.name for one in two] == ["a__2", "a__1"]
