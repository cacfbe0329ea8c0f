"""fcn_sweep.py end to end with tiny nets: nothing is made twice, nothing is lost; bad input."""
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest

import fcn_sweep
from tests.scripts import Script
from tests.tiny import write_records
from utils.errors import UserError
from utils.runs.run_folder import RunFolder
from utils.sweep.plan import SweepFolder

TINY = ["--basenet=tiny", "--from_scratch", "--pixels=32x64", "--batch_size=2", "--eval_every=3",
        "--keep_every=0", "--log_every=1", "--threads=1", "--gpu=-1"]


@pytest.fixture(scope="module")
def data(tmp_path_factory, tiny_net):
    return write_records(str(tmp_path_factory.mktemp("data")))


def start(cwd, *words, script="fcn_sweep.py"):
    return Script(script, words, cwd)


def finish(process, code=0):
    out, _ = process.communicate(timeout=300)
    assert process.returncode == code, out
    return out


def folders(cwd):
    root = os.path.join(str(cwd), "tmp")
    if not os.path.isdir(root):
        return []
    return [RunFolder(os.path.join(root, name)) for name in sorted(os.listdir(root))
            if os.path.isfile(os.path.join(root, name, "runinfo"))]


def wait_for(condition, seconds=120):
    deadline = time.time() + seconds
    while not condition():
        assert time.time() < deadline, "waited too long"
        time.sleep(0.1)


def test_plan_run_status_and_what_was_made_by_hand(data, tmp_path):
    flags = TINY + ["--steps=3", "--datapath=" + data]
    finish(start(tmp_path, *(flags + ["--seed=1", "--name=mine"]), script="fcn_train.py"))
    sweep = ["--name=small", "--seeds=2", "--", "--learnrate=1e-3", "--learnrate=1e30"] + flags
    out = finish(start(tmp_path, "plan", *sweep))
    assert "4 runs, 3 to make" in out and "3.07 sd" not in out and "t test" in out
    assert [folder.name for folder in folders(tmp_path)] == ["mine__1"]

    out = finish(start(tmp_path, "run", "--jobs", "2", *sweep), code=1)
    states = sorted((folder.read_runargs()["learnrate"], folder.read_runargs()["seed"],
                     folder.state()) for folder in folders(tmp_path))
    assert states == [(1e-3, 1, "finished"), (1e-3, 2, "finished"), (1e30, 1, "failed"),
                      (1e30, 2, "failed")]
    assert "learnrate=1e30, seed 1: failed: the loss is nan at step" in out.replace("inf", "nan")
    assert "2 of 4 runs are done, 2 failed (fcn_sweep.py retry small)" in out

    status = finish(start(tmp_path, "status", "small"))
    assert "no process is making runs" in status and "the loss is" in status
    assert not os.path.exists(os.path.join(str(tmp_path), "tmp", "sweeps", "small", "state.json"))
    finish(start(tmp_path, "run", "--jobs=2", *sweep), code=1)
    assert len(folders(tmp_path)) == 4


def test_killed_runs_are_resumed_and_a_stopped_sweep_goes_on(data, tmp_path):
    flags = TINY + ["--steps=60", "--datapath=" + data]
    sweep = ["run", "--name=long", "--seeds=1", "--jobs=1", "--"] + flags
    process = start(tmp_path, *sweep)

    def saved():
        return [folder for folder in folders(tmp_path) if os.path.exists(folder.resume_state)]
    wait_for(saved)
    os.kill(saved()[0].read_runinfo()["pid"], signal.SIGKILL)
    log = os.path.join(str(tmp_path), "tmp", "sweeps", "long", "logs", "000.log")
    wait_for(lambda: "resumed at step" in open(log).read())
    with pytest.raises(UserError, match="is being run by process"):
        os.chdir(str(tmp_path))
        fcn_sweep.Claim(SweepFolder("long")).__enter__()
    assert "was asked to stop" in finish(start(tmp_path, "stop", "long"))
    out = finish(process, code=130)
    assert "exit code -9): will be resumed" in out
    words = " ".join(map(shlex.quote, sweep))
    assert "saved; go on with: python fcn_sweep.py " + words in out
    assert saved()[0].state() == "interrupted"

    assert "1 of 1 runs are done" in finish(start(tmp_path, *sweep))
    assert [folder.state() for folder in folders(tmp_path)] == ["finished"]
    with open(folders(tmp_path)[0].metrics) as file:
        assert sum('"loss/total"' in line for line in file) == 60


