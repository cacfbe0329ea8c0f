"""The record of an export format, and the registry of all of them."""
import dataclasses
from typing import Any, Callable, Iterator

import numpy as np

from utils.export.serving import Form
from utils.registry import Registry

FORMATS = Registry("export format")
#: A net that is loaded: a batch of inputs -> its output.
Net = Callable[[np.ndarray], np.ndarray]
#: What gives the inputs [1, H, W, 3] that calibrate int8, one by one.
Batches = Callable[[], Iterator[np.ndarray]]


@dataclasses.dataclass(frozen=True)
class ExportFormat:
    """A way to write a net to disk, and to run what was written.

    Attributes:
      name: its word in --formats.
      file: name of the file, or of the folder, that it writes.
      write: `write(graph_def, form, path, calibration)`: writes a frozen and folded `GraphDef`.
      load: `load(path, form)`: what runs the written net.
      fixed: whether sizes and batch must be fixed.
      calibrated: whether it needs images to calibrate with.
      max_scores: bound of the largest difference of scores, as a share of the largest score.
      max_pixels: bound of the share of pixels that have another class.
      require: raises a `UserError` where an optional package is missing.
    """
    name: str
    file: str
    write: Callable[[Any, Form, str, Batches], None]
    load: Callable[[str, Form], Net]
    fixed: bool
    max_scores: float
    max_pixels: float
    calibrated: bool = False
    require: Callable[[], None] = lambda: None
