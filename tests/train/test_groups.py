"""Rates by group and what decays, on the nets that there are."""
import dataclasses

import numpy as np
import pytest

from archs import DECODERS, EXTRACTORS, build_arch
from tests.archs.checks import light_extractor
from tests.train.parallel.nets import assert_close, build, train
from utils.errors import UserError
from utils.runs.train_flags import TrainFlags, settle
from utils.tf_compat import slim, tf
from utils.train.groups import is_convolution, learned_variables, rate_groups
from utils.train.learner import make_learner

pytestmark = pytest.mark.usefixtures("tiny_net")

NUM_CLASSES = 11


def built(test, **flags):
    """Calls test(arch, flags) in the graph of a net that trains."""
    flags = TrainFlags(**dict(dict(basenet="tiny", depth_multiplier=1.0), **flags))
    with tf.Graph().as_default():
        arch = build_arch(flags, NUM_CLASSES)
        arch.build_net(tf.zeros([2, 64, 64, 3]), is_training=True, freeze_fe=flags.freeze_fe,
                       freeze_bn=flags.bn != "train")
        return test(arch, flags)


def rates(**flags):
    """{variable: its multiple of the rate}."""
    return built(lambda arch, flags: {
        variable.op.name: group.multiple for group in rate_groups(arch, flags, "adam")
        for variable in group.variables}, **flags)


def test_without_multiples_all_are_one_group():
    assert built(lambda arch, flags: [(group.name, len(group.variables), group.multiple)
                                      for group in rate_groups(arch, flags, "adam")]) == [
        ("adam", built(lambda arch, flags: len(tf.trainable_variables())), 1.0)]


def test_a_rate_is_the_product_of_its_groups():
    found = rates(lr_extractor=.25, lr_decoder=3.0, lr_last=10.0, lr_biases=2.0,
                  extended_arch="LinkNet")
    expected = {
        "Tiny/level_2/weights": .25, "Tiny/level_2/BatchNorm/beta": .25,
        "decoder/block4/squeeze/weights": 3, "decoder/block4/squeeze/BatchNorm/gamma": 3,
        "decoder/block4/squeeze/BatchNorm/beta": 3,
        "decoder/final/logits/weights": 30, "decoder/final/logits/biases": 60}
    assert {name: found[name] for name in expected} == expected
    assert set(found.values()) == {.25, 3, 30, 60}


def test_difflr_has_the_groups_that_stored_states_have():
    def names(arch, flags):
        return [(group.name, group.multiple, {v.op.name.split("/")[0] for v in group.variables})
                for group in rate_groups(arch, flags, "adam")]
    expected = [("adam", 1.0, {"Tiny"}), ("adam_fast", 10.0, {"decoder"})]
    assert built(names, difflr=True) == built(names, lr_decoder=10.0) == expected
    assert [group[:2] for group in built(names, lr_extractor=.25)] == [
        ("adam_x0.25", .25), ("adam", 1.0)]


@pytest.mark.parametrize("optimiser", ["adam", "adamw:0"])
def test_the_first_steps_sizes_are_as_the_rates(optimiser):
    """Adam takes a step of the rate wherever the gradient is large beside its epsilon; multiples of
    gradients would not change that."""
    start, ends = (train(4, steps=steps, optimiser=optimiser, difflr=False, lr_extractor=.5,
                         lr_biases=2.0, lr_decoder=4.0, adam_epsilon=1e-12, weight_decay=0.0,
                         lr_schedule="constant")[0] for steps in (0, 1))
    for name, multiple in (("encoder/conv/weights", .5), ("encoder/conv/biases", 1),
                           ("decoder/weights", 4), ("decoder/biases", 8)):
        moved = np.abs(ends[name] - start[name])
        np.testing.assert_allclose(np.median(moved), .01 * multiple, rtol=1e-3, err_msg=name)


@pytest.mark.parametrize("decoder", DECODERS.names())
def test_every_decoder_names_its_layers_of_class_scores(decoder):
    """--lr_last finds them by their names."""
    def check(arch, flags):
        last = [v for v in tf.trainable_variables("decoder/")
                if v.op.name.rpartition("/")[0].endswith("logits")]
        assert last
        for variable in last:
            assert NUM_CLASSES in variable.shape.as_list(), variable.op.name
    built(check, extended_arch=decoder, basenet=light_extractor(decoder))


@pytest.mark.parametrize("extractor", EXTRACTORS.names())
def test_what_decays_by_its_name_is_what_tf_slim_decays(extractor):
    def check(arch, flags):
        known = {variable.op.name for variable in tf.trainable_variables()}
        penalised = set()
        for penalty in tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES):
            waiting = [penalty.op]
            while waiting:
                operation = waiting.pop()
                penalised |= {operation.name} & known
                waiting += [tensor.op for tensor in operation.inputs]
        assert penalised == {v.op.name for v in tf.trainable_variables() if is_convolution(v)}
        kinds = {name.rpartition("/")[2] for name in known - penalised}
        assert kinds <= {"biases", "gamma", "beta", "depthwise_weights"}
    built(check, basenet=extractor, depth_multiplier=1.0)


