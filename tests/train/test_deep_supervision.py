"""Deep supervision: a loss of auxiliary scores, exact in parts, of no trace in tests."""
import copy

import numpy as np
import pytest

import fcn_export
import fcn_test
import fcn_train
from archs import build_arch
from tests.archs.flags import arch_flags
from tests.export.nets import form
from tests.tiny import TRAIN, write_records
from tests.train.parallel.nets import CLASSES, assert_close, train
from tests.train.parallel.test_parts import SUM, train_two
from utils.errors import UserError
from utils.export.serving import build_serving
from utils.runs.metric_lines import read_lines
from utils.tf_compat import tf

pytestmark = pytest.mark.usefixtures("tiny_net")

AUX = ["--aux_loss_weight=0.4", "--aux_stride=8"]
LOSS = ["cross_entropy", "focal", "dice", "aux_cross_entropy", "aux_focal", "aux_dice"]


# ---- the loss ----

@pytest.fixture(scope="module")
def whole():
    return train(8, loss=SUM, aux_loss_weight=.3)


def test_the_loss_is_the_sum_of_its_terms(whole):
    plain = train(8, loss=SUM)
    terms = whole[1][0]["terms"]
    assert list(terms) == LOSS
    penalty = plain[1][0]["loss"] - sum(
        factor * plain[1][0]["terms"][name] for name, factor in zip(LOSS, (1, .5, 2)))
    extra = .01 * .5 * np.square(_first_auxiliary_weights()).sum()
    expected = sum(factor * terms[name] for name, factor in zip(LOSS, (1, .5, 2, .3, .15, .6)))
    np.testing.assert_allclose(whole[1][0]["loss"], expected + penalty + extra, rtol=1e-5)
    assert any(np.abs(whole[0][name] - plain[0][name]).max() > 1e-3 for name in plain[0])


def _first_auxiliary_weights():
    return np.random.RandomState(CLASSES).randn(1, 1, 4, CLASSES) * .1


def test_the_gradient_is_linear_in_the_factor():
    """The first step of SGD, twice as far for twice the auxiliary loss."""
    def after(factor):
        return train(8, steps=1, optimiser="sgd", momentum=0.0, aux_loss_weight=factor)[0]
    none, once, twice = after(1e-6), after(.5), after(1.0)
    name = "encoder/conv/weights"
    moved = once[name] - none[name]
    assert np.abs(moved).max() > 1e-5
    np.testing.assert_allclose(twice[name] - none[name], 2 * moved, atol=1e-7)


@pytest.mark.parametrize("batch_size, settings", [
    (2, dict(accumulate=4)), (8, dict(devices=2)), (4, dict(accumulate=2, devices=2))])
def test_parts_take_the_step_of_one_batch(whole, batch_size, settings):
    variables, outs = train(batch_size, loss=SUM, aux_loss_weight=.3, **settings)
    assert_close(variables, whole[0])
    for out, expected in zip(outs, whole[1]):
        assert list(out["terms"]) == LOSS
        np.testing.assert_allclose(list(out["terms"].values()) + [out["loss"]],
                                   list(expected["terms"].values()) + [expected["loss"]], rtol=1e-5)


def test_processes_take_the_step_of_one_batch(whole):
    for variables, _ in train_two(2, accumulate=2, loss=SUM, aux_loss_weight=.3):
        assert_close(variables, whole[0])


# ---- the net ----

def _serving_graph(flags):
    with tf.Graph().as_default() as graph:
        build_serving(build_arch(flags, 3).build_net, form())
        return graph.as_graph_def().SerializeToString(deterministic=True)


@pytest.mark.parametrize("name", ["", "DeepLabV3:4", "PSPNet:4", "LRASPP:4"])
def test_the_graph_of_a_test_and_all_first_values_are_unchanged(name):
    flags = arch_flags(basenet="tiny", depth_multiplier=1.0, extended_arch=name)
    values, tested = [], []
    for level in (0, 16):
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(1)
            arch = build_arch(flags, 3)
            arch.build(tf.zeros([1, 32, 64, 3]), is_training=True, auxiliary_level=level)
            session.run(tf.global_variables_initializer())
            values.append(session.run({v.op.name: v for v in tf.global_variables()}))
            tested.append([v.op.name for v in arch.tested_variables()])
    plain, supervised = values
    added = set(supervised) - set(plain)
    assert len(added) == 7 and all(key.startswith("decoder/auxiliary/level_16/") for key in added)
    assert all((plain[key] == supervised[key]).all() for key in plain)
    assert tested[0] == tested[1] and set(tested[0]) == set(plain) - {"global_step"}
    changed = copy.copy(flags)
    changed.aux_loss_weight, changed.aux_stride = .4, 16
    assert _serving_graph(flags) == _serving_graph(changed)


# ---- a run ----

def test_a_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    datapath = write_records(str(tmp_path))
    words = TRAIN + ["--datapath=" + datapath, "--extended_arch=LRASPP:4", "--output_stride=16"]
    fcn_train.main(words + ["--name=plain"])
    fcn_train.main(words + ["--name=aux"] + AUX)
    lines = [line for line in read_lines("tmp/aux__1/metrics.jsonl") if "loss/total" in line]
    assert lines and all(line["loss/aux_cross_entropy"] > 0 for line in lines)
    plain, aux = (tf.train.load_checkpoint(f"tmp/{name}__1/fcn.ckpt") for name in ("plain", "aux"))
    assert aux.get_variable_to_shape_map() == plain.get_variable_to_shape_map()
    assert any((plain.get_tensor(name) != aux.get_tensor(name)).any()
               for name in plain.get_variable_to_shape_map())
    fcn_test.main(["--traindir=aux__1", "--gpu=-1", "--threads=2", "--output_stride=8"])
    assert not fcn_export.main(["--traindir=aux__1", "--formats=frozen", "--num_images=2"])
    # A run that starts from it makes the auxiliary scores anew.
    fcn_train.main([word for word in words if word != "--from_scratch"]
                   + ["--name=next", "--init_from=tmp/aux__1", "--steps=1"] + AUX)
    with open("tmp/next__1/runlog") as file:
        expected = len(plain.get_variable_to_shape_map())
        assert f"restored {expected} of {expected} variables" in file.read()


@pytest.mark.parametrize("given, message", [
    (["--aux_stride=8"], "--aux_stride=8 is of no effect without --aux_loss_weight"),
    (["--aux_loss_weight=0.4", "--freeze_fe"], "which --freeze_fe keeps as it is"),
    (["--aux_loss_weight=-1"], "--aux_loss_weight: got -1, expected at least 0"),
    (["--aux_loss_weight=0.4", "--aux_stride=6"], "--aux_stride: unknown value 6: choose one of")])
def test_flags_that_are_refused(given, message):
    with pytest.raises(UserError, match=message) as caught:
        fcn_train.open_run(TRAIN + given)
    assert "\n" not in str(caught.value)
