"""The learner: groups at their rates, update ops, clipping, averages, what is out of reach."""
import numpy as np
import pytest

from utils.runs.train_flags import TrainFlags
from utils.tf_compat import tf
from utils.train.learner import Group, Learner
from utils.train.loss_scale import Unscaled
from utils.train.optimisers import OPTIMISERS, optimiser_maker

FLAGS = TrainFlags()


def steps_of(optimiser, slow, fast="", steps=1, rate=.1, loss=lambda a, b: a + b, flags=FLAGS,
             **settings):
    """[a, b, step, moving] after steps on a loss of a = b = 1; groups by the variables' names."""
    with tf.Graph().as_default(), tf.Session() as session:
        a, b = (tf.get_variable(name, initializer=1.0) for name in "ab")
        moving = tf.get_variable("moving", initializer=0.0, trainable=False)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(moving, 1.0))
        variables = {"a": a, "b": b}
        learner = Learner(
            optimiser_maker(OPTIMISERS.choose(optimiser), flags),
            lambda: [Group("slow", [variables[name] for name in slow], 1.0),
                     Group("fast", [variables[name] for name in fast], 10.0)],
            lambda: tf.constant(rate), tf.train.get_or_create_global_step(), Unscaled(), **settings)
        fetches = learner.minimise(loss(a, b))
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            assert session.run(fetches)["learning_rate"] == np.float32(rate)
        return session.run([a, b, learner.step, moving])


def test_one_group_takes_one_adam_step_and_updates_batch_norm():
    np.testing.assert_allclose(steps_of("adam", "ab"), [0.9, 0.9, 1, 1], rtol=1e-5)


@pytest.mark.parametrize("optimiser", OPTIMISERS.names())
def test_a_group_learns_at_its_multiple_of_the_rate_and_the_step_counts_once(optimiser):
    a, b, step, moving = steps_of(optimiser, "a", "b", rate=.01)
    np.testing.assert_allclose((1 - b) / (1 - a), 10, rtol=1e-4)
    assert (step, moving) == (1, 1)


def test_variables_that_are_left_out_stay():
    np.testing.assert_allclose(steps_of("adam", "b"), [1.0, 0.9, 1, 1], rtol=1e-5)


def test_a_variable_out_of_the_loss_is_told():
    with pytest.raises(ValueError, match="no gradient reaches b"):
        steps_of("adam", "ab", loss=lambda a, b: a * a)


@pytest.mark.parametrize("clip_norm, step", [(0, [3, 4]), (2.5, [1.5, 2]), (9, [3, 4])])
def test_gradients_are_clipped_by_their_norm_over_all_groups(clip_norm, step):
    found = steps_of("sgd", "a", "b", loss=lambda a, b: 3 * a + 4 * b, rate=.01,
                     clip_norm=clip_norm)
    np.testing.assert_allclose(found[:2], [1 - .01 * step[0], 1 - .1 * step[1]], rtol=1e-5)
