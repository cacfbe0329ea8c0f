"""What a net is exported as; a new file in this folder is found by itself."""
import importlib
import pkgutil

from utils.export.formats.record import ExportFormat, FORMATS  # noqa: F401

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module("{}.{}".format(__name__, _module.name))
