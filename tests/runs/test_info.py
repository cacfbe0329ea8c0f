"""What a run records of its surroundings."""
import platform

from utils.runs.info import surroundings
from utils.version import VERSION


def test_surroundings_name_the_version_and_the_command_line():
    found = surroundings(["fcn_train.py", "--fcn8"])
    assert found["version"] == VERSION and found["argv"] == ["fcn_train.py", "--fcn8"]
    assert found["python"] == platform.python_version()
