"""Restoring: coverage, what is reported, damaged files."""
import os

import numpy as np
import pytest

from tests.checkpoints.restoring import restore, two_variables
from utils.checkpoints.restore import open_checkpoint, restore_variables
from utils.errors import UserError
from utils.tf_compat import tf
from utils.train.from_torchvision import write_checkpoint


def test_everything_is_reported(tmp_path):
    coverage, (w, b) = restore(tmp_path, {
        "a/w": np.arange(6).reshape(2, 3), "a/b": np.zeros(4), "spare": 1.0, "head/weights": 1.0,
        "global_step": 3.0, "a/w/Adam": np.zeros([2, 3]), "a/w/ExponentialMovingAverage": 0.0},
        ignore=("head",))
    assert coverage.restored == ("a/w",)
    assert coverage.mismatched == (("a/b", (3,), (4,)),)
    assert coverage.missing == ()
    assert coverage.unused == ("spare",)
    assert coverage.fraction == .5
    np.testing.assert_array_equal(w, [[0, 1, 2], [3, 4, 5]])
    text = str(coverage)
    assert text.startswith("restored 1 of 2 variables from ")
    assert "of another shape: a/b 3 here, 4 there; unused: spare" in text


def test_a_checkpoint_of_one_file_has_no_index(tmp_path):
    path = str(tmp_path / "vgg_16.ckpt")  # as slim's of 2016
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("a", [3], initializer=tf.ones_initializer())
        session.run(tf.global_variables_initializer())
        tf.train.Saver(write_version=tf.train.SaverDef.V1).save(
            session, path, write_meta_graph=False, write_state=False)
    assert os.listdir(str(tmp_path)) == ["vgg_16.ckpt"]
    np.testing.assert_array_equal(open_checkpoint(path).get_tensor("a"), np.ones(3))
    with open(path, "wb") as file:
        file.write(b"# A readme")
    with pytest.raises(UserError, match="cannot be read as a checkpoint"):
        open_checkpoint(path)


def test_names_of_another_framework(tmp_path):
    coverage, (w, b) = restore(tmp_path, {"x/w": np.ones([2, 3]), "a/b": np.ones(3)},
                                names={"a/w": "x/w"})
    assert coverage.fraction == 1 and coverage.unused == ()
    assert w.sum() == 6 and b.sum() == 3


def test_a_damaged_checkpoint(tmp_path):
    prefix = str(tmp_path / "x.ckpt")
    for name in (prefix + ".index", prefix + ".data-00000-of-00001"):
        with open(name, "wb") as file:
            file.write(b"nonsense" * 20)
    with pytest.raises(UserError, match="cannot be read as a checkpoint"):
        open_checkpoint(prefix)
    with pytest.raises(UserError, match="no checkpoint at"):
        open_checkpoint(str(tmp_path / "y.ckpt"))


def test_data_cut_short(tmp_path):
    prefix = str(tmp_path / "x.ckpt")
    write_checkpoint({"a/w": np.ones([2, 3], np.float32), "a/b": np.ones(3, np.float32)}, prefix)
    data = prefix + ".data-00000-of-00001"
    os.truncate(data, 8)
    with tf.Graph().as_default(), tf.Session() as session:
        with pytest.raises(UserError, match="cannot be read as a checkpoint"):
            restore_variables(session, two_variables(session), prefix)
