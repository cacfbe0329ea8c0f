"""Observers of a test; each stores a file of its own beside the result.

A file in this folder is found by itself and registers its observer. Plain Python: numpy and scipy.
"""
import importlib
import pkgutil

from utils.evaluate.observers.record import OBSERVERS, Observer, open_observers  # noqa: F401

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
