"""Modules that take long to import, imported when something of them is first used.

    stats = lazy_module("scipy.stats")

A help page, or a mistake in a flag, does not wait for them. Nothing of them can be used while the
module that says so is imported itself: no decorators, no default values.
"""
import importlib
from typing import Any, Callable


class Lazy:
    """Stands for what `load()` returns, and calls it once, when an attribute is first asked for."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self._load = load

    def __getattr__(self, name):
        value = getattr(self._load(), name)
        setattr(self, name, value)  # from the next use on it costs what a module's does
        return value


def lazy_module(name: str) -> Lazy:
    """Stands for the module of that full name, and imports it at its first use."""
    return Lazy(lambda: importlib.import_module(name))