@pytest.mark.parametrize("decayed, of_all", [("convolutions", False), ("all", True)])
def test_the_penalty_of_all_is_that_of_every_variable_that_learns(decayed, of_all):
    def check(arch, flags):
        learner = make_learner(arch, flags, tf.train.get_or_create_global_step(), 10)
        chosen = [v for v in learned_variables(arch, flags) if of_all or is_convolution(v)]
        expected = .01 * tf.add_n([tf.nn.l2_loss(v) for v in chosen])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            np.testing.assert_allclose(*session.run([learner.penalty(), expected]), rtol=1e-5)
    built(check, decayed=decayed, weight_decay=.01)


def test_adamw_leaves_no_penalty_in_the_loss():
    def check(arch, flags):
        learner = make_learner(arch, flags, tf.train.get_or_create_global_step(), 10)
        with tf.Session() as session:
            assert session.run(learner.penalty()) == 0
    built(check, optimiser="adamw", decayed="all", weight_decay=.01)


@pytest.mark.parametrize("bn, learned", [("train", True), ("freeze", True), ("freeze_all", False)])
def test_batch_norm_of_the_feature_extractor_is_frozen_by_choice(bn, learned):
    def check(arch, flags):
        updated = {update.op.inputs[0].op.name.split("/")[0] if isinstance(update, tf.Tensor)
                   else update.inputs[0].op.name.split("/")[0]
                   for update in tf.get_collection(tf.GraphKeys.UPDATE_OPS)}
        assert updated == ({"Tiny", "decoder"} if bn == "train" else {"decoder"})
        names = {v.op.name for v in learned_variables(arch, flags)}
        assert ("Tiny/level_2/BatchNorm/gamma" in names) is learned
        assert ("Tiny/level_2/BatchNorm/beta" in names) is learned
        assert {"Tiny/level_2/weights", "decoder/block4/squeeze/BatchNorm/gamma"} <= names
    built(check, bn=bn, extended_arch="LinkNet")


def test_frozen_batch_norm_takes_steps_in_parts_and_keeps_its_averages():
    layers = [slim.batch_norm]
    start = train(4, layers, steps=0, bn="freeze")[0]
    whole, parts = (train(size, layers, bn="freeze", **flags)[0]
                    for size, flags in ((8, {}), (4, {"accumulate": 2})))
    for name in start:
        if "moving" in name:
            assert (whole[name] == start[name]).all()
    assert_close(whole, parts, atol=1e-5)  # no statistic of a batch is left in the net


def test_a_feature_extractor_without_batch_norm_has_none_to_freeze():
    with tf.Graph().as_default(), pytest.raises(UserError, match="--bn=freeze: .* no batch norm"):
        build(4, bn="freeze")


@pytest.mark.parametrize("changes, says", [
    (dict(difflr=True, lr_decoder=3.0), "--difflr is --lr_decoder=10, and --lr_decoder=3 was"),
    (dict(warmup_from=.5), "--warmup_from has no effect without a warm-up"),
    (dict(freeze_fe=True, bn="freeze"), "--freeze_fe freezes batch norm .*: leave out --bn"),
    (dict(freeze_fe=True, lr_extractor=2.0), "leave out --lr_extractor"),
    (dict(early_stop=3, eval_fraction=.5), "judges by the whole validation split, but"),
    (dict(overfit=4, augment="rotate"), "images as they are, but --augment changes them"),
    (dict(overfit=4, flip=True), "but --flip changes them")])
def test_flags_that_contradict_each_other(changes, says):
    with pytest.raises(UserError, match=says):
        settle(TrainFlags(**changes), frozenset(changes))


def test_several_processes_cannot_stop_early():
    with pytest.raises(UserError, match="--early_stop and 2 processes"):
        settle(TrainFlags(early_stop=3), frozenset({"early_stop"}), processes=2)


def test_overfitting_says_what_is_not_given():
    settled = settle(TrainFlags(overfit=4), frozenset({"overfit"}))
    assert (settled.flip, settled.random_scale, settled.augment) == (False, "", "")
    assert (settled.batch_size, settled.steps, settled.global_batch) == (4, 300, 4)
    assert settled.bn_decay == .9
    given = dataclasses.replace(settled, batch_size=2, epochs=7.0, steps=0, global_batch=0)
    settled = settle(dataclasses.replace(given, bn_decay=.95),
                     frozenset({"overfit", "batch_size", "epochs", "bn_decay"}))
    assert (settled.batch_size, settled.steps, settled.bn_decay) == (2, 0, .95)
