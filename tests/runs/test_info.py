"""What a run records of its surroundings."""
import os
import platform

import pytest

from utils.runs.info import surroundings
from utils.version import VERSION


def test_surroundings_name_the_version_and_the_command_line():
    found = surroundings(["fcn_train.py", "--fcn8"])
    assert found["version"] == VERSION and found["argv"] == ["fcn_train.py", "--fcn8"]
    assert found["python"] == platform.python_version()


@pytest.mark.skipif(not os.path.exists("/proc/cpuinfo"), reason="no Linux")
def test_surroundings_name_the_processor():
    """Speeds, and the last bits, of runs differ from one processor to another."""
    with open("/proc/cpuinfo") as file:
        told = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    assert surroundings([])["processor"] == (told[0] if told else "")
