"""Schedules and the warm-up: exact factors at the ends, in the middle, and where parts meet."""
import math
import types

import numpy as np
import pytest

from utils.errors import UserError
from utils.runs.train_flags import TrainFlags
from utils.tf_compat import tf
from utils.train.schedules import SCHEDULES, require_warmup, schedule_with_warmup

TOTAL = 12


def factors(make, steps, total=TOTAL):
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.placeholder(tf.int64, [])
        factor = make(step, total)
        assert factor.dtype == tf.float32 and factor.shape.rank == 0
        return [session.run(factor, {step: at}) for at in steps]


def half_cosine(share):
    return (1 + math.cos(math.pi * share)) / 2


@pytest.mark.parametrize("text, expected", [
    ("constant", [1, 1, 1, 1]),
    ("staircase", [1, 1, 0.1, 0.01]),
    ("poly", [1, (1 - 0.25) ** 0.9, (1 - 0.5) ** 0.9, (1 - 11 / 12) ** 0.9]),
    ("poly:2", [1, .75 ** 2, .5 ** 2, (1 / 12) ** 2]),
    ("exponential", [1, .01 ** .25, .1, .01 ** (11 / 12)]),
    ("exponential:0.5:3", [1, .5, .25, .5 ** (11 / 3)]),
    ("cosine", [1, half_cosine(.25), .5, half_cosine(11 / 12)]),
    ("cosine:0.2", [1, .2 + .8 * half_cosine(.25), .6, .2 + .8 * half_cosine(11 / 12)])])
def test_factors_at_the_first_a_quarter_the_half_and_the_last_step(text, expected):
    np.testing.assert_allclose(factors(SCHEDULES.choose(text).make, (0, 3, 6, 11)), expected,
                               rtol=1e-5)


def one_cycle(step, total, up=.3, start=25.0, end=1e4):
    """PyTorch's OneCycleLR with max_lr=1, in its own terms."""
    def anneal(begin, final, share):
        return final + (begin - final) / 2 * (1 + math.cos(math.pi * share))
    top, last = up * total - 1, total - 1
    if step <= top:
        return anneal(1 / start, 1, step / top if top else 0)
    return anneal(1, 1 / start / end, (step - top) / (last - top))


@pytest.mark.parametrize("total", [1, 2, 10, 100])
def test_one_cycle_is_that_of_pytorch(total):
    steps = range(total)
    np.testing.assert_allclose(factors(SCHEDULES.choose("one_cycle").make, steps, total),
                               [one_cycle(step, total) for step in steps], rtol=1e-4, atol=1e-7)


def test_one_cycle_has_its_greatest_and_least_rates_where_it_says():
    found = factors(SCHEDULES.choose("one_cycle:0.5:10:100").make, range(20), 20)
    np.testing.assert_allclose([found[0], found[9], found[19]], [.1, 1, .001], rtol=1e-4)
    assert np.argmax(found) == 9 and np.argmin(found) == 19


def warmed_up(text, **flags):
    flags = types.SimpleNamespace(**dict(
        dict(warmup="linear", warmup_steps=4, warmup_from=.1), **flags))
    return factors(schedule_with_warmup(text, flags), (0, 1, 3, 4, 8, 11))


@pytest.mark.parametrize("text, after", [
    ("constant", [1, 1, 1]), ("poly", [1, .5 ** .9, (1 / 8) ** .9]),
    ("cosine", [1, .5, half_cosine(7 / 8)])])
def test_the_schedule_begins_after_the_warmup(text, after):
    np.testing.assert_allclose(warmed_up(text), [.1, .325, .775] + after, rtol=1e-5)
    np.testing.assert_allclose(warmed_up(text, warmup="constant"), [.1, .1, .1] + after, rtol=1e-5)


def test_without_a_warmup_the_graph_is_that_of_the_schedule():
    def nodes(make):
        with tf.Graph().as_default() as graph:
            make(tf.placeholder(tf.int64, []), 12)
            return str(graph.as_graph_def())
    assert nodes(schedule_with_warmup("poly", TrainFlags())) == nodes(SCHEDULES.choose("poly").make)


def test_a_warmup_is_shorter_than_the_training():
    require_warmup(TrainFlags(warmup_steps=9), 10)
    with pytest.raises(UserError, match="--warmup_steps=10, but the training has 10 steps: choose"):
        require_warmup(TrainFlags(warmup_steps=10), 10)
