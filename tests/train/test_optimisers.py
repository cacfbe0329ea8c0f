"""Optimisers: their steps beside those by hand, and the flags that they take."""
import dataclasses

import numpy as np
import pytest

from tests.train.test_learner import steps_of
from utils.errors import UserError
from utils.runs.train_flags import TrainFlags
from utils.train.optimisers import OPTIMISERS, decays_itself, require_taken, taken_flags

STEPS = 3
RATE, MOMENTUM, EPSILON = .1, .8, .01


def adam(slope, shrink=0.0):
    weight, mean, square = 1.0, 0.0, 0.0
    for step in range(1, STEPS + 1):
        gradient = slope(weight)
        mean = MOMENTUM * mean + (1 - MOMENTUM) * gradient
        square = .999 * square + .001 * gradient ** 2
        corrected = RATE * np.sqrt(1 - .999 ** step) / (1 - MOMENTUM ** step)
        weight = weight * (1 - RATE * shrink) - corrected * mean / (np.sqrt(square) + EPSILON)
    return weight


def sgd(slope, nesterov=False):
    weight, speed = 1.0, 0.0
    for _ in range(STEPS):
        gradient = slope(weight)
        speed = MOMENTUM * speed + gradient
        weight -= RATE * (gradient + MOMENTUM * speed if nesterov else speed)
    return weight


def rmsprop(slope, decay=.9, epsilon=1.0):
    weight, square, speed = 1.0, 1.0, 0.0
    for _ in range(STEPS):
        gradient = slope(weight)
        square = decay * square + (1 - decay) * gradient ** 2
        speed = MOMENTUM * speed + RATE * gradient / np.sqrt(square + epsilon)
        weight -= speed
    return weight


BY_HAND = {
    "adam": adam, "sgd": sgd, "sgd:nesterov": lambda slope: sgd(slope, True),
    "adamw": lambda slope: adam(slope, .01), "adamw:0.5": lambda slope: adam(slope, .5),
    "rmsprop": rmsprop, "rmsprop:0.7:0.001": lambda slope: rmsprop(slope, .7, .001)}


def test_each_optimiser_is_computed_by_hand():
    assert {text.split(":")[0] for text in BY_HAND} == set(OPTIMISERS.names())


@pytest.mark.parametrize("optimiser", sorted(BY_HAND))
def test_three_steps_are_those_by_hand(optimiser):
    flags = TrainFlags(momentum=MOMENTUM, adam_epsilon=EPSILON, decayed="all")
    found = steps_of(optimiser, "ab", steps=STEPS, rate=RATE, flags=flags,
                     loss=lambda a, b: a * a * a + b * b)
    expected = [BY_HAND[optimiser](lambda w: 3 * w * w), BY_HAND[optimiser](lambda w: 2 * w)]
    np.testing.assert_allclose(found, expected + [STEPS, STEPS], rtol=1e-5)


def test_adamw_decays_by_the_rate_of_the_group_and_convolutions_alone_by_default():
    """A gradient of 0 leaves the decay alone; "a" is no convolution's weight."""
    def moved(decayed):
        return steps_of("adamw:0.5", "a", "b", rate=.01, loss=lambda a, b: 0 * (a + b),
                        flags=TrainFlags(decayed=decayed))[:2]
    np.testing.assert_allclose(moved("all"), [1 - .01 * .5, 1 - .1 * .5], rtol=1e-6)
    assert moved("convolutions") == [1, 1]


def test_an_optimiser_says_by_its_arguments_which_flags_it_takes():
    assert taken_flags(OPTIMISERS.choose("adam")) == ["momentum", "adam_epsilon"]
    assert taken_flags(OPTIMISERS.choose("sgd:nesterov")) == ["momentum"]
    assert [name for name in OPTIMISERS.names() if decays_itself(OPTIMISERS.choose(name))] == [
        "adamw"]


@pytest.mark.parametrize("optimiser, flag, says", [
    ("sgd:nesterov", "adam_epsilon", "--optimiser=sgd:nesterov takes no --adam_epsilon: leave it "
                                     "out, or choose adam or adamw"),
    ("adamw", "weight_decay", "--optimiser=adamw has a weight_decay of its own, so --weight_decay "
                              "cannot be given: write --optimiser=adamw:weight_decay=...")])
def test_flags_that_an_optimiser_does_not_take_are_refused_where_given(optimiser, flag, says):
    flags = dataclasses.replace(TrainFlags(), optimiser=optimiser)
    require_taken(flags, frozenset({"optimiser", "momentum"}))
    with pytest.raises(UserError) as error:
        require_taken(flags, frozenset({flag}))
    assert str(error.value) == says
