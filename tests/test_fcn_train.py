"""fcn_train.py end to end: files, exact resume after SIGKILL, interruption, and each bad input."""
import json
import os
import shutil
import signal
import time

import numpy as np
import pytest

from tests.scripts import Script
from tests.tiny import assert_same_run, weights, write_records
from utils.evaluate.observers.objects import load_objects
from utils.evaluate.results import load_result
from utils.runs.metric_lines import read_lines
from utils.runs.run_folder import RunFolder
from utils.tf_compat import tf

STEPS = 12
FLAGS = ["--basenet=tiny", "--from_scratch", "--pixels=32x64", "--batch_size=2", f"--steps={STEPS}",
         "--eval_every=4", "--keep_every=8", "--log_every=3", "--test_kept=2",
         "--eval_fraction=0.5", "--threads=2", "--seed=1", "--gpu=-1"]
CHECKPOINTS = ("fcn.ckpt", "fcn.ckpt_8", "fcn.ckpt_best", "resume.ckpt-12")


@pytest.fixture(scope="module")
def data(tmp_path_factory, tiny_net):
    return write_records(str(tmp_path_factory.mktemp("data")))


def command(data, cwd, *flags, script="fcn_train.py"):
    words = []
    if script == "fcn_train.py" and not any(flag.startswith("--resume") for flag in flags):
        words += FLAGS + ["--datapath=" + data]
    return Script(script, words + list(flags), cwd)


def finish(process, code=0):
    out, _ = process.communicate()
    assert process.returncode == code, out
    return out


def run_folders(cwd):
    return sorted(str(path) for path in (cwd / "tmp").iterdir())


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    cwd = tmp_path_factory.mktemp("finished")
    out = finish(command(data, cwd))
    return run_folders(cwd)[0], out


def test_a_run_leaves_what_the_page_says(finished):
    run, out = finished
    present = set(os.listdir(run))
    assert {"runargs", "runinfo", "runlog", "metrics.jsonl", "fcn.ckpt.index", "fcn.ckpt_8.index",
            "fcn.ckpt_best.index", "resume.json", "trainboard", "test"} <= present
    assert not [name for name in present if ".part" in name or ".tmp" in name]
    with open(os.path.join(run, "runinfo")) as file:
        info = json.load(file)
    assert info["status"] == "finished" and info["total_steps"] == STEPS
    with open(os.path.join(run, "runargs")) as file:
        assert json.load(file)["seed_init"] == 1
    assert "validation" in out and "fcn_test.py --traindir=" in out
    assert info["parameters"] > 1e4 and info["gflops"] > 0
    with open(os.path.join(run, "heartbeat")) as file:
        assert json.load(file)["step"] == STEPS


def test_the_final_test_stores_matrices_objects_and_kept_checkpoints(finished):
    test = os.path.join(finished[0], "test")
    results = {stem: load_result(os.path.join(test, stem + ".npz"))
               for stem in ("validation", "test", "validation_8", "test_8")}
    assert results["test_8"].meta["checkpoint"] == "fcn.ckpt_8"
    objects = load_objects(os.path.join(test, "test.objects.npz"))
    matrix = results["test"].matrix
    assert np.bincount(objects.label, objects.area, 3).tolist() == matrix.sum(1).tolist()
    assert np.bincount(objects.label, objects.hit, 3).tolist() == np.diag(matrix).tolist()
    assert not os.path.exists(os.path.join(test, "test_8.objects.npz"))


def test_metrics_hold_losses_and_scores(finished):
    lines = read_lines(os.path.join(finished[0], "metrics.jsonl"))
    losses = [line["step"] for line in lines if "loss/total" in line]
    scores = [line for line in lines if "mIoU/validation" in line]
    assert losses == [3, 6, 9, 12] and [line["step"] for line in scores] == [4, 8, 12]
    assert {"mIoU/training", "IoU/disk", "pixel_accuracy/validation"} <= set(scores[0])
    first = [line for line in lines if "loss/total" in line][0]
    assert first["loss/total"] > first["loss/cross_entropy"]  # weight decay is in the loss


def test_tensorboard_shows_curves_pictures_and_the_graph(finished):
    tags, graph = set(), False
    board = os.path.join(finished[0], "trainboard")
    for name in os.listdir(board):
        for event in tf.train.summary_iterator(os.path.join(board, name)):
            graph = graph or bool(event.graph_def)
            tags.update(value.tag for value in event.summary.value)
    assert graph and {"loss/total", "training/learning_rate", "speed/images_per_second",
                      "mIoU/training", "mIoU/validation", "validation_IoU/disk"} <= tags
    # Three pictures in the middles of the thirds of the validation split's five.
    assert {tag for tag in tags if tag.startswith("prediction/")} == {
        "prediction/0", "prediction/2", "prediction/4"}


