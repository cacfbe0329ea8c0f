"""Dataset families, one file each; every file here is imported, and so registers itself."""
import importlib
import pkgutil

from utils.data.datasets.base import DATASETS, Pair, SegDataset, SourceOptions, open_source

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["DATASETS", "Pair", "SegDataset", "SourceOptions", "open_source"]
