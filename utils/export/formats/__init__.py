"""The formats of exports; a new file in this folder is found by itself."""
import importlib
import pkgutil

from utils.export.formats.record import FORMATS, ExportFormat  # noqa: F401

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
