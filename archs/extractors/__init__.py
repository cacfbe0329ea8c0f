"""Feature extractors, one file per family; a new file is found by itself."""
import importlib
import pkgutil

from archs.extractors.record import EXTRACTORS, FeatureExtractor, get_extractor  # noqa: F401

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module("{}.{}".format(__name__, _module.name))
