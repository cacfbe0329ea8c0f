"""A batch in parts takes the step of the whole; batch norm and dropout see a part at a time."""
import functools
import threading
import types

import numpy as np
import pytest

from archs.layers import stateless_dropout
from tests.train.parallel.nets import TinyArch, assert_close, batches, build, train
from utils.errors import UserError
from utils.tf_compat import slim, tf
from utils.train.learner import Group, Learner
from utils.train.loss_scale import Unscaled
from utils.train.losses.term import Mean, Term
from utils.train.losses.total import require_loss
from utils.train.parallel.parts import Parts
from utils.train.parallel.world import World
from utils.train.session import session_config

#: Terms whose weights differ from each other, and from part to part.
SUM = "cross_entropy+focal:gamma=1:weight=0.5+dice:image:weight=2"


class Threads(World):
    """Two processes as two threads, whose sums meet at a barrier."""

    def __init__(self, rank, shared):
        self.rank, self.size, self._shared = rank, 2, shared

    def sum(self, tensors):
        def exchange(*values):
            self._shared["values"][self.rank] = values
            self._shared["barrier"].wait(timeout=60)
            sums = [a + b for a, b in zip(*self._shared["values"])]
            self._shared["barrier"].wait(timeout=60)
            return sums
        sums = tf.numpy_function(exchange, tensors, [tensor.dtype for tensor in tensors])
        for total, tensor in zip(sums, tensors):
            total.set_shape(tensor.shape)
        return sums


def train_two(*args, **settings):
    """[what `train` returns] of two processes."""
    shared = {"values": [None, None], "barrier": threading.Barrier(2)}
    results = [None, None]
    stops = settings.pop("stops", [lambda step: False] * 2)

    def work(rank):
        results[rank] = train(*args, world=Threads(rank, shared), stop=stops[rank], **settings)
    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture(scope="module")
def whole():
    return train(8)


@pytest.mark.parametrize("batch_size, settings", [
    (1, dict(accumulate=8)), (2, dict(accumulate=4)), (4, dict(accumulate=2)),
    (8, dict(devices=2)), (4, dict(accumulate=2, devices=2))])
def test_parts_of_a_process_take_the_step_of_one_batch(whole, batch_size, settings):
    variables, outs = train(batch_size, **settings)
    assert_close(variables, whole[0])
    for out, expected in zip(outs, whole[1]):
        for name in ("loss", "learning_rate"):
            np.testing.assert_allclose(out[name], expected[name], rtol=1e-5)
        np.testing.assert_allclose(out["terms"]["cross_entropy"],
                                   expected["terms"]["cross_entropy"], rtol=1e-5)
        assert list(out["names"]) == list(expected["names"]) and out["wait"] >= 0


@pytest.fixture(scope="module")
def whole_sum():
    return train(8, loss=SUM)


@pytest.mark.parametrize("batch_size, settings", [
    (2, dict(accumulate=4)), (8, dict(devices=2)), (4, dict(accumulate=2, devices=2))])
def test_parts_take_the_step_of_one_batch_by_a_sum_of_losses(whole_sum, batch_size, settings):
    variables, outs = train(batch_size, loss=SUM, **settings)
    assert_close(variables, whole_sum[0])
    for out, expected in zip(outs, whole_sum[1]):
        assert list(out["terms"]) == ["cross_entropy", "focal", "dice"]
        np.testing.assert_allclose(list(out["terms"].values()) + [out["loss"]],
                                   list(expected["terms"].values()) + [expected["loss"]], rtol=1e-5)


@pytest.mark.parametrize("loss", [
    "cross_entropy:0.1+lovasz:image:full+boundary:full:weight=0.5", "hausdorff:distances:full",
    "hausdorff:power=1+boundary", "ohem:0.5:image+tversky:over=image+jaccard:image"])
