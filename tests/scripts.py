"""The scripts as a user starts them, each in a process of its own.

The processes are forked from one that has imported what tests.preloaded names, and has computed
nothing: TensorFlow's import takes longer than a training of a few steps.
"""
import importlib
import multiprocessing
import os
import signal
import sys
import tempfile
from multiprocessing import forkserver

import pytest

from tests.tiny import PYTHONPATH, REPO
from utils.errors import run_script

_CONTEXT = multiprocessing.get_context("forkserver")


def _start_server():
    """Starts what is forked from, once: it finds the project by PYTHONPATH."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", PYTHONPATH, prepend=os.pathsep)
        _CONTEXT.set_forkserver_preload(["tests.preloaded"])
        forkserver.ensure_running()


def _run(script, words, cwd, environment, output):
    file = os.open(output, os.O_WRONLY | os.O_APPEND)
    for number in (1, 2):
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = [os.path.join(REPO, script)] + words
    run_script(importlib.import_module(script[:-len(".py")]).main)


class Script:
    """A script that has been started, with what tests use of a `subprocess.Popen`."""

    def __init__(self, script, words, cwd):
        _start_server()
        handle, self._output = tempfile.mkstemp()
        os.close(handle)
        self._process = _CONTEXT.Process(target=_run, args=(
            script, list(words), str(cwd), dict(os.environ), self._output))
        self._process.start()

    @property
    def returncode(self):
        return self._process.exitcode

    def poll(self):
        return self._process.exitcode

    def send_signal(self, number):
        os.kill(self._process.pid, number)

    def communicate(self, timeout=300):
        """(what it has printed, None) once it has ended; kills it after `timeout` seconds."""
        self._process.join(timeout)
        if self._process.is_alive():
            self.send_signal(signal.SIGKILL)
            self._process.join()
        with open(self._output, encoding="utf-8", errors="replace") as file:
            text = file.read()
        os.remove(self._output)
        return text, None
