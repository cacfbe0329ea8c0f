"""What makes the suite shorter: the collector of garbage, and the order of the files."""
import gc
import os

#: Files that take a minute or more, the longest first: one that began last would be waited for.
LONG = ("test_fcn_train.py", "test_optimisation.py", "test_fcn_sweep.py", "test_decoders.py",
        "test_archs.py", "test_output_stride.py", "test_fcn_export.py", "test_sweep_looks.py",
        "test_atrous.py", "test_fold.py", "test_deep_supervision.py", "test_notebook.py",
        "test_toys_augment.py", "test_formats.py", "test_subset.py")

# A graph of TensorFlow is very many objects. At Python's own threshold of 700 new ones, a seventh
# of the time in which nets are built goes into walking through all that live.
gc.set_threshold(50_000)


def pytest_configure(config):
    """Keeps the order of the files: pytest-xdist begins with those of most tests. That of Python
    3.7 cannot be told."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    """Begins with the long files."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(os.path.basename(str(item.fspath)), len(LONG)))
