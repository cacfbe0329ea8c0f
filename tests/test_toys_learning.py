"""A loss, an optimiser and a schedule of one's own: registered here, nothing else is touched."""
import json

import numpy as np
import pytest

import fcn_sweep
import fcn_train
from tests.registered import registered
from tests.tiny import TRAIN, weights, write_records
from utils.errors import UserError
from utils.registry import Parameter
from utils.runs.metric_lines import read_lines
from utils.tf_compat import tf
from utils.train.losses import LOSSES, Mean, Whole
from utils.train.losses.masked import masked
from utils.train.optimisers import OPTIMISERS
from utils.train.schedules import SCHEDULES

CHOICES = ["--loss=cross_entropy+absolute:1:weight=0.5", "--optimiser=signs:inertia=0",
           "--lr_schedule=halves"]


def absolute(logits, label, class_weights, power):
    """mean |p - g|^power of the labelled pixels."""
    pixels = masked(logits, label, class_weights)
    misses = tf.pow(tf.abs(pixels.probabilities() - pixels.hits) + 1e-7, power)
    return Mean(tf.reduce_sum(misses * pixels.weights), tf.reduce_sum(pixels.weights))


def worst(logits, label, class_weights):
    """The greatest miss of the batch."""
    return Whole(tf.reduce_max(tf.abs(masked(logits, label, class_weights).probabilities())))


def signs(rate, name, weight_decay, inertia):
    """Moves each weight by the rate, against its gradient's sign; decays weights itself."""
    class Signs(tf.train.Optimizer):
        def _create_slots(self, var_list):
            for variable in var_list:
                self._zeros_slot(variable, "before", name)

        def _apply_dense(self, grad, var):
            before = self.get_slot(var, "before")
            move = tf.assign(before, tf.sign(grad) + inertia * before)
            return tf.assign_sub(var, rate * (move + weight_decay * var))
    return Signs(False, name)


def halves(step, total_steps, after):
    """1, and 1/2 after a share of the training."""
    return tf.where(tf.cast(step, tf.float32) >= after * total_steps, .5, 1.0)


@pytest.fixture
def toys():
    with registered(LOSSES, OPTIMISERS, SCHEDULES):
        LOSSES.register("absolute", absolute, power=Parameter(2.0, "the exponent", more_than=0))
        LOSSES.register("worst", worst)
        OPTIMISERS.register("signs", signs, inertia=0.5)
        SCHEDULES.register("halves", halves, after=0.5)
        yield


@pytest.fixture(scope="module")
def project(tmp_path_factory, tiny_net):
    folder = tmp_path_factory.mktemp("toys")
    write_records(str(folder))
    return folder


def train(project, name, *words):
    """The folder of a run of two steps."""
    fcn_train.main(TRAIN + ["--datapath=records", "--steps=2", "--log_every=1", "--name=" + name]
                   + list(words))
    return project / "tmp" / (name + "__1")


def test_they_train_by_the_flags_of_the_script(toys, project, monkeypatch):
    monkeypatch.chdir(str(project))
    run = train(project, "toys", *CHOICES)
    flags = json.loads((run / "runargs").read_text())
    assert (flags["loss"], flags["optimiser"], flags["lr_schedule"]) == (
        "cross_entropy+absolute:1:weight=0.5", "signs:0", "halves")
    lines = [line for line in read_lines(str(run / "metrics.jsonl")) if "loss/total" in line]
    np.testing.assert_allclose([line["learning_rate"] for line in lines], [1e-3, 5e-4])
    for line in lines:  # the optimiser decays, so the loss does not
        np.testing.assert_allclose(
            line["loss/total"], line["loss/cross_entropy"] + .5 * line["loss/absolute"], rtol=1e-6)
    saved = weights(str(run / "resume.ckpt-2"))
    slots = [name for name in saved if name.endswith("/signs")]
    assert slots and all(set(np.unique(saved[name])) <= {-1, 0, 1} for name in slots)


def test_they_train_in_parts(toys, project, monkeypatch):
    monkeypatch.chdir(str(project))
    train(project, "parts", *CHOICES, "--accumulate=2")
    with pytest.raises(UserError, match="worst is one value of the whole batch, .*accumulate=2.*: "
                                        "train with the batch in one part"):
        train(project, "refused", "--loss=absolute+worst", "--accumulate=2")
    assert not (project / "tmp" / "refused__1").exists()


def test_the_help_page_shows_them_with_their_parameters(toys, capsys):
    with pytest.raises(SystemExit):
        fcn_train.main(["--help=all"])
    page = capsys.readouterr().out
    for shown in ("absolute:power=2", "worst", "signs:inertia=0.5", "halves:after=0.5"):
        assert shown in page


@pytest.mark.parametrize("word, says", [
    ("--loss=absolute:0", "--loss: loss absolute:0: power: got 0, expected more than 0"),
    ("--loss=absolut", "--loss: unknown loss 'absolut': choose one of absolute, boundary"),
    ("--optimiser=signs:inertja=1", "no parameter 'inertja': did you mean inertia?"),
    ("--lr_schedule=halves:x", "--lr_schedule: learning rate schedule halves:x: after: got 'x'")])
def test_mistakes_are_told(toys, word, says):
    with pytest.raises(UserError) as error:
        fcn_train.main(TRAIN + [word])
    assert says in str(error.value)


def test_a_flag_that_an_optimiser_does_not_take_is_refused(toys):
    with pytest.raises(UserError, match="--optimiser=signs takes no --momentum: leave it out, or "
                                        "choose adam or adamw or rmsprop or sgd"):
        fcn_train.main(TRAIN + ["--optimiser=signs", "--momentum=0.5"])


def test_a_sweep_checks_and_plans_them(toys, project, monkeypatch, capsys):
    monkeypatch.chdir(str(project))
    common = ("flags: {datapath: records, basenet: mobilenet_v1, from_scratch: true, pixels: 32, "
              "batch_size: 2, steps: 2, gpu: -1}\nseeds: 1\n")
    (project / "sweep.yaml").write_text(
        common + "grid:\n  loss: [absolute, absolute:2.0]\n")
    with pytest.raises(UserError, match="are the same: leave one out"):
        fcn_sweep.main(["plan", "sweep.yaml"])
    (project / "sweep.yaml").write_text(
        common + "grid:\n  loss: [absolute, absolute:1]\n  optimiser: [signs, adam]\n"
                 "  lr_schedule: [halves, poly]\n")
    fcn_sweep.main(["plan", "sweep.yaml"])
    shown = capsys.readouterr().out
    assert "8 runs, 8 to make" in shown and "absolute:1" in shown and "signs" in shown
