"""The record of an export format, and the registry of all of them."""
import dataclasses
from typing import Callable

from utils.registry import Registry

FORMATS = Registry("export format")


@dataclasses.dataclass(frozen=True)
class ExportFormat:
    """A way to write a net to disk, and to run what was written.

    Attributes:
      name: its word in --formats.
      file: name of the file, or of the folder, that it writes.
      write: `write(graph_def, form, path, calibration)`; graph_def frozen and folded, form a
        `Form`, calibration a function without arguments that gives inputs [1, H, W, 3], one by one.
      load: `load(path, form) -> run`; run takes a batch and returns its output, as numpy arrays.
      fixed: whether sizes and batch must be fixed.
      calibrated: whether it needs images to calibrate with.
      max_scores: bound of the largest difference of scores, as a share of the largest score.
      max_pixels: bound of the share of pixels that have another class.
      require: raises a `UserError` where an optional package is missing.
    """
    name: str
    file: str
    write: Callable
    load: Callable
    fixed: bool
    max_scores: float
    max_pixels: float
    calibrated: bool = False
    require: Callable = lambda: None
