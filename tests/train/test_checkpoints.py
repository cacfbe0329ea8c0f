"""Checkpoints: whole or absent, and the resume pointer."""
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


def test_the_newest_resume_state_is_kept_alone(model, tmp_path):
    saver, session, _ = model
    folder = RunFolder(str(tmp_path))
    assert checkpoints.load_resume_state(folder) is None
    window = {"steps": 1, "sums": {"a": 0.1}}
    for step in (10, 20):
        checkpoints.save_resume_state(saver, session, folder, step, window)
    assert checkpoints.load_resume_state(folder) == {
        "step": 20, "checkpoint": "resume.ckpt-20", "window": window}
    assert sorted(os.listdir(str(tmp_path))) == [
        "resume.ckpt-20.data-00000-of-00001", "resume.ckpt-20.index", "resume.json"]


def test_an_unwritable_folder_is_one_line(model, tmp_path):
    saver, session, _ = model
    with pytest.raises(UserError, match="cannot write the checkpoint"):
        checkpoints.save(saver, session, str(tmp_path / "absent" / "x" / "fcn.ckpt"))