def test_parts_take_the_step_of_one_batch_by_every_loss_that_adds_up(loss):
    mining = dict(loss=loss, hard_example_mining_steps=2)
    whole, outs = train(8, **mining)
    for settings in (dict(accumulate=2), dict(devices=2)):
        variables, others = train(8 // settings.get("accumulate", 1), **mining, **settings)
        assert_close(variables, whole)
        for out, expected in zip(others, outs):
            np.testing.assert_allclose(list(out["terms"].values()),
                                       list(expected["terms"].values()), rtol=1e-5, atol=1e-8)


def test_processes_take_the_step_of_one_batch_by_a_sum_of_losses(whole_sum):
    for variables, _ in train_two(2, accumulate=2, loss=SUM):
        assert_close(variables, whole_sum[0])


def test_a_sum_of_losses_is_that_of_its_terms(whole, whole_sum):
    assert any(np.abs(whole[0][name] - whole_sum[0][name]).max() > 1e-3 for name in whole[0])
    penalty = whole[1][0]["loss"] - whole[1][0]["terms"]["cross_entropy"]
    terms = whole_sum[1][0]["terms"]
    np.testing.assert_allclose(
        whole_sum[1][0]["loss"],
        terms["cross_entropy"] + .5 * terms["focal"] + 2 * terms["dice"] + penalty, rtol=1e-6)


@pytest.mark.parametrize("settings, words", [
    (dict(accumulate=2), "--accumulate=2"), (dict(accumulate=3, devices=2),
                                             "--accumulate=3, --devices=2"),
    (dict(processes=2), "2 processes")])
def test_a_loss_of_the_whole_batch_is_refused_in_parts(settings, words):
    flags = types.SimpleNamespace(**dict(dict(
        loss="cross_entropy+dice:squared", accumulate=1, devices=1, processes=1,
        hard_example_mining_steps=0), **settings))
    with pytest.raises(UserError) as error:
        require_loss(flags, np.ones(3))
    assert str(error.value) == (
        "--loss=cross_entropy+dice:squared: dice is one value of the whole batch, which does not "
        f"add up from parts ({words}): choose dice:image:squared, or train with the batch in one "
        "part")
    require_loss(types.SimpleNamespace(**dict(vars(flags), loss="focal+dice:image")), np.ones(3))
    if "accumulate" in settings:
        with tf.Graph().as_default(), pytest.raises(UserError, match="does not add up"):
            build(4, loss="dice", **settings)


@pytest.mark.parametrize("batch_size, settings", [(4, {}), (2, dict(accumulate=2))])
def test_processes_take_the_step_of_one_batch(whole, batch_size, settings):
    (one, outs), (other, _) = train_two(batch_size, **settings)
    assert_close(one, other, atol=0)
    assert_close(one, whole[0])
    np.testing.assert_allclose([out["loss"] for out in outs],
                               [out["loss"] for out in whole[1]], rtol=1e-5)


def test_processes_stop_at_the_same_step():
    (_, first), (_, second) = train_two(4, stops=[lambda step: False, lambda step: step == 1])
    assert [out["stop"] for out in first] == [out["stop"] for out in second] == [0, 1, 0]


def _moving(variables):
    return {name: values for name, values in variables.items() if "moving" in name}


def _by_hand(batch_size, parts):
    """The moving averages after one step whose statistics are the means over parts of the batch:
    each starts at 0 or 1 and moves a tenth of the way."""
    with tf.Graph().as_default(), tf.Session() as session:
        net = TinyArch(lambda net: tf.identity(net, "seen"))
        batch = tf.data.make_one_shot_iterator(batches(batch_size * parts)).get_next()
        net.build(batch["image"], True)
        session.run(tf.global_variables_initializer())
        seen = session.run("encoder/seen:0").reshape(parts, -1, 4).astype(np.float64)
    unbiased = seen.shape[1] / (seen.shape[1] - 1.0)
    return {"encoder/BatchNorm/moving_mean": .1 * seen.mean(1).mean(0),
            "encoder/BatchNorm/moving_variance": .9 + .1 * (unbiased * seen.var(1)).mean(0)}


def test_devices_update_batch_norm_once_by_the_mean_of_their_statistics():
    variables, _ = train(8, [slim.batch_norm], steps=1, devices=2)
    assert_close(_moving(variables), _by_hand(4, 2), atol=1e-5)


def test_processes_average_batch_norm():
    results = train_two(4, [slim.batch_norm], steps=1)
    for variables, _ in results:
        assert_close(_moving(variables), _by_hand(4, 2), atol=1e-5)


def test_micro_batches_update_batch_norm_one_after_the_other():
    variables, _ = train(4, [slim.batch_norm], steps=1, accumulate=2)
    with tf.Graph().as_default(), tf.Session() as session:
        TinyArch(slim.batch_norm).build(tf.placeholder(tf.float32, [4, 6, 5, 3], "x"), True)
        images = tf.data.make_one_shot_iterator(batches(4)).get_next()["image"]
        session.run(tf.global_variables_initializer())
        for _ in range(2):
            session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS), {"x:0": session.run(images)})
        expected = session.run({v.op.name: v for v in tf.global_variables() if "moving" in v.name})
    assert_close(_moving(variables), expected)


def test_every_part_of_every_step_has_noise_of_its_own():
    """2 processes x 2 micro-batches x 2 devices, two steps."""
    flags = types.SimpleNamespace(accumulate=2, devices=2)
    numbers = []
    for rank in range(2):
        with tf.Graph().as_default(), tf.Session(config=session_config(devices=2)) as session:
            weight, step = tf.get_variable("weight", initializer=1.0), tf.placeholder(tf.int64, [])
            parts, seen = Parts(flags, Threads(rank, None)), []

            def terms_of(part, noise_step):
                seen.append(noise_step)
                return [Term("one", 1, Mean(weight * tf.reduce_sum(part["image"]),
                                           tf.reduce_sum(part["label"])))]
            batch = {"image": tf.zeros([2, 1]), "label": tf.zeros([2, 1])}
            learner = Learner(None, lambda: [Group("", [weight], 1.0)], None, step, Unscaled())
            parts.sums(batch, terms_of, learner)
            numbers += [number for at in (0, 1) for micro_batch in (0, 1) for number in session.run(
                seen, {step: at, "micro_batch:0": micro_batch})]
    assert sorted(numbers) == list(range(16))


def test_dropout_repeats_and_parts_differ():
    settings = dict(layers=[functools.partial(stateless_dropout, keep_prob=.5, is_training=True)],
                    steps=2)
    one, again = (train(4, accumulate=2, **settings)[0] for _ in range(2))
    assert_close(one, again, atol=0)
    whole = train(8, **settings)[0]
    assert any(np.abs(one[name] - whole[name]).max() > 1e-4 for name in one)


@pytest.mark.parametrize("accumulate, loss, expected", [
    # Gradients of two layers, total and weight; of each term.
    (1, "cross_entropy", 0), (2, "cross_entropy", 6), (2, SUM, 18)])
def test_one_part_has_no_accumulators_and_no_checkpoint_holds_them(accumulate, loss, expected):
    with tf.Graph().as_default() as graph:
        build(4, accumulate=accumulate, loss=loss)
        assert len(tf.local_variables()) == expected
        assert not [v for v in tf.global_variables() if v in tf.local_variables()]
        assert bool([op for op in graph.get_operations() if op.type == "Placeholder"
                     or op.name == "micro_batch"]) == (accumulate > 1)
