"""Schedules and the train op: exact rates, groups, and the update ops."""
import numpy as np
import pytest

from utils.tf_compat import tf
from utils.train.loss_scale import Unscaled
from utils.train.schedules import SCHEDULES
from utils.train.train_op import build_train_op


@pytest.mark.parametrize("name, expected", [
    ("constant", [1, 1, 1, 1]), ("staircase", [1, 1, 0.1, 0.01]),
    ("poly", [1, (1 - 0.25) ** 0.9, (1 - 0.5) ** 0.9, (1 - 11 / 12) ** 0.9])])
def test_schedules(name, expected):
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.placeholder(tf.int64, [])
        factor = SCHEDULES.get(name)(step, 12)
        values = [session.run(factor, {step: at}) for at in (0, 3, 6, 11)]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def run_once(slow, fast):
    """One step on loss = a + b with rate .1; returns (a, b, step, moving)."""
    with tf.Graph().as_default(), tf.Session() as session:
        a, b = (tf.get_variable(name, initializer=1.0) for name in "ab")
        moving = tf.get_variable("moving", initializer=0.0, trainable=False)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(moving, 1.0))
        step = tf.train.get_or_create_global_step()
        groups = {"a": a, "b": b}
        op = build_train_op(a + b, tf.constant(0.1), 0.9, 1e-8, [groups[n] for n in slow],
                            [groups[n] for n in fast], step, Unscaled())
        session.run(tf.global_variables_initializer())
        session.run(op)
        return session.run([a, b, step, moving])


def test_one_group_takes_one_adam_step_and_updates_batch_norm():
    np.testing.assert_allclose(run_once("ab", ""), [0.9, 0.9, 1, 1], rtol=1e-5)


def test_the_decoder_learns_ten_times_faster_and_the_step_counts_once():
    np.testing.assert_allclose(run_once("a", "b"), [0.9, 0.0, 1, 1], rtol=1e-5, atol=1e-6)


def test_variables_that_are_left_out_stay():
    np.testing.assert_allclose(run_once("b", ""), [1.0, 0.9, 1, 1], rtol=1e-5)
