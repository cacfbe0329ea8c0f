"""Schedules, optimisers and groups: exact rates and steps, and the update ops."""
import types

import numpy as np
import pytest

from utils.errors import UserError
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import tf
from utils.train.learner import Group, Learner
from utils.train.loss_scale import Unscaled
from utils.train.optimisers import OPTIMISERS, optimiser_maker, require_taken, taken_flags
from utils.train.schedules import SCHEDULES

FLAGS = TrainFlags()


@pytest.mark.parametrize("text, expected", [
    ("constant", [1, 1, 1, 1]), ("staircase", [1, 1, 0.1, 0.01]),
    ("poly", [1, (1 - 0.25) ** 0.9, (1 - 0.5) ** 0.9, (1 - 11 / 12) ** 0.9]),
    ("poly:2", [1, .75 ** 2, .5 ** 2, (1 / 12) ** 2])])
def test_schedules(text, expected):
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.placeholder(tf.int64, [])
        factor = SCHEDULES.choose(text).make(step, 12)
        values = [session.run(factor, {step: at}) for at in (0, 3, 6, 11)]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def steps_of(optimiser, slow, fast="", steps=1, rate=.1, loss=lambda a, b: a + b, flags=FLAGS):
    """(a, b, step, moving) after steps on a loss of a = b = 1; groups by the variables' names."""
    with tf.Graph().as_default(), tf.Session() as session:
        a, b = (tf.get_variable(name, initializer=1.0) for name in "ab")
        moving = tf.get_variable("moving", initializer=0.0, trainable=False)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(moving, 1.0))
        variables = {"a": a, "b": b}
        learner = Learner(
            optimiser_maker(OPTIMISERS.choose(optimiser), flags),
            lambda: [Group("slow", [variables[name] for name in slow], 1.0),
                     Group("fast", [variables[name] for name in fast], 10.0)],
            lambda: tf.constant(rate), tf.train.get_or_create_global_step(), Unscaled())
        fetches = learner.minimise(loss(a, b))
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            assert session.run(fetches)["learning_rate"] == np.float32(rate)
        return session.run([a, b, learner.step, moving])


def test_one_group_takes_one_adam_step_and_updates_batch_norm():
    np.testing.assert_allclose(steps_of("adam", "ab"), [0.9, 0.9, 1, 1], rtol=1e-5)


@pytest.mark.parametrize("optimiser", OPTIMISERS.names())
def test_a_group_learns_at_its_multiple_of_the_rate_and_the_step_counts_once(optimiser):
    found = steps_of(optimiser, "a", "b", rate=.01)
    np.testing.assert_allclose(found, [.99, .9, 1, 1], rtol=1e-5, atol=1e-6)


def test_variables_that_are_left_out_stay():
    np.testing.assert_allclose(steps_of("adam", "b"), [1.0, 0.9, 1, 1], rtol=1e-5)


def _adam(gradients, rate, momentum, epsilon):
    weight, mean, square = 1.0, 0.0, 0.0
    for step in range(1, 4):
        gradient = gradients(weight)
        mean = momentum * mean + (1 - momentum) * gradient
        square = .999 * square + .001 * gradient ** 2
        corrected = rate * np.sqrt(1 - .999 ** step) / (1 - momentum ** step)
        weight -= corrected * mean / (np.sqrt(square) + epsilon)
    return weight


def _sgd(gradients, rate, momentum, nesterov=False):
    weight, speed = 1.0, 0.0
    for _ in range(3):
        gradient = gradients(weight)
        speed = momentum * speed + gradient
        weight -= rate * (gradient + momentum * speed if nesterov else speed)
    return weight


@pytest.mark.parametrize("optimiser, by_hand", [
    ("adam", lambda slope: _adam(slope, .1, .8, .01)), ("sgd", lambda slope: _sgd(slope, .1, .8)),
    ("sgd:nesterov", lambda slope: _sgd(slope, .1, .8, True))])
def test_three_steps_are_those_by_hand(optimiser, by_hand):
    flags = types.SimpleNamespace(momentum=.8, adam_epsilon=.01)
    found = steps_of(optimiser, "ab", steps=3, flags=flags, loss=lambda a, b: a * a * a + b * b)
    expected = [by_hand(lambda w: 3 * w * w), by_hand(lambda w: 2 * w), 3, 3]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_variable_out_of_the_loss_is_told():
    with pytest.raises(ValueError, match="no gradient reaches b"):
        steps_of("adam", "ab", loss=lambda a, b: a * a)


def test_an_optimiser_says_by_its_arguments_which_flags_it_takes():
    assert taken_flags(OPTIMISERS.choose("adam")) == ["momentum", "adam_epsilon"]
    assert taken_flags(OPTIMISERS.choose("sgd:nesterov")) == ["momentum"]


def test_flags_that_an_optimiser_does_not_take_are_refused_where_given():
    sgd = TrainFlags(optimiser="sgd:nesterov", adam_epsilon=.1)
    require_taken(sgd, frozenset({"optimiser", "momentum"}))
    with pytest.raises(UserError) as error:
        require_taken(sgd, frozenset({"adam_epsilon"}))
    assert str(error.value) == ("--optimiser=sgd:nesterov takes no --adam_epsilon: leave it out, "
                                "or choose adam")