def test_a_task_and_the_array_script(data, tmp_path):
    flags = TINY + ["--steps=3", "--datapath=" + data]
    out = finish(start(tmp_path, "slurm", "--name=array", "--seeds=2", "--cpus_per_run=4", "--",
                       *flags))
    path = os.path.join(str(tmp_path), "tmp", "sweeps", "array", "slurm.sh")
    assert path.endswith(out.split(":")[0][len("wrote "):])
    with open(path) as file:
        text = file.read()
    assert "--array=0-1" in text and "--cpus-per-task=4" in text
    script = text + "\n"
    environment = dict(os.environ, SLURM_ARRAY_TASK_ID="1")
    for expected in ("done: test further", "is finished"):
        done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, env=environment,
                              stderr=subprocess.STDOUT, text=True, timeout=300)
        assert done.returncode == 0 and expected in done.stdout
    assert [folder.read_runargs()["seed"] for folder in folders(tmp_path)] == [2]


def test_runs_on_ray_and_a_killed_worker_is_resumed(data, tmp_path):
    pytest.importorskip("ray", reason="Ray is optional, and not installed here")
    flags = TINY + ["--steps=60", "--datapath=" + data]
    process = start(tmp_path, "run", "--name=ray", "--seeds=1", "--engine=ray",
                    "--cpus_per_run=1", "--", *flags)
    wait_for(lambda: any(os.path.exists(folder.resume_state) for folder in folders(tmp_path)))
    child = folders(tmp_path)[0].read_runinfo()["pid"]
    with open(f"/proc/{child}/stat") as file:
        worker = int(file.read().rsplit(")", 1)[1].split()[1])
    os.kill(worker, signal.SIGKILL)
    out = finish(process)
    assert "its process is gone" in out and "resumed, tmp/" in out and "1 of 1 runs are done" in out
    assert [folder.state() for folder in folders(tmp_path)] == ["finished"]


@pytest.mark.parametrize("words, expected", [
    (["plan"], "expected a sweep file, or flags of fcn_train.py after --"),
    (["plan", "none.yaml"], "no sweep file none.yaml"),
    (["plan", "a.yaml", "--", "--fcn8"], "give one of them"),
    (["plan", "--seeds=many", "--", "--fcn8"], "--seeds: got 'many'"),
    (["plan", "--looks=5,x", "--", "--fcn8"], "--looks: got 'x', expected when to look (5,10)"),
    (["plan", "--looks=5,10", "--seeds=5", "--", "--fcn8"], "looks: seeds are given too"),
    (["plan", "--looks=10,5", "--", "--fcn8", "--no-fcn8"], "looks: got [10, 5]"),
    (["plan", "--split=training", "--", "--fcn8"], "choose one of test, validation"),
    (["plan", "a.yaml", "--seeds=5"], "--seeds: the sweep file a.yaml says that: write it there"),
    (["plan", "--", "--fnc8"], "did you mean --fcn8"),
    (["plan", "--screen", "--", "--fcn8", "--no-fcn8"], "screen: got choices: 1, expected 4 to 23"),
    (["plan", "--screen", "--looks=2,5", "--", "--fcn8"], "looks: a screen is given too"),
    (["plan", "--", "--datapath=nowhere"], "nowhere"),
    (["status", "nothing"], "no sweep 'nothing'"), (["status"], "expected the name of a sweep"),
    (["stop", "nothing"], "no sweep 'nothing'"), (["task", "x"], "the number of a run"),
    (["runn"], "unknown command 'runn'"),
    (["run", "--jobs=some", "--", "--fcn8"], "")])
def test_one_line_for_bad_input(words, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as error:
        fcn_sweep.main(words)
    assert expected in str(error.value) and "\n" not in str(error.value)
    assert not os.path.exists("tmp")


def test_jobs_and_a_ray_that_is_not_there(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flags = ["--"] + TINY + ["--steps=3", "--datapath=" + data]
    with pytest.raises(UserError, match="--jobs: got 'some', expected auto or a whole number"):
        fcn_sweep.main(["run", "--jobs=some"] + flags)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match="--engine=ray needs Ray"):
        fcn_sweep.main(["run", "--engine=ray"] + flags)
