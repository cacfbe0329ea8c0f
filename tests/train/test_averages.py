"""Moving averages of weights: the decay of each step, what is averaged, and when."""
import functools

import numpy as np
import pytest

from tests.tiny import weights
from tests.train.parallel.nets import build
from utils.tf_compat import slim, tf
from utils.train.averages import decay_at
from utils.train.session import session_config

STEPS = 4
LAYERS = [functools.partial(slim.batch_norm, scope="norm")]


@pytest.mark.parametrize("decay, expected", [
    (.999, [1 / 10, 2 / 11, 3 / 12, 101 / 110, .999]), (.2, [1 / 10, 2 / 11, .2, .2, .2])])
def test_the_decay_of_each_step(decay, expected):
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.placeholder(tf.int64, [])
        found = [session.run(decay_at(step, decay), {step: at}) for at in (0, 1, 2, 100, 10 ** 5)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def run(tmp_path, batch_size=4, **flags):
    """([{variable: value} before training and after each step], what the averages' saver wrote)."""
    with tf.Graph().as_default() as graph:
        built = build(batch_size, LAYERS, ema=.9, **flags)
        config = session_config(devices=flags.get("devices", 1))
        with tf.Session(graph=graph, config=config) as session:
            session.run(tf.global_variables_initializer())
            session.run(built.averages.begin)
            built.begin(session)
            values = []
            for step in range(STEPS + 1):
                if step:
                    built.run_step(session)
                values.append(session.run({v.op.name: v for v in tf.global_variables()}))
            built.averages.saver.save(session, str(tmp_path / "ema.ckpt"))
    return values, weights(str(tmp_path / "ema.ckpt"))


@pytest.mark.parametrize("flags", [
    {}, {"accumulate": 2}, {"devices": 2}, {"precision": "float16"}, {"clip_norm": .1},
    {"accumulate": 2, "devices": 2, "precision": "float16", "clip_norm": .1}])
def test_averages_follow_the_weights_after_each_step(tmp_path, flags):
    values, saved = run(tmp_path, **flags)
    moving = [name for name in saved if "moving_mean" in name]
    assert moving and {"encoder/conv/weights", "decoder/weights"} <= set(saved)
    for name in saved:
        expected = values[0][name].astype(np.float64)
        for step in range(STEPS):
            decay = min(.9, (1 + step) / (10 + step))
            expected = decay * expected + (1 - decay) * values[step + 1][name]
        np.testing.assert_allclose(saved[name], expected, rtol=1e-4, atol=1e-7, err_msg=name)
        assert (saved[name] != values[-1][name]).any(), name


def test_without_averages_there_are_no_variables_of_them():
    with tf.Graph().as_default():
        built = build(4, LAYERS)
        assert built.averages is None
        assert not [v for v in tf.global_variables() if v.op.name.startswith("ema/")]
