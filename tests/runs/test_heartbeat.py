"""The sign of life, and what it says of a run."""
import json
import os
import platform
import time

import pytest

from utils.runs import heartbeat
from utils.runs.heartbeat import Heartbeat
from utils.runs.run_folder import RunFolder


def test_beats_while_the_run_works_and_sums_over_resumes(tmp_path):
    folder = RunFolder(str(tmp_path))
    assert heartbeat.read(folder) == {}
    with Heartbeat(folder, every=0.05) as beat:
        beat.step = 7
        deadline = time.time() + 20
        while heartbeat.read(folder)["step"] != 7:
            assert time.time() < deadline
            time.sleep(0.02)
    first = heartbeat.read(folder)
    assert first["seconds"] > 0 and abs(first["time"] - time.time()) < 30
    (tmp_path / "heartbeat").write_text(json.dumps(dict(first, seconds=1000.0)))
    with Heartbeat(folder, every=60) as beat:
        assert beat.step == 7
    assert 1000 <= heartbeat.read(folder)["seconds"] < 1030


def test_what_a_suspended_run_sleeps_is_not_worked(tmp_path, monkeypatch):
    folder, now = RunFolder(str(tmp_path)), [1000.0]
    monkeypatch.setattr("utils.runs.heartbeat.time.time", lambda: now[0])
    beat = Heartbeat(folder, every=10)
    for seconds, worked in ((10, 10), (9, 19), (7200, 79), (-3600, 79), (10, 89)):
        now[0] += seconds  # the last but one: someone has set the clock
        beat.write()
        assert heartbeat.read(folder)["seconds"] == worked


@pytest.mark.parametrize("status, host, pid, age, state", [
    ("finished", "another", 1, 1e6, "finished"), ("failed", "another", 1, 0, "failed"),
    ("running", "another", 1, 5, "running"), ("running", "another", 1, 61, "killed"),
    ("running", None, None, 5, "running"), ("running", None, 2 ** 22 + 1, 5, "killed")])
def test_state_of_a_run(tmp_path, status, host, pid, age, state):
    folder = RunFolder(str(tmp_path))
    folder.update_runinfo(status=status, host=host or platform.node(), pid=pid or os.getpid())
    (tmp_path / "heartbeat").write_text(json.dumps({"time": 1000.0, "step": 3, "seconds": 2.0}))
    assert folder.state(now=1000.0 + age) == state
    assert folder.heartbeat_step() == 3


def test_a_run_without_a_heartbeat_that_says_running_is_dead(tmp_path):
    folder = RunFolder(str(tmp_path))
    folder.update_runinfo(status="running", host="another", pid=1)
    assert folder.state() == "killed" and folder.heartbeat_step() == 0
