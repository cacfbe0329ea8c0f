"""fcn_train.py under horovodrun: two processes train as one. Skipped where there is no Horovod."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.tiny import REPO, assert_same_run, write_records
from utils.runs.metric_lines import read_lines

horovod = pytest.importorskip("horovod.tensorflow", reason="horovod is optional: docs/parallel.md")
HOROVODRUN = os.path.join(os.path.dirname(sys.executable), "horovodrun")
#: Adam's epsilon is large: it hides the rounding of gradients that are zero but for rounding.
FLAGS = ["--basenet=mobilenet_v1", "--depth_multiplier=0.25", "--from_scratch", "--pixels=32x64",
         "--batch_size=2", "--steps=8", "--eval_every=4", "--keep_every=0", "--log_every=2",
         "--eval_fraction=0.5", "--threads=2", "--seed=1", "--gpu=-1", "--adam_epsilon=1e-3"]
CHECKPOINTS = ("fcn.ckpt", "resume.ckpt-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_records(str(tmp_path_factory.mktemp("data")))


def start(cwd, *flags, processes=2):
    words = [sys.executable, os.path.join(REPO, "fcn_train.py")] + list(flags)
    if processes > 1:
        words = [HOROVODRUN, "--gloo", "-np", str(processes), "-H",
                 f"localhost:{processes}"] + words
    return subprocess.Popen(words, cwd=str(cwd), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            universal_newlines=True)


def finish(process, fails=False):
    out, _ = process.communicate(timeout=300)
    assert (process.returncode != 0) == fails, out
    return out


def only_run(cwd):
    runs = os.listdir(str(cwd / "tmp"))
    assert len(runs) == 1
    return str(cwd / "tmp" / runs[0])


@pytest.fixture(scope="module")
def finished(data, tmp_path_factory):
    cwd = tmp_path_factory.mktemp("finished")
    finish(start(cwd, "--datapath=" + data, *FLAGS))
    return only_run(cwd)


def test_one_process_writes_and_records_how_many_there_were(finished):
    with open(os.path.join(finished, "runargs")) as file:
        args = json.load(file)
    with open(os.path.join(finished, "runinfo")) as file:
        info = json.load(file)
    assert (args["processes"], args["global_batch"], args["batch_size"]) == (2, 4, 2)
    assert (info["processes"], info["global_batch"], info["status"]) == (2, 4, "finished")
    assert os.path.exists(os.path.join(finished, "test", "test.npz"))


def test_two_processes_take_the_steps_of_one_with_both_batches(data, tmp_path_factory):
    """To rounding; batch norm, which would see half a batch each, is frozen."""
    losses = []
    for processes, batch_size in ((1, 4), (2, 2)):
        cwd = tmp_path_factory.mktemp("processes")
        words = FLAGS + ["--freeze_fe", f"--batch_size={batch_size}"]
        finish(start(cwd, "--datapath=" + data, *words, processes=processes))
        lines = read_lines(os.path.join(only_run(cwd), "metrics.jsonl"))
        losses.append([line["loss/total"] for line in lines if "loss/total" in line])
    assert len(losses[0]) > 1
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)


def wait_for_step(cwd, step, process):
    for _ in range(6000):
        for path in (cwd / "tmp").glob("*/metrics.jsonl"):
            lines = read_lines(str(path))
            if lines and lines[-1]["step"] >= step:
                return str(path.parent)
        assert process.poll() is None, process.communicate()[0]
        time.sleep(.05)
    raise AssertionError(f"step {step} was never reached")


def workers(cwd):
    """{rank: process id} of the trainings below a folder."""
    found = {}
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                values = dict(entry.partition("=")[::2]
                              for entry in file.read().decode("utf-8", "replace").split("\0"))
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            same = os.path.samefile(f"/proc/{name}/cwd", str(cwd))
        except (OSError, ValueError):
            continue
        if same and words[0] == sys.executable.encode() and "HOROVOD_RANK" in values:
            found[int(values["HOROVOD_RANK"])] = int(name)
    return found


@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_ends_the_run_and_it_resumes_to_the_same_bits(data, finished, tmp_path,
                                                                       rank):
    process = start(tmp_path, "--datapath=" + data, *FLAGS)
    run = wait_for_step(tmp_path, 6, process)
    os.kill(workers(tmp_path)[rank], signal.SIGKILL)
    out = finish(process, fails=True)
    assert "one or more processes exited with non-zero status" in out  # horovodrun's own words
    finish(start(tmp_path, "--resume=" + run))
    assert_same_run(run, finished, CHECKPOINTS)


@pytest.mark.parametrize("rank", [0, 1])
def test_a_signal_to_one_stops_all_at_the_same_step(data, finished, tmp_path, rank):
    process = start(tmp_path, "--datapath=" + data, *FLAGS)
    run = wait_for_step(tmp_path, 2, process)
    os.kill(workers(tmp_path)[rank], signal.SIGTERM)
    out = finish(process, fails=True)
    assert "go on with: horovodrun --gloo -np 2 python fcn_train.py --resume=" in out
    assert not [line for line in out.splitlines()  # of the processes; horovodrun has one itself
                if line.startswith("[") and "Traceback" in line]
    finish(start(tmp_path, "--resume=" + run))
    assert_same_run(run, finished, CHECKPOINTS)


def test_a_run_is_resumed_by_as_many_processes(data, finished, tmp_path):
    run = tmp_path / "tmp" / "copy__1"
    run.mkdir(parents=True)
    shutil.copy(os.path.join(finished, "runargs"), str(run))
    out = finish(start(tmp_path, "--resume=copy__1", processes=1), fails=True)
    assert "2 processes trained it (global batch 4), but here is 1: horovodrun --gloo -np 2" in out