def wait_for_step(run_of, step, process):
    """Waits until a run's metrics have reached a step."""
    for _ in range(6000):
        folders = run_of()
        path = folders and os.path.join(folders[0], "metrics.jsonl")
        if path and os.path.exists(path):
            lines = read_lines(path)
            if lines and lines[-1]["step"] >= step:
                return folders[0]
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    raise AssertionError(f"step {step} was never reached")


@pytest.mark.parametrize("step", [3, 6])
def test_a_killed_run_resumes_to_the_same_bits(data, finished, tmp_path, step):
    (tmp_path / "tmp").mkdir()
    process = command(data, tmp_path)
    run = wait_for_step(lambda: run_folders(tmp_path), step, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finish(command(data, tmp_path, "--resume=" + os.path.basename(run), "--threads=1",
                   "--cache_mb=0"))
    assert run_folders(tmp_path) == [run]
    assert_same_run(run, finished[0], CHECKPOINTS)


def test_ctrl_c_saves_and_says_how_to_go_on(data, finished, tmp_path):
    (tmp_path / "tmp").mkdir()
    process = command(data, tmp_path)
    run = wait_for_step(lambda: run_folders(tmp_path), 3, process)
    process.send_signal(signal.SIGINT)
    out = finish(process, 130)
    assert "go on with: python fcn_train.py --resume=" in out and "Traceback" not in out
    with open(os.path.join(run, "runinfo")) as file:
        assert json.load(file)["status"] == "interrupted"
    finish(command(data, tmp_path, "--resume=" + run))
    assert_same_run(run, finished[0], CHECKPOINTS)


def change(path, **entries):
    """Other values in a JSON file."""
    with open(path) as file:
        values = dict(json.load(file), **entries)
    with open(path, "w") as file:
        json.dump(values, file)


def test_damage_and_moved_records_cost_steps_and_no_bits(data, finished, tmp_path):
    run, here, there = (str(tmp_path / name) for name in ("tmp/copy__1", "here", "there"))
    shutil.copytree(finished[0], run)
    shutil.copytree(data, there)
    change(os.path.join(run, "runargs"), datapath=here)
    change(os.path.join(run, "runinfo"), status="interrupted")
    os.truncate(os.path.join(run, "resume.ckpt-12.data-00000-of-00001"), 1000)
    resume = "--resume=" + run
    assert f"records are no longer at {here}: give the folder" in error_line(
        command(data, tmp_path, resume))
    other = write_records(str(tmp_path / "other"), seed=1)
    assert f"records in {other} are not those that the run began with" in error_line(
        command(data, tmp_path, resume, "--datapath=" + other))
    out = finish(command(data, tmp_path, resume, "--datapath=" + there, "--modelspath=nowhere"))
    line, = [line for line in out.splitlines() if "going on from the state before it" in line]
    assert "data-00000-of-00001 is damaged" in line and line.endswith(" of step 8")
    assert_same_run(run, finished[0], CHECKPOINTS)
    out = finish(command(data, tmp_path, "--traindir=" + run, "--gpu=-1", script="fcn_test.py"))
    assert "validation: mIoU" in out  # of the records where they are now


def test_a_run_with_a_state_needs_no_imagenet_checkpoint(data, finished, tmp_path):
    run = str(tmp_path / "tmp" / "copy__1")
    shutil.copytree(finished[0], run)
    change(os.path.join(run, "runargs"), from_scratch=False, modelspath="nowhere")
    change(os.path.join(run, "runinfo"), status="interrupted")
    finish(command(data, tmp_path, "--resume=" + run))
    for name in ("resume.json", "resume.before.json"):
        os.remove(os.path.join(run, name))  # before the first state, it does
    assert RunFolder(run).status() == "finished"
    RunFolder(run).update_runinfo(status="interrupted")
    line = error_line(command(data, tmp_path, "--resume=" + run, "--modelspath=elsewhere"))
    assert "tiny.ckpt" in line and "in elsewhere" in line


def test_a_damaged_training_record_is_one_line(data, tmp_path):
    copy = str(tmp_path / "records")
    shutil.copytree(data, copy)
    path = os.path.join(copy, "training.tfrecords")
    with open(path, "rb+") as file:
        file.seek(os.path.getsize(path) // 2)
        file.write(b"damage")
    line = error_line(command(copy, tmp_path))
    assert f"a record in {copy} cannot be read (corrupted record" in line


def test_micro_batches_in_float16_resume_to_the_same_bits(data, tmp_path):
    flags = ("--accumulate=2", "--steps=4", "--eval_every=2", "--log_every=1", "--keep_every=0",
             "--precision=float16")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for cwd in (whole, killed):
        (cwd / "tmp").mkdir(parents=True)
    finish(command(data, whole, *flags))
    process = command(data, killed, *flags)
    run = wait_for_step(lambda: run_folders(killed), 3, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    finish(command(data, killed, "--resume=" + run))
    one, other = (weights(os.path.join(path, "resume.ckpt-4"))
                  for path in (run_folders(whole)[0], run))
    assert all((one[name] == other[name]).all() for name in one)
    with open(os.path.join(run, "runargs")) as file:
        assert json.load(file)["global_batch"] == 4
    with open(os.path.join(run, "metrics.jsonl")) as file:
        assert "loss_scale" in file.read()


def test_another_seed_is_another_run(data, finished, tmp_path):
    finish(command(data, tmp_path, "--seed=2", "--steps=4"))
    one = weights(os.path.join(finished[0], "fcn.ckpt"))
    other = weights(os.path.join(run_folders(tmp_path)[0], "fcn.ckpt"))
    assert any((one[name] != other[name]).any() for name in one)


def error_line(process):
    out = finish(process, 2)
    assert "Traceback" not in out
    errors = [line for line in out.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, out
    return errors[0]


@pytest.mark.parametrize("flags, words", [
    (["--basenet=vgg99"], "unknown feature extractor 'vgg99': choose one of"),
    (["--datapath=nowhere"], "no such folder"),
    (["--num_classes=7"], "--num_classes=7, but the records"),
    (["--batch_size=100"], "training split has"),
    (["--accumulate=10"], "--batch_size=2 makes steps of 20, but the training split has 6"),
    (["--devices=3"], "--batch_size=2 cannot be shared by --devices=3"),
    (["--processes=2"], "--processes=2, but horovodrun started 1"),
    (["--no-from_scratch", "--modelspath=nowhere"], "tiny.ckpt"),
    (["--no-from_scratch", "--init_from=nowhere"], "no run folder at 'nowhere'"),
    (["--pixels=0"], "--pixels=0 is for testing"),
    (["--learning_rate=1"], "did you mean --learnrate?")])
def test_bad_input_is_one_line_and_leaves_no_run_folder(data, tmp_path, flags, words):
    assert words in error_line(command(data, tmp_path, *flags))
    assert not (tmp_path / "tmp").exists()


def test_a_start_from_another_net_leaves_no_run_folder(data, finished, tmp_path):
    checkpoint = os.path.join(finished[0], "fcn.ckpt_8")
    line = error_line(command(data, tmp_path, "--no-from_scratch", "--basenet=resnet_v1_18",
                              "--depth_multiplier=1", f"--init_from={checkpoint}.index"))
    assert "--init_from: restored" in line and "other --basenet" in line
    assert os.listdir(str(tmp_path / "tmp")) == []
    out = finish(command(data, tmp_path, "--no-from_scratch", "--steps=1", "--bn=freeze_all",
                         f"--init_from={checkpoint}.data-00000-of-00001"))
    count = len(weights(checkpoint))
    assert f"restored {count} of {count} variables from {checkpoint}\n" in out


def test_a_finished_run_and_changed_flags_cannot_be_resumed(data, finished, tmp_path):
    assert "is finished" in error_line(command(data, tmp_path, "--resume=" + finished[0]))
    assert "--resume= is empty: give" in error_line(command(data, tmp_path, "--resume="))
    assert "--resume keeps the run's flags" in error_line(
        command(data, tmp_path, "--resume=" + finished[0], "--learnrate=1"))


def test_a_run_is_not_resumed_on_other_data(finished, data, tmp_path):
    run = tmp_path / "tmp" / "copy__1"
    run.mkdir(parents=True)
    with open(os.path.join(finished[0], "runargs")) as file:
        (run / "runargs").write_text(file.read())
    (run / "runinfo").write_text(json.dumps({"status": "interrupted", "data_sha256": "0" * 64}))
    line = error_line(command(data, tmp_path, "--resume=copy__1"))
    assert "not those that the run began with" in line and "--init_from" in line


def test_a_loss_that_explodes_stops_the_run(data, tmp_path):
    line = error_line(command(data, tmp_path, "--learnrate=1e30", "--steps=8"))
    assert "the loss is" in line and "images: image" in line and "--learnrate" in line
    with open(os.path.join(run_folders(tmp_path)[0], "runinfo")) as file:
        info = json.load(file)
    assert info["status"] == "failed" and "the loss is" in info["error"]


def test_started_by_horovodrun_without_horovod(data, tmp_path, monkeypatch):
    (tmp_path / "horovod").mkdir()
    (tmp_path / "horovod" / "__init__.py").write_text("raise ImportError('not built')")
    for name, value in dict(HOROVOD_RANK="0", HOROVOD_SIZE="2", HOROVOD_LOCAL_RANK="0",
                            HOROVOD_LOCAL_SIZE="2").items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "started by horovodrun, but horovod.tensorflow cannot be imported (not built)" in \
        error_line(command(data, tmp_path))
    monkeypatch.setenv("HOROVOD_RANK", "1")
    assert finish(command(data, tmp_path), 2) == ""


def test_trains_where_a_user_asks_tensorflow_for_deterministic_operations(data, tmp_path,
                                                                           monkeypatch):
    monkeypatch.setenv("TF_DETERMINISTIC_OPS", "1")
    out = finish(command(data, tmp_path, "--steps=2", "--eval_every=2"))
    assert "done: test further with" in out
