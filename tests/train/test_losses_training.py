"""Trainings by losses that need more of a step, and by class weights, through fcn_train.py."""
import json

import numpy as np
import pytest

import fcn_train
from tests.tiny import CLASS_NAMES, TRAIN, write_records
from tests.train.parallel.nets import train as train_tiny
from utils.data.records import open_dataset, open_split
from utils.errors import UserError
from utils.runs.metric_lines import read_lines
from utils.train.data import class_counts
from utils.train.losses.class_weights import class_weights


@pytest.fixture(scope="module")
def project(tmp_path_factory, tiny_net):
    folder = tmp_path_factory.mktemp("losses")
    write_records(str(folder))
    return folder


def train(project, monkeypatch, name, *words):
    """(flags recorded, lines of metrics with a loss) of a run of two steps."""
    monkeypatch.chdir(str(project))
    fcn_train.main(TRAIN + ["--datapath=records", "--steps=2", "--eval_every=2", "--log_every=1",
                            "--name=" + name] + list(words))
    run = project / "tmp" / (name + "__1")
    lines = [line for line in read_lines(str(run / "metrics.jsonl")) if "loss/total" in line]
    return json.loads((run / "runargs").read_text()), lines, (run / "runlog").read_text()


def test_losses_that_need_maps_train_on_the_records(project, monkeypatch):
    loss = "cross_entropy+boundary:weight=0.1+hausdorff:distances+lovasz"
    (project / "weights.txt").write_text("bar: 2\nbackground: 0.5\ndisk: 1\n")
    flags, lines, log = train(project, monkeypatch, "maps", "--loss=" + loss,
                              "--class_weights=weights.txt")
    assert flags["loss"] == loss and flags["class_weights"] == "bar:2,background:0.5,disk:1"
    for line in lines:
        terms = [line["loss/" + name] for name in ("cross_entropy", "boundary", "hausdorff",
                                                   "lovasz")]
        assert np.isfinite(terms).all() and all(terms) and "note:" not in log
        total = terms[0] + .1 * terms[1] + terms[2] + terms[3]
        assert abs(line["loss/total"] - total) < .2 * abs(total)  # weight decay comes on top


def test_a_loss_that_does_not_train_alone_is_told_of_in_the_log(project, monkeypatch):
    _, _, log = train(project, monkeypatch, "alone", "--loss=lovasz")
    assert "note: --loss=lovasz does not train a decoder from random weights" in log


def test_mining_without_hard_examples_is_refused(project, monkeypatch):
    with pytest.raises(UserError, match="--hard_example_mining_steps has no effect: leave it out, "
                                        "or choose ohem"):
        train(project, monkeypatch, "refused", "--hard_example_mining_steps=5")


def test_hard_examples_are_mined_from_the_number_of_the_step_on():
    """All pixels at step 0, the hardest quarter from step 2 on."""
    terms = [[out["terms"]["ohem"] for out in train_tiny(
        8, steps=3, learnrate=1e-9, loss=loss, hard_example_mining_steps=steps)[1]]
        for loss, steps in (("ohem:1", 0), ("ohem", 0), ("ohem", 2))]
    everything, hardest, annealed = terms
    np.testing.assert_allclose([annealed[0], annealed[2]], [everything[0], hardest[2]], rtol=1e-5)
    assert annealed[0] + 1e-3 < annealed[1] < annealed[2] - 1e-3


def test_an_old_sidecar_is_counted_anew(project, capsys):
    def counts(info):
        return class_counts(open_split(str(project / "records"), "training", info))
    info = open_dataset(str(project / "records"))
    expected = class_weights("mfb", counts(info))
    path = project / "records" / "dataset.json"
    before = path.read_text()
    content = json.loads(before)
    for split in content["splits"].values():
        assert len(split.pop("image_pixels_per_class")) == len(CLASS_NAMES)
    path.write_text(json.dumps(content))
    try:
        old = open_dataset(str(project / "records"))
    finally:
        path.write_text(before)
    assert old.split("training").image_pixels_per_class is None
    class_weights("median", counts(old))
    assert not capsys.readouterr().err
    np.testing.assert_array_equal(class_weights("mfb", counts(old)), expected)
    assert "the training labels are counted now" in capsys.readouterr().err
