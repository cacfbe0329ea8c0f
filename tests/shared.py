"""Where the data for research is; it is not part of the project, and its tests are skipped."""
import os

import pytest

_REPO = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_VARIABLE = "SLIMSEG_SHARED"


def shared_data(*parts):
    """A path below data/ of the shared folder; skips the test where it does not exist."""
    root = os.environ.get(_VARIABLE, os.path.join(_REPO, os.pardir, "shared"))
    path = os.path.normpath(os.path.join(root, "data", *parts))
    if not os.path.exists(path):
        pytest.skip("no {} in the shared folder; name it by {}".format(
            os.path.join("data", *parts), _VARIABLE))
    return path
