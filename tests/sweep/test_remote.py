"""Cores that runs on one machine take, and a training whose worker dies."""
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.tiny import REPO
from utils.machine import is_alive
from utils.sweep.remote import claim_cores, train

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's own calls")


def test_each_run_has_cores_of_its_own_while_it_lives(tmp_path):
    every = sorted(os.sched_getaffinity(0))
    first, files = claim_cores(1, str(tmp_path))
    assert first == every[:1]
    # flock does not stop the process that holds it from opening the file again: another asks.
    code = ("from utils.sweep.remote import claim_cores; print(claim_cores(1, "
            f"{str(tmp_path)!r})[0])")
    ask = [sys.executable, "-c", code]
    second = subprocess.check_output(ask, cwd=REPO, universal_newlines=True).strip()
    assert second == str(every[1:2] or every)
    for file in files:
        file.close()
    assert subprocess.check_output(ask, cwd=REPO, universal_newlines=True).strip() == str(first)


def test_all_cores_where_there_are_too_few(tmp_path):
    every = sorted(os.sched_getaffinity(0))
    assert claim_cores(len(every) + 1, str(tmp_path)) == (every, [])


def test_the_exit_code_and_what_was_printed(tmp_path):
    log = str(tmp_path / "log")
    command = [sys.executable, "-c", "print('hello'); raise SystemExit(3)"]
    assert train(command, str(tmp_path), log, 1) == 3
    with open(log) as file:
        assert file.read() == "hello\n"


def test_a_training_dies_with_its_worker(tmp_path):
    code = ("from utils.sweep.remote import train; import sys; train([sys.executable, '-c', "
            "'import time, os; print(os.getpid(), flush=True); time.sleep(60)'], {!r}, {!r}, 1)"
            ).format(str(tmp_path), str(tmp_path / "log"))
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=REPO)
    log, deadline = tmp_path / "log", time.time() + 30
    while not (log.exists() and log.read_text().endswith("\n")):
        assert time.time() < deadline
        time.sleep(0.05)
    pid = int(log.read_text())
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    while is_alive(pid):
        assert time.time() < deadline, "the training outlived its worker"
        time.sleep(0.05)
