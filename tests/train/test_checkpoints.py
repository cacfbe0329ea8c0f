"""Checkpoints: whole or absent, and the resume pointer."""
import errno
import json
import os

import pytest

from utils.errors import UserError
from utils.runs.run_folder import RunFolder
from utils.tf_compat import tf
from utils.train import checkpoints


@pytest.fixture
def model():
    with tf.Graph().as_default(), tf.Session() as session:
        variable = tf.get_variable("v", initializer=1.0)
        session.run(variable.initializer)
        yield tf.train.Saver([variable]), session, variable


def test_save_replaces_and_leaves_nothing_beside(model, tmp_path):
    saver, session, variable = model
    prefix = str(tmp_path / "fcn.ckpt")
    for value in (2.0, 3.0):
        variable.load(value, session)
        checkpoints.save(saver, session, prefix)
    assert tf.train.load_checkpoint(prefix).get_tensor("v") == 3.0
    assert sorted(os.listdir(str(tmp_path))) == [
        "fcn.ckpt.data-00000-of-00001", "fcn.ckpt.index"]


@pytest.mark.parametrize("links", [True, False])
def test_a_copy_keeps_its_weights_when_the_original_is_replaced(model, tmp_path, monkeypatch,
                                                                links):
    saver, session, variable = model

    def refuse(*paths):
        raise OSError("no links here")
    if not links:
        monkeypatch.setattr(os, "link", refuse)
    prefix, best = str(tmp_path / "fcn.ckpt"), str(tmp_path / "fcn.ckpt_best")
    for value in (2.0, 3.0, 4.0):
        variable.load(value, session)
        checkpoints.save(saver, session, prefix)
        if value < 4:
            checkpoints.copy(prefix, best)
    assert tf.train.load_checkpoint(prefix).get_tensor("v") == 4.0
    assert tf.train.load_checkpoint(best).get_tensor("v") == 3.0
    assert len(os.listdir(str(tmp_path))) == 4


def test_a_kill_between_the_renames_leaves_no_torn_checkpoint(model, tmp_path, monkeypatch):
    saver, session, variable = model
    prefix = str(tmp_path / "fcn.ckpt")
    checkpoints.save(saver, session, prefix)
    renames = []

    def killed_at_the_second(source, target, rename=os.rename):
        renames.append(target)
        if len(renames) == 2:
            raise KeyboardInterrupt
        rename(source, target)
    monkeypatch.setattr(os, "rename", killed_at_the_second)
    variable.load(5.0, session)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.save(saver, session, prefix)
    assert not tf.train.checkpoint_exists(prefix)


WINDOW = {"steps": 1, "sums": {"a": 0.1}}


@pytest.fixture
def states(model, tmp_path):
    """A run folder with the states of steps 20 and 10, the variable's values."""
    saver, session, variable = model
    folder = RunFolder(str(tmp_path))
    assert checkpoints.load_resume_state(folder) is None
    for step in (5, 10, 20):
        variable.load(float(step), session)
        checkpoints.save_resume_state(saver, session, folder, step, WINDOW)
    return folder


def state(step):
    return {"step": step, "checkpoint": f"resume.ckpt-{step}", "window": WINDOW}


def test_the_two_newest_resume_states_are_kept_alone(states):
    assert checkpoints.load_resume_state(states) == state(20)
    assert sorted(os.listdir(states.path)) == [
        "resume.before.json", "resume.ckpt-10.data-00000-of-00001", "resume.ckpt-10.index",
        "resume.ckpt-20.data-00000-of-00001", "resume.ckpt-20.index", "resume.json"]


def flip(path, at):
    with open(path, "rb+") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def edit(**entries):
    """A change of resume.json; None removes a key."""
    def change(path):
        with open(path) as file:
            values = dict(json.load(file), **entries)
        with open(path, "w") as file:
            json.dump({key: value for key, value in values.items() if value is not None}, file)
    return change


DATA, INDEX = "resume.ckpt-20.data-00000-of-00001", "resume.ckpt-20.index"
DAMAGE = {
    "data cut": (DATA, lambda path: os.truncate(path, 2)),
    "data gone": (DATA, os.remove),
    "bit of the data": (DATA, lambda path: flip(path, 1)),
    "bit of the index": (INDEX, lambda path: flip(path, 20)),
    "index cut": (INDEX, lambda path: os.truncate(path, 60)),
    "index empty": (INDEX, lambda path: os.truncate(path, 0)),
    "index gone": (INDEX, os.remove),
    "json gone": ("resume.json", os.remove),
    "json empty": ("resume.json", lambda path: os.truncate(path, 0)),
    "no JSON": ("resume.json", lambda path: os.truncate(path, 20)),
    "no object": ("resume.json", lambda path: open(path, "w").write("[1]")),
    "without a key": ("resume.json", edit(window=None)),
    "of wrong types": ("resume.json", edit(step="20")),
    "another number": ("resume.json", edit(window={"steps": 2, "sums": {"a": 0.1}})),
    "another checkpoint": ("resume.json", edit(checkpoint="resume.ckpt-30"))}


@pytest.mark.parametrize("what", sorted(DAMAGE))
def test_damage_is_told_and_the_state_before_it_is_taken(states, what):
    name, damage = DAMAGE[what]
    damage(os.path.join(states.path, name))
    told = []
    assert checkpoints.load_resume_state(states, told.append) == state(10)
    line, = told
    assert line.startswith(os.path.join(states.path, name)) and "\n" not in line
    assert line.endswith("; going on from the state before it, of step 10")
    assert checkpoints.load_resume_state(states, told.append) == state(10)
    assert told == [line]  # it is the newest now


