"""What makes the suite shorter: a tiny net, the collector of garbage, the order of the files."""
import gc
import os

import pytest

from tests.registered import registered

#: Files that take a minute or more, the longest first: one that began last would be waited for.
LONG = ("test_archs.py", "test_extractors.py", "test_fcn_train.py", "test_decoders.py",
        "test_fcn_sweep.py", "test_atrous.py", "test_sweep_looks.py", "test_fold.py",
        "test_optimisation.py", "test_pipeline.py", "test_notebook.py", "test_extract.py",
        "test_fcn_nets.py", "test_fcn_export.py", "test_unet.py")

# A graph of TensorFlow is very many objects. At Python's own threshold of 700 new ones, a seventh
# of the time in which nets are built goes into walking through all that live.
gc.set_threshold(50_000)


@pytest.fixture(scope="module")
def tiny_net():
    """--basenet=tiny, here and in the scripts that a test starts."""
    # Imported here: tests of what works without nets need none of it.
    from archs import EXTRACTORS
    from tests.tiny import PYTHONPATH
    from tests.toys import tiny_net as net
    with registered(EXTRACTORS), pytest.MonkeyPatch.context() as patch:
        net.register()
        patch.setenv("PYTHONPATH", PYTHONPATH, prepend=os.pathsep)
        yield


def pytest_configure(config):
    """Keeps the order of the files: pytest-xdist begins with those of most tests. That of Python
    3.7 cannot be told."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    """Begins with the long files."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(os.path.basename(str(item.fspath)), len(LONG)))
