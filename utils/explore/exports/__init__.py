"""What is found, for other programs; each form is a registered function in a file of this folder.

    @EXPORTS.register("mine")
    def write_mine(exploration, out, candidates):
        ...                             # -> lines for the user

Packages that only one form needs are imported in its function, and named where they are missing.
"""
import importlib
import pkgutil

from utils.explore.exports.record import EXPORTS, require_package  # noqa: F401

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