def test_after_a_fallback_both_states_are_whole_again(states, model):
    saver, session, variable = model
    flip(os.path.join(states.path, DATA), 1)
    checkpoints.load_resume_state(states)
    checkpoints.save_resume_state(saver, session, states, 20, WINDOW)
    assert checkpoints.load_resume_state(states) == state(20)
    os.remove(os.path.join(states.path, INDEX))
    assert checkpoints.load_resume_state(states) == state(10)


@pytest.mark.parametrize("name", ["resume.ckpt-10.index", "resume.before.json"])
def test_without_a_whole_state_one_line_says_what_to_do(states, name):
    os.remove(os.path.join(states.path, name))
    flip(os.path.join(states.path, DATA), 1)
    with pytest.raises(UserError, match=f"{DATA} is damaged .*: start a new run$") as caught:
        checkpoints.load_resume_state(states)
    assert "\n" not in str(caught.value)
    with open(states.checkpoint() + ".index", "w"):  # the run has weights to start from
        with pytest.raises(UserError, match=f"start a new run with --init_from={states.path}$"):
            checkpoints.load_resume_state(states)


def test_a_state_of_before_the_checksum_is_taken(states):
    edit(sha256=None)(states.resume_state)
    assert checkpoints.load_resume_state(states) == state(20)


def test_a_state_of_another_net_is_one_line(states, model):
    with tf.Graph().as_default(), tf.Session() as session:
        saver = tf.train.Saver([tf.get_variable("w", [2])])
        with pytest.raises(UserError, match="does not fit the net .*--init_from=") as caught:
            checkpoints.restore(saver, session, states.resume_checkpoint(20))
    assert "\n" not in str(caught.value)


_CALLS = ("rename", "replace", "remove", "fsync")


def test_a_kill_at_any_moment_of_saving_leaves_a_whole_state(model, tmp_path, monkeypatch):
    """Killed before its n-th change of the disk, for every n: step 20, or 30 once it is named."""
    saver, session, variable = model
    calls = {name: getattr(os, name) for name in _CALLS}
    found = []
    for fatal in range(100):
        folder = RunFolder(str(tmp_path / str(fatal)))
        os.mkdir(folder.path)
        for step in (10, 20):
            checkpoints.save_resume_state(saver, session, folder, step, WINDOW)
        left = [fatal]

        def call(name):
            def killed(*args):
                left[0] -= 1
                if left[0] < 0:  # the dead do nothing more, the clean-up of errors included
                    raise KeyboardInterrupt
                return calls[name](*args)
            return killed
        with monkeypatch.context() as patched:
            for name in _CALLS:
                patched.setattr(os, name, call(name))
            try:
                checkpoints.save_resume_state(saver, session, folder, 30, WINDOW)
            except KeyboardInterrupt:
                pass
        told = []
        found.append(checkpoints.load_resume_state(folder, told.append)["step"])
        assert told == []
        os.remove(folder.resume_checkpoint(found[-1]) + ".index")
        if left[0] >= 0:
            break
        if found[-1] == 30:
            assert checkpoints.load_resume_state(folder)["step"] == 20
    assert left[0] == 0 and sorted(found) == found and set(found) == {20, 30} and len(found) > 8


def test_leftovers_of_dead_processes_go_and_those_of_living_ones_stay(states):
    names = ["resume.json.tmp999999999", f"runinfo.tmp{os.getpid()}",
             "runinfo.tmp-00000000-999999999", "fcn.ckpt.part.index",
             "fcn.ckpt.part.data-00000-of-00001.tempstate17"]
    whole = set(os.listdir(states.path))
    os.mkdir(states.test)
    for name in names + ["test/x.npz.tmp999999999"]:
        open(os.path.join(states.path, name), "w").close()
    checkpoints.remove_leftovers(states)
    assert set(os.listdir(states.path)) - whole == {"test", names[1], names[2]}
    assert os.listdir(states.test) == []


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("where", ["fsync", "rename"])
def test_a_full_disk_leaves_no_partial_checkpoint_and_the_states_there_were(
        states, model, monkeypatch, where):
    saver, session, variable = model
    before = sorted(os.listdir(states.path))
    with monkeypatch.context() as patched:
        patched.setattr(os, where, full)
        with pytest.raises(UserError, match="cannot write the checkpoint .*No space left"):
            checkpoints.save_resume_state(saver, session, states, 30, WINDOW)
    assert sorted(os.listdir(states.path)) == before
    assert checkpoints.load_resume_state(states) == state(20)


def test_a_state_that_cannot_be_named_leaves_no_checkpoint(states, model, monkeypatch):
    saver, session, variable = model
    before = sorted(os.listdir(states.path))
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(OSError):
            checkpoints.save_resume_state(saver, session, states, 30, WINDOW)
    assert sorted(os.listdir(states.path)) == before


def test_an_unwritable_folder_is_one_line(model, tmp_path):
    saver, session, _ = model
    with pytest.raises(UserError, match="cannot write the checkpoint"):
        checkpoints.save(saver, session, str(tmp_path / "absent" / "x" / "fcn.ckpt"))
