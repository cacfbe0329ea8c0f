"""Training in float16: the scale of gradients, and what is float32 all the same."""
import numpy as np
import pytest

from tests.train.parallel.nets import assert_close, build, train
from utils.errors import UserError
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import slim, tf
from utils.train.learner import Group, Learner
from utils.train.loop import require_finite
from utils.train.loss_scale import DynamicScale, Unscaled
from utils.train.optimisers import OPTIMISERS, optimiser_maker


def _steps(scale_class, losses):
    """[(weight, step, what the scale reported)] after each step on factor * weight."""
    with tf.Graph().as_default(), tf.Session() as session:
        weight = tf.get_variable("weight", initializer=1.0)
        factor = tf.placeholder(tf.float32, [])
        step = tf.train.get_or_create_global_step()
        scale = scale_class()
        learner = Learner(optimiser_maker(OPTIMISERS.choose("adam"), TrainFlags()),
                          lambda: [Group("adam", [weight], 1.0)], lambda: tf.constant(.1), step,
                          scale)
        op = learner.minimise(factor * weight)["train_op"]
        session.run(tf.global_variables_initializer())
        found = []
        for value in losses:
            reported, _ = session.run([scale.reported, op], {factor: value})
            found.append(tuple(session.run([weight, step])) + (reported.get("loss_scale"),))
        return found


def test_scaled_gradients_move_the_weights_as_unscaled_ones():
    factors = [.3, 1e-3, 2.0]
    unscaled = [values[:2] for values in _steps(Unscaled, factors)]
    assert [values[:2] for values in _steps(DynamicScale, factors)] == unscaled


def test_a_step_that_overflows_counts_but_moves_nothing_and_halves_the_scale():
    found = _steps(DynamicScale, [1.0, 1e37, 1.0])  # 1e37 * 2 ** 15 is beyond float32
    assert [scale for _, _, scale in found] == [2 ** 15, 2 ** 15, 2 ** 14]
    assert [step for _, step, _ in found] == [1, 2, 3]
    weights = [weight for weight, _, _ in found]
    np.testing.assert_allclose(weights, [.9, .9, .8], rtol=1e-5)
    assert weights[0] == weights[1]


def test_a_training_whose_every_step_overflows_ends_with_a_line():
    scales = [scale for _, _, scale in _steps(DynamicScale, [float("inf")] * 16)]
    assert scales == [2 ** (15 - step) for step in range(16)]
    out = {"loss": 1.0, "names": [b"image7"]}
    require_finite(15, dict(out, loss_scale=scales[14]))
    with pytest.raises(UserError, match="overflow float16, by step 16 .* image7.*float32"):
        require_finite(16, dict(out, loss_scale=scales[15]))


def test_gradients_that_float16_cannot_hold_arrive_by_the_scale():
    """1e-8 is 0 in float16; times 2 ** 15 it is not."""
    def gradient(scale):
        weight = tf.get_variable("weight", initializer=1.0)
        loss = 1e-8 * tf.cast(tf.cast(weight, tf.float16), tf.float32)
        return scale.unscaled(tf.gradients(scale.scaled(loss), [weight]))[0]

    values = []
    for scale_class in (Unscaled, DynamicScale):
        with tf.Graph().as_default(), tf.Session() as session:
            value = gradient(scale_class())
            session.run(tf.global_variables_initializer())
            values.append(session.run(value))
    assert values[0] == 0
    np.testing.assert_allclose(values[1], 1e-8, rtol=1e-3)


@pytest.mark.parametrize("layers", [(), (slim.batch_norm,)])
def test_float16_takes_about_the_steps_of_float32(layers):
    plain, outs = train(4, layers)
    half, half_outs = train(4, layers, precision="float16")
    scale = {"current_loss_scale": 2 ** 15, "good_steps": len(outs)}
    assert {name: half.pop(name) for name in scale} == scale
    assert_close(plain, half, atol=.03)
    assert any(not np.array_equal(plain[name], half[name]) for name in plain)  # it was float16
    for one, other in zip(outs, half_outs):
        np.testing.assert_allclose(one["loss"], other["loss"], rtol=2e-3)
    assert half_outs[0]["loss_scale"] == 2 ** 15


@pytest.mark.parametrize("parts", [dict(accumulate=2), dict(devices=2)])
def test_float16_in_parts_takes_the_steps_of_the_whole_batch(parts):
    whole, _ = train(8, precision="float16")
    size = 4 if "accumulate" in parts else 8
    split, _ = train(size, precision="float16", **parts)
    assert_close(whole, split, atol=2e-3)


@pytest.mark.parametrize("devices", [1, 2])
def test_weight_decay_is_of_the_float32_variables_and_counts_once(devices):
    with tf.Graph().as_default():
        build(4, precision="float16", devices=devices)
        penalties = tf.losses.get_regularization_losses()
        assert [penalty.dtype for penalty in penalties] == [tf.float32, tf.float32]
        assert all(variable.dtype.base_dtype != tf.float16 for variable in tf.global_variables())
