"""fcn_train.py with warm-up, mining, deep supervision, averages, balanced images, paste, early stop
and --overfit: what is killed goes on to the same bits, what stops early says so, and averages are
tested."""
import json
import os
import signal

import numpy as np
import pytest

from tests.test_fcn_train import (
    change,
    command,
    error_line,
    finish,
    run_folders,
    wait_for_step,
)
from tests.tiny import assert_same_run, weights, write_records
from utils.evaluate.results import load_result
from utils.runs.metric_lines import read_lines

STEPS = 12
#: Killed at step 5 or later of which 4 are saved, within the warm-up of 6 and the mining of 8.
FLAGS = ("--ema=0.9", "--warmup_steps=6", "--lr_schedule=cosine", "--optimiser=adamw:0.1",
         "--lr_extractor=0.5", "--lr_biases=2", "--decayed=all", "--clip_norm=1", "--log_every=1",
         "--accumulate=2", "--loss=cross_entropy:0.1+ohem:over=image",
         "--hard_example_mining_steps=8", "--aux_loss_weight=0.4", "--sampling=balanced:0.3",
         "--augment=paste:0.3:probability=1")
CHECKPOINTS = tuple(kind + end for kind in ("fcn.ckpt", "ema.ckpt") for end in ("", "_8", "_best"))


@pytest.fixture(scope="module")
def data(tmp_path_factory, tiny_net):
    return write_records(str(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    cwd = tmp_path_factory.mktemp("finished")
    out = finish(command(data, cwd, *FLAGS))
    return run_folders(cwd)[0], out


def metrics(run, name):
    return [line[name] for line in read_lines(os.path.join(run, "metrics.jsonl")) if name in line]


def test_the_rate_warms_up_and_the_norm_is_told(finished):
    rates = metrics(finished[0], "learning_rate")
    warm = [1e-3 * (.1 + .9 * step / 6) for step in range(6)]
    after = [1e-3 * (1 + np.cos(np.pi * step / 6)) / 2 for step in range(6)]
    np.testing.assert_allclose(rates, warm + after, rtol=1e-4, atol=1e-9)
    norms = metrics(finished[0], "gradient_norm")
    assert len(norms) == STEPS and min(norms) > 0


def test_a_run_that_is_killed_in_its_warmup_resumes_to_the_same_bits(data, finished, tmp_path):
    (tmp_path / "tmp").mkdir()
    process = command(data, tmp_path, *FLAGS)
    run = wait_for_step(lambda: run_folders(tmp_path), 5, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finish(command(data, tmp_path, "--resume=" + run))
    assert_same_run(run, finished[0], CHECKPOINTS + ("resume.ckpt-12",))


def test_the_log_says_what_is_balanced_and_pasted(finished):
    run, out = finished
    with open(os.path.join(run, "runlog")) as file:
        lines = file.read()
    for line in ("--sampling=balanced:0.3: 6 images an epoch, ",
                 "--augment=paste:0.3:probability=1: what is pasted is of disk, bar, from "):
        assert line in lines and line in out


def test_averages_are_saved_beside_the_weights_under_their_names(finished):
    raw, averaged = (weights(os.path.join(finished[0], name)) for name in ("fcn.ckpt", "ema.ckpt"))
    assert set(raw) == set(averaged)
    for name in raw:
        assert (raw[name] != averaged[name]).any(), name  # batch norm's averages are averaged too


def test_averages_are_tested_at_the_end_and_by_fcn_test(data, finished):
    run, out = finished
    test = os.path.join(run, "test")
    assert "the moving average (--ema), validation: mIoU" in out
    stored = load_result(os.path.join(test, "validation_ema.npz"))
    assert stored.meta["checkpoint"] == "ema.ckpt"
    os.remove(os.path.join(test, "validation_ema.npz"))
    words = ("--traindir=" + run, "--gpu=-1", "--weights=ema")
    finish(command(data, run, *words, script="fcn_test.py"))
    again = load_result(os.path.join(test, "validation_ema.npz"))
    np.testing.assert_array_equal(again.matrices, stored.matrices)
    finish(command(data, run, *words, "--checkpoint=best", "--split=test", script="fcn_test.py"))
    best = load_result(os.path.join(test, "test_best_ema.npz"))
    assert best.meta["checkpoint"] == "ema.ckpt_best"


def test_an_early_stop_ends_a_run_that_gets_no_better(data, tmp_path):
    flags = ("--learnrate=1e-12", "--bn_decay=1", "--early_stop=2", "--steps=40",
             "--eval_fraction=1")
    out = finish(command(data, tmp_path, *flags))
    run, = run_folders(tmp_path)
    # By step 4 mIoU is what it stays: two more evaluations.
    assert "stopped early at step 12: 2 evaluations without a better mIoU" in out
    with open(os.path.join(run, "runinfo")) as file:
        info = json.load(file)
    assert (info["status"], info["total_steps"], info["stopped_at"]) == ("finished", 40, 12)
    with open(os.path.join(run, "runargs")) as file:
        assert json.load(file)["eval_fraction"] == 1
    assert os.path.exists(os.path.join(run, "test", "validation.json"))
    before = weights(os.path.join(run, "resume.ckpt-12"))
    # One that is killed in its final test has no step to take.
    change(os.path.join(run, "runinfo"), status="interrupted")
    out = finish(command(data, tmp_path, "--resume=" + run))
    assert "stopped early at step 12" in out
    after = weights(os.path.join(run, "resume.ckpt-12"))
    assert all((before[name] == after[name]).all() for name in before)
    assert metrics(run, "mIoU/validation")[3:] == []


def test_overfitting_trains_and_is_measured_on_its_images(data, tmp_path):
    out = finish(command(data, tmp_path, "--overfit=2", "--steps=4"))
    run, = run_folders(tmp_path)
    assert "step 4: mIoU validation" in out and "(training: on the 2 images of --overfit)" in out
    with open(os.path.join(run, "runargs")) as file:
        flags = json.load(file)
    assert (flags["flip"], flags["random_scale"], flags["overfit"]) == (False, "", 2)
    finish(command(data, run, "--traindir=" + run, "--gpu=-1", "--split=training", "--num_images=2",
                   script="fcn_test.py"))
    tested = load_result(os.path.join(run, "test", "training_first2.npz"))
    assert tested.scores.mean_iou == pytest.approx(metrics(run, "mIoU/training")[-1])


@pytest.mark.parametrize("flags, words", [
    (["--warmup_steps=12"], "--warmup_steps=12, but the training has 12 steps"),
    (["--overfit=7"], "--overfit=7, but the training split has 6 images: choose fewer"),
    (["--overfit=1"], "--batch_size=2, but --overfit=1 trains on 1 images"),
    (["--optimiser=adamw", "--weight_decay=0.1"], "has a weight_decay of its own"),
    (["--basenet=vgg_16", "--depth_multiplier=1", "--bn=freeze"], "vgg_16 has no batch norm")])
def test_bad_input_is_one_line_and_leaves_no_run_folder(data, tmp_path, flags, words):
    assert words in error_line(command(data, tmp_path, *flags))
    assert not (tmp_path / "tmp").exists() or os.listdir(str(tmp_path / "tmp")) == []
