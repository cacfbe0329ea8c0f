"""What a run records of its surroundings."""
import os
import platform

import pytest

from tests.data.helpers import message
from utils.runs.info import claimed, surroundings
from utils.runs.run_folder import RunFolder
from utils.version import VERSION


def test_surroundings_name_the_version_and_the_command_line():
    found = surroundings(["fcn_train.py", "--fcn8"])
    assert found["version"] == VERSION and found["argv"] == ["fcn_train.py", "--fcn8"]
    assert found["python"] == platform.python_version()


def test_two_that_resume_at_once(tmp_path):
    folder = RunFolder(str(tmp_path))
    with claimed(folder):
        assert "is being trained by another process" in message(claimed(folder).__enter__)
    with claimed(folder):
        pass


@pytest.mark.skipif(not os.path.exists("/proc/cpuinfo"), reason="no Linux")
def test_surroundings_name_the_processor():
    """Speeds, and the last bits, of runs differ from one processor to another."""
    with open("/proc/cpuinfo") as file:
        told = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    assert surroundings([])["processor"] == (told[0] if told else "")
